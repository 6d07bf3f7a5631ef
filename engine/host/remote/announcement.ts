// What a sweep says of itself in Redis, so that workers on any machine can tell whether they may help.
//
//   sapphire:sweeps          ids, in the order in which they were begun
//   sapphire:plan:<id>       the announcement, as JSON           sapphire:sweep-<id>:*   the queue
//   sapphire:state:<id>      `running` while its coordinator lives, `over` when nothing is left to do
//
// A worker needs code, Node, strategies, candles and instruments of the coordinator, digest by digest;
// then a trial has the same bits there.

import type { Redis } from 'ioredis';
import type { Config } from '../../config/schema.ts';
import { InputError, type Problem } from '../../errors.ts';
import type { NamedStrategy } from '../../research/sweep/plan.ts';
import type { Objective } from '../../research/sweep/spec.ts';

/** Changes whenever either side would not understand the other. */
export const PROTOCOL = 2;
export const PREFIX = 'sapphire';

/** What must be the same on both sides, each compared by name. */
export interface GroundDigests {
  readonly protocol: number;
  /** Version and digest of the engine's source. */
  readonly code: string;
  /** Mathematical functions may differ between versions of Node. */
  readonly node: string;
  readonly configDigest: string;
  readonly strategyDigest: string;
  /** Of the spec's module; null for JSON. */
  readonly moduleDigest: string | null;
  /** Of what models answered, and of what another run remembered; null for none. */
  readonly tapeDigest: string | null;
  readonly memoryDigest: string | null;
  /** Of candles and series. */
  readonly dataDigest: string;
  /** Of each leg, by `venue symbol`. */
  readonly legDigests: Readonly<Record<string, string>>;
  /** Columns as trials see them, rows and instruments included. */
  readonly groundDigest: string;
}

/** Which candles are read, and how far back. */
export interface CandleReading {
  readonly venue: string;
  readonly interval: string;
  readonly symbols: readonly string[];
  /** Base candles of warm-up that some point needs. */
  readonly candles: number;
  /** Series that some strategy reads. */
  readonly series: readonly string[];
  /** True when the person asked for the sentiment series by name. */
  readonly needsSentiment: boolean;
}

export interface Announcement {
  readonly id: string;
  readonly name: string;
  readonly startedAt: string;
  readonly reading: CandleReading;
  readonly config: Config;
  /** Names, or paths from the folder that the person stands in. */
  readonly strategies: readonly NamedStrategy[];
  readonly objectives: readonly Omit<Objective, 'evaluate'>[];
  /** Path of the spec's module from that folder, where its objective is a function; else null. */
  readonly module: string | null;
  readonly digests: GroundDigests;
}

const WORDS: Readonly<Record<string, string>> = {
  protocol: 'the way of speaking',
  code: 'the code',
  node: 'the Node',
  configDigest: 'the config',
  strategyDigest: 'the strategies',
  moduleDigest: 'the spec module',
  tapeDigest: 'the tape',
  memoryDigest: 'the memory',
  dataDigest: 'the candles',
  groundDigest: 'the columns and instruments',
};

/**
 * Why a worker may not help: each difference with both values. Only what `own` knows by now is
 * compared, so that code is looked at before candles are read.
 */
export function differences(wanted: GroundDigests, own: Partial<GroundDigests>): Problem[] {
  const problems: Problem[] = [];
  const compare = (key: string, what: string, theirs: unknown, ours: unknown) => {
    if (theirs === ours) return;
    problems.push({ key, rule: `must be ${what} of the sweep (${theirs})`, value: ours });
  };
  for (const [leg, digest] of Object.entries(own.legDigests ?? {})) {
    compare(`data of ${leg}`, 'the candles', wanted.legDigests[leg] ?? 'nothing', digest);
  }
  const isTold = problems.length > 0;
  for (const [name, what] of Object.entries(WORDS)) {
    // Differing legs say it already, by name.
    if (!(name in own) || (isTold && ['dataDigest', 'groundDigest'].includes(name))) continue;
    const key = name.replace(/Digest$/, '');
    compare(key, what, wanted[name as keyof GroundDigests], own[name as keyof GroundDigests]);
  }
  return problems;
}

export function refuseDifferences(wanted: GroundDigests, own: Partial<GroundDigests>): void {
  const problems = differences(wanted, own);
  if (problems.length > 0) throw new InputError(problems);
}

// ---- in Redis ------------------------------------------------------------------------------------

const LIST = `${PREFIX}:sweeps`;
const planKey = (id: string) => `${PREFIX}:plan:${id}`;
const stateKey = (id: string) => `${PREFIX}:state:${id}`;
export const queueName = (id: string) => `sweep-${id}`;

/** How often a coordinator says that it lives, and how long that is believed, ms. */
export const BEAT_MS = 2000;
const BELIEVED_MS = 15_000;
const DAY_S = 86_400;
/** What a coordinator that never came back leaves goes after a week. */
const KEPT_S = 7 * DAY_S;

export type SweepState = 'running' | 'over' | 'silent';

/** Says, or says again, that a sweep wants workers. */
export async function announce(client: Redis, announcement: Announcement): Promise<void> {
  const { id, startedAt } = announcement;
  await client
    .multi()
    .zadd(LIST, 'NX', Date.parse(startedAt), id)
    .set(planKey(id), JSON.stringify(announcement), 'EX', KEPT_S)
    .set(stateKey(id), 'running', 'PX', BELIEVED_MS)
    .exec();
}

/** Says that there is nothing left to do. */
export async function withdraw(client: Redis, id: string): Promise<void> {
  await client
    .multi()
    .zrem(LIST, id)
    .del(planKey(id))
    .set(stateKey(id), 'over', 'EX', DAY_S)
    .exec();
}

export async function stateOf(client: Redis, id: string): Promise<SweepState> {
  return ((await client.get(stateKey(id))) as SweepState | null) ?? 'silent';
}

/** The oldest sweep whose coordinator lives; null when there is none. */
export async function oldestSweep(client: Redis): Promise<Announcement | null> {
  for (const id of await client.zrange(LIST, 0, -1)) {
    const text = await client.get(planKey(id));
    if (text === null) await client.zrem(LIST, id);
    else if ((await stateOf(client, id)) === 'running') return JSON.parse(text) as Announcement;
  }
  return null;
}
