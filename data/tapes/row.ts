// One row of a tape, and the check of it. The question stands there whole, so that anybody can see what
// was asked, with two digests of it: the core's, by which it is found, and SHA-256.
//
// Numbers that were not said are null. A row that does not check out is refused, never mended.

import { readAnswer } from '../../engine/agents/answer.ts';
import {
  AGENT_FAILURES,
  type AgentFailure,
  type AnswerShape,
  type Origin,
  type Question,
  questionDigest,
  questionText,
  type Reply,
} from '../../engine/agents/question.ts';
import type { RecordedReply } from '../../engine/agents/reply-book.ts';
import { InputError, nearest } from '../../engine/errors.ts';
import { sha256 } from '../digest.ts';

interface Field {
  readonly name: string;
  readonly sql: 'VARCHAR' | 'DOUBLE' | 'INTEGER';
  /** Null is a value of it. */
  readonly mayLack?: true;
}

const text = (name: string): Field => ({ name, sql: 'VARCHAR' });
const number = (name: string): Field => ({ name, sql: 'DOUBLE', mayLack: true });

/** The columns, in their order. */
export const FIELDS: readonly Field[] = Object.freeze([
  ...['digest', 'promptSha256', 'agent', 'modelKey', 'kind', 'shape', 'venue', 'symbol'].map(text),
  { name: 'side', sql: 'INTEGER' },
  ...['system', 'user', 'numbers'].map(text),
  number('askedMs'),
  { name: 'failure', sql: 'VARCHAR', mayLack: true },
  ...['score', 'confidence', 'risk', 'low', 'median', 'high', 'coverage', 'factor'].map(number),
  text('words'),
  ...['model', 'version'].map(text),
  ...['latencyMs', 'tokensIn', 'tokensOut', 'costUsd', 'knowledgeMs'].map(number),
]);

const NAMES = FIELDS.map(({ name }) => name);
/** The end of the year 9999. */
const LAST_MS = Date.UTC(10_000, 0) - 1;
/** Characters of one text: a prompt may be long, but not without end. */
const LONGEST = 2_000_000;

export interface TapeRow extends RecordedReply {
  readonly question: Omit<Question, 'id' | 'digest'>;
  /** Newest UTC ms that whoever answered may have been trained on; 0 = nothing; NaN = not known. */
  readonly knowledgeMs: number;
}

export function rowOf(question: Question, reply: Reply, knowledgeMs: number): TapeRow {
  const { id: _, digest, ...rest } = question;
  return { digest, text: questionText(rest), question: rest, reply, knowledgeMs };
}

/** The row as JSON, keys in their order: a line of NDJSON, and what the digest of a tape is made of. */
export function rowText({ digest, text: asked, question, reply, knowledgeMs }: TapeRow): string {
  const { agent, model: modelKey, kind, shape, venue, symbol, side, prompt, tsMs } = question;
  const said = reply.ok ? reply.answer : {};
  const { origin } = reply;
  const all: Record<string, unknown> = {
    ...{ digest, promptSha256: sha256(asked), agent, modelKey, kind, shape, venue, symbol, side },
    ...{ ...prompt, askedMs: tsMs, failure: reply.ok ? null : reply.code },
    ...{ words: '', ...said, ...origin, knowledgeMs },
  };
  // JSON has null for NaN.
  return JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, all[name] ?? null])));
}

