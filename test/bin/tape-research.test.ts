// Tapes in every verb that tries things: a sweep's rows, a walk-forward, Monte Carlo and the look-ahead
// check read the same answers as a backtest does, and say first what the models may have known.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../../bin/check-lookahead.ts';
import { prepareSweep } from '../../bin/sweep-setup.ts';
import { isoText } from '../../engine/config/instant.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import type { Gate, Verdict } from '../../engine/research/verdict.ts';
import { room } from '../support/cli.ts';
import { SMALL_FROM_MS, SMALL_ROWS } from '../support/small-store.ts';
import { writeAsking } from '../support/tape-room.ts';
import { rowsOf, sweepJson, writeSpec } from './sweep-support.ts';

const here = room('tape-research');
const RUN = ['--config', 'mine.json', '--db', 'small.duckdb', '--symbols', 'BTCUSDT'];
const CUTOFF_MS = SMALL_FROM_MS + 100 * HOUR_MS;
const THRESHOLDS = [0.52, 0.6];

afterAll(() => here.remove());

beforeAll(async () => {
  await writeAsking(here, { knowledgeMs: CUTOFF_MS });
}, 120_000);

const gateOf = ({ gates }: Pick<Verdict, 'gates'>): Gate =>
  gates.find(({ id }) => id === 'model-knowledge')!;

