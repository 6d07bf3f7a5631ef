// `sapphire check-lookahead` as a person starts it: leaks of every kind are caught and named, at the
// candle where they begin and with the column they read; what is honest is clean, all shipped
// strategies and configs included.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckFlags, outcomeOf, register } from '../../bin/check-lookahead.ts';
import { shippedConfigs } from '../../bin/flags.ts';
import { shippedStrategies } from '../../engine/host/load.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { type Ended, room } from '../support/cli.ts';
import { DRAWN_FROM_MS, DRAWN_ROWS, writeDrawn, writeMinutes } from '../support/drawn-stores.ts';
import { LEAK_ROW, LEAKS } from '../support/leaks.ts';

const here = room('check-lookahead');
/** Sixty hours that are drawn: two symbols, marks, a fallback, finer candles, a sentiment. */
const drawn = here.at('drawn.duckdb');
/** Six days of minutes from the generator: enough to warm every shipped strategy up. */
const minutes = here.at('minutes.duckdb');

beforeAll(async () => {
  await writeDrawn(drawn);
  await writeMinutes(minutes);
});
afterAll(() => here.remove());

/** Runs the verb in a folder of its own that holds `my.ts`; in a process of its own where that is the question. */
function check(
  words: readonly string[],
  strategy = '',
  run: 'call' | 'sapphire' = 'call',
): Promise<Ended & { cwd: string }> {
  const cwd = here.folder();
  if (strategy !== '') writeFileSync(`${cwd}/my.ts`, strategy);
  return here[run](['check-lookahead', ...words], { cwd }).then((done) => ({ ...done, cwd }));
}

/** What the verb finds out, without a process of its own: printing has tests of its own below. */
async function document(words: readonly string[], strategy = '', config: unknown = null) {
  const cwd = here.folder();
  if (strategy !== '') writeFileSync(`${cwd}/my.ts`, strategy);
  if (config !== null) writeFileSync(`${cwd}/my.json`, JSON.stringify(config));
  const outcome = await outcomeOf(flagsOf(words), {}, cwd);
  // Nothing is left behind, no trial either.
  expect(readdirSync(cwd).filter((name) => !name.startsWith('my.'))).toEqual([]);
  return outcome;
}

/** The words as commander takes them. */
function flagsOf(words: readonly string[]): CheckFlags {
  const program = new Command();
  register(program);
  let given: CheckFlags = {};
  program.commands[0]!.action((flags: CheckFlags) => {
    given = flags;
  });
  program.parse(['check-lookahead', ...words, '--json'], { from: 'user' });
  return given;
}

const DRAWN = ['--db', drawn, '--interval', '1h', '--set', 'world.venue=paperx'];
const MINE = [...DRAWN, '--strategy', './my.ts'];
const OWN = [...DRAWN, '--config', 'my.json'];
const LEAK_AT = new Date(DRAWN_FROM_MS + LEAK_ROW * HOUR_MS).toISOString();

const HONEST = `import { defineStrategy, sma } from 'sapphire';
export default defineStrategy({
  name: 'honest',
  features: () => ({ mean: sma(5) }),
  series: ['sentiment'],
  decide({ i, columns, features, series }) {
    if (!(features.mean[i] > 0)) return undefined;
    return columns.close[i] > features.mean[i] && series.sentiment[i] > 30 ? 1 : 0;
  },
});
`;

