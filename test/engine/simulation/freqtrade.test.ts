// The candle-by-candle cases of freqtrade under `world.fills.rules: freqtrade`.
//
//   its config                          ours
//   stoploss                            risk.stopLoss, over leverage as all its ratios are
//   minimal_roi {minutes: ratio}        risk.takeProfit: a rung for everything, `afterMinutes`
//   trailing_stop                       risk.trailingStop of kind venue: buffer, activation = the offset
//     not only_offset_is_reached        activation a hair above the entry: it follows once in profit;
//                                       before, it trails at the stop loss, which is where that rests
//   custom stoploss, its default        the same as a trailing stop at the stop loss
//
// A strategy with its own signals is told what is held, because theirs is: a signal to enter is
// dropped while something is.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../../engine/agents/contract.ts';
import { defineStrategy } from '../../../engine/index.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import { candles, panelOf } from '../../support/market.ts';
import { eachRow, fillTexts, freeWith, inputOf, type Partly, targets } from '../../support/run.ts';

const CASES = new URL('../../../../shared/cases/freqtrade_detail.json', import.meta.url);
const here = existsSync(CASES);

interface Candle {
  readonly tick: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly enter_long: 0 | 1;
  readonly exit_long: 0 | 1;
  readonly enter_short: 0 | 1;
  readonly exit_short: 0 | 1;
}

interface Case {
  readonly id: string;
  readonly description: string;
  readonly candles: readonly Candle[];
  readonly config: {
    readonly stop_loss: number;
    readonly roi: Readonly<Record<string, number>>;
    readonly leverage: number;
    readonly trailing_stop: boolean;
    readonly trailing_only_offset_is_reached: boolean;
    readonly trailing_stop_positive: number | null;
    readonly trailing_stop_positive_offset: number;
    readonly use_custom_stoploss: boolean;
    readonly use_exit_signal: boolean;
    readonly [other: string]: unknown;
  };
  readonly expected: {
    readonly profit_ratio_sum: number;
    readonly trades: readonly {
      readonly exit_reason: string;
      readonly open_tick: number;
      readonly close_tick: number;
      readonly is_short: boolean;
    }[];
  };
}

/** Order adjustment and prices of one's own: what these rules do not cover. */
const BEYOND = [
  'custom_entry_price',
  'custom_exit_price',
  'timeout',
  'adjust_entry_price',
  'adjust_exit_price',
  'adjust_trade_position',
];

const REASONS: Readonly<Record<string, string>> = {
  stop_loss: 'stop',
  roi: 'take-profit',
  trailing_stop_loss: 'trailing-stop',
  exit_signal: 'signal',
};

/** Less than a tick above the entry: price must have gone beyond it. */
const HAIR = 1e-9;

function riskOf({ config }: Case): Parameters<typeof freeWith>[0] {
  const { leverage, roi, trailing_stop, use_custom_stoploss, trailing_stop_positive } = config;
  const stopLoss = -config.stop_loss / leverage;
  const rungs = Object.entries(roi).map(([minutes, gain]) => {
    // Everything is more than -1, which says: out, whatever it is.
    const rung = { gain: Math.max(gain / leverage, -0.99), fraction: 1, afterMinutes: +minutes };
    return [`after-${minutes}`, rung] as const;
  });
  const positive = use_custom_stoploss ? null : trailing_stop_positive;
  const offset = config.trailing_stop_positive_offset;
  const waits = config.trailing_only_offset_is_reached && positive !== null;
  if (trailing_stop && positive !== null && !waits && offset > 0) {
    throw new Error('two distances, one below the offset and one above it, are two trailing stops');
  }
  return {
    maxPositionFraction: leverage,
    maxExposure: leverage,
    stopLoss: { enabled: true, fraction: stopLoss },
    takeProfit: { enabled: rungs.length > 0, ladder: Object.fromEntries(rungs) },
    trailingStop: {
      enabled: trailing_stop || use_custom_stoploss,
      kind: 'venue',
      buffer: positive === null ? stopLoss : positive / leverage,
      activation: waits ? offset / leverage : HAIR,
      step: 0,
    },
  };
}

/** Their signals, acted on at the next open. A new size each time, so that no target is an old one. */
function signals({ candles: rows, config }: Case, heldNow: () => number): Strategy {
  let size = config.leverage;
  const next = () => {
    size *= 1 - 1e-9;
    return size;
  };
  return defineStrategy({
    name: 'signals',
    decide: ({ i }) => {
      const { enter_long, exit_long, enter_short, exit_short } = rows[i]!;
      const long = enter_long && !exit_long && !enter_short;
      const short = enter_short && !exit_short && !enter_long;
      const held = heldNow();
      const exits = held > 0 ? exit_long && !enter_long : exit_short && !enter_short;
      if (held !== 0 && !(exits && config.use_exit_signal)) return undefined;
      if (long && held <= 0) return next();
      if (short && held >= 0) return -next();
      return held === 0 ? undefined : 0;
    },
  });
}

function worldOf(one: Case): Parameters<typeof inputOf>[2] {
  const fills = { rules: 'freqtrade', volumeShare: null } as const;
  const free = freeWith(riskOf(one));
  return { ...free, world: { ...free.world, makerFeeBps: 0, fills } };
}

