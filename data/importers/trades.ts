// Single trades, rolled into candles and, where the taker's side is known, into what takers bought.
//
//   Binance aggTrades   id, price, qty, first id, last id, time, is buyer maker [, best match]
//   Binance trades      id, price, qty, quote qty, time, is buyer maker [, best match]
//   Kraken              seconds, price, volume: no side, so no taker volume
//   named columns       ts, price, qty [, side = the taker's: buy or sell]
//
// An archive of a day or month is complete by its name; of any other file the first and the last
// candle are left out, because their trades may not all be there.

import { InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import { monthEndMs } from '../digest.ts';
import { type Coverage, rollTrades } from '../roll.ts';
import type { ImportedTable, Importer, SourceFile, Target } from './contract.ts';
import { readRows } from './csv.ts';
import { tradesIn } from './layout.ts';
import { timeOfCell, timeOfNumber } from './times.ts';

/** Cells of a file's rows that are trades. */
interface TradeCells {
  readonly headerRows: number;
  readonly time: number;
  readonly price: number;
  readonly qty: number;
  /** -1 = not said. */
  readonly side: number;
  readonly sideOf: (cell: string) => number;
}

/** What is rolled when no interval was asked for. */
export const ROLLED = '1m';

export const trades: Importer = {
  name: 'trades',

  recognises: (file) => file.format === 'csv' && cellsOf(file) !== null,

  async read(file, target) {
    const { headerRows, time, price, qty, side, sideOf } = cellsOf(file)!;
    const values = side === -1 ? [price, qty] : [price, qty, side];
    const words = { 2: sideOf };
    const raw = readRows(file, { kind: 'candles', headerRows, time, values, words });
    return rolledTable(file, raw, target);
  },
};

/** Candles, and what takers bought, of a table of trades: columns price, qty and, if known, side. */
export function rolledTable(
  file: SourceFile,
  { timeMs, columns, faults, unit, numberOf }: ImportedTable,
  target: Target,
): ImportedTable {
  const [price, qty, side] = columns as [Float64Array, Float64Array, Float64Array | undefined];
  const found = [...faults];
  for (let i = 0; i < timeMs.length; i++) {
    const rule = faultOf(timeMs[i]!, price[i]!, qty[i]!, side?.[i] ?? 1);
    if (rule !== null) found.push({ at: numberOf(i), rule });
  }
  const interval = target.interval ?? ROLLED;
  const empty = { kind: 'candles', timeMs: new Float64Array(0), columns: [] } as const;
  if (found.length > 0) return { ...empty, unit, numberOf, faults: found, interval };
  const order = timeOrder(timeMs);
  const sorted = (column: Float64Array) => (order === null ? column : pick(column, order));
  const sides = side === undefined ? null : sorted(side);
  const { candles, takerBuyVolume } = rollTrades(
    { timeMs: sorted(timeMs), price: sorted(price), qty: sorted(qty), side: sides },
    intervalMs(interval, '--interval'),
    wholeSpanOf(file),
  );
  const { openMs, open, high, low, close, volume } = candles;
  if (openMs.length === 0) {
    const rule = `must span at least one whole candle of ${interval}, from its open to its close`;
    throw new InputError({ key: file.name, rule });
  }
  const rows = { unit: 'row', numberOf: (row: number) => row + 1, faults: [], interval } as const;
  return {
    kind: 'candles',
    timeMs: openMs,
    columns: [open, high, low, close, volume],
    ...rows,
    ...(takerBuyVolume === null
      ? {}
      : { also: [{ kind: 'flow', timeMs: openMs, columns: [takerBuyVolume], ...rows }] }),
  };
}

/** 1 for a taker who bought, -1 for one who sold, NaN for no such word. */
export function takerSide(cell: string): number {
  const word = cell.toLowerCase();
  if (word === 'buy' || word === 'b' || word === '1') return 1;
  return word === 'sell' || word === 's' || word === '-1' ? -1 : Number.NaN;
}

/** Binance says whether the buyer was the maker: then the taker sold. */
function sideOfMaker(cell: string): number {
  const word = cell.toLowerCase();
  return word === 'true' ? -1 : word === 'false' ? 1 : Number.NaN;
}

function cellsOf({ head, name }: SourceFile): TradeCells | null {
  const [first = [], second = []] = head;
  const named = tradesIn(first);
  if (named !== null) return { headerRows: 1, sideOf: takerSide, ...named };
  const data = Number.isNaN(Number(first[0])) ? second : first;
  const headerRows = data === first ? 0 : 1;
  const isFlag = (cell: string | undefined) => /^(true|false)$/i.test(cell ?? '');
  const isTime = (cell: string | undefined) => !Number.isNaN(timeOfCell(cell ?? ''));
  const maker = { headerRows, sideOf: sideOfMaker, price: 1, qty: 2 };
  if (isFlag(data[6]) && isTime(data[5])) return { ...maker, time: 5, side: 6 };
  if (isFlag(data[5]) && isTime(data[4])) return { ...maker, time: 4, side: 5 };
  // Three numbers of which the first is a time could be much; the name has to agree.
  const isKraken =
    data.length === 3 && !Number.isNaN(timeOfNumber(Number(data[0]))) && /trade/i.test(name);
  if (!isKraken) return null;
  return { headerRows, time: 0, price: 1, qty: 2, side: -1, sideOf: takerSide };
}

function faultOf(timeMs: number, price: number, qty: number, side: number): string | null {
  if (Number.isNaN(timeMs)) return 'must have a time from 1973 to 2103 (s, ms, us, ns or ISO)';
  if (!(price > 0 && price < Number.POSITIVE_INFINITY)) return `must have a price, has ${price}`;
  if (!(qty > 0 && qty < Number.POSITIVE_INFINITY)) return `must have a quantity, has ${qty}`;
  return Number.isNaN(side) ? 'must say the side of the taker: buy or sell' : null;
}

/** Binance names its archives by the day or month that is whole in them. */
function wholeSpanOf({ name, inner }: SourceFile): Coverage | undefined {
  const match = /-(?:agg)?trades-(\d{4})-(\d{2})(?:-(\d{2}))?\b/i.exec(`${inner ?? ''} ${name}`);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const fromMs = Date.UTC(year, month - 1, Number.isNaN(day) ? 1 : day);
  return { fromMs, toMs: Number.isNaN(day) ? monthEndMs(fromMs) : fromMs + intervalMs('1d') };
}

/** Row numbers by time, those of one time as they stand; null when they are in order already. */
function timeOrder(timeMs: Float64Array): Uint32Array | null {
  for (let i = 1; i < timeMs.length; i++) {
    if (timeMs[i]! >= timeMs[i - 1]!) continue;
    return Uint32Array.from(timeMs, (_, row) => row).sort(
      (a, b) => timeMs[a]! - timeMs[b]! || a - b,
    );
  }
  return null;
}

function pick(column: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => column[row]!);
}
