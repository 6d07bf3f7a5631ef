// Impact of our own size: the vectors of papers and of other engines, and what must hold by its form.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  almgrenCost,
  almgrenPermanent,
  almgrenTemporary,
  impactFraction,
  squareRootImpact,
  volumeShareImpact,
} from '../../../engine/simulation/costs/impact.ts';
import { HandVenue } from '../../support/venue.ts';

const SEED = 20_251_123;
const VECTORS = new URL('../../../../shared/vectors/impact_slippage.json', import.meta.url);
const here = existsSync(VECTORS);

interface Vector {
  readonly id: string;
  readonly inputs: Readonly<Record<string, number>>;
  readonly expected: never;
  readonly tol: number;
}

const vectors: readonly Vector[] = here ? JSON.parse(readFileSync(VECTORS, 'utf8')).vectors : [];
const vector = (id: string) => vectors.find((one) => one.id === id)!;
const within = (ours: number, theirs: number, tol: number) =>
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(tol);

describe.skipIf(!here)('the vectors of others (skipped where shared/vectors is absent)', () => {
  it.each(['zipline_volume_share_3.5', 'zipline_volume_share_future'])('%s', (id) => {
    const { inputs, expected, tol } = vector(id);
    const { close, volume, order, volume_limit, price_impact } = inputs;
    const want: { price: number; filled: number } =
      typeof expected === 'number' ? { price: expected, filled: order! } : expected;
    for (const side of [1, -1] as const) {
      // Two candles that stand at the price: the order is filled at an open, as far as they let it.
      const market = new HandVenue(`${close}@${volume}x2`, {
        fills: { volumeShare: volume_limit! },
        costs: { impact: 'volume-share', impactCoefficient: price_impact! },
      });
      market.submit({ side, qty: order! });
      market.rows(1);
      const [fill] = market.fills;
      expect(fill!.qty).toBe(side * want.filled);
      within(fill!.price, side > 0 ? want.price : 2 * close! - want.price, tol);
    }
  });

  it('lean_volume_share_high_volume: 0.001 on a price of 100, with its constants 0.1 and 0.025', () => {
    const { inputs, expected, tol } = vector('lean_volume_share_high_volume');
    const { price, qty, bar_volume } = inputs;
    within(price! * volumeShareImpact(qty!, bar_volume!, 0.1, 0.025), expected, tol);
  });

  it.each(vectors.filter(({ id }) => id.startsWith('sqrt_law')))('$id', (one) => {
    const { sigma_daily, Q, V_daily, Y } = one.inputs;
    within(squareRootImpact(Q!, V_daily!, sigma_daily!, Y!), one.expected, one.tol);
  });

  it('trap_zero_volume_crypto: where LEAN says 0, a free fill, we say NaN, no fill', () => {
    const { inputs, expected } = vector('trap_zero_volume_crypto');
    expect(expected).toBe(0);
    expect(volumeShareImpact(1, inputs['bar_volume']!, 0.1, 0.025)).toBeNaN();
  });

  it('almgren_ibm: permanent 19.86 bp, temporary 22 and cost 32 over a tenth of a day', () => {
    const { inputs, expected, tol } = vector('almgren_ibm_perm');
    const { ADV, shares_out, sigma_daily_pct, X } = inputs;
    const want = expected as { I_norm: number; I_bp: number };
    within(almgrenPermanent(X!, ADV!, shares_out!, 1), want.I_norm, tol);
    const sigmaBps = sigma_daily_pct! * 100;
    within(almgrenPermanent(X!, ADV!, shares_out!, sigmaBps), want.I_bp, tol);
    const fast = vector('almgren_ibm_T0.1');
    const { K_norm, K_bp, J_bp } = fast.expected as Record<string, number>;
    within(almgrenTemporary(X!, ADV!, 0.1, 1), K_norm!, 1e-12);
    within(almgrenTemporary(X!, ADV!, 0.1, sigmaBps), K_bp!, fast.tol);
    within(almgrenCost(X!, ADV!, shares_out!, 0.1, sigmaBps), J_bp!, fast.tol);
  });

  it.each([0.1, 0.2, 0.5])('almgren_dri over %s of a day', (days) => {
    const { inputs, expected, tol } = vector(`almgren_dri_T${days}`);
    const { ADV, shares_out, sigma_daily_pct, X } = inputs;
    const cost = almgrenCost(X!, ADV!, shares_out!, days, sigma_daily_pct! * 100);
    within(cost, (expected as { J_bp: number }).J_bp, tol);
  });
});

const size = fc.double({ min: 1e-6, max: 1e9, noNaN: true });

describe('impact', () => {
  it('is no fill, NaN, in any model where volume is not above 0', () => {
    for (const model of ['none', 'volume-share', 'square-root'] as const) {
      for (const volume of [0, -1, Number.NaN]) {
        expect(impactFraction(model, 1, volume, 0.02, 1, 1)).toBeNaN();
      }
    }
  });

  it('is 0 in the model none, and by model what each formula gives', () => {
    expect(impactFraction('none', 1000, 10, 0.02, 1, 1)).toBe(0);
    // 0.5 x (20 / 100)^2 = 0.02, and with the share cut at 0.1: 0.5 x 0.01 = 0.005.
    expect(impactFraction('volume-share', 20, 100, 0.02, 0.5, 1)).toBeCloseTo(0.02, 15);
    expect(impactFraction('volume-share', -20, 100, 0.02, 0.5, 0.1)).toBeCloseTo(0.005, 15);
    // 1 x 0.02 x sqrt(0.25) = 0.01.
    expect(impactFraction('square-root', -25, 100, 0.02, 1, 1)).toBeCloseTo(0.01, 15);
  });

  it('doubles on each unit for four times the size, by the square-root law', () => {
    const property = fc.property(size, size, (qty, volume) => {
      const one = squareRootImpact(qty, volume, 0.02, 1);
      const four = squareRootImpact(4 * qty, volume, 0.02, 1);
      return Math.abs(four / one - 2) < 1e-12;
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  it('never falls with size, nor rises with volume', () => {
    const property = fc.property(size, size, size, size, (a, b, c, d) => {
      const [small, large] = a < b ? [a, b] : [b, a];
      const [thin, thick] = c < d ? [c, d] : [d, c];
      return (['volume-share', 'square-root'] as const).every((model) => {
        const of = (qty: number, volume: number) =>
          impactFraction(model, qty, volume, 0.02, 0.1, 0.5);
        return of(small, thin) <= of(large, thin) && of(large, thick) <= of(large, thin);
      });
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
