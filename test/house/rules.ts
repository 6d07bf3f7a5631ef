// The rules of the house as tables, and the check of one file against them.
//
// Who may import whom, which words the deterministic core may not hold, and how long a file may
// be. An offence says where, what, and what to use instead. A line marked `// house: <reason>` is
// let off; a mark without a reason, or on a line that needs none, is an offence itself.

import { dirname, join } from 'node:path/posix';
import { type Import, importsOf, isMember, readSource, type Source, type Token } from './source.ts';

export interface Offence {
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly instead: string;
}

export function offenceText({ file, line, what, instead }: Offence): string {
  return `${file}:${line} ${what}; ${instead}`;
}

interface Room {
  /** Rooms, or parts of the engine, whose files it may import beside its own. */
  readonly rooms: readonly string[];
  /** Packages by name or `name/`; `node:` for what Node brings; `*` for any. */
  readonly packages: readonly string[];
}

/** Lowest first. What a part of the engine may import stands beside it, itself included always. */
const LEAVES = ['leaf', 'config'];
const MARKET = [...LEAVES, 'market'];
const BOOKS = [...MARKET, 'portfolio', 'statistics'];
const MINDS = [...BOOKS, 'event', 'agents', 'risk', 'execution', 'intent'];
const WHOLE = [...MINDS, 'kernel', 'simulation', 'research'];

export const ROOMS: Readonly<Record<string, Room>> = {
  'engine/leaf': { rooms: [], packages: ['seedrandom', 'seedrandom/'] },
  'engine/config': { rooms: part(['leaf']), packages: ['typebox', 'typebox/'] },
  'engine/market': { rooms: part(['leaf']), packages: ['technicalindicators'] },
  'engine/portfolio': { rooms: part(MARKET), packages: [] },
  'engine/statistics': { rooms: part([...MARKET, 'portfolio']), packages: ['simple-statistics'] },
  'engine/agents': { rooms: part(BOOKS), packages: [] },
  'engine/event': { rooms: part([...BOOKS, 'agents']), packages: [] },
  'engine/execution': { rooms: part([...BOOKS, 'event']), packages: [] },
  'engine/risk': { rooms: part([...BOOKS, 'event', 'execution']), packages: [] },
  'engine/intent': {
    rooms: part([...BOOKS, 'agents', 'event', 'execution', 'risk']),
    packages: [],
  },
  'engine/kernel': { rooms: part(MINDS), packages: [] },
  'engine/simulation': { rooms: part([...MINDS, 'kernel']), packages: ['seedrandom/'] },
  'engine/research': {
    rooms: part(WHOLE),
    packages: ['simple-statistics', 'seedrandom/', 'typebox'],
  },
  /** The public face: what a strategy may see. */
  'engine/index': { rooms: part([...MARKET, 'agents']), packages: [] },
  'engine/host': { rooms: part(WHOLE), packages: ['node:', 'bullmq', 'ioredis'] },
  strategies: { rooms: part([...WHOLE, 'index']), packages: ['sapphire'] },
  data: {
    rooms: part(WHOLE),
    packages: ['node:', '@duckdb/node-api', 'apache-arrow', 'feedsmith', 'fflate', 'lz4-napi'],
  },
  live: { rooms: [...part(WHOLE), 'engine/host', 'data'], packages: ['*'] },
  reports: {
    rooms: part([...BOOKS, 'research', 'agents']),
    packages: ['@observablehq/plot', 'linkedom', 'linkedom/worker'],
  },
  notebooks: {
    rooms: [...part([...WHOLE, 'index']), 'strategies', 'data', 'reports'],
    packages: ['*'],
  },
  bin: { rooms: ['*'], packages: ['*'] },
  test: { rooms: ['*'], packages: ['*'] },
  bench: { rooms: ['*'], packages: ['*'] },
};

function part(names: readonly string[]): string[] {
  return names.map((name) => `engine/${name}`);
}

