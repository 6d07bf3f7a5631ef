// The frame of the command: verbs, suggestions, exit codes, streams. Most tests start the command
// itself, because exit codes and streams are what is promised.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { report, VERBS } from '../../bin/main.ts';
import { hasColor, painter, type Sink, shellWord } from '../../bin/output.ts';
import { durationText, progress } from '../../bin/progress.ts';
import { InputError, InvariantError } from '../../engine/errors.ts';
import { importsOf, readSource } from '../house/source.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = join(TOP, 'bin/sapphire.mjs');
const folder = mkdtempSync(join(tmpdir(), 'sapphire-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function sapphire(words: readonly string[], node = process.execPath, more = {}): Outcome {
  const { NO_COLOR: _n, FORCE_COLOR: _f, DEBUG: _d, ...env } = process.env;
  const done = spawnSync(node, [SCRIPT, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, ...more },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('the command', () => {
  it('prints help with every verb and examples on stdout when asked, and when asked for nothing', () => {
    for (const words of [['--help'], ['-h'], ['help'], []]) {
      const { code, out, err } = sapphire(words);
      expect(code).toBe(0);
      expect(err).toBe('');
      for (const { name, summary } of VERBS)
        expect(out).toMatch(new RegExp(`${name} .*${summary}`));
      expect(out).toContain('Examples:\n');
    }
  });

  it('has examples in the help of a verb and of its nouns', () => {
    for (const words of [
      ['config', '--help'],
      ['help', 'config'],
      ['config', 'show', '--help'],
    ]) {
      const { code, out } = sapphire(words);
      expect(code).toBe(0);
      expect(out).toContain('Examples:\n');
    }
  });

  it('is not told by Node that NO_COLOR means nothing beside FORCE_COLOR: here it wins', () => {
    const both = { NO_COLOR: '1', FORCE_COLOR: '1' };
    const { code, err } = sapphire(['config', 'show'], process.execPath, both);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('prints the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8'));
    expect(sapphire(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it.each([
    [['confg'], 'error: confg: unknown command (did you mean config?)\n'],
    [['config', 'shw'], 'error: shw: unknown command (did you mean show?)\n'],
    [
      ['config', 'show', '--symbl', 'X'],
      'error: --symbl: unknown option (did you mean --symbols?)\n',
    ],
    [['--hepl'], 'error: --hepl: unknown option (did you mean --help?)\n'],
    [['config', 'show', '--seed'], 'error: --seed <number>: option argument missing\n'],
    [['config', 'check'], 'error: file: missing required argument\n'],
  ])('answers %j with a suggestion and exit code 2', (words, err) => {
    expect(sapphire(words)).toEqual({ code: 2, out: '', err });
  });

  it('prints the help of a verb that lacks its noun on stderr, with exit code 2', () => {
    const { code, out, err } = sapphire(['config']);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^Usage: sapphire config/);
    expect(err).not.toContain('error:');
  });

  it.each([
    [['confg', '--json'], { key: 'confg', rule: 'unknown command', nearest: 'config' }],
    [['config', '--json'], { key: '--json', rule: 'unknown option' }],
    [
      ['config', 'show', '--json', '--set', 'seed=-1'],
      { key: 'seed', rule: 'must be 0 to 4294967295 [flag --set]', value: -1 },
    ],
  ])('with --json says what is wrong in %j as one document on stdout', (words, problem) => {
    const { code, out } = sapphire(words);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({ error: { problems: [problem] } });
  });

  it('is quiet when the reader of its output has gone', async () => {
    const script = `${JSON.stringify(process.execPath)} ${JSON.stringify(SCRIPT)} config schema`;
    const piped = spawnSync('sh', ['-c', `${script} | true; ${script} | head -1`], {
      encoding: 'utf8',
    });
    expect(piped.stderr).toBe('');
    expect(piped.stdout).toBe('{\n');
  });

  /** How a script that has started the frame ends when it is interrupted once it says `up`. */
  const interrupted = (body: string): Promise<unknown> => {
    const file = join(folder, 'wait.mjs');
    const [main, output] = ['main', 'output'].map((name) =>
      JSON.stringify(join(TOP, `bin/${name}.ts`)),
    );
    const lines = [
      `const { main } = await import(${main});`,
      `const { interruptible } = await import(${output});`,
      `await main(['config', 'check', 'momentum']);`,
      `import { writeSync } from 'node:fs';`,
      `const up = () => writeSync(1, 'up');`,
      body,
    ];
    writeFileSync(file, lines.join('\n'));
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
      if (text.endsWith('up')) child.kill('SIGINT');
    });
    return new Promise((done) => child.on('exit', (status, signal) => done(status ?? signal)));
  };

  it('ends with 130 when interrupted', async () => {
    expect(await interrupted('up(); setTimeout(() => {}, 20_000);')).toBe(130);
  });

  it('lets a verb that listens itself stop in its own way', async () => {
    const body = `process.on('SIGINT', () => process.exit(42)); up(); setTimeout(() => {}, 20_000);`;
    expect(await interrupted(body)).toBe(42);
  });

  it('ends at once within a synchronous stretch, by the signal: 130 to a shell', async () => {
    const body =
      'interruptible(() => { up(); const end = Date.now() + 4000; while (Date.now() < end); });';
    expect(await interrupted(body)).toBe('SIGINT');
  });

  it('loads nothing but commander and light files before a verb is known', () => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { from } of importsOf(readSource(readFileSync(join(TOP, file), 'utf8')))) {
        if (from === null) continue;
        if (from.startsWith('.')) visit(join(dirname(file), from));
        else if (!from.startsWith('node:')) packages.add(from);
      }
    };
    visit('bin/main.ts');
    expect([...packages]).toEqual(['commander']);
    expect([...seen].sort()).toEqual(['bin/main.ts', 'bin/output.ts', 'engine/errors.ts']);
  });
});

