// The record of a run as tables beside its trades, fills and equity, and back.
//
//   orders.parquet      one row an order, by id
//   funding.parquet     one row a payment
//   decisions.parquet   one row a trade, in the order of trades.parquet: what it came from, how far it went
//   votes.parquet       one row an agent at an end of a trade; `features` is JSON, { "rsi": 28.4, ... }
//   answers.parquet     one row a question to a model behind a trade, where any was asked; `answer` is JSON
//   breaks.parquet      one row an outage, or a state of a breaker that was not closed
//   candles.parquet     coarse candles of all the run, base ones around trades
//   vote-spans.parquet  what agents said in the time of each coarse candle
//
// `trade` is a row of trades.parquet, from 0; rows, legs and units are those of the result's own fields.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { VoteColumns } from '../../engine/agents/vote-spans.ts';
import { InputError } from '../../engine/errors.ts';
import type { CandleRows } from '../../engine/research/candle-rows.ts';
import type { ModelSaying } from '../../engine/research/model-sayings.ts';
import type {
  Break,
  FundingPayments,
  OrderColumns,
  RecordedDecision,
  RunRecord,
  Saying,
  TradeRecord,
} from '../../engine/research/record.ts';
import { readNumbers, readTexts, type TableColumn, writeParquet } from './parquet.ts';

export const RECORD_FILES = Object.freeze({
  orders: 'orders.parquet',
  funding: 'funding.parquet',
  decisions: 'decisions.parquet',
  votes: 'votes.parquet',
  answers: 'answers.parquet',
  breaks: 'breaks.parquet',
  candles: 'candles.parquet',
  voteSpans: 'vote-spans.parquet',
});

type Kinds = Readonly<Record<string, 'integer' | 'double' | 'text'>>;

const ORDERS = {
  leg: 'integer',
  side: 'integer',
  type: 'text',
  purpose: 'text',
  algorithm: 'text',
  status: 'text',
  qty: 'double',
  limitPrice: 'double',
  triggerPrice: 'double',
  decisionPrice: 'double',
  createdMs: 'integer',
  endedMs: 'double',
  filledQty: 'double',
  parentId: 'integer',
  attachedTo: 'integer',
} as const satisfies Kinds;

const FUNDING = { leg: 'integer', row: 'integer', amountUsd: 'double' } as const satisfies Kinds;

const DECISIONS = {
  trade: 'integer',
  entryDecidedRow: 'integer',
  entryScore: 'double',
  entryOrderId: 'integer',
  exitDecidedRow: 'integer',
  exitScore: 'double',
  exitOrderId: 'integer',
  maeFraction: 'double',
  mfeFraction: 'double',
  liquidationPrice: 'double',
} as const satisfies Kinds;

const VOTES = {
  trade: 'integer',
  at: 'text',
  row: 'integer',
  agent: 'text',
  vote: 'double',
  weight: 'double',
  reason: 'text',
  features: 'text',
} as const satisfies Kinds;

const ANSWERS = {
  trade: 'integer',
  at: 'text',
  agent: 'text',
  kind: 'text',
  model: 'text',
  version: 'text',
  latencyMs: 'double',
  code: 'text',
  answer: 'text',
  words: 'text',
} as const satisfies Kinds;

const BREAKS = {
  kind: 'text',
  venue: 'text',
  fromMs: 'double',
  toMs: 'double',
  what: 'text',
} as const satisfies Kinds;

const CANDLES = {
  leg: 'integer',
  stepMs: 'integer',
  openMs: 'integer',
  open: 'double',
  high: 'double',
  low: 'double',
  close: 'double',
  volume: 'double',
} as const satisfies Kinds;

const VOTE_SPANS = {
  leg: 'integer',
  openMs: 'integer',
  seat: 'integer',
  low: 'double',
  high: 'double',
} as const satisfies Kinds;

