// `sapphire backtest` from end to end, as a person starts it: real candles go in, a screen, one JSON
// document and a run folder come out, and the same input gives the same digests wherever it runs.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../engine/interval.ts';
import type { AgentFacts, RunFacts } from '../../engine/research/result.ts';
import { DATA, filesBelow, room, sha256File } from '../support/cli.ts';
import { LEAKS } from '../support/leaks.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('backtest');
const db = here.at('market.duckdb');
const small = here.at('small.duckdb');
const CANDLES = ['BTC', 'ETH', 'SOL', 'DOGE'].map((one) => `${one}USDT__1m_2025-05_06.parquet`);
const FUNDING = ['BTC', 'ETH', 'SOL'].map((one) => `${one}USDT__funding_2025-03_06.parquet`);
const FILES = [...CANDLES, ...FUNDING].map((name) => `${DATA}binance-usdm__${name}`);
const hasData = FILES.every((file) => existsSync(file));
const without = hasData ? '' : ' (skipped: the shared market data are not here)';
const THREE = ['--symbols', 'BTCUSDT,ETHUSDT,SOLUSDT'];
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape is what is looked for
const ANSI = /\u001b/;

const SIX = [
  'breaks.parquet',
  'candles.parquet',
  'config.json',
  'decisions.parquet',
  'equity.parquet',
  'fills.parquet',
  'funding.parquet',
  'orders.parquet',
  'report.html',
  'result.json',
  'trades.parquet',
  'vote-spans.parquet',
  'votes.parquet',
];

/** The document of --json, with a digest of each kind. */
interface Document {
  readonly runId: string;
  readonly digest: string;
  readonly decisionDigest: string;
  readonly configDigest: string;
  readonly dataDigest: string;
  readonly candles: number;
  readonly trades: number;
  readonly out: string;
  readonly verified?: unknown;
}

interface ResultFile {
  readonly facts: RunFacts;
  readonly resultDigest: string;
  readonly circumstances: { readonly trialNumber: number };
}

const resultOf = (out: string): ResultFile =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));
const digestsOf = ({ digest, decisionDigest, configDigest, dataDigest }: Document) => {
  return { digest, decisionDigest, configDigest, dataDigest };
};