const OLD = '/usr/bin/node';
const oldVersion = spawnSync(OLD, ['--version'], { encoding: 'utf8' }).stdout ?? '';
const hasOld = /^v(1\d|2[0-3])\./.test(oldVersion);

describe.skipIf(!hasOld)('on an older Node (skipped where /usr/bin/node is not one)', () => {
  it('starts itself again with the Node beside the package and keeps output and exit code', () => {
    expect(sapphire(['config', 'schema'], OLD)).toEqual(sapphire(['config', 'schema']));
    expect(sapphire(['confg'], OLD)).toEqual(sapphire(['confg']));
  });

  it('says in one line what it needs where there is no other', () => {
    const lonely = join(folder, 'sapphire.mjs');
    copyFileSync(SCRIPT, lonely);
    const { status, stdout, stderr } = spawnSync(OLD, [lonely], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `error: sapphire needs Node 24.12 or newer, this is ${oldVersion.trim().slice(1)}: try npm ci\n`,
    );
  });
});

describe('an error that reaches the top', () => {
  const told = (error: unknown, words: string[] = [], env = {}) => {
    let err = '';
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += text;
      return true;
    });
    try {
      return { code: report(error, words, env), err };
    } finally {
      spy.mockRestore();
    }
  };

  it('of bad input gives 2 and one line per problem', () => {
    const error = new InputError([
      { key: 'a', rule: 'one' },
      { key: 'b', rule: 'two' },
    ]);
    expect(told(error)).toEqual({ code: 2, err: 'error: a: one\nerror: b: two\n' });
  });

  it('keeps the exit code that it brings along', () => {
    const locked = Object.assign(new InputError({ key: 'db', rule: 'locked' }), { exitCode: 7 });
    expect(told(locked)).toEqual({ code: 7, err: 'error: db: locked\n' });
  });

  it('of ours gives 3 and its stack', () => {
    const { code, err } = told(new InvariantError('one is one'));
    expect(code).toBe(3);
    expect(err).toMatch(/^error: broken invariant: one is one\n.*\n\s+at /s);
  });

  it('of any other kind gives 1, with its stack only when asked', () => {
    expect(told(new Error('disk full'))).toEqual({ code: 1, err: 'error: disk full\n' });
    expect(told('a string')).toEqual({ code: 1, err: 'error: a string\n' });
    expect(told(new Error('disk full'), ['--debug']).err).toContain('\n    at ');
    expect(told(new Error('disk full'), [], { DEBUG: 'a,sapphire' }).err).toContain('\n    at ');
    expect(told(new Error('disk full'), [], { DEBUG: 'other' }).err).not.toContain('\n    at ');
  });

  it('that only ends the help is none', () => {
    expect(told(new CommanderError(0, 'commander.helpDisplayed', ''))).toEqual({
      code: 0,
      err: '',
    });
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ])('on a stream that is a terminal: %s, with %j: %s', (isTTY, environment, expected) => {
    const stream = { isTTY, write: () => true };
    expect(hasColor(stream, environment)).toBe(expected);
    const text = painter(stream, environment)('dim', 'x');
    expect(text).toBe(expected ? '\u001b[2mx\u001b[22m' : 'x');
  });
});