/** Does not compile when a log gets a column that is not listed above. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;
true satisfies Same<keyof typeof ORDERS | 'length', keyof OrderColumns>;
true satisfies Same<keyof typeof FUNDING | 'length', keyof FundingPayments>;
true satisfies Same<keyof typeof CANDLES | 'length', keyof CandleRows>;
true satisfies Same<keyof typeof BREAKS, keyof Break>;
true satisfies Same<keyof typeof VOTE_SPANS | 'length', keyof VoteColumns>;
true satisfies Same<Exclude<keyof typeof ANSWERS, 'trade' | 'at' | 'agent'>, keyof ModelSaying>;

type Values = ArrayLike<number> | readonly string[];
type Table<K extends Kinds> = Readonly<Record<keyof K, Values>> & { readonly length: number };

/** Writes the files into `folder`. */
export async function writeRecord(
  connection: DuckDBConnection,
  folder: string,
  record: RunRecord,
): Promise<void> {
  const write = <K extends Kinds>(file: keyof typeof RECORD_FILES, kinds: K, table: Table<K>) => {
    const columns = Object.entries(kinds).map(([name, kind]) => {
      return { name, kind, values: table[name]! } as unknown as TableColumn;
    });
    return writeParquet(connection, join(folder, RECORD_FILES[file]), columns, table.length);
  };
  const { orders, funding, origins, breaks, candles, votes } = record;
  await write('orders', ORDERS, orders);
  await write('funding', FUNDING, funding);
  await write('decisions', DECISIONS, decisionsTable(origins));
  await write('votes', VOTES, votesTable(origins));
  const answers = answersTable(origins);
  if (answers.length > 0) await write('answers', ANSWERS, answers);
  await write('breaks', BREAKS, rowsTable(BREAKS, breaks));
  await write('candles', CANDLES, candles);
  await write('voteSpans', VOTE_SPANS, votes);
}

function decisionsTable(origins: readonly TradeRecord[]): Table<typeof DECISIONS> {
  return rowsTable(
    DECISIONS,
    origins.map(({ entry, exit, ...numbers }, trade) => ({
      trade,
      entryDecidedRow: entry.row,
      entryScore: entry.score,
      exitDecidedRow: exit.row,
      exitScore: exit.score,
      ...numbers,
    })),
  );
}

const ENDS = ['entry', 'exit'] as const;

function votesTable(origins: readonly TradeRecord[]): Table<typeof VOTES> {
  const rows = origins.flatMap((origin, trade) =>
    ENDS.flatMap((at) => {
      const { row, said } = origin[at];
      return said.map(({ features, told: _, ...one }) => {
        return { trade, at, row, ...one, features: JSON.stringify(features) };
      });
    }),
  );
  return rowsTable(VOTES, rows);
}

function answersTable(origins: readonly TradeRecord[]): Table<typeof ANSWERS> {
  const rows = origins.flatMap((origin, trade) =>
    ENDS.flatMap((at) =>
      origin[at].said.flatMap(({ agent, told }) => {
        if (told === undefined) return [];
        return [{ trade, at, agent, ...told, answer: JSON.stringify(told.answer) }];
      }),
    ),
  );
  return rowsTable(ANSWERS, rows);
}

function rowsTable<K extends Kinds>(
  kinds: K,
  rows: readonly Readonly<Record<keyof K, number | string>>[],
): Table<K> {
  const columns = Object.keys(kinds).map((name) => [name, rows.map((row) => row[name])]);
  return { ...Object.fromEntries(columns), length: rows.length } as Table<K>;
}

/** Reads the record back. Throws InputError for what is missing or garbled. */
export async function readRecord(connection: DuckDBConnection, folder: string): Promise<RunRecord> {
  const read = async <T>(file: keyof typeof RECORD_FILES, kinds: Kinds): Promise<T> => {
    const path = join(folder, RECORD_FILES[file]);
    const names = (isText: boolean) =>
      Object.keys(kinds).filter((name) => (kinds[name] === 'text') === isText);
    const numbers = await readNumbers(connection, path, names(false));
    const texts = names(true).length > 0 ? await readTexts(connection, path, names(true)) : [];
    const columns = Object.fromEntries([
      ...names(false).map((name, k) => [name, numbers[k]]),
      ...names(true).map((name, k) => [name, texts[k]]),
    ]);
    return { ...columns, length: numbers[0]!.length } as T;
  };
  const decisions = await read<Record<keyof typeof DECISIONS, Float64Array>>(
    'decisions',
    DECISIONS,
  );
  const votes = await read<SayingColumns>('votes', VOTES);
  const path = join(folder, RECORD_FILES.votes);
  // A run in which no model was asked has none.
  const isAsked = existsSync(join(folder, RECORD_FILES.answers));
  const answers = isAsked ? await read<AnswerColumns>('answers', ANSWERS) : null;
  return {
    orders: await read<OrderColumns>('orders', ORDERS),
    funding: await read<FundingPayments>('funding', FUNDING),
    origins: originsOf(decisions, votes, path, toldIn(answers, folder)),
    breaks: breaksOf(await read<BreakColumns>('breaks', BREAKS)),
    candles: await read<CandleRows>('candles', CANDLES),
    votes: await read<VoteColumns>('voteSpans', VOTE_SPANS),
  };
}

