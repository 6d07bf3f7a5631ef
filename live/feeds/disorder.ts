// Disorder for a stored range: one row's letters in, the letters that are really said out.
//
// A pure function of (seed, row): the same row comes out the same whatever came before, so that a
// session that is taken up again meets the same disorder. Each seed draws its own mix of faults, some
// of them off: a mix of everything always finds less than many different ones.
//
//   repairable   what a session must make good: no digest of it may differ from the undisturbed run
//   all          also what it cannot: candles that are lost, or come when their row has closed

import { type Random, random } from '../../engine/random.ts';
import type { MarketEvent } from '../inbox.ts';

export interface Disorder {
  /** An integer. */
  readonly seed: number;
  readonly level: 'repairable' | 'all';
}

type Candle = Extract<MarketEvent, { readonly kind: 'candle' }>;

/** How often each fault befalls a candle, 0 to 1. */
export interface DisorderRates {
  readonly repeat: number;
  /** Of a row: its legs in another order. */
  readonly shuffle: number;
  readonly unsound: number;
  /** A wrong candle first, the right one before the row closes. */
  readonly revise: number;
  /** Once more with other values when the row has closed. */
  readonly reviseLate: number;
  readonly late: number;
  readonly drop: number;
  /** Of 64 rows: the leg falls silent in them, for up to 16. */
  readonly freeze: number;
}

const NONE: DisorderRates = Object.freeze({
  repeat: 0,
  shuffle: 0,
  unsound: 0,
  revise: 0,
  reviseLate: 0,
  late: 0,
  drop: 0,
  freeze: 0,
});
const REPAIRABLE = ['repeat', 'shuffle', 'unsound', 'revise'] as const;
const LASTING = ['reviseLate', 'late', 'drop', 'freeze'] as const;
const BLOCK_ROWS = 64;
const LONGEST_FREEZE_ROWS = 16;

/** What a seed does and how often: about half of the faults of its level, at least one. */
export function disorderRates({ seed, level }: Disorder): DisorderRates {
  const draw = random(seed, 'disorder rates');
  const names = level === 'all' ? [...REPAIRABLE, ...LASTING] : REPAIRABLE;
  const always = names[Math.floor(draw() * names.length)];
  const rates: { -readonly [K in keyof DisorderRates]: number } = { ...NONE };
  for (const name of names) {
    const isOn = draw() < 0.5 || name === always;
    const rate = 10 ** (-2 + 1.6 * draw());
    if (isOn) rates[name] = rate;
  }
  return Object.freeze(rates);
}

/**
 * What is said instead of one row. `row`: everything of one row in a feed's order, up to and with its
 * `row-closed`; `legs`: how many the market has, for a row closes when all of them are there.
 */
export function disordered(
  disorder: Disorder,
  legs: number,
): (row: readonly MarketEvent[]) => MarketEvent[] {
  const { seed } = disorder;
  const rates = disorderRates(disorder);
  return (row) => {
    const candles = row.filter((event) => event.kind === 'candle');
    const [first] = candles;
    if (first === undefined) return [...row];
    const { openMs, tsMs } = first;
    const draw = random(seed, `disorder ${openMs}`);
    const intervalMs = tsMs - openMs;
    const kept: Candle[] = [];
    const late: Candle[] = [];
    for (const candle of candles) {
      const isLost = draw() < rates.drop || isFrozen(seed, candle.leg, openMs / intervalMs, rates);
      const isLate = draw() < rates.late;
      if (isLost) continue;
      (isLate ? late : kept).push(candle);
      if (draw() < rates.reviseLate) late.push(wrong(candle, draw));
    }
    if (draw() < rates.shuffle) shuffle(kept, draw);
    const others = row.filter(({ kind }) => kind !== 'candle');
    return [
      ...others.filter(({ kind }) => kind !== 'row-closed'),
      ...spoken(kept, rates, kept.length < legs, draw),
      ...others.filter(({ kind }) => kind === 'row-closed'),
      ...late,
    ];
  };
}

/** Candles with what goes wrong around each. `staysOpen`: not all legs come, the row waits. */
function spoken(
  candles: readonly Candle[],
  rates: DisorderRates,
  staysOpen: boolean,
  draw: Random,
): Candle[] {
  const said: Candle[] = [];
  candles.forEach((candle, k) => {
    const isUnsound = draw() < rates.unsound;
    const comesFirst = draw() < 0.5;
    if (isUnsound && comesFirst) said.push(unsound(candle, draw));
    // The last leg closes the row: what is wrong in it could not be made good.
    const isRevised = draw() < rates.revise && (staysOpen || k < candles.length - 1);
    if (isRevised) said.push(wrong(candle, draw));
    said.push(candle);
    if (isUnsound && !comesFirst) said.push(unsound(candle, draw));
    if (draw() < rates.repeat) said.push(candle);
  });
  // A repetition may also come much later than the candle itself.
  if (candles.length > 0 && draw() < rates.repeat) {
    said.push(candles[Math.floor(draw() * candles.length)]!);
  }
  return said;
}

/** A candle that could be one and is not the right one. */
function wrong(candle: Candle, draw: Random): Candle {
  const factor = 1 + 0.1 * (draw() - 0.5);
  const { open, high, low, close, volume } = candle;
  return {
    ...candle,
    open: open * factor,
    high: high * factor,
    low: low * factor,
    close: close * factor,
    volume: volume * draw() + 1,
  };
}

/** A candle that cannot be one. */
function unsound(candle: Candle, draw: Random): Candle {
  const { openMs, tsMs, leg, high, low, volume } = candle;
  switch (Math.floor(draw() * 8)) {
    case 0:
      return { ...candle, close: Number.NaN };
    case 1:
      return { ...candle, high: Number.POSITIVE_INFINITY };
    case 2:
      return { ...candle, low: -low };
    case 3:
      return { ...candle, high: low / 2, low: high };
    case 4:
      return { ...candle, volume: -1 - volume };
    case 5:
      return { ...candle, openMs: openMs + Math.floor((tsMs - openMs) / 3) };
    case 6:
      return { ...candle, leg: -1 - leg };
    default:
      return { ...candle, close: 0 };
  }
}

function isFrozen(seed: number, leg: number, row: number, { freeze }: DisorderRates): boolean {
  if (freeze === 0) return false;
  const block = Math.floor(row / BLOCK_ROWS);
  const draw = random(seed, `disorder freeze ${leg} ${block}`);
  if (draw() >= freeze) return false;
  const rows = 1 + Math.floor(draw() * LONGEST_FREEZE_ROWS);
  const from = block * BLOCK_ROWS + Math.floor(draw() * (BLOCK_ROWS - rows));
  return row >= from && row < from + rows;
}

function shuffle<T>(items: T[], draw: Random): void {
  for (let k = items.length - 1; k > 0; k--) {
    const other = Math.floor(draw() * (k + 1));
    [items[k], items[other]] = [items[other]!, items[k]!];
  }
}
