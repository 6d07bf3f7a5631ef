// The flags of every verb that runs a config, and the config they add up to.
//
//   file (--config)  <  environment names  <  flags  <  --set        see engine/config/layers.ts
//
// Declaring flags is light; the validator is imported when a config is loaded.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { absolutePath } from '../data/share/place.ts';
import { parseJson } from '../engine/config/json.ts';
import type { Layer } from '../engine/config/layers.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import { type Environment, shellWord } from './output.ts';
import { withVenueIds } from './venue-ids.ts';

/** The flags as commander hands them over: texts as they were typed. */
export interface RunFlags {
  readonly config?: string;
  readonly strategy?: string;
  readonly db?: string;
  readonly venue?: string;
  readonly symbols?: string;
  readonly interval?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cash?: string;
  readonly seed?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

export interface RunConfig {
  readonly config: Config;
  /** Where each value came from, by its dotted path. */
  readonly origins: ReadonlyMap<string, string>;
  /** Absolute path of the store, or its address in object storage. */
  readonly db: string;
  /** Absolute path of the folder asked for with --out; null = where runs go. */
  readonly out: string | null;
}

const CONFIGS = fileURLToPath(new URL('../strategies/configs/', import.meta.url));
const DEFAULT_CONFIG = 'swarm';
/** The store of every verb unless --db, relative to the folder the person stands in. */
export const DEFAULT_DB = 'data/market.duckdb';

/** Deepest drawdown of an out-of-sample fold that a verdict lets pass, unless told otherwise. */
export const MAX_DRAWDOWN = 0.25;

/** Adds the flags that all verbs which run a config have in common. */
export function addRunFlags(command: Command): Command {
  const collect = (text: string, before: readonly string[] = []) => [...before, text];
  return command
    .option('--config <file>', `config file, or the name of a shipped one (${DEFAULT_CONFIG})`)
    .option('--strategy <name>', 'strategy (name or .ts file) that decides alone, without agents')
    .option('--db <file>', `store of candles, a file or a shared folder (${DEFAULT_DB})`)
    .option('--venue <name>', 'venue whose candles are used, such as binance-usdm')
    .option('--symbols <list>', 'symbols, joined by commas')
    .option('--interval <interval>', 'interval of the base candles, such as 1m')
    .option('--from <instant>', 'first instant, ISO 8601, UTC')
    .option('--to <instant>', 'end, not included, ISO 8601, UTC')
    .option('--cash <usd>', 'equity at the start')
    .option('--seed <number>', 'seed of everything that draws')
    .option('--set <path=value>', 'any value of the config; may be repeated', collect)
    .option('--out <dir>', 'folder for what the run leaves behind')
    .option('--json', 'print one JSON document on stdout');
}

/** The flags of a run as they are typed again, for a line that is copied: not where it goes, or how it is told. */
export function flagWords(flags: RunFlags): string {
  const { config, strategy, db, venue, symbols, interval, from, to, cash, seed, set = [] } = flags;
  const given = { config, strategy, db, venue, symbols, interval, from, to, cash, seed };
  const sets = set.map((value) => `--set ${shellWord(value)}`);
  return [typedWords(given), ...sets].filter(Boolean).join(' ');
}

/** Flags by their long names, with those that have a value. */
export function typedWords(given: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${shellWord(value!)}`)
    .join(' ');
}

/** Reads whole numbers of flags: null where one is not given, and where it is a problem of `problems`. */
export function wholeFlags(problems: Problem[]) {
  return (key: string, text: string | undefined, least: number, most: number): number | null => {
    if (text === undefined) return null;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    problems.push({ key, rule: `must be a whole number, ${least} to ${most}`, value: text });
    return null;
  };
}

/** The text of a help's examples: pairs of a command line and what it does. */
export function examples(...lines: readonly (readonly [command: string, does: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const rows = lines.map(([command, does]) => `  ${command.padEnd(width)}  ${does}`.trimEnd());
  return `\nExamples:\n${rows.join('\n')}\n`;
}

/**
 * The checked config of a command line. Paths are relative to `cwd`. Throws InputError with the
 * problems of flags, file, environment and values together.
 */
export async function loadRunConfig(
  flags: RunFlags,
  environment: Environment,
  cwd: string,
): Promise<RunConfig> {
  const { assignmentLayer, mergeLayers, overlay } = await import('../engine/config/layers.ts');
  const { environmentLayers } = await import('../engine/config/environment.ts');
  const { CONTRADICTIONS } = await import('../engine/research/contradictions.ts');
  const problems: Problem[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const given = flagLayers(flags, problems);
  const sets = (flags.set ?? []).map((text) => attempt(() => assignmentLayer([text])));
  const above = [...given, ...sets.filter((layer) => layer !== undefined)];
  const file = attempt(() => fileLayer(flags.config ?? DEFAULT_CONFIG, cwd));
  // Without its file a config lacks so much that checking the rest would only mislead.
  const merged =
    file &&
    attempt(() => {
      const under = [file, ...strategyClears(flags, overlay([file]))];
      const between = attempt(() => environmentLayers(environment, overlay([...under, ...above])));
      return mergeLayers([...under, ...(between ?? []), ...above], CONTRADICTIONS);
    });
  if (merged === undefined || problems.length > 0) throw new InputError(problems);
  const out = flags.out === undefined ? null : resolve(cwd, flags.out);
  return { ...withVenueIds(merged), db: absolutePath(flags.db ?? DEFAULT_DB, cwd), out };
}

/** The layer of a config file alone. Throws InputError, with `file:line:column` for bad JSON. */
export function fileLayer(name: string, cwd: string): Layer {
  const path = findConfig(name, cwd);
  const shown = basename(path);
  return { origin: `file ${shown}`, values: parseJson(readFileSync(path, 'utf8'), shown) };
}

/** `--strategy` takes the place of the agents, and of parameters that were another strategy's. */
function strategyClears(flags: RunFlags, file: Readonly<Record<string, unknown>>): Layer[] {
  if (flags.strategy === undefined) return [];
  const decision = file['decision'] as { strategy?: unknown } | null | undefined;
  const isSame = decision?.strategy === flags.strategy;
  const stem = basename(flags.strategy, '.ts');
  return [
    {
      origin: 'flag --strategy',
      clears: ['decision.agents', ...(isSame ? [] : ['decision.parameters'])],
      // The default config's own name would name the folder of a run that is not its own.
      assignments: flags.config === undefined && /^[\w][\w.-]*$/.test(stem) ? [['name', stem]] : [],
    },
  ];
}

function flagLayers(flags: RunFlags, problems: Problem[]): Layer[] {
  const layers: Layer[] = [];
  const put = (flag: string, path: string, value: unknown) =>
    layers.push({ origin: `flag ${flag}`, assignments: [[path, value]] });
  const putNumber = (flag: string, path: string, text: string | undefined) => {
    if (text === undefined) return;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) put(flag, path, value);
    else problems.push({ key: flag, rule: 'must be a number', value: text });
  };
  if (flags.strategy !== undefined) put('--strategy', 'decision.strategy', flags.strategy);
  if (flags.venue !== undefined) put('--venue', 'world.venue', flags.venue);
  if (flags.symbols !== undefined) {
    const symbols = flags.symbols.split(',').map((symbol) => symbol.trim());
    if (symbols.includes('')) {
      const rule = 'must be symbols joined by commas, such as BTCUSDT,ETHUSDT';
      problems.push({ key: '--symbols', rule, value: flags.symbols });
    } else put('--symbols', 'world.symbols', symbols);
  }
  if (flags.interval !== undefined) put('--interval', 'world.interval', flags.interval);
  if (flags.from !== undefined) put('--from', 'world.from', flags.from);
  if (flags.to !== undefined) put('--to', 'world.to', flags.to);
  putNumber('--cash', 'world.cashUsd', flags.cash);
  putNumber('--seed', 'seed', flags.seed);
  return layers;
}

/** A file from where the person stands; a bare name may also be one of the shipped configs. */
function findConfig(name: string, cwd: string): string {
  const isBare = basename(name) === name;
  const shipped = join(CONFIGS, `${basename(name, '.json')}.json`);
  const found = [resolve(cwd, name), ...(isBare ? [shipped] : [])].find(isFile);
  if (found !== undefined) return found;
  const folder = dirname(resolve(cwd, name));
  const near =
    nearest(basename(name), jsonNames(folder)) ??
    (isBare ? nearest(basename(name, '.json'), shippedConfigs()) : undefined);
  const inFolder = near === undefined || isBare ? near : join(dirname(name), near);
  throw new InputError({ key: '--config', rule: 'no such file', value: name, nearest: inFolder });
}

/** Names that `--config` takes without a path. */
export function shippedConfigs(): string[] {
  return jsonNames(CONFIGS)
    .map((file) => basename(file, '.json'))
    .filter((name) => name !== 'schema');
}

function jsonNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