interface SayingColumns {
  readonly length: number;
  readonly trade: Float64Array;
  readonly at: readonly string[];
  readonly agent: readonly string[];
  readonly vote: Float64Array;
  readonly weight: Float64Array;
  readonly reason: readonly string[];
  readonly features: readonly string[];
}

function originsOf(
  decisions: Readonly<Record<keyof typeof DECISIONS, Float64Array>>,
  votes: SayingColumns,
  path: string,
  told: ReadonlyMap<string, ModelSaying>,
): TradeRecord[] {
  const said = Array.from(decisions.trade, () => ({ entry: [] as Saying[], exit: [] as Saying[] }));
  for (let k = 0; k < votes.length; k++) {
    const list = said[votes.trade[k]!]?.[votes.at[k] as 'entry' | 'exit'];
    if (list === undefined) {
      throw new InputError({ key: path, rule: 'must have votes of trades', value: votes.trade[k] });
    }
    const answer = told.get(answerKey(votes, k));
    list.push({
      agent: votes.agent[k]!,
      vote: votes.vote[k]!,
      weight: votes.weight[k]!,
      reason: votes.reason[k]!,
      features: numbersIn(path, k, 'features', votes.features[k]!),
      ...(answer === undefined ? {} : { told: answer }),
    });
  }
  return said.map(({ entry, exit }, k): TradeRecord => {
    const decision = (row: number, score: number, by: Saying[]): RecordedDecision => {
      return { row, score, said: by };
    };
    return {
      entry: decision(decisions.entryDecidedRow[k]!, decisions.entryScore[k]!, entry),
      exit: decision(decisions.exitDecidedRow[k]!, decisions.exitScore[k]!, exit),
      entryOrderId: decisions.entryOrderId[k]!,
      exitOrderId: decisions.exitOrderId[k]!,
      maeFraction: decisions.maeFraction[k]!,
      mfeFraction: decisions.mfeFraction[k]!,
      liquidationPrice: decisions.liquidationPrice[k]!,
    };
  });
}

type AnswerColumns = Readonly<
  Record<(typeof NUMBERS_OF_ANSWERS)[number], Float64Array> &
    Record<Exclude<keyof typeof ANSWERS, (typeof NUMBERS_OF_ANSWERS)[number]>, readonly string[]>
> & { readonly length: number };
const NUMBERS_OF_ANSWERS = ['trade', 'latencyMs'] as const;

function answerKey(
  { trade, at, agent }: Pick<SayingColumns, 'trade' | 'at' | 'agent'>,
  k: number,
): string {
  return `${trade[k]} ${at[k]} ${agent[k]}`;
}

/** By trade, end and agent. */
function toldIn(answers: AnswerColumns | null, folder: string): Map<string, ModelSaying> {
  const found = new Map<string, ModelSaying>();
  const path = join(folder, RECORD_FILES.answers);
  for (let k = 0; k < (answers?.length ?? 0); k++) {
    const { kind, model, version, latencyMs, code, answer, words } = answers!;
    found.set(answerKey(answers!, k), {
      kind: kind[k] as ModelSaying['kind'],
      ...{ model: model[k]!, version: version[k]!, latencyMs: latencyMs[k]!, code: code[k]! },
      answer: numbersIn(path, k, 'answer', answer[k]!),
      words: words[k]!,
    });
  }
  return found;
}

function numbersIn(
  path: string,
  row: number,
  column: string,
  text: string,
): Readonly<Record<string, number>> {
  try {
    return JSON.parse(text) as Record<string, number>;
  } catch (error) {
    const rule = `must have JSON ${column}`;
    throw new InputError({ key: `${path}: row ${row + 1}`, rule, value: text }, { cause: error });
  }
}

interface BreakColumns {
  readonly length: number;
  readonly kind: readonly Break['kind'][];
  readonly venue: readonly string[];
  readonly fromMs: Float64Array;
  readonly toMs: Float64Array;
  readonly what: readonly string[];
}

function breaksOf({ length, kind, venue, fromMs, toMs, what }: BreakColumns): Break[] {
  return Array.from({ length }, (_, k) => ({
    kind: kind[k]!,
    venue: venue[k]!,
    fromMs: fromMs[k]!,
    toMs: toMs[k]!,
    what: what[k]!,
  }));
}