/** A run with --json that must go well; in a process of its own where that is the question. */
async function backtest(
  words: readonly string[],
  cwd = here.root,
  run: 'call' | 'sapphire' = 'call',
): Promise<Document> {
  const { code, stdout, stderr } = await here[run](['backtest', '--json', ...words], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** JSON with sorted keys and no spaces: the text that a result's digest is made of. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const record = value as Record<string, unknown>;
  const parts = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sorted(record[key])}`);
  return `{${parts.join(',')}}`;
}

beforeAll(() => writeSmallStore(small));
afterAll(() => here.remove());

describe.skipIf(!hasData)(`a backtest of real candles${without}`, () => {
  let first: Document;
  beforeAll(async () => {
    const { code, stderr } = await here.call(['data', 'import', ...FILES, '--db', db]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    first = await backtest(['--db', db, ...THREE, '--verify']);
  });

  it('prints one document with digests, statistics and both verifications', () => {
    expect(Object.keys(first)).toEqual([
      'runId',
      'digest',
      'decisionDigest',
      'configDigest',
      'dataDigest',
      'candles',
      'candlesPerSecond',
      'statistics',
      'trades',
      'out',
      'verified',
    ]);
    expect(first.verified).toEqual({ again: true, apply: true });
    for (const one of [first.digest, first.decisionDigest]) expect(one).toMatch(/^[0-9a-f]{16}$/);
    for (const one of [first.configDigest, first.dataDigest]) expect(one).toMatch(/^[0-9a-f]{64}$/);
    // 73,139 + 73,140 + 73,141 rows, by the files' own README.
    expect(first.candles).toBe(219_420);
    expect(first.trades).toBeGreaterThanOrEqual(20);
    expect(first.trades).toBeLessThanOrEqual(2000);
  });

  it('leaves a folder of twelve files whose digest can be recomputed', () => {
    expect(readdirSync(first.out).sort()).toEqual(SIX);
    expect(first.out).toBe(join(here.root, 'runs', first.runId));
    const { facts, resultDigest } = resultOf(first.out);
    expect(createHash('sha256').update(sorted(facts)).digest('hex')).toBe(resultDigest);
    expect(facts.digest).toBe(first.digest);
    expect(facts.data).toMatchObject({ kind: 'real', interval: '1m', rows: 73_141 });
    expect(filesBelow(here.at('runs')).filter((name) => name.includes('unfinished'))).toEqual([]);
  });

  it('gives the same digests in another process, with --out elsewhere, from its own config', async () => {
    const out = here.at('elsewhere', 'deep');
    const again = await backtest(['--db', db, ...THREE, '--out', out], here.folder(), 'sapphire');
    expect(digestsOf(again)).toEqual(digestsOf(first));
    expect(again.out).toBe(join(out, again.runId));
    expect(readdirSync(again.out).sort()).toEqual(SIX);
    expect(resultOf(again.out).resultDigest).toBe(resultOf(first.out).resultDigest);

    const config = join(first.out, 'config.json');
    const rerun = await backtest(['--db', db, '--config', config], here.folder());
    expect(digestsOf(rerun)).toEqual(digestsOf(first));
    expect(resultOf(rerun.out).facts).toEqual(resultOf(first.out).facts);
  });

  it('gives the same result where nothing is compiled', async () => {
    // The three end at different rows, and what ran here before has made this process's code fast.
    const words = ['backtest', '--json', '--db', db, ...THREE, '--from', '2025-06-21'];
    const warm = await here.call(words);
    const plain = await here.sapphire(words, { node: ['--no-opt', '--no-maglev'] });
    const [one, other] = [warm, plain].map(({ stdout }) => JSON.parse(stdout) as Document);
    expect(digestsOf(other!)).toEqual(digestsOf(one!));
    expect(resultOf(other!.out).facts).toEqual(resultOf(one!.out).facts);
    expect(one!.trades).toBeGreaterThan(0);
  });

  it('warms up before --from: agents are awake in its first row, and trade inside it only', async () => {
    const [from, to] = [Date.UTC(2025, 4, 20), Date.UTC(2025, 4, 27)];
    const range = ['--from', '2025-05-20', '--to', '2025-05-27'];
    const { out } = await backtest(['--db', db, '--symbols', 'BTCUSDT', ...range]);
    const { facts } = resultOf(out);
    expect(facts.data).toMatchObject({ fromMs: from, toMs: to, rows: (7 * DAY_MS) / 60_000 });
    const said = ({ buys, sells, holds }: AgentFacts) => buys + sells + holds;
    expect(facts.agents.map((agent) => [agent.id, said(agent)])).toEqual(
      ['quant-alpha', 'risk-guardian', 'sentiment-sage', 'degen-hunter'].map((id) => {
        return [id, facts.data.rows];
      }),
    );
    expect(facts.funnel.candles).toBe(facts.data.rows);
    const trades = await tradeTimes(join(out, 'trades.parquet'));
    expect(trades.length).toBeGreaterThan(0);
    for (const [entryMs, exitMs] of trades) {
      expect(entryMs).toBeGreaterThan(from);
      expect(exitMs).toBeLessThanOrEqual(to);
    }
    // Where the data begin there is nothing to warm up on, and they are silent at first.
    const { facts: all } = resultOf(first.out);
    for (const agent of all.agents) expect(said(agent)).toBeLessThan(all.funnel.candles);
  });

  it('prints a screen of at most 20 lines on stdout, plain in a pipe and under NO_COLOR', async () => {
    const words = ['backtest', '--db', db, ...THREE];
    const piped = await here.sapphire(words);
    expect(piped).toMatchObject({ code: 0, stderr: '' });
    expect(piped.stdout).not.toMatch(ANSI);
    const lines = piped.stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(20);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines[0]).toContain('BTC, ETH, SOL');
    expect(piped.stdout).toContain(`digest ${first.digest.slice(0, 12)}`);
    const report = /^report\s+(\S+)/m.exec(piped.stdout)![1]!;
    expect(existsSync(here.at(report))).toBe(true);

    // What is coloured does not hang on how many candles there are.
    const few = ['backtest', '--db', small];
    const forced = await here.call(few, { env: { FORCE_COLOR: '1' } });
    expect(forced.stdout).toMatch(ANSI);
    const none = await here.call(few, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(none.stdout).not.toMatch(ANSI);
  });

  it('refuses under --strict what has no funding, and leaves nothing behind', async () => {
    const before = sha256File(db);
    const cwd = here.folder();
    const words = ['backtest', '--db', db, '--symbols', 'DOGEUSDT', '--strict'];
    const { code, stdout, stderr } = await here.call(words, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: DOGEUSDT: .*funding history.*--strict/);
    expect(readdirSync(cwd)).toEqual([]);
    expect(sha256File(db)).toBe(before);
  });
});

/** Entry and exit of every trade of a run folder, UTC ms. */
async function tradeTimes(file: string): Promise<[number, number][]> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const sql = `SELECT "entryMs", "exitMs" FROM read_parquet('${file}')`;
  const rows = (await connection.runAndReadAll(sql)).getRowsJS();
  connection.closeSync();
  instance.closeSync();
  return rows.map(([entry, exit]) => [Number(entry), Number(exit)]);
}

describe('a backtest where there are no candles', () => {
  it('makes a SYNTHETIC market once, and says so on stderr, screen and report', async () => {
    const cwd = here.folder();
    const words = ['backtest', '--config', 'sma-cross', '--symbols', 'BTCUSDC'];
    const one = await here.sapphire(words, { cwd });
    expect(one.code).toBe(0);
    expect(one.stderr).toMatch(/SYNTHETIC.*in data\/market\.duckdb\n/);
    expect(one.stderr).toContain('npm run data -- fetch');
    expect(one.stdout).toContain('SYNTHETIC');
    expect(one.stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
    expect(one.stdout).not.toMatch(ANSI);
    const report = /^report\s+(\S+)/m.exec(one.stdout)![1]!;
    const html = readFileSync(join(cwd, report), 'utf8');
    expect(html).toMatch(/synthetic/i);
    expect(readdirSync(join(cwd, 'data'))).toEqual(['market.duckdb']);
    const store = join(cwd, 'data/market.duckdb');
    const [made, sum] = [statSync(store).mtimeMs, sha256File(store)];

    const two = await here.call(words, { cwd });
    expect(two).toMatchObject({ code: 0, stderr: '' });
    expect([statSync(store).mtimeMs, sha256File(store)]).toEqual([made, sum]);
    const digest = /digest (\w+)/;
    expect(digest.exec(two.stdout)![1]).toBe(digest.exec(one.stdout)![1]);
  });
});

const CROSS = `import { defineStrategy, sma } from 'sapphire';

export default defineStrategy({
  name: 'my-cross',
  parameters: { fast: { default: 5, min: 1 }, slow: { default: 20, min: 2 } },
  features: (p) => ({ fast: sma(p.fast), slow: sma(p.slow) }),
  decide({ i, features: { fast, slow } }) {
    if (!(slow[i] > 0)) return undefined;
    return fast[i] > slow[i] ? 1 : 0;
  },
  analyze(view) {
    const { i, features: { fast, slow } } = view;
    if (!(slow[i] > 0)) return null;
    return view.vote(fast[i] > slow[i] ? 'BUY' : 'SELL', 0.8, 'cross');
  },
});
`;

describe("a person's own strategy", () => {
  it('runs alone by its path, with its parameters as flags', async () => {
    const cwd = here.folder();
    writeFileSync(join(cwd, 'my.ts'), CROSS);
    const words = ['--db', small, '--strategy', './my.ts', '--verify'];
    const alone = await backtest(words, cwd);
    expect(alone.verified).toEqual({ again: true, apply: true });
    expect(alone.trades).toBeGreaterThan(3);
    expect(resultOf(alone.out).facts).toMatchObject({ strategy: 'my-cross', name: 'my' });
    const faster = await backtest([...words, '--set', 'parameters.fast=3'], cwd);
    expect(faster.digest).not.toBe(alone.digest);
    // Wherever it lies, it is the same strategy with the same result.
    const other = here.folder();
    writeFileSync(join(other, 'my.ts'), CROSS);
    const moved = await backtest(['--db', small, '--strategy', join(other, 'my.ts')]);
    expect(digestsOf(moved)).toEqual(digestsOf(alone));
    const [a, b] = [resultOf(alone.out), resultOf(moved.out)];
    expect(b.facts.strategyDigest).toBe(a.facts.strategyDigest);
  });

  it('votes among agents when a config seats it', async () => {
    const cwd = here.folder();
    writeFileSync(join(cwd, 'my.ts'), CROSS);
    const agents = {
      mine: { use: './my.ts', weight: 3, parameters: { fast: 4 } },
      'degen-hunter': { weight: 1 },
    };
    writeFileSync(join(cwd, 'mine.json'), JSON.stringify({ name: 'mine', decision: { agents } }));
    const run = await backtest(['--db', small, '--config', 'mine.json', '--verify'], cwd);
    expect(run.verified).toEqual({ again: true, apply: true });
    const { facts } = resultOf(run.out);
    expect(facts.strategy).toBe('swarm of 2 agents');
    const [mine] = facts.agents;
    expect(mine).toMatchObject({ id: 'mine', weight: 3 });
    expect(mine!.buys + mine!.sells).toBeGreaterThan(600);
    expect(run.trades).toBeGreaterThan(3);
  });
});

describe('the trial ledger', () => {
  const lines = (cwd: string) =>
    readFileSync(join(cwd, 'runs/trials.ndjson'), 'utf8').trim().split('\n');
  const trialOf = ({ out }: Document) => resultOf(out).circumstances.trialNumber;

  it('counts what was tried and failed runs, not reruns, and each family apart', async () => {
    const cwd = here.folder();
    const source = CROSS.replace('decide({', 'decide({ parameters,').replace(
      'if (!(slow',
      "if (parameters.fast === 7) throw new Error('unlucky');\n    if (!(slow",
    );
    writeFileSync(join(cwd, 'my.ts'), source);
    const words = ['--db', small, '--strategy', './my.ts'];
    const withFast = (fast: number) => [...words, '--set', `parameters.fast=${fast}`];
    expect(trialOf(await backtest(words, cwd))).toBe(1);
    expect(trialOf(await backtest(words, cwd))).toBe(1);
    expect(lines(cwd)).toHaveLength(1);
    const failed = await here.call(['backtest', ...withFast(7)], { cwd });
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(failed.stderr).toContain('threw Error: unlucky');
    expect(JSON.parse(lines(cwd)[1]!)).toMatchObject({ status: 'failed' });
    expect(trialOf(await backtest(withFast(3), cwd))).toBe(3);
    // Other symbols are other data, and another family.
    expect(trialOf(await backtest([...words, '--symbols', 'ETHUSDT'], cwd))).toBe(1);
    expect(lines(cwd)).toHaveLength(4);
    expect(readdirSync(join(cwd, 'runs')).length).toBe(4 + 1);
  });
});

it('says on the first screen that decisions knew the future, when it is asked to look', async () => {
  const [leak] = LEAKS;
  writeFileSync(here.at('leaky.ts'), leak!.source);
  const words = ['--db', small, '--set', 'world.venue=paperx', '--strategy', './leaky.ts'];
  const run = await here.call(['backtest', ...words, '--check', '--json']);
  expect(run.code).toBe(1);
  const { lookahead, out } = JSON.parse(run.stdout) as { lookahead: object; out: string };
  // Row 20 of hours from 2025-01-01 on is the first that leaks; another future changed nothing before.
  const offence = `leaky knows later candles at the candle of 2025-01-01 20:00 UTC, ETHUSDT, by ${leak!.column}`;
  expect(lookahead).toMatchObject({ clean: false, checked: 400, offence });
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(`<b>broken</b>: ${offence}`);
});
