// The rules over random worlds: whatever the market, the votes and the sizes, what a rule forbids is
// not in the run. Each invariant is reckoned here anew from what the run left behind.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RiskConfig } from '../../../engine/config/schema.ts';
import { DAY_MS, HOUR_MS } from '../../../engine/interval.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import { type Run, type RunInput, runDigest } from '../../../engine/research/backtest.ts';
import { returnCorrelation } from '../../../engine/risk/correlation.ts';
import { changeOver } from '../../../engine/risk/delever.ts';
import type { ApprovedOrder } from '../../../engine/risk/gate.ts';
import { configOf, eachRow, type Partly, runEvents, runLoop } from '../../support/run.ts';
import { randomWorld } from '../random-world.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const settings = { seed: 20_240_311, numRuns: LONG ? 500 : 40 };
const seeds = fc.integer({ min: 1, max: 1_000_000 });

/** A random world with these rules over what it drew. */
function worldOf(seed: number, risk: Partly<RiskConfig>, solo = false, rows = 160): RunInput {
  const input = randomWorld(seed, { solo, rows });
  const { decision, world } = input.config;
  const given = { ...decision, risk: { ...decision.risk, ...risk } };
  return {
    ...input,
    config: configOf({ decision: given, world } as Parameters<typeof configOf>[0]),
  };
}

interface Entry {
  readonly row: number;
  readonly order: ApprovedOrder;
  readonly notionalUsd: number;
}

/** Runs a world; calls `check` at each close at which entries were ordered, before they are sent. */
function entriesOf(
  input: RunInput,
  check: (entries: readonly Entry[], kernel: Kernel, row: number) => void = () => {},
): { run: Run; entries: Entry[]; cuts: Entry[] } {
  const all: Entry[] = [];
  const cuts: Entry[] = [];
  const run = eachRow(
    input,
    () => {},
    (tray, row, kernel) => {
      const found: Entry[] = [];
      for (let k = 0; k < tray.length; k++) {
        const intent = tray.at(k);
        if (intent.kind !== 'submit-order') continue;
        const { order } = intent;
        if (order.purpose === 'delever') cuts.push({ row, order, notionalUsd: Number.NaN });
        if (order.purpose !== 'entry') continue;
        const { qty, equityFraction, decisionPrice } = order;
        const sized =
          qty === qty ? qty * decisionPrice : equityFraction * kernel.portfolio.equityUsd;
        found.push({ row, order, notionalUsd: sized });
      }
      if (found.length > 0) check(found, kernel, row);
      all.push(...found);
    },
  );
  return { run, entries: all, cuts };
}

/** The property over all seeds, and that the rule refused something in some of them. */
function holds(
  code: string,
  risk: Partly<RiskConfig>,
  claim: (input: RunInput) => Run,
  solo: readonly boolean[] = [false, true],
): void {
  for (const alone of solo) {
    let refused = 0;
    let entered = 0;
    const property = fc.property(seeds, (seed) => {
      const run = claim(worldOf(seed, risk, alone));
      refused += run.kernel.desk.refusals.toRecord()[code] ?? 0;
      entered += run.kernel.decider.funnel.filled;
    });
    fc.assert(property, settings);
    expect(refused, `${code} was told`).toBeGreaterThan(settings.numRuns / 4);
    expect(entered, 'something was entered').toBeGreaterThan(settings.numRuns);
  }
}