/** Leaf files at the engine's top; those named neither here nor in ROOMS are parts of the kernel. */
const LEAF_FILES = new Set(['errors', 'interval', 'digest', 'random', 'alea', 'columns', 'text']);

/** What may stand at the top level, beside dotfiles and what git ignores. */
export const TOP_LEVEL = new Set([
  ...Object.keys(ROOMS).map((name) => name.split('/')[0]!),
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'Dockerfile',
]);

export const MAX_LINES = 400;
export const MAX_README_LINES = 40;

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];
const timeless = 'the core has no clock: time arrives as a stamp in an event';
const BANNED: Readonly<Record<string, string>> = {
  Date: `use parseInstant and isoText of engine/config/instant.ts; ${timeless}`,
  performance: timeless,
  ...Object.fromEntries(TIMERS.map((name) => [name, timeless])),
  async: 'the core is synchronous: leave an intent, the answer comes back as an event',
  await: 'the core is synchronous: leave an intent, the answer comes back as an event',
  Promise: 'the core is synchronous: leave an intent, the answer comes back as an event',
  process: 'hand the value in: the core knows no machine',
  console: 'return the text or a warning: bin/ prints',
  fetch: 'the core has no network: data/ and live/ have',
  globalThis: 'name what you need: the core has no globals',
};

/** In live/ whoever needs the time or a timer is handed a Clock: sessions run in virtual time. */
const CLOCK_FILE = 'live/clock.ts';
const handed = "only live/clock.ts knows the machine's time: be handed a Clock";
const BANNED_IN_LIVE: Readonly<Record<string, string>> = {
  Date: `use parseInstant and isoText of engine/config/instant.ts; ${handed}`,
  performance: handed,
  hrtime: handed,
  setTimeout: handed,
  setInterval: handed,
};
const CLOCK_PACKAGES = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks']);

/** The part of the house a file belongs to, as a key of ROOMS; undefined at the top level. */
export function roomOf(file: string): string | undefined {
  const [room, second] = file.split('/');
  if (room !== 'engine') return room !== file && room! in ROOMS ? room : undefined;
  const name = second!.replace(/(\.d)?\.ts$/, '');
  if (LEAF_FILES.has(name)) return 'engine/leaf';
  if (`engine/${name}` in ROOMS) return `engine/${name}`;
  return name === second ? undefined : 'engine/kernel';
}

/** Every offence of one file; `file` is its path from the top of the project. */
export function offencesOf(file: string, text: string): Offence[] {
  const source = readSource(text);
  const room = roomOf(file);
  if (room === undefined) {
    return [{ file, line: 1, what: 'is in no room', instead: 'see ROOMS in test/house/rules.ts' }];
  }
  const found: Offence[] = [];
  const offend = (line: number, what: string, instead: string) =>
    found.push({ file, line, what, instead });

  const isCore = file.startsWith('strategies/') || (/^engine/.test(room) && room !== 'engine/host');
  for (const one of importsOf(source)) checkImport(file, room, isCore, one, offend);
  if (isCore) checkWords(source.tokens, BANNED, offend);
  if (room === 'live' && file !== CLOCK_FILE) {
    checkWords(source.tokens, BANNED_IN_LIVE, offend);
    for (const { from, line } of importsOf(source)) {
      if (CLOCK_PACKAGES.has(from ?? '')) offend(line, `imports ${from}`, handed);
    }
  }
  if (source.lines > MAX_LINES) {
    offend(MAX_LINES + 1, `has ${source.lines} lines`, `split it: at most ${MAX_LINES}`);
  }
  if (source.comments[0]?.after !== 0) {
    offend(1, 'has no header', 'begin with a comment: what lives here, and its invariant');
  }
  return letOff(file, source, found);
}

type Offend = (line: number, what: string, instead: string) => void;