describe.concurrent('a strategy that', () => {
  it.each(LEAKS.map((leak) => [leak.title, leak] as const))(
    '%s is caught, with candle and column',
    async (_title, { source: text, column, cause }) => {
      const { clean, firstOffence } = await document(MINE, text);
      expect(clean).toBe(false);
      expect(firstOffence).toMatchObject({
        kind: 'lookahead',
        row: LEAK_ROW,
        candle: LEAK_AT,
        venue: 'paperx',
        symbol: 'ETHUSDT',
        agent: 'leaky',
        column,
      });
      expect(firstOffence!.reads).toHaveLength(1);
      expect(firstOffence!.reads[0]).toMatchObject({ name: column, ...cause });
      expect(firstOffence!.what).toMatch(
        /^leaky on paperx ETHUSDT: target \S+ with the later rows, /,
      );
    },
  );

  it('reads the next close is caught among agents, and it is the one that is named', async () => {
    const voter = `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'peeker',
  analyze(view) {
    const { i, columns, symbol } = view;
    if (symbol !== 'BTCUSDT' || i !== 30) return view.vote('HOLD', 0.5);
    return view.vote('BUY', columns.close[i + 1] > 0 ? 0.9 : 0.8);
  },
});
`;
    const agents = { 'degen-hunter': { weight: 1 }, mine: { use: './my.ts', weight: 1 } };
    const { firstOffence } = await document(OWN, voter, { decision: { agents } });
    expect(firstOffence).toMatchObject({
      row: 30,
      symbol: 'BTCUSDT',
      agent: 'mine',
      what: 'mine on paperx BTCUSDT: BUY 0.9 with the later rows, BUY 0.8 before they exist',
      column: 'close',
    });
  });

  it('vetoes by the next close is caught', async () => {
    const text = `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'guard',
  analyze: (view) => view.vote('BUY', 0.9),
  veto: ({ i, columns }) => (columns.close[i + 1] > columns.close[i] ? null : 'falling'),
});
`;
    const decision = {
      agents: { guard: { use: './my.ts' } },
      risk: { atrStop: { enabled: false } },
    };
    const { firstOffence } = await document(OWN, text, { decision });
    expect(firstOffence).toMatchObject({ agent: 'guard', column: 'close' });
    expect(firstOffence!.what).toMatch(/veto/);
  });

  it.each([
    ['throws dice', 'decide: () => (Math.random() > 0.5 ? 1 : 0)', ''],
    [
      'goes on where the run before ended',
      'decide: () => (calls++ % 7 === 0 ? 1 : 0)',
      'let calls = 0;',
    ],
    ['throws a die when it is loaded', 'decide: () => die', 'const die = Math.random();'],
  ])('%s is unsteady, and not accused of looking ahead', async (_title, body, head) => {
    const text = `import { defineStrategy } from 'sapphire';\n${head}
export default defineStrategy({ name: 'dice', ${body} });\n`;
    const { clean, firstOffence } = await document(MINE, text);
    expect(clean).toBe(false);
    expect(firstOffence).toMatchObject({ kind: 'unsteady', agent: 'dice', reads: [] });
    expect(firstOffence!.what).toContain('on the same candles');
  });

  it('reads at its row and below is clean, at every close and after every one', async () => {
    const { clean, checked, cuts, answers, decisions, warnings } = await document(MINE, HONEST);
    expect(clean).toBe(true);
    // A mean of five is there from row 4 on; the last row has no later one.
    expect([checked, cuts.checked, cuts.of]).toEqual([
      DRAWN_ROWS - 4,
      DRAWN_ROWS - 5,
      DRAWN_ROWS - 5,
    ]);
    expect([answers, decisions]).toEqual([2 * (DRAWN_ROWS - 4), 2 * (DRAWN_ROWS - 4)]);
    expect(warnings).toEqual([]);
  });

  it('is honest stays clean with marks, finer candles and a fallback venue, and when warmed up', async () => {
    const worlds = [
      ['--symbols', 'ETHUSDT', '--set', 'world.fills.path=finer'],
      ['--symbols', 'ETHUSDT', '--set', 'world.fallbacks=["otherx"]'],
      ['--from', '2025-01-01T20:00Z'],
    ];
    for (const words of worlds) {
      const asked = await document([...MINE, ...words], HONEST);
      expect(asked.firstOffence).toBeNull();
      expect(asked.cuts.checked).toBe(asked.cuts.of);
    }
  });
});

