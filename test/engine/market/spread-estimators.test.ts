// Spread estimators: the vectors of others, arithmetic by hand, and the moving window against the
// direct form. The candles here gap between close and open, as traded ones do.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { type CandleArrays, candleArrays } from '../../../engine/market/column.ts';
import {
  abdiRanaldo,
  corwinSchultz,
  edge,
  edgeSpread,
} from '../../../engine/market/indicators/index.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { columnOf, outputsOf, slice } from './columns.ts';

const SEED = 20_251_121;
const VECTORS = new URL('../../../../shared/vectors/spread_estimators.json', import.meta.url);
const here = existsSync(VECTORS);
const vectors: Readonly<Record<string, { inputs: never; expected: never }>> = here
  ? Object.fromEntries(
      JSON.parse(readFileSync(VECTORS, 'utf8')).vectors.map((one: { id: string }) => [one.id, one]),
    )
  : {};

/** Candles of trades that bounce between bid and ask around a random walk, `spread` apart. */
function bouncing(seed: number, rows: number, spread: number, trades = 20): CandleArrays {
  const draw = random(seed, 'bouncing');
  const out = candleArrays(rows);
  let mid = Math.log(100);
  for (let i = 0; i < rows; i++) {
    let high = Number.NEGATIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    for (let k = 0; k < trades; k++) {
      mid += 0.001 * gaussian(draw);
      const price = Math.exp(mid) * (1 + (draw() < 0.5 ? -0.5 : 0.5) * spread);
      if (k === 0) out.open[i] = price;
      high = Math.max(high, price);
      low = Math.min(low, price);
      out.close[i] = price;
    }
    out.openMs[i] = i * 60_000;
    out.high[i] = high;
    out.low[i] = low;
    out.volume[i] = trades;
  }
  return out;
}

const edgeOf = (candles: CandleArrays, signed = false) =>
  edge(candles.open, candles.high, candles.low, candles.close, signed);

/** Candles without their rows of a given share. */
function withHoles(candles: CandleArrays, seed: number, share: number): CandleArrays {
  const draw = random(seed, 'holes');
  const out = slice(candles, 0, candles.close.length);
  for (let i = 0; i < out.close.length; i++) {
    if (draw() < share) {
      out.open[i] = out.high[i] = out.low[i] = out.close[i] = out.volume[i] = Number.NaN;
    }
  }
  return out;
}

function withoutHoles(candles: CandleArrays): CandleArrays {
  const rows = [...candles.close.keys()].filter((i) => !Number.isNaN(candles.close[i]));
  const pick = (column: Float64Array) => Float64Array.from(rows, (i) => column[i]!);
  const { openMs, open, high, low, close, volume } = candles;
  return {
    openMs: pick(openMs),
    open: pick(open),
    high: pick(high),
    low: pick(low),
    close: pick(close),
    volume: pick(volume),
  };
}

describe.skipIf(!here)('the vectors of others (skipped where shared/vectors is absent)', () => {
  it('edge_first10_signed: ten candles of the authors give -0.0169', () => {
    const { inputs, expected } = vectors['edge_first10_signed']!;
    const { ohlc } = inputs as { ohlc: number[][] };
    const [open, high, low, close] = [0, 1, 2, 3].map((k) => ohlc.map((row) => row[k]!));
    expect(edge(open!, high!, low!, close!, true)).toBeCloseTo(expected, 12);
    expect(edge(open!, high!, low!, close!)).toBeCloseTo(-expected, 12);
    const candles = candleArrays(10);
    ohlc.forEach(([o, h, l, c], i) => {
      candles.open[i] = o!;
      candles.high[i] = h!;
      candles.low[i] = l!;
      candles.close[i] = c!;
    });
    expect(columnOf(edgeSpread(10, true), candles)[9]).toBeCloseTo(expected, 12);
  });

  it('edge_degenerate_nan: two candles at the last close tell nothing', () => {
    const { o, h, l, c } = vectors['edge_degenerate_nan']!.inputs as Record<string, number[]>;
    expect(edge(o!, h!, l!, c!)).toBeNaN();
  });

  it('abdi_ranaldo_two_bars', () => {
    const { inputs, expected } = vectors['abdi_ranaldo_two_bars']!;
    const { high, low, close } = inputs as Record<string, number[]>;
    const { AR } = expected as { AR: number };
    expect(abdiRanaldo(high!, low!, close!, true)).toBeCloseTo(AR, 9);
    expect(abdiRanaldo(high!, low!, close!)).toBeCloseTo(-AR, 9);
  });

  it('corwin_schultz_two_bars', () => {
    const { inputs, expected } = vectors['corwin_schultz_two_bars']!;
    const { high, low, close } = inputs as Record<string, number[]>;
    const { S } = expected as { S: number };
    expect(corwinSchultz(high!, low!, close!)).toBeCloseTo(S, 9);
    expect(corwinSchultz(high!, low!, close!, true)).toBe(0);
  });

  it.skip('edge_full, abdi_ranaldo_full, corwin_schultz_full: their 10,000 candles are not here', () => {
    // The file is another project's and is not copied; see the title.
  });
});

