// The three tables of a run folder: which columns they have, and how they become a result again.
//
//   trades.parquet   one row a round trip; `votes` is JSON, { "quant-alpha": 0.8, ... }
//   fills.parquet    one row a fill, in order of time
//   equity.parquet   one row a panel row; `close/<venue>/<symbol>` holds the prices of the chart
//
// Names are those of the result's own fields, units last, so that SQL reads like the code.

import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { assert, InputError } from '../../engine/errors.ts';
import type { Column } from '../../engine/market/column.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import type {
  EquityColumns,
  FillColumns,
  LegPrices,
  RunResult,
} from '../../engine/research/result.ts';
import { parquetNames, readNumbers, readTexts, type TableColumn, writeParquet } from './parquet.ts';

export const TABLE_FILES = Object.freeze({
  trades: 'trades.parquet',
  fills: 'fills.parquet',
  equity: 'equity.parquet',
});

const TRADE_INTEGERS = ['leg', 'entryRow', 'exitRow', 'entryMs', 'exitMs'] as const;
const TRADE_DOUBLES = [
  'qty',
  'entryPrice',
  'exitPrice',
  'pnlUsd',
  'feesUsd',
  'slippageUsd',
  'fundingUsd',
  'returnFraction',
] as const;
const TRADE_TEXTS = ['venue', 'symbol', 'side', 'exitReason'] as const;
const FILL_INTEGERS = ['tsMs', 'row', 'leg', 'orderId', 'maker'] as const;
const FILL_DOUBLES = ['qty', 'price', 'feeUsd', 'slippageUsd', 'impactUsd'] as const;

/** Does not compile when a field is added to a result and not to the lists above. */
type Listed<All, Lists> = [Exclude<All, Lists>] extends [never] ? true : never;
true satisfies Listed<
  keyof Trade,
  | (typeof TRADE_INTEGERS)[number]
  | (typeof TRADE_DOUBLES)[number]
  | (typeof TRADE_TEXTS)[number]
  | 'votes'
>;
true satisfies Listed<
  keyof FillColumns,
  (typeof FILL_INTEGERS)[number] | (typeof FILL_DOUBLES)[number] | 'length'
>;

/** Prices of the chart: one column a leg. */
const PRICE = /^close\/([^/]*)\/(.*)$/s;

/** Writes the three files into `folder`. */
export async function writeTables(
  connection: DuckDBConnection,
  folder: string,
  result: Pick<RunResult, 'trades' | 'fills' | 'equity' | 'prices'>,
  intervalMs: number,
): Promise<void> {
  const { trades, fills, equity } = result;
  const file = (table: keyof typeof TABLE_FILES) => join(folder, TABLE_FILES[table]);
  await writeParquet(connection, file('trades'), tradeTable(trades), trades.length);
  await writeParquet(connection, file('fills'), fillTable(fills), fills.length);
  const table = equityTable(equity, result.prices, intervalMs);
  await writeParquet(connection, file('equity'), table, equity.length);
}

function tradeTable(trades: readonly Trade[]): TableColumn[] {
  return [
    ...TRADE_TEXTS.map(
      (name): TableColumn => ({ name, kind: 'text', values: trades.map((trade) => trade[name]) }),
    ),
    ...TRADE_INTEGERS.map((name) => numbersOf(trades, name, 'integer')),
    ...TRADE_DOUBLES.map((name) => numbersOf(trades, name, 'double')),
    { name: 'votes', kind: 'text', values: trades.map(({ votes }) => votesJson(votes)) },
  ];
}

function numbersOf(
  trades: readonly Trade[],
  name: (typeof TRADE_INTEGERS)[number] | (typeof TRADE_DOUBLES)[number],
  kind: 'integer' | 'double',
): TableColumn {
  return { name, kind, values: Float64Array.from(trades, (trade) => trade[name]) };
}

function votesJson(votes: Trade['votes']): string {
  assert(
    Object.values(votes).every((vote) => Number.isFinite(vote)),
    'votes are finite',
  );
  // JSON has a -0, only JSON.stringify does not write it.
  const parts = Object.entries(votes).map(([id, vote]) => {
    return `${JSON.stringify(id)}:${Object.is(vote, -0) ? '-0' : vote}`;
  });
  return `{${parts.join(',')}}`;
}