describe.concurrent('how closely it is looked', () => {
  it('is said: so many of so many', async () => {
    const two = await document([...MINE, '--samples', '2'], HONEST);
    expect(two.cuts).toEqual({ checked: 2, of: DRAWN_ROWS - 5 });
    const none = await document([...MINE, '--samples', '0'], HONEST);
    expect(none.cuts).toEqual({ checked: 0, of: DRAWN_ROWS - 5 });
    expect(none.checked).toBe(DRAWN_ROWS - 4);
    const every = await document([...MINE, '--every'], HONEST);
    expect(every.cuts).toEqual({ checked: DRAWN_ROWS - 5, of: DRAWN_ROWS - 5 });
  });

  it('is five closes on a long history, unless asked for more', async () => {
    const words = ['--db', minutes, '--strategy', 'sma-cross', '--set', 'decision.interval=1m'];
    const { clean, cuts } = await document(words);
    expect(clean).toBe(true);
    expect(cuts.checked).toBe(5);
    expect(cuts.of).toBeGreaterThan(8000);
  });
});

describe('a leak at a single close of many', () => {
  it('is found though no cut falls there and an unknown number would not have changed it', async () => {
    const atMs = DRAWN_FROM_MS + 5001 * MINUTE_MS;
    const text = `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'once',
  decide: ({ i, columns, closeMs, symbol }) =>
    closeMs === ${atMs} && symbol === 'BBBUSDC' && columns.close[i + 1] > 1.2 * columns.close[i] ? 1 : 0,
});
`;
    const words = ['--db', minutes, '--strategy', './my.ts', '--samples', '1'];
    const { firstOffence } = await document(words, text);
    expect(firstOffence).toMatchObject({ row: 5000, symbol: 'BBBUSDC', column: 'close' });
    expect(firstOffence!.reads).toEqual([
      { kind: 'column', name: 'close', columns: [], candlesAhead: 1, toTheEnd: false },
    ]);
  });
});