describe('by hand', () => {
  it('Abdi-Ranaldo finds the whole spread where closes bounce and mids stand still', () => {
    // Every candle spans 99 to 101; closes alternate between the bid and the ask.
    const n = 50;
    const high = new Array<number>(n).fill(101);
    const low = new Array<number>(n).fill(99);
    const mid = Math.sqrt(101 * 99);
    const close = high.map((_, i) => mid * Math.exp(i % 2 ? 0.004 : -0.004));
    expect(abdiRanaldo(high, low, close)).toBeCloseTo(0.008, 12);
  });

  it('Corwin-Schultz takes a range that never grows for a spread and nothing else', () => {
    // beta = 2 ln(101/99)^2 and gamma = ln(101/99)^2, so alpha is ln(101/99) and S = 2(x - 1)/(1 + x).
    const high = [101, 101, 101];
    const low = [99, 99, 99];
    expect(corwinSchultz(high, low, [100, 100, 100])).toBeCloseTo(0.02, 12);
  });

  it('Corwin-Schultz moves a candle that gapped away back to the last close', () => {
    // 109 to 111 after a close of 100 becomes 100 to 101.83.
    const move = 100 / 109;
    const moved = corwinSchultz([101, 111 * move], [99, 100], [100, 100]);
    expect(corwinSchultz([101, 111], [99, 109], [100, 110])).toBeCloseTo(moved, 12);
    const up = corwinSchultz([101, 90 * (100 / 90)], [99, 88 * (100 / 90)], [100, 99]);
    expect(corwinSchultz([101, 90], [99, 88], [100, 89])).toBeCloseTo(up, 12);
  });

  it('candles that always open at the last close show EDGE no spread at all', () => {
    // b is 0 in every step: the second condition is exactly 0 without variance and takes all weight.
    const candles = bouncing(3, 60, 0.01);
    for (let i = 1; i < 60; i++) {
      const o = candles.close[i - 1]!;
      candles.open[i] = o;
      candles.high[i] = Math.max(candles.high[i]!, o);
      candles.low[i] = Math.min(candles.low[i]!, o);
    }
    expect(edgeOf(candles)).toBe(0);
  });

  it('needs columns of one length, and three candles', () => {
    expect(() => edge([1, 2], [1, 2], [1, 2], [1])).toThrow(InputError);
    expect(() => abdiRanaldo([1, 2], [1, 2], [1])).toThrow(InputError);
    expect(() => corwinSchultz([1], [1, 2], [1])).toThrow(InputError);
    expect(edge([1, 2], [2, 3], [1, 2], [2, 2])).toBeNaN();
    expect(abdiRanaldo([2], [1], [1])).toBeNaN();
    expect(corwinSchultz([2], [1], [1])).toBeNaN();
  });
});

describe('on trades that bounce between bid and ask', () => {
  it('EDGE finds the spread within a tenth over 4,000 candles', () => {
    for (const spread of [0.004, 0.01, 0.02]) {
      expect(edgeOf(bouncing(1, 4000, spread), true) / spread).toBeCloseTo(1, 1);
    }
  });

  it('scaling every price by a power of two changes no bit of it', () => {
    const candles = bouncing(5, 100, 0.01);
    const scaled = slice(candles, 0, 100);
    for (const name of ['open', 'high', 'low', 'close'] as const) {
      scaled[name].forEach((x, i) => {
        scaled[name][i] = x * 2 ** -30;
      });
    }
    expect(columnOf(edgeSpread(20, true), scaled)).toEqual(columnOf(edgeSpread(20, true), candles));
  });
});