/** A row from a file. Throws InputError that names `where`, the key and its rule. */
export function readRow(value: unknown, where: string): TapeRow {
  const refuse = (key: string, rule: string, was?: unknown): never => {
    throw new InputError({ key: `${where}, ${key}`, rule, value: was });
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError({ key: where, rule: 'must be an object' });
  }
  const found = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(found)) {
    if (NAMES.includes(key)) continue;
    const rule = 'is no column of a tape';
    throw new InputError({ key: `${where}, ${key}`, rule, nearest: nearest(key, NAMES) });
  }
  for (const field of FIELDS) checkField(field, found[field.name], refuse);
  const textOf = (key: string) => found[key] as string;
  const numberOf = (key: string) => (found[key] as number | null) ?? Number.NaN;
  const oneOf = <Word extends string>(key: string, words: readonly Word[]): Word => {
    const word = textOf(key) as Word;
    return words.includes(word) ? word : refuse(key, `must be one of ${words.join(', ')}`, word);
  };
  const side = found['side'];
  if (side !== 0 && side !== 1 && side !== -1) refuse('side', 'must be -1, 0 or 1', side);
  const askedMs = numberOf('askedMs');
  const isInstant = (ms: number) => Number.isInteger(ms) && ms >= 0 && ms <= LAST_MS;
  for (const key of ['askedMs', 'knowledgeMs']) {
    const ms = found[key] as number | null;
    if (ms !== null && !isInstant(ms)) refuse(key, 'must be UTC ms of a year up to 9999', ms);
  }
  const question = {
    ...{ agent: textOf('agent'), model: textOf('modelKey'), leg: 0, row: 0 },
    kind: oneOf('kind', ['vote', 'second-opinion']),
    shape: oneOf<AnswerShape>('shape', ['opinion', 'forecast', 'review']),
    ...{ venue: textOf('venue'), symbol: textOf('symbol'), side: side as -1 | 0 | 1 },
    ...{ tsMs: askedMs, deadlineMs: askedMs },
    prompt: { system: textOf('system'), user: textOf('user'), numbers: textOf('numbers') },
  };
  const asked = questionText(question);
  const digest = questionDigest(question);
  if (found['digest'] !== digest || found['promptSha256'] !== sha256(asked)) {
    const rule = 'must be that of the question beside it: the row was changed';
    refuse('digest', rule, found['digest']);
  }
  const knowledgeMs = numberOf('knowledgeMs');
  return {
    digest,
    text: asked,
    question,
    reply: replyIn(found, question.shape, refuse),
    knowledgeMs,
  };
}

type Refuse = (key: string, rule: string, was?: unknown) => never;

function checkField({ name, sql, mayLack }: Field, value: unknown, refuse: Refuse): void {
  if (value === undefined) refuse(name, 'must be there');
  if (value === null) {
    if (!mayLack) refuse(name, 'must not be null');
    return;
  }
  if (sql === 'VARCHAR') {
    if (typeof value !== 'string') refuse(name, 'must be a text', value);
    if ((value as string).length > LONGEST) refuse(name, `must have at most ${LONGEST} characters`);
  } else if (!Number.isFinite(value)) refuse(name, 'must be a finite number', value);
}

function replyIn(
  found: Readonly<Record<string, unknown>>,
  shape: AnswerShape,
  refuse: Refuse,
): Reply {
  const number = (key: string) => (found[key] as number | null) ?? Number.NaN;
  const origin: Origin = {
    ...{ model: found['model'] as string, version: found['version'] as string },
    latencyMs: number('latencyMs'),
    tokensIn: number('tokensIn'),
    tokensOut: number('tokensOut'),
    costUsd: number('costUsd'),
  };
  if (!(origin.latencyMs >= 0)) refuse('latencyMs', 'must be 0 or more', found['latencyMs']);
  for (const key of ['tokensIn', 'tokensOut', 'costUsd'] as const) {
    if (origin[key] < 0) refuse(key, 'must be 0 or more', origin[key]);
  }
  const { failure } = found;
  if (failure !== null) {
    if (!Object.hasOwn(AGENT_FAILURES, failure as string)) {
      refuse('failure', `must be one of ${Object.keys(AGENT_FAILURES).join(', ')}`, failure);
    }
    return { ok: false, code: failure as AgentFailure, origin };
  }
  const answer = readAnswer(shape, saidIn(found, shape));
  if (typeof answer === 'string') {
    const [key, rule] = answer.includes(': ') ? answer.split(': ') : ['answer', answer];
    return refuse(key!, rule!, found[key!]);
  }
  return { ok: true, answer, origin };
}

const SAID: Readonly<Record<AnswerShape, readonly string[]>> = {
  opinion: ['score', 'confidence', 'risk'],
  forecast: ['low', 'median', 'high', 'coverage'],
  review: ['factor'],
};

/** The answer as a model gives it: what it did not say is left out. */
function saidIn(found: Readonly<Record<string, unknown>>, shape: AnswerShape): object {
  const said = SAID[shape].filter((key) => found[key] !== null);
  return { ...Object.fromEntries(said.map((key) => [key, found[key]])), words: found['words'] };
}