describe.concurrent('the shipped', () => {
  const has = (name: string, what: RegExp) => what.test(readFileSync(fileOf(name), 'utf8'));
  /** All that is stored, and models that never answer. */
  const given = [
    '--db',
    minutes,
    '--set',
    'world.symbols=[]',
    '--set',
    'world.tape.onMiss=timeout',
  ];
  const fileOf = (name: string) => new URL(`../../strategies/${name}.ts`, import.meta.url);

  it.each(shippedStrategies())('strategy %s is clean', async (name) => {
    const isSolo = has(name, /\bdecide[(:]/);
    const words = isSolo ? ['--strategy', name] : ['--config', 'my.json'];
    // Who asks a model may not be in the majority.
    const beside = has(name, /\basks:/) ? { 'quant-alpha': {} } : {};
    const config = { decision: { agents: { ...beside, [name]: {} } } };
    const asked = await document([...given, ...words], '', config);
    const { clean, firstOffence, decisions } = asked;
    expect(firstOffence).toBeNull();
    expect(clean).toBe(true);
    expect(decisions).toBeGreaterThan(0);
  });

  it.each(shippedConfigs())('config %s is clean', async (name) => {
    // It decides by the hour, so that every close is tried, and asks two at each: three days are enough.
    const range = name === 'avax-arb' ? ['--to', '2025-01-04'] : [];
    const { firstOffence, decisions } = await document([...given, '--config', name, ...range]);
    expect(firstOffence).toBeNull();
    expect(decisions).toBeGreaterThan(0);
  });
});

describe('what is printed', () => {
  it('is a few lines that say what was tried and what it means', async () => {
    const { code, stdout, stderr } = await check(MINE, HONEST);
    expect(code).toBe(0);
    // On a machine that is slow it says how far it is.
    expect(stderr.replace(/^(every close|other futures) .*\n/gm, '')).toBe('');
    expect(stdout).toBe(
      `clean      honest: no answer depended on a later candle
checked    56 of 56 closes, each before later candles exist and with others instead; all anew with
           these missing, hidden and changed after 55 of 55 (1h, BTCUSDT, ETHUSDT)
answers    112, of which 112 were a BUY, a SELL or a target
means      what it decided here it would have decided live; it says nothing about profit
`,
    );
  });

  it('names candle, symbol, answers and column of a leak', async () => {
    const [leak] = LEAKS.filter(({ title }) => title.includes('yes or no'));
    const { code, stdout } = await check(MINE, leak!.source);
    expect(code).toBe(1);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('LEAKY      leaky reads what it cannot know yet');
    expect(lines[1]).toBe('first at   candle of 2025-01-01 20:00 UTC, ETHUSDT at paperx');
    expect(stdout).toContain('target 1 with the later rows, target 0 before they exist');
    expect(stdout).toContain('\nreads      close, 1 candle ahead\n');
    expect(stdout).toContain('\nmeans      what it earns in a backtest cannot be earned');
    expect(lines.length).toBeLessThanOrEqual(12);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('says of a strategy that throws dice that it is unsteady', async () => {
    const text = `import { defineStrategy } from 'sapphire';
export default defineStrategy({ name: 'dice', decide: () => (Math.random() > 0.5 ? 1 : 0) });\n`;
    const { code, stdout } = await check(MINE, text);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^UNSTEADY {3}dice answers differently each time\nfirst at {3}candle of 20/,
    );
  });

  it('is with --json one document, and nothing is left behind', async () => {
    const { code, stdout, stderr, cwd } = await check([...MINE, '--json'], HONEST, 'sapphire');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      clean: true,
      checked: DRAWN_ROWS - 4,
      firstOffence: null,
    });
    expect(readdirSync(cwd)).toEqual(['my.ts']);
  });

  it('warns when nothing was decided, always the same, or nobody was asked', async () => {
    const saying = (body: string) =>
      `import { defineStrategy } from 'sapphire';\nexport default defineStrategy({ name: 'mute', ${body} });\n`;
    const silent = await check(MINE, saying('decide: () => undefined'));
    expect(silent.code).toBe(0);
    expect(silent.stdout).toContain('warning    mute made no decision: ');
    const dull = await check(MINE, saying('decide: () => 0'));
    expect(dull.stdout).toContain('warning    mute gave the same answer at every candle');
    const cold = await document(MINE, saying('warmupCandles: 61, decide: () => 1'));
    expect(cold).toMatchObject({ clean: true, checked: 0, answers: 0 });
    expect(cold.warnings).toEqual([
      'mute was never asked: 60 candles are too few for it to warm up on',
    ]);
  });
});

describe('bad input', () => {
  it.each([
    ['--samples 2.5', '--samples: must be a whole number, 0 or more, was "2.5"'],
    ['--samples -1', '--samples: must be a whole number, 0 or more, was "-1"'],
    ['--samples 3 --every', '--every: must not be given with --samples, was "3"'],
    ['--strategy ./no.ts', 'decision.strategy: no such file, was "./no.ts"'],
    ['--strategy sma-cros', '(did you mean sma-cross?)'],
    ['--symbols XRP', 'world.symbols: must be stored'],
    ['--sample 3', '--sample: unknown option (did you mean --samples?)'],
  ])('%s is refused with exit code 2', async (words, says) => {
    const { code, stdout, stderr, cwd } = await check([...DRAWN, ...words.split(' ')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    for (const line of stderr.trimEnd().split('\n')) expect(line).toMatch(/^error: \S/);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('a strategy that fails on its own history is bad input, and no leak', async () => {
    const text = `import { defineStrategy } from 'sapphire';
export default defineStrategy({ name: 'bad', decide: () => { throw new TypeError('no'); } });\n`;
    const { code, stdout, stderr } = await check(MINE, text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('strategy bad on BTCUSDT at row 0');
  });
});