describe('edgeSpread over a window', () => {
  const rows = fc.record({
    seed: fc.integer(),
    period: fc.integer({ min: 3, max: 40 }),
    spread: fc.constantFrom(0.0005, 0.01),
    // One trade a candle: opens are highs and lows, and candles stand still.
    trades: fc.constantFrom(1, 2, 20),
    holes: fc.constantFrom(0, 0.2),
  });

  it('is what the direct form gives on the same candles, within 1e-9 relative', () => {
    const property = fc.property(rows, ({ seed, period, spread, trades, holes }) => {
      const market = withHoles(bouncing(seed, 120, spread, trades), seed, holes);
      const column = withoutHoles({
        ...market,
        volume: columnOf(edgeSpread(period, true), market),
      }).volume;
      const dense = withoutHoles(market);
      return column.every((ours, i) => {
        if (i < period - 1) return Number.isNaN(ours);
        const direct = edgeOf(slice(dense, i - period + 1, i + 1), true);
        if (Number.isNaN(direct)) return Number.isNaN(ours);
        // Near 0 the two conditions cancel: squares are compared, on the scale of what went in.
        const apart = Math.abs(ours * Math.abs(ours) - direct * Math.abs(direct));
        return apart <= 1e-9 * Math.max(direct * direct, 1e-7);
      });
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  it('is 1e-9 close without any allowance on an ordinary market', () => {
    const market = bouncing(9, 3000, 0.005);
    const column = columnOf(edgeSpread(240), market);
    for (let i = 239; i < 3000; i += 37) {
      const direct = edgeOf(slice(market, i - 239, i + 1));
      expect(Math.abs(column[i]! / direct - 1)).toBeLessThan(1e-9);
    }
  });

  it('gives the same bits in one run, row by row and in any runs, with holes', () => {
    const property = fc.property(rows, fc.array(fc.nat(90)), (one, cuts) => {
      const { seed, period, spread, trades, holes } = one;
      const market = withHoles(bouncing(seed, 90, spread, trades), seed, holes);
      const feature = edgeSpread(period);
      const whole = columnOf(feature, market);
      const each = Array.from({ length: 89 }, (_, i) => i + 1);
      for (const runs of [each, cuts.sort((a, b) => a - b)]) {
        const [column] = outputsOf(feature, market, runs);
        if (!column!.every((x, i) => Object.is(x, whole[i]))) return false;
      }
      return market.close.every((close, i) => !Number.isNaN(close) || Number.isNaN(whole[i]));
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('steps over a hole as if the row were not there', () => {
    const market = withHoles(bouncing(11, 200, 0.01), 4, 0.4);
    const column = columnOf(edgeSpread(12), market);
    const dense = withoutHoles({ ...market, volume: column });
    expect(columnOf(edgeSpread(12), dense)).toEqual(dense.volume);
  });

  it('forgets an absurd candle completely once it has left the window', () => {
    const market = bouncing(13, 100, 0.01);
    const spoilt = slice(market, 0, 100);
    spoilt.high[20] = 1e18;
    spoilt.low[40] = 0;
    const clean = columnOf(edgeSpread(10, true), market);
    const column = columnOf(edgeSpread(10, true), spoilt);
    for (let i = 52; i < 100; i++) expect(column[i]! / clean[i]!).toBeCloseTo(1, 9);
  });

  it('is after a reset what a fresh one is on the rows that follow', () => {
    const market = bouncing(17, 80, 0.01);
    const out = new Float64Array(80);
    const indicator = edgeSpread(7).indicator.create(market, [out]);
    indicator.run(0, 33);
    indicator.reset();
    indicator.run(33, 80);
    expect(out.slice(33)).toEqual(columnOf(edgeSpread(7), slice(market, 33, 80)));
  });

  it('has a key for each of its forms and refuses a period below 3', () => {
    expect(edgeSpread(240).indicator.key).toBe('edgeSpread(240,absolute)');
    expect(edgeSpread(240, true).indicator.key).toBe('edgeSpread(240,signed)');
    expect(() => edgeSpread(2)).toThrow(/edgeSpread\.period/);
  });
});
