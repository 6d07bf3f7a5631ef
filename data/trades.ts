// Trades that were made elsewhere, from a csv: symbol, side, entry and exit with time and price, and how
// much where the file says it. Which column is which is guessed from the header and told, so that a
// wrong guess is seen; what a row lacks is an error with its line.

import { readFileSync } from 'node:fs';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import type { OutsideTrade } from '../engine/research/stop-replay.ts';
import { Lines } from './importers/csv.ts';
import { decimal, timeOfCell } from './importers/times.ts';

export interface ListedTrade extends OutsideTrade {
  /** As the file spells it. */
  readonly symbol: string;
  /** Line of the file, from 1. */
  readonly line: number;
}

export interface TradeList {
  readonly trades: readonly ListedTrade[];
  /** Header of the column that each field was read from; no qty where there is none. */
  readonly columns: Readonly<Partial<Record<Field, string>>>;
}

const FIELDS = [
  'symbol',
  'side',
  'entryTime',
  'entryPrice',
  'exitTime',
  'exitPrice',
  'qty',
] as const;
type Field = (typeof FIELDS)[number];

/** What headers call it, letters and digits only; the first that is there is taken. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  symbol: ['symbol', 'pair', 'ticker', 'market', 'instrument', 'coin', 'asset'],
  side: ['side', 'direction', 'positionside', 'position', 'tradetype', 'type', 'isshort'],
  entryTime: [
    ...['entrytime', 'entrydate', 'entrytimestamp', 'entryts', 'entryms', 'entryat', 'enteredat'],
    ...['opentime', 'opendate', 'opentimestamp', 'openedat', 'opened', 'starttime', 'timeopen'],
  ],
  entryPrice: [
    ...['entryprice', 'entryrate', 'entrypx', 'avgentryprice', 'averageentryprice'],
    ...['openprice', 'openrate', 'priceopen', 'entry'],
  ],
  exitTime: [
    ...['exittime', 'exitdate', 'exittimestamp', 'exitts', 'exitms', 'exitat', 'exitedat'],
    ...['closetime', 'closedate', 'closetimestamp', 'closedat', 'closed', 'endtime', 'timeclose'],
  ],
  exitPrice: [
    ...['exitprice', 'exitrate', 'exitpx', 'avgexitprice', 'averageexitprice'],
    ...['closeprice', 'closerate', 'priceclose', 'exit'],
  ],
  qty: ['qty', 'quantity', 'size', 'amount', 'contracts', 'units', 'baseqty', 'volume'],
};
const SIDES: Readonly<Record<string, 1 | -1>> = {
  ...{ long: 1, buy: 1, b: 1, l: 1, '1': 1, false: 1 },
  ...{ short: -1, sell: -1, s: -1, '-1': -1, true: -1 },
};
const MOST_PROBLEMS = 10;

/** Reads a list of trades. Throws InputError with file and line of what is wrong. */
export function readTrades(path: string, shown = path): TradeList {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new InputError({ key: shown, rule: 'must be a readable csv of trades' }, { cause });
  }
  let headers: string[] = [];
  let at: Places = {};
  const trades: ListedTrade[] = [];
  const problems: Problem[] = [];
  for (const row of new Lines(bytes)) {
    const { line } = row;
    const cells = row.cells();
    const key = `${shown}:${line}`;
    if (headers.length === 0) {
      headers = cells;
      at = placesOf(headers, key);
      continue;
    }
    if (cells.length === headers.length) {
      const trade = tradeOf(cells, line, at, (rule, value) => problems.push({ key, rule, value }));
      if (trade !== null) trades.push(trade);
    } else {
      problems.push({ key, rule: `must have ${headers.length} cells`, value: cells.length });
    }
    if (problems.length >= MOST_PROBLEMS) break;
  }
  if (problems.length > 0) throw new InputError(problems);
  if (headers.length === 0) {
    throw new InputError({ key: shown, rule: 'must have a header and trades' });
  }
  if (trades.length === 0)
    throw new InputError({ key: shown, rule: 'must have at least one trade' });
  const columns = FIELDS.flatMap((field) => {
    const place = at[field];
    return place === undefined ? [] : [[field, headers[place]!] as const];
  });
  return { trades, columns: Object.fromEntries(columns) };
}

type Places = Partial<Record<Field, number>>;

function placesOf(headers: readonly string[], key: string): Places {
  const bare = headers.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const at: Places = {};
  const problems: Problem[] = [];
  for (const field of FIELDS) {
    const place = NAMES[field].map((name) => bare.indexOf(name)).find((found) => found >= 0);
    if (place !== undefined) at[field] = place;
    else if (field !== 'qty') {
      const wanted = NAMES[field][0]!;
      const rule = `needs a column for ${field} (such as ${NAMES[field].slice(0, 3).join(', ')}); has ${headers.join(', ')}`;
      problems.push({ key, rule, nearest: nearest(wanted, headers) });
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return at;
}

/** One trade; null where something is wrong, and told. */
function tradeOf(
  cells: readonly string[],
  line: number,
  at: Places,
  fault: (rule: string, value?: unknown) => void,
): ListedTrade | null {
  const cell = (field: Field) => cells[at[field]!] ?? '';
  let isSound = true;
  const must = (ok: boolean, field: Field, rule: string) => {
    if (ok) return;
    isSound = false;
    fault(`${field} ${rule}`, cell(field));
  };
  const symbol = cell('symbol');
  const side = SIDES[cell('side').toLowerCase()];
  const [entryMs, exitMs] = [timeOfCell(cell('entryTime')), timeOfCell(cell('exitTime'))];
  const [entryPrice, exitPrice] = [decimal(cell('entryPrice')), decimal(cell('exitPrice'))];
  const size = at.qty === undefined ? null : Math.abs(decimal(cell('qty')));
  const when = 'must be a time, ISO 8601 (UTC) or a number of s or ms';
  must(symbol !== '', 'symbol', 'must not be empty');
  must(side !== undefined, 'side', 'must be long, short, buy or sell');
  must(Number.isFinite(entryMs), 'entryTime', when);
  must(Number.isFinite(exitMs), 'exitTime', when);
  must(entryPrice > 0, 'entryPrice', 'must be a number above 0');
  must(exitPrice > 0, 'exitPrice', 'must be a number above 0');
  must(size === null || size > 0, 'qty', 'must be a number other than 0');
  if (isSound) must(exitMs > entryMs, 'exitTime', 'must come after the entry');
  if (!isSound) return null;
  return { symbol, line, side: side!, entryMs, entryPrice, exitMs, exitPrice, qty: size };
}