function checkImport(file: string, room: string, isCore: boolean, one: Import, offend: Offend) {
  const { from, line } = one;
  if (from === null) {
    if (isCore) offend(line, 'imports a computed path', 'engine/host/ loads strategies by path');
    return;
  }
  const rules = ROOMS[room]!;
  if (!from.startsWith('.')) {
    const isAllowed = rules.packages.some(
      (name) => name === '*' || name === from || (/[:/]$/.test(name) && from.startsWith(name)),
    );
    const instead = `${room} may import ${rules.packages.join(', ') || 'no package'}`;
    if (!isAllowed) offend(line, `imports ${from}`, instead);
    return;
  }
  const target = join(dirname(file), from);
  const other = roomOf(target);
  const what = `imports ${target}`;
  if (other === undefined) {
    if (room !== 'test' && room !== 'bench' && room !== 'bin') {
      offend(line, what, 'a file of no room: hand it in, or move it into one');
    }
    return;
  }
  if (other === 'bin' && room !== 'bin' && room !== 'test') {
    offend(line, what, 'nobody imports bin/: move what is shared into a room');
  } else if (room === 'strategies' && other === 'strategies') {
    if (unitOf(file) !== unitOf(target)) {
      offend(line, what, 'a strategy stands alone: share through the engine');
    }
  } else if (other !== room && !rules.rooms.includes('*') && !rules.rooms.includes(other)) {
    offend(line, what, `${room} may import ${rules.rooms.join(', ') || 'itself'}`);
  }
  const [own, theirs] = [venueOf(file), venueOf(target)];
  if (own !== undefined && theirs !== undefined && own !== theirs) {
    offend(line, what, 'a venue never imports another: share in the folder above');
  }
}

/** A strategy is a file of strategies/, or a folder with all that is in it. */
function unitOf(file: string): string {
  return file.split('/')[1]!.replace(/\.ts$/, '');
}

function venueOf(file: string): string | undefined {
  return /^(?:data|live)\/venues\/([^/]+)\//.exec(file)?.[1];
}

function checkWords(
  tokens: readonly Token[],
  banned: Readonly<Record<string, string>>,
  offend: Offend,
): void {
  tokens.forEach((token, i) => {
    const next = tokens[i + 1]?.text ?? '';
    if (token.kind !== 'word') return;
    const isHrtime = token.text === 'hrtime' && 'hrtime' in banned;
    if (isMember(tokens[i - 1]) && !isHrtime) return;
    if (token.text === 'Math') {
      const isRandom = tokens[i + 2]?.text === 'random';
      const instead = 'use random(seed, name) of engine/random.ts';
      if (next === '.' && !isRandom) return;
      offend(token.line, isRandom ? 'uses Math.random' : 'hands Math around', instead);
      return;
    }
    if (!Object.hasOwn(banned, token.text) || isOwnName(token.text, tokens, i, next)) return;
    offend(token.line, `uses ${token.text}`, banned[token.text]!);
  });
}

/** True where the word names something of the file's own: a key, a function, a method. */
function isOwnName(word: string, tokens: readonly Token[], i: number, next: string): boolean {
  if (word === 'async' || word === 'await') return next === ':';
  const before = tokens[i - 1]?.text ?? '';
  if (next === ':' && ['{', ',', ';', '(', 'readonly'].includes(before)) return true;
  if (['function', 'const', 'let', 'interface', 'type', 'class'].includes(before)) return true;
  return word === 'performance' && next !== '.' && next !== '?.' && next !== '[';
}

function letOff(file: string, source: Source, found: readonly Offence[]): Offence[] {
  const kept = new Set(found);
  for (const { text, line } of source.comments) {
    const mark = /^\/\/\s*house:(.*)$/.exec(text);
    if (mark === null) continue;
    const here = found.filter((offence) => offence.line === line);
    const reason = mark[1]!.trim();
    if (reason === '') {
      const instead = 'say why: // house: <reason>';
      kept.add({ file, line, what: 'is let off without a reason', instead });
    } else if (here.length === 0) {
      kept.add({ file, line, what: 'is let off for nothing', instead: 'take the mark away' });
    } else for (const offence of here) kept.delete(offence);
  }
  return [...kept].sort((a, b) => a.line - b.line);
}