describe('a word to be copied into a shell', () => {
  const words = [
    'runs/20251120T213045Z-swarm-3fa9c1d2',
    'my ätä/b c',
    "it's",
    '$(id)',
    '*',
    'é',
    '~',
    '',
  ];

  it('arrives there as it is', () => {
    const line = words.map(shellWord).join(' ');
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' });
    expect(stdout.split('\n').slice(0, -1)).toEqual(words);
  });

  it('is left alone where a shell would', () => {
    expect(shellWord('runs/größe_1-a.b')).toBe('runs/größe_1-a.b');
  });
});

describe('progress', () => {
  const scene = (isTTY: boolean, silent = false) => {
    let text = '';
    let nowMs = 0;
    const stream: Sink = { isTTY, columns: 100, write: (piece) => (text += piece) };
    const bar = progress(stream, {
      label: 'reading',
      total: 1000,
      unit: 'candles',
      silent,
      now: () => nowMs,
    });
    return {
      at(ms: number, done: number, note?: string) {
        nowMs = ms;
        bar.update(done, note);
      },
      stop: () => bar.stop(),
      take() {
        const taken = text;
        text = '';
        return taken;
      },
    };
  };

  it('on a terminal is a bar with share, rate and time left, redrawn in its place', () => {
    const { at, stop, take } = scene(true);
    at(1000, 250, 'best 1.2');
    expect(take()).toBe(
      '\rreading  [======                  ]  25 %  250 candles/s  3 s left  best 1.2\u001b[K',
    );
    at(1050, 300);
    expect(take()).toBe('');
    at(1100, 1000);
    expect(take()).toContain('100 %  909 candles/s  0 s left');
    stop();
    expect(take()).toBe('\r\u001b[K');
  });

  it('elsewhere is a plain line every ten seconds', () => {
    const { at, stop, take } = scene(false);
    at(9999, 100);
    expect(take()).toBe('');
    at(10_000, 100);
    expect(take()).toBe('reading  10 %  10 candles/s  1 min 30 s left\n');
    at(19_999, 200);
    stop();
    expect(take()).toBe('');
  });

  it('is silent when asked to be', () => {
    const { at, stop, take } = scene(true, true);
    at(60_000, 500);
    stop();
    expect(take()).toBe('');
  });

  it('tells time in two units at most', () => {
    expect([0, 1, 59_000, 60_000, 200_000, 7_500_000].map(durationText)).toEqual([
      '0 s',
      '1 s',
      '59 s',
      '1 min 0 s',
      '3 min 20 s',
      '2 h 5 min',
    ]);
  });
});