describe('a sweep over a tape', () => {
  const spec = { parameters: { 'consensus.actThreshold': { values: THRESHOLDS } } };
  let out: string;

  beforeAll(async () => {
    writeSpec(here, 'thresholds.json', { ...spec, splits: { train: 0.7 } });
    ({ out } = await sweepJson(here, ['thresholds.json', ...RUN, '--workers', '2']));
  }, 60_000);

  it('has the digests that the same config has alone, and they hang on the answers', async () => {
    const [row] = rowsOf(out);
    const to = isoText(SMALL_FROM_MS + 0.7 * SMALL_ROWS * HOUR_MS);
    const set = ['--set', `consensus.actThreshold=${THRESHOLDS[0]}`, '--to', to];
    const { stdout } = await here.sapphire(['backtest', ...RUN, ...set, '--json']);
    const { digest, decisionDigest, configDigest } = JSON.parse(stdout);
    expect({ digest, decisionDigest, configDigest }).toEqual({
      digest: row!.digest,
      decisionDigest: row!.decisionDigest,
      configDigest: row!.configDigest,
    });
    // Without answers the one voter is below either threshold.
    expect(row!.statistics!.trades).toBeGreaterThan(3);
  }, 60_000);

  it('fails the gate of what models know, and says so before any number', async () => {
    const verdict: Verdict = JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8'));
    const text = 'the models may have read about 100 of 400 candles (before 2025-01-05T04:00Z)';
    expect(gateOf(verdict)).toMatchObject({ value: 100, threshold: 0, passed: false, why: text });
    expect(verdict.models).toMatchObject({
      candles: 400,
      contaminatedCandles: 100,
      standIn: false,
    });
    expect(verdict.passed).toBe(false);
    const { stdout } = await here.sapphire(['sweep', '--resume', out]);
    expect(stdout.split('\n').slice(0, 5).join(' ').replaceAll(/ +/g, ' ')).toContain(
      `CONTAMINATED: ${text}`,
    );
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page.indexOf(text)).toBeGreaterThan(0);
    expect(page.indexOf(text)).toBeLessThan(page.indexOf('<h1>'));
  }, 60_000);

  it('is taken up again with the same answers only', async () => {
    await writeAsking(here, { knowledgeMs: CUTOFF_MS, tape: 'other.ndjson', score: 0.3 });
    writeFileSync(here.at('answers.ndjson'), readFileSync(here.at('other.ndjson')));
    const { code, stderr } = await here.sapphire([
      'sweep',
      'thresholds.json',
      ...RUN,
      '--resume',
      out,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('world.tape.file: must be the tape that');
    await writeAsking(here, { knowledgeMs: CUTOFF_MS });
  }, 60_000);

  it('may not sweep the tape itself', async () => {
    const path = writeSpec(here, 'tapes.json', {
      parameters: { 'world.tape.file': { values: ['a.ndjson', 'b.ndjson'] } },
    });
    const flags = { config: here.at('mine.json'), db: here.at('small.duckdb'), symbols: 'BTCUSDT' };
    await expect(prepareSweep(path, flags, here.root, 1)).rejects.toThrow(
      /world.tape.file: must not be swept: it says which answers are read/,
    );
  });
});

describe('a walk-forward over a tape', () => {
  it('trades by its answers and marks the folds that models may have read about', async () => {
    const words = ['walk-forward', ...RUN, '--folds', '2', '--train', '2'];
    const { stdout, code, stderr } = await here.sapphire([...words, '--out', 'walked']);
    expect(code, stderr).toBe(0);
    // Two folds of four days, of which none lies before the fifth day.
    expect(stdout).not.toContain('CONTAMINATED');
    const verdict: Verdict = JSON.parse(readFileSync(here.at('walked', 'verdict.json'), 'utf8'));
    expect(gateOf(verdict)).toMatchObject({ value: 0, passed: true });
    expect(stdout).toMatch(/stitched .* [1-9]\d* trades/);
    const late = ['--set', 'world.tape.file=late.ndjson'];
    await writeAsking(here, { knowledgeMs: SMALL_FROM_MS + 264 * HOUR_MS, tape: 'late.ndjson' });
    const known = await here.sapphire([...words, ...late]);
    expect(known.stdout).toContain('CONTAMINATED: the models may have read about');
    expect(known.stdout.replace(/\s+/g, ' ')).toContain('; before the cut-off: 50 % of fold 1 ');
  }, 60_000);
});

describe('Monte Carlo over a tape', () => {
  it('deals entries of a run that models answered, and refuses markets that nobody was asked about', async () => {
    const made = await here.sapphire(['backtest', ...RUN, '--json']);
    const { runId } = JSON.parse(made.stdout);
    const deal = (kind: string) =>
      here.sapphire([
        ...['monte-carlo', `runs/${runId}`, '--db', 'small.duckdb', '--kind', kind],
        ...['--count', '2', '--json'],
      ]);
    const [entries, candles] = [await deal('entries'), await deal('candles')];
    expect(entries.code, entries.stderr).toBe(0);
    expect(candles.code).toBe(2);
    const [problem] = JSON.parse(candles.stdout).error.problems;
    expect(problem.key).toBe('--kind');
    expect(problem.rule).toContain('must not be candles where agents ask models (guess)');
  }, 60_000);

  it('deals markets that a model was asked about, held against the answers of the run itself', async () => {
    const run = ['latest', '--db', 'small.duckdb', '--count', '2', '--json'];
    const record = ['record', '--monte-carlo', ...run, '--tape', 'dealt.ndjson', '--stand-in'];
    const made = JSON.parse((await here.call(record)).stdout);
    const own = readFileSync(here.at('answers.ndjson'), 'utf8');
    expect(made).toMatchObject({ whole: true, answers: made.asked + own.split('\n').length - 1 });
    expect(readFileSync(here.at('dealt.ndjson'), 'utf8').startsWith(own)).toBe(true);
    const dealt = ['monte-carlo', ...run, '--kind', 'candles', '--tape', 'dealt.ndjson'];
    const { code, stdout, stderr } = await here.call(dealt);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).dealt[0].spreads.length).toBeGreaterThan(0);
  }, 60_000);
});

describe('the look-ahead check over a tape', () => {
  const look = (config: string) => {
    const flags = { config: here.at(config), db: here.at('small.duckdb'), symbols: 'BTCUSDT' };
    return outcomeOf({ ...flags, json: true, samples: '2' }, {}, here.root);
  };

  it('finds nothing where questions are about the past, and says what it cannot find', async () => {
    const outcome = await look('mine.json');
    expect(outcome).toMatchObject({ clean: true, firstOffence: null });
    expect(outcome.warnings).toContain(
      'the models may have read about 100 of 400 candles (before 2025-01-05T04:00Z)',
    );
  }, 60_000);

  it('takes a question that would be another without the future for an offence', async () => {
    const { clean, firstOffence } = await look('leaky.json');
    expect(clean).toBe(false);
    expect(firstOffence).toMatchObject({ kind: 'lookahead', agent: 'leaky' });
    expect(firstOffence!.what).toMatch(
      /leaky on paperx BTCUSDT: asks "BTCUSDT at .* with the later rows, asks/,
    );
  }, 60_000);
});