describe('in any world', () => {
  it('no entry is decided after a daily loss, until midnight', () => {
    const dailyLoss = 0.01;
    holds('daily-loss', { limits: { dailyLoss } }, (input) => {
      const { run, entries } = entriesOf(input);
      const { equityUsd, panel } = run.kernel;
      const rows = new Set(entries.map(({ row }) => row));
      let startUsd = Number.NaN;
      let day = -1;
      let isLost = false;
      for (let i = 0; i < panel.length; i++) {
        const closeMs = panel.openMs[i]! + HOUR_MS;
        if (Math.floor(closeMs / DAY_MS) !== day) {
          day = Math.floor(closeMs / DAY_MS);
          startUsd = closeMs % DAY_MS === 0 || i === 0 ? equityUsd[i]! : equityUsd[i - 1]!;
          isLost = false;
        }
        if (equityUsd[i]! <= startUsd * (1 - dailyLoss)) isLost = true;
        if (isLost) expect(rows.has(i), `row ${i}`).toBe(false);
      }
      return run;
    });
  });

  it('no entry is decided after a drawdown halt', () => {
    const maxDrawdown = 0.02;
    holds('drawdown-halt', { limits: { maxDrawdown } }, (input) => {
      const { run, entries } = entriesOf(input);
      const { equityUsd } = run.kernel;
      let peak = -Infinity;
      let halted = Number.POSITIVE_INFINITY;
      for (let i = 0; i < run.kernel.row; i++) {
        peak = Math.max(peak, equityUsd[i]!);
        if (equityUsd[i]! <= peak * (1 - maxDrawdown)) halted = Math.min(halted, i);
      }
      for (const { row } of entries) expect(row).toBeLessThan(halted);
      return run;
    });
  });

  it('no entry is decided in a row that a cooldown locks', () => {
    const cooldownCandles = 4;
    holds('cooldown', { protections: { cooldownCandles } }, (input) => {
      const { run, entries } = entriesOf(input);
      for (const { leg, exitRow } of run.kernel.trades.closed()) {
        for (const { row, order } of entries) {
          if (order.leg !== leg || row < exitRow) continue;
          expect(row).toBeGreaterThanOrEqual(exitRow + cooldownCandles);
        }
      }
      return run;
    });
  });

  it('no entry is decided while losing stops lock all legs', () => {
    const stopLossGuard = { trades: 1, lookbackCandles: 10, lockCandles: 6 };
    const stopLoss = { enabled: true, fraction: 0.01 };
    holds('stop-loss-guard', { protections: { stopLossGuard }, stopLoss }, (input) => {
      const { run, entries } = entriesOf(input);
      for (const { exitReason, returnFraction, exitRow } of run.kernel.trades.closed()) {
        if (!/stop|liquidation/.test(exitReason) || returnFraction >= 0) continue;
        const locked = entries.filter(({ row }) => row >= exitRow && row < exitRow + 6);
        expect(locked).toEqual([]);
      }
      return run;
    });
  });

  it('what an entry leads to is within the exposure, the position cap and the symbol’s leverage', () => {
    const given = {
      sizing: { rule: 'fixed-fraction' as const, notionalFraction: 0.5 },
      maxExposure: 0.4,
      maxPositions: 5,
      maxPositionFraction: 0.3,
      maxLeverage: { L0: 0.2 },
    };
    holds(
      'max-exposure',
      given,
      (input) =>
        entriesOf(input, (entries, { portfolio, panel }) => {
          let sum = portfolio.grossUsd();
          for (const { order, notionalUsd } of entries) {
            sum += notionalUsd;
            const { symbol } = panel.legs[order.leg]!.instrument;
            const cap = (symbol === 'L0' ? 0.2 : 0.3) * portfolio.equityUsd;
            expect(notionalUsd + portfolio.notionalUsd(order.leg)).toBeLessThanOrEqual(
              cap * (1 + 1e-9),
            );
          }
          expect(sum).toBeLessThanOrEqual(0.4 * portfolio.equityUsd * (1 + 1e-9));
        }).run,
      [false],
    );
  });

  it('no entry repeats a position, nor another entry of its close', () => {
    const correlation = { enabled: true, lookbackCandles: 12, max: 0.1 };
    holds('correlated', { correlation, maxExposure: 4, maxPositions: 5 }, (input) => {
      return entriesOf(input, (entries, { portfolio, panel }, row) => {
        const close = (leg: number) => panel.legs[leg]!.candles.close;
        const sides = portfolio.positions.map(({ qty }) => Math.sign(qty));
        for (const { order } of entries) {
          sides.forEach((side, leg) => {
            if (leg === order.leg || side === 0) return;
            const r = returnCorrelation(close(order.leg), close(leg), row, 12);
            expect(r * side * order.side).toBeLessThanOrEqual(0.1);
          });
          sides[order.leg] = order.side;
        }
      }).run;
    });
  });

  it('entries are scaled where price has moved far or nobody knows, and one cut is made a storm', () => {
    const delever = { enabled: true, threshold: 0.03, factor: 0.4, lookbackMinutes: 240 };
    const sizing = { rule: 'fixed-fraction' as const, notionalFraction: 0.3 };
    let cutCount = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const input = worldOf(seed, { delever, sizing });
        const { run, cuts } = entriesOf(input, (entries, { portfolio, panel }, row) => {
          for (const { order, notionalUsd } of entries) {
            const { close } = panel.legs[order.leg]!.candles;
            const change = changeOver(close, panel.openMs, row, 4 * HOUR_MS, HOUR_MS);
            const factor = Math.abs(change) < 0.03 ? 1 : 0.4;
            const most = factor * 0.3 * portfolio.equityUsd * (1 + 1e-9);
            expect(notionalUsd).toBeLessThanOrEqual(most);
          }
        });
        // Between two cuts of a leg there was a calm close.
        const { panel } = run.kernel;
        const last = new Map<number, number>();
        for (const { order, row } of cuts) {
          cutCount++;
          const { close } = panel.legs[order.leg]!.candles;
          const from = last.get(order.leg) ?? row;
          const rows = Array.from({ length: row - from }, (_, n) => from + n);
          const isCalm = (i: number) =>
            Math.abs(changeOver(close, panel.openMs, i, 4 * HOUR_MS, HOUR_MS)) < 0.03;
          if (last.has(order.leg)) expect(rows.some(isCalm)).toBe(true);
          last.set(order.leg, row);
        }
      }),
      settings,
    );
    expect(cutCount).toBeGreaterThan(settings.numRuns / 2);
  });

  it.each([
    ['by vote', false],
    ['by target', true],
  ])('all rules together give the same bits through both doors, %s', (_, solo) => {
    const everything: Partly<RiskConfig> = {
      limits: { dailyLoss: 0.01, maxDrawdown: 0.02, drawdownCooldownCandles: 20 },
      protections: {
        cooldownCandles: 2,
        stopLossGuard: { trades: 2, lookbackCandles: 12, lockCandles: 4 },
        lowProfit: { trades: 2, lookbackCandles: 30, lockCandles: 5 },
        maxDrawdown: { trades: 3, fraction: 0.03, lookbackCandles: 30, lockCandles: 5 },
      },
      correlation: { enabled: true, lookbackCandles: 12, max: 0.3 },
      delever: { enabled: true, threshold: 0.03, factor: 0.5, lookbackMinutes: 240 },
      bandit: { enabled: true, arms: solo ? 'symbol' : 'agent', epsilon: 0.5, minReward: -0.2 },
      takeProfit: { enabled: true, ladder: { a: { gain: 0.02, fraction: 0.5 } } },
      maxLeverage: { L0: 0.3 },
      maxSlippageBps: 300,
    };
    const told = new Set<string>();
    const digests = ({ kernel }: Run) => [runDigest(kernel), kernel.desk.decisions.hex()];
    const rows = 320;
    const property = fc.property(seeds, (seed) => {
      const first = runLoop(worldOf(seed, everything, solo, rows));
      expect(digests(runEvents(worldOf(seed, everything, solo, rows)))).toEqual(digests(first));
      expect(digests(runLoop(worldOf(seed, everything, solo, rows)))).toEqual(digests(first));
      for (const code of Object.keys(first.kernel.desk.refusals.toRecord())) told.add(code);
    });
    fc.assert(property, settings);
    const common = ['slippage', 'cooldown', 'correlated', 'drawdown-halt', 'daily-loss'];
    expect([...told]).toEqual(expect.arrayContaining(common));
    if (solo) expect([...told]).toContain('bandit');
  });
});