function tradesOf(one: Case) {
  const words = one.candles.map(({ open, high, low, close, volume }) =>
    [open, high, low, `${close}@${volume}`].join('/'),
  );
  const panel = panelOf({ A: candles(words.join(' ')) });
  let kernel: Kernel | undefined;
  const strategy = signals(one, () => kernel?.portfolio.positions[0]?.qty ?? 0);
  const run = eachRow(inputOf(panel, [strategy], worldOf(one)), (seen) => {
    kernel = seen;
  });
  expect(run.kernel.portfolio.positions[0]!.qty).toBe(0);
  return run.kernel.trades.closed();
}

describe.skipIf(!here)('the cases of freqtrade (skipped where shared/cases is absent)', () => {
  const all = here ? (JSON.parse(readFileSync(CASES, 'utf8')).cases as Case[]) : [];
  const isCovered = ({ config }: Case) => BEYOND.every((key) => (config[key] ?? null) === null);
  const covered = all.filter(isCovered);

  it('are all there', () => {
    expect(covered.length).toBeGreaterThanOrEqual(23);
  });

  it.each(covered)('$id: $description', (one) => {
    const trades = tradesOf(one);
    const { leverage } = one.config;
    const seen = trades.map(({ exitReason, entryRow, exitRow, side }) => ({
      exit_reason: exitReason as string,
      open_tick: one.candles[entryRow]!.tick,
      close_tick: one.candles[exitRow]!.tick,
      is_short: side === 'short',
    }));
    const wanted = one.expected.trades.map(({ exit_reason, open_tick, close_tick, is_short }) => ({
      exit_reason: REASONS[exit_reason] ?? exit_reason,
      open_tick,
      close_tick,
      is_short,
    }));
    expect(seen).toEqual(wanted);
    let sum = 0;
    for (const { pnlUsd, qty, entryPrice } of trades) {
      sum += (pnlUsd / (qty * entryPrice)) * leverage;
    }
    expect(sum.toFixed(3)).toBe(one.expected.profit_ratio_sum.toFixed(3));
  });

  it.skip.each(all.filter((one) => !isCovered(one)))(
    '$id is left out: it adjusts its orders or names prices of its own',
    () => {},
  );
});

describe('the freqtrade rules, beyond the cases', () => {
  type Risk = Partly<Parameters<typeof freeWith>[0]>;
  const under = (chart: string, script: string, risk: Risk) => {
    const free = freeWith(risk as Parameters<typeof freeWith>[0]);
    const fills = { rules: 'freqtrade', volumeShare: null } as const;
    const input = inputOf(panelOf({ A: chart }), [targets(script)], {
      ...free,
      world: { ...free.world, makerFeeBps: 0, fills },
    });
    return eachRow(input, () => {});
  };
  const stopLoss = { enabled: true, fraction: 0.1 };
  const ladder = (gain: number, afterMinutes: number) => ({
    enabled: true,
    ladder: { only: { gain, fraction: 1, afterMinutes } },
  });

  it('a return that comes into force with a candle takes its open, where that is better', () => {
    const risk = { stopLoss, takeProfit: ladder(0.01, 60) };
    const run = under('100 100/100/100/100 104/105/103/104 104', '1', risk);
    expect(fillTexts(run)).toEqual(['1: 100 @ 100', '2: -100 @ 104']);
  });

  it('one that came into force before its open takes its price, held inside the candle', () => {
    const risk = { stopLoss, takeProfit: ladder(0.01, 59) };
    const inside = under('100 100/100/100/100 104/105/100/104 104', '1', risk);
    expect(fillTexts(inside)[1]).toBe('2: -100 @ 101');
    const beyond = under('100 100/100/100/100 104/105/103/104 104', '1', risk);
    expect(fillTexts(beyond)[1]).toBe('2: -100 @ 103');
  });

  it('a return must be exceeded, not met', () => {
    const risk = { stopLoss, takeProfit: ladder(0.05, 0) };
    const run = under('100 100 100/105/100/100 100/105.01/100/100 100', '1', risk);
    expect(fillTexts(run)[1]).toBe('3: -100 @ 105');
  });

  it('a trailing stop that is tighter than the stop loss is the stop, however deep price falls', () => {
    const trailingStop = {
      enabled: true,
      kind: 'venue',
      buffer: 0.02,
      activation: 0.03,
      step: 0,
    } as const;
    const run = under('100 100 100/105/104/105 104/104/80/85 85', '1', { stopLoss, trailingStop });
    expect(fillTexts(run)[1]).toBe('3: -100 @ 102.9');
    expect(run.kernel.trades.closed()[0]!.exitReason).toBe('trailing-stop');
  });

  it('a stop that the candle only opens beyond fills at its price, unlike ours', () => {
    const run = under('100 100 85/95/84/95 95', '1', { stopLoss });
    expect(fillTexts(run)[1]).toBe('2: -100 @ 90');
    const whole = under('100 100 85/89/84/88 88', '1', { stopLoss });
    expect(fillTexts(whole)[1]).toBe('2: -100 @ 85');
  });

  it('positions are liquidated there too, before a return is taken', () => {
    const free = freeWith({ maxPositionFraction: 20, takeProfit: ladder(0.01, 0) });
    const world = { ...free.world, margin: { enabled: true, leverage: 20 }, makerFeeBps: 0 };
    const fills = { rules: 'freqtrade', volumeShare: null } as const;
    const given = {
      decision: { risk: { ...free.decision!.risk, maxExposure: 20 } },
      world: { ...world, fills },
    };
    const panel = panelOf({ A: '100 100/100/100/100 100/110/80/100 100' });
    const run = eachRow(inputOf(panel, [targets('20')], given), () => {});
    expect(run.kernel.liquidations).toBe(1);
  });
});
