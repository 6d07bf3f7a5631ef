// Keeps the house in order: reads every source file of the rooms and checks it against the tables
// in house/rules.ts. The checker itself is tried on planted snippets first.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  MAX_README_LINES,
  offencesOf,
  offenceText,
  ROOMS,
  roomOf,
  TOP_LEVEL,
} from './house/rules.ts';
import { importsOf, readSource } from './house/source.ts';

const TOP = new URL('..', import.meta.url).pathname;
const rooms = [...new Set(Object.keys(ROOMS).map((name) => name.split('/')[0]!))];

function sourcesOf(folder: string): string[] {
  if (!statSync(join(TOP, folder), { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(join(TOP, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesOf(path);
    return /\.(ts|mts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

describe('the house', () => {
  it.each(rooms)('finds nothing out of place in %s/', (room) => {
    const offences = sourcesOf(room).flatMap((file) =>
      offencesOf(file, readFileSync(join(TOP, file), 'utf8')),
    );
    expect(offences.map(offenceText)).toEqual([]);
  });

  it('holds nothing at its top but rooms, package files and dotfiles', () => {
    const strangers = readdirSync(TOP).filter(
      (name) => !name.startsWith('.') && !TOP_LEVEL.has(name) && !isIgnored(name),
    );
    expect(strangers).toEqual([]);
  });

  it.each(rooms)('has no README longer than forty lines in %s/', (room) => {
    const path = join(TOP, room, 'README.md');
    if (!statSync(path, { throwIfNoEntry: false })) return;
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').length;
    expect(lines, `${room}/README.md`).toBeLessThanOrEqual(MAX_README_LINES);
  });
});

function isIgnored(name: string): boolean {
  try {
    execFileSync('git', ['check-ignore', '-q', name], { cwd: TOP, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What the checker says about a snippet, header given, as `line what`. */
function said(file: string, ...lines: string[]): string[] {
  return offencesOf(file, ['// A planted file.', ...lines].join('\n')).map(
    ({ line, what }) => `${line} ${what}`,
  );
}

describe('the checker of words', () => {
  it.each([
    ['Date.now()', 'uses Date'],
    ['const at: Date = x', 'uses Date'],
    ['new Date(0)', 'uses Date'],
    ['const x = { at: Date }', 'uses Date'],
    ['Math.random()', 'uses Math.random'],
    ["Math['random']()", 'uses Math.random'],
    ['const m = Math;', 'hands Math around'],
    ['const { random } = Math;', 'hands Math around'],
    ['performance.now()', 'uses performance'],
    ['performance?.now()', 'uses performance'],
    ['setTimeout(f, 1)', 'uses setTimeout'],
    ['setInterval(f, 1)', 'uses setInterval'],
    ['queueMicrotask(f)', 'uses queueMicrotask'],
    ['export async function f() {}', 'uses async'],
    ['const f = async () => 1', 'uses async'],
    ['await f()', 'uses await'],
    ['for await (const x of y) f(x)', 'uses await'],
    ['Promise.all([])', 'uses Promise'],
    ['function f(): Promise<void> {}', 'uses Promise'],
    ['process.exit(1)', 'uses process'],
    ['const { env } = process;', 'uses process'],
    ['ok ? process : null', 'uses process'],
    ["console.log('x')", 'uses console'],
    ['f(console)', 'uses console'],
    ['globalThis.Date', 'uses globalThis'],
    ['const s = `at $' + '{Date.now()} now`', 'uses Date'],
    ['const s = `a $' + '{`b $' + '{Date.now()}`} c`', 'uses Date'],
    ['const x = a / b; Date.now(); const y = c / d', 'uses Date'],
    ['const r = /[/"]/; Date.now()', 'uses Date'],
    ["import 'node:fs'", 'imports node:fs'],
  ])('finds the offence in %s', (code, what) => {
    expect(said('engine/kernel.ts', code)).toContain(`2 ${what}`);
    expect(said('strategies/mine.ts', '', code)).toContain(`3 ${what}`);
  });

  it.each([
    '// Date.now() would be wrong here',
    '/* await\n Math.random() */',
    "const s = 'new Date() and await'",
    'const s = "process.exit(1)"',
    'const s = `Date.now() and $' + '{updatedDate} console.log`',
    'const updatedDate = dateOf(processed)',
    'export function performance(equity: Column): Statistics { return measure(equity); }',
    'const p = performance(equity)',
    'result.performance.sharpe',
    'const q = row.process?.console',
    'const o = { process: 1, async: true, Date: 2 }',
    'interface View { readonly process: string }',
    'const r = /Date.now()|await \\/ process/g',
    'const x = items[0] / Math.floor(2) / 3',
    "const s = 'it\\'s a Date'",
    'const consoleText = awaited + promise + fetched',
  ])('finds nothing in %s', (code) => {
    expect(said('engine/kernel.ts', code)).toEqual([]);
  });

  it('lets the machine rooms do what the core may not', () => {
    const code = 'await Promise.all([Date.now(), process.exit(1)])';
    for (const file of ['engine/host/pool.ts', 'data/read.ts', 'bin/main.ts', 'test/a.test.ts']) {
      expect(said(file, code)).toEqual([]);
    }
  });

  it('lets off a marked line that gives a reason, and only that line', () => {
    const marked = 'Date.now(); // house: the one place';
    expect(said('engine/kernel.ts', marked)).toEqual([]);
    expect(said('engine/kernel.ts', marked, 'Date.now()')).toEqual(['3 uses Date']);
    expect(said('engine/kernel.ts', 'Date.now(); // house:')).toEqual([
      '2 uses Date',
      '2 is let off without a reason',
    ]);
    expect(said('engine/kernel.ts', 'f(); // house: no need')).toEqual([
      '2 is let off for nothing',
    ]);
  });
});

describe('the checker of imports', () => {
  it.each([
    ['engine/kernel.ts', '../data/read.ts', 'data/read.ts'],
    ['engine/market/panel.ts', '../portfolio/trade.ts', 'engine/portfolio/trade.ts'],
    ['engine/market/panel.ts', '../config/schema.ts', 'engine/config/schema.ts'],
    ['engine/portfolio/position.ts', '../risk/gate.ts', 'engine/risk/gate.ts'],
    ['engine/agents/seat.ts', '../kernel.ts', 'engine/kernel.ts'],
    ['engine/agents/seat.ts', '../risk/gate.ts', 'engine/risk/gate.ts'],
    ['engine/kernel.ts', './simulation/venue.ts', 'engine/simulation/venue.ts'],
    ['engine/simulation/venue.ts', '../research/result.ts', 'engine/research/result.ts'],
    ['engine/research/backtest.ts', '../host/pool.ts', 'engine/host/pool.ts'],
    ['engine/errors.ts', './market/panel.ts', 'engine/market/panel.ts'],
    ['engine/config/check.ts', '../market/panel.ts', 'engine/market/panel.ts'],
    ['engine/market/column.ts', 'lodash', 'lodash'],
    ['engine/host/load.ts', '../../data/read.ts', 'data/read.ts'],
    ['strategies/momentum.ts', './quant-alpha.ts', 'strategies/quant-alpha.ts'],
    ['strategies/momentum.ts', 'simple-statistics', 'simple-statistics'],
    ['strategies/momentum.ts', '../engine/host/load.ts', 'engine/host/load.ts'],
    ['data/read.ts', '../strategies/momentum.ts', 'strategies/momentum.ts'],
    ['data/read.ts', '../bin/output.ts', 'bin/output.ts'],
    ['data/read.ts', '../engine/host/pool.ts', 'engine/host/pool.ts'],
    ['data/venues/aster/parse.ts', '../drift/parse.ts', 'data/venues/drift/parse.ts'],
    [
      'live/venues/aster/sign.ts',
      '../../../data/venues/drift/parse.ts',
      'data/venues/drift/parse.ts',
    ],
    ['reports/page.ts', '../live/session.ts', 'live/session.ts'],
    ['reports/page.ts', '../engine/kernel.ts', 'engine/kernel.ts'],
    ['reports/page.ts', 'node:fs', 'node:fs'],
    ['live/session.ts', '../reports/page.ts', 'reports/page.ts'],
  ])('refuses %s the import of %s', (file, from, what) => {
    const forms = [
      `import { x } from '${from}';`,
      `import type { X } from '${from}';`,
      `export * from '${from}';`,
      `export { type X,\n  y } from '${from}';`,
      `import '${from}';`,
      `const x = f(import('${from}'));`,
      `let x: import('${from}').X;`,
    ];
    for (const form of forms) {
      const found = said(file, form).map((line) => line.replace(/^\d+ /, ''));
      expect(found, form).toEqual([`imports ${what}`]);
    }
  });

  it.each([
    ['engine/market/panel.ts', '../errors.ts'],
    ['engine/risk/gate.ts', '../execution/order.ts'],
    ['engine/kernel.ts', './market/panel.ts'],
    ['engine/research/backtest.ts', '../simulation/venue.ts'],
    ['engine/random.ts', 'seedrandom/lib/alea.js'],
    ['engine/config/check.ts', 'typebox/value'],
    ['engine/host/load.ts', 'node:worker_threads'],
    ['strategies/momentum.ts', 'sapphire'],
    ['strategies/momentum.ts', '../engine/market/indicator.ts'],
    ['strategies/pairs/index.ts', './spread.ts'],
    ['data/read.ts', '@duckdb/node-api'],
    ['data/venues/aster/parse.ts', '../parse.ts'],
    ['live/venues/aster/sign.ts', '../../../data/venues/aster/parse.ts'],
    ['live/session.ts', '../engine/host/load.ts'],
    ['bin/backtest.ts', '../reports/page.ts'],
    ['test/bin/main.test.ts', '../../bin/main.ts'],
  ])('grants %s the import of %s', (file, from) => {
    expect(said(file, `import { x } from '${from}';`)).toEqual([]);
  });

  it('refuses the core a computed import, and grants it to the host', () => {
    expect(said('engine/kernel.ts', 'import(path)')).toEqual(['2 imports a computed path']);
    expect(said('strategies/mine.ts', "import('a' + b)")).toEqual(['2 imports a computed path']);
    expect(said('engine/host/load.ts', 'const x = import(path)')).toEqual([]);
  });

  it('reads no import out of comments, strings and properties', () => {
    const text = [
      "// import { a } from './a.ts'",
      'const s = \'import b from "./b.ts"\';',
      "const t = `import('./c.ts')`;",
      "const from = './d.ts'; x.from('./e.ts'); Array.from('abc');",
    ].join('\n');
    expect(importsOf(readSource(text))).toEqual([]);
  });
});

describe('the checker of shape', () => {
  it('asks for a header before the first line of code', () => {
    const missing = offencesOf('engine/errors.ts', 'export const x = 1; // late\n');
    expect(missing.map(offenceText)).toEqual([
      'engine/errors.ts:1 has no header; begin with a comment: what lives here, and its invariant',
    ]);
    expect(offencesOf('bin/sapphire.mjs', '#!/usr/bin/env node\n// Header.\nf();\n')).toEqual([]);
    expect(offencesOf('engine/a.ts', '/** Header. */\nexport {};\n')).toEqual([]);
  });

  it('counts four hundred lines as enough and one more as too many', () => {
    const body = (lines: number) => `// Header.\n${'f();\n'.repeat(lines - 1)}`;
    expect(offencesOf('engine/errors.ts', body(400))).toEqual([]);
    expect(offencesOf('engine/errors.ts', body(401)).map(offenceText)).toEqual([
      'engine/errors.ts:401 has 401 lines; split it: at most 400',
    ]);
  });

  it('knows the room of every kind of file', () => {
    expect(roomOf('engine/errors.ts')).toBe('engine/leaf');
    expect(roomOf('engine/alea.d.ts')).toBe('engine/leaf');
    expect(roomOf('engine/kernel.ts')).toBe('engine/kernel');
    expect(roomOf('engine/desk.ts')).toBe('engine/kernel');
    expect(roomOf('engine/kernel/votes.ts')).toBe('engine/kernel');
    expect(roomOf('engine/host/pool.ts')).toBe('engine/host');
    expect(roomOf('data/store/database.ts')).toBe('data');
    expect(roomOf('engine/somewhere/new.ts')).toBeUndefined();
    expect(roomOf('vite.config.ts')).toBeUndefined();
  });

  it('keeps line numbers through comments, templates and strings of many lines', () => {
    const text = '/* a\nb */ const s = `c\n$' + '{d}\ne`;\nDate.now();';
    expect(offencesOf('engine/kernel.ts', text).map(({ line }) => line)).toEqual([5]);
  });
});
