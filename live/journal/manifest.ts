// The first line of a journal file: which code, config, data and seed the rest belongs to, and
// which file it goes on from. A replay under anything else is a comparison of two programs.

import { canonicalJson, configDigest } from '../../data/runs/canonical.ts';
import type { Config } from '../../engine/config/schema.ts';
import { isHash } from './chain.ts';
import { asObject, type Refuse } from './codec.ts';

/** Version of everything in this folder that is written to disk. */
export const FORMAT = 2;

/** The file before this one and where it ended. */
export interface ParentLink {
  /** Name, in the same folder. */
  readonly file: string;
  readonly lastHash: string;
  readonly lastSeq: number;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly sessionId: string;
  /** What feeds the session, for example `replay:candles.duckdb at 60x`; in words. */
  readonly feed: string;
  /** Version and commit of the code. */
  readonly code: string;
  /** `v24.1.0`: mathematical functions may change between versions. */
  readonly node: string;
  readonly seed: number;
  /** The whole merged config as it was written. Check it before use: it has only been parsed. */
  readonly config: unknown;
  readonly configDigest: string;
  /** The grid and its legs, as live/market.ts reads them. Check it before use as well. */
  readonly market: unknown;
  /** Digests of the history it began with, by dataset. */
  readonly data: Readonly<Record<string, string>>;
  /** Null for the first file of a folder. */
  readonly parent: ParentLink | null;
}

/** What the session knows of itself; the rest follows. */
export interface Identity {
  readonly sessionId: string;
  readonly feed: string;
  readonly code: string;
  readonly node: string;
  readonly config: Config;
  readonly market: object;
  readonly data: Readonly<Record<string, string>>;
}

export function manifestOf(identity: Identity, parent: ParentLink | null): Manifest {
  const { sessionId, feed, code, node, config, market, data } = identity;
  const { seed } = config;
  const digest = configDigest(config);
  return Object.freeze({
    format: FORMAT,
    sessionId,
    feed,
    code,
    node,
    seed,
    config,
    configDigest: digest,
    market,
    data,
    parent,
  });
}

export function manifestText(manifest: Manifest): string {
  const { config, ...rest } = manifest;
  // Agents vote in the order in which the config names them, which sorted keys would lose. The text
  // is thrown away: it only refuses what JSON has no word for.
  canonicalJson(config, 'manifest.config');
  const others = canonicalJson(rest, 'manifest').slice(0, -1);
  return `${others},"config":${JSON.stringify(config)}}`;
}

const TEXTS = ['sessionId', 'feed', 'code', 'node', 'configDigest'] as const;
const KEYS: readonly string[] = [...TEXTS, 'format', 'seed', 'config', 'market', 'data', 'parent'];

/** The manifest of a parsed value of this format; whatever does not fit goes to `refuse`. */
export function readManifest(value: unknown, refuse: Refuse): Manifest {
  const found = asObject(value, 'manifest', refuse);
  for (const key of KEYS) {
    if (!Object.hasOwn(found, key)) refuse(`manifest.${key} must be there`, undefined);
  }
  const strangers = Object.keys(found).filter((key) => !KEYS.includes(key));
  if (strangers.length > 0) refuse('manifest must have no unknown keys', strangers.join(', '));
  if (found['format'] !== FORMAT) refuse(`manifest.format must be ${FORMAT}`, found['format']);
  for (const key of TEXTS) {
    if (typeof found[key] !== 'string') refuse(`manifest.${key} must be a text`, found[key]);
  }
  if (!isCount(found['seed'])) refuse('manifest.seed must be an integer >= 0', found['seed']);
  asObject(found['config'], 'manifest.config', refuse);
  asObject(found['market'], 'manifest.market', refuse);
  for (const [name, digest] of Object.entries(asObject(found['data'], 'manifest.data', refuse))) {
    if (typeof digest !== 'string') refuse(`manifest.data.${name} must be a text`, digest);
  }
  checkParent(found['parent'], refuse);
  return found as unknown as Manifest;
}

function checkParent(value: unknown, refuse: Refuse): void {
  if (value === null) return;
  const { file, lastHash, lastSeq, ...others } = asObject(value, 'manifest.parent', refuse);
  const isLink = typeof file === 'string' && isHash(lastHash) && isCount(lastSeq);
  if (!isLink || Object.keys(others).length > 0) {
    refuse('manifest.parent must be null or { file, lastHash, lastSeq }', value);
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What makes two stretches of a journal different programs, in the order in which to say it. */
export type Difference =
  | 'config'
  | 'code'
  | 'node'
  | 'seed'
  | 'data'
  | 'market'
  | 'feed'
  | 'session';

/** In what `now` differs from what the journal was written under; empty = it may be carried on. */
export function differences(written: Manifest, now: Manifest): Difference[] {
  const found: Difference[] = [];
  const isSameConfig =
    written.configDigest === now.configDigest && agentsOf(written) === agentsOf(now);
  if (!isSameConfig) found.push('config');
  if (written.code !== now.code) found.push('code');
  if (written.node !== now.node) found.push('node');
  if (written.seed !== now.seed) found.push('seed');
  if (canonicalJson(written.data) !== canonicalJson(now.data)) found.push('data');
  if (canonicalJson(written.market) !== canonicalJson(now.market)) found.push('market');
  if (written.feed !== now.feed) found.push('feed');
  if (written.sessionId !== now.sessionId) found.push('session');
  return found;
}

/** Names of the agents in their order, which a digest of the config does not tell. */
function agentsOf({ config }: Manifest): string {
  const { decision } = config as { decision?: { agents?: object } };
  return Object.keys(decision?.agents ?? {}).join();
}