function fillTable(fills: FillColumns): TableColumn[] {
  return [
    ...FILL_INTEGERS.map((name): TableColumn => ({ name, kind: 'integer', values: fills[name] })),
    ...FILL_DOUBLES.map((name): TableColumn => ({ name, kind: 'double', values: fills[name] })),
  ];
}

function equityTable(
  equity: EquityColumns,
  prices: readonly LegPrices[],
  intervalMs: number,
): TableColumn[] {
  for (const { openMs } of prices) checkRows(equity, openMs, intervalMs);
  return [
    { name: 'closeMs', kind: 'integer', values: equity.closeMs },
    { name: 'equityUsd', kind: 'double', values: equity.equityUsd },
    { name: 'benchmarkUsd', kind: 'double', values: equity.benchmarkUsd },
    ...prices.map(({ venue, symbol, close }): TableColumn => {
      return { name: `close/${venue}/${symbol}`, kind: 'double', values: close };
    }),
  ];
}

/** Prices stand in the rows of equity, so their open times need not be stored. */
function checkRows(equity: EquityColumns, openMs: Column, intervalMs: number): void {
  assert(openMs.length >= equity.length, 'prices have a row for every row of equity');
  for (let i = 0; i < equity.length; i++) {
    assert(equity.closeMs[i] === openMs[i]! + intervalMs, 'prices and equity have the same rows');
  }
}

export async function readTrades(connection: DuckDBConnection, folder: string): Promise<Trade[]> {
  const path = join(folder, TABLE_FILES.trades);
  const numbers = await readNumbers(connection, path, [...TRADE_INTEGERS, ...TRADE_DOUBLES]);
  const texts = await readTexts(connection, path, [...TRADE_TEXTS, 'votes']);
  const trades: Trade[] = [];
  for (let k = 0; k < numbers[0]!.length; k++) {
    const trade: Record<string, unknown> = {};
    TRADE_TEXTS.forEach((name, j) => {
      trade[name] = texts[j]![k];
    });
    [...TRADE_INTEGERS, ...TRADE_DOUBLES].forEach((name, j) => {
      trade[name] = numbers[j]![k];
    });
    trade['votes'] = parseVotes(path, k, texts.at(-1)![k]!);
    trades.push(trade as unknown as Trade);
  }
  return trades;
}

function parseVotes(path: string, row: number, text: string): Trade['votes'] {
  try {
    return JSON.parse(text) as Trade['votes'];
  } catch (error) {
    const problem = { key: `${path}: row ${row + 1}`, rule: 'must have JSON votes', value: text };
    throw new InputError(problem, { cause: error });
  }
}

export async function readFills(
  connection: DuckDBConnection,
  folder: string,
): Promise<FillColumns> {
  const names = [...FILL_INTEGERS, ...FILL_DOUBLES];
  const columns = await readNumbers(connection, join(folder, TABLE_FILES.fills), names);
  // Every name of the lists and no other: that they are all of them is checked where they stand.
  const fills = Object.fromEntries(names.map((name, k) => [name, columns[k]!])) as Named;
  return { length: fills.tsMs.length, ...fills };
}

type Named = Record<(typeof FILL_INTEGERS)[number] | (typeof FILL_DOUBLES)[number], Float64Array>;

export async function readEquity(
  connection: DuckDBConnection,
  folder: string,
  intervalMs: number,
): Promise<{ equity: EquityColumns; prices: LegPrices[] }> {
  const path = join(folder, TABLE_FILES.equity);
  const charted = (await parquetNames(connection, path)).filter((name) => PRICE.test(name));
  const names = ['closeMs', 'equityUsd', 'benchmarkUsd', ...charted];
  const columns = await readNumbers(connection, path, names);
  const [closeMs, equityUsd, benchmarkUsd] = columns as [Float64Array, Float64Array, Float64Array];
  const openMs = closeMs.map((ms) => ms - intervalMs);
  const prices = charted.map((name, k): LegPrices => {
    const [, venue, symbol] = PRICE.exec(name)!;
    return { venue: venue!, symbol: symbol!, openMs, close: columns[k + 3]! };
  });
  return { equity: { length: closeMs.length, closeMs, equityUsd, benchmarkUsd }, prices };
}
