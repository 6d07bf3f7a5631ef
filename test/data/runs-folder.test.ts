// Run folders: written once, read back to the last bit, never half there.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultDigest } from '../../data/runs/canonical.ts';
import { listRuns, readRun, runFolderName, writeRun } from '../../data/runs/folder.ts';
import { InputError, InvariantError } from '../../engine/errors.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunFacts, RunResult } from '../../engine/research/result.ts';
import { configOf } from '../support/run.ts';
import { EMPTY_RECORD, sampleRecord, TRADE } from '../support/sample-record.ts';

const START_MS = Date.UTC(2025, 0, 1);
const TABLES = [
  ...['trades', 'fills', 'equity', 'orders', 'funding', 'decisions', 'votes', 'breaks', 'candles'],
  'vote-spans',
].map((name) => `${name}.parquet`);
const FILES = ['config.json', 'report.html', 'result.json', ...TABLES];
const REPORT = { report: '<!doctype html><title>run</title>\n' };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-runs-'));
});
afterEach(() => {
  chmodSync(root, 0o755);
  rmSync(root, { recursive: true, force: true });
});

/** Facts with the fields that a folder looks at and some that it must carry. */
function factsOf(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    schemaVersion: 4,
    name: 'demo',
    strategy: 'swarm of 4 agents',
    config: configOf({ name: 'demo' }),
    seed: 1,
    configDigest: 'c',
    dataDigest: 'd',
    strategyDigest: 's',
    decisionDigest: 'e',
    digest: '1f2e3d4c5b6a7988',
    data: { kind: 'synthetic', interval: '1m', legs: [] },
    benchmark: { name: 'buy and hold', totalReturn: 0.1 + 0.2 },
    warnings: [{ code: 'assumed-instrument', text: 'Ω "quoted"\n' }],
    ...changes,
  } as unknown as RunFacts;
}

function resultOf(rows: number, changes: Partial<RunResult> = {}, facts = factsOf()): RunResult {
  const column = (f: (i: number) => number) => Float64Array.from({ length: rows }, (_, i) => f(i));
  const openMs = column((i) => START_MS + i * MINUTE_MS);
  const fills = column((i) => i);
  return {
    facts,
    resultDigest: resultDigest(facts),
    circumstances: {
      startedAt: '2025-11-20T21:30:45.678Z',
      wallMs: 12.5,
      candlesPerSecond: 1e6,
      node: 'v24',
      version: '0.1.0',
      host: 'test',
      trialNumber: 3,
    },
    trades: [TRADE, { ...TRADE, side: 'short', exitReason: 'open', votes: {} }],
    fills: {
      length: rows,
      tsMs: openMs,
      row: fills,
      leg: column((i) => i % 2),
      orderId: fills,
      qty: column((i) => (i % 2 === 0 ? 0.1 : -0.1)),
      price: column((i) => 93_500 + i / 3),
      feeUsd: column((i) => [0, -0, 1.5][i % 3]!),
      slippageUsd: column((i) => i / 7),
      impactUsd: column((i) => i / 70),
      maker: column((i) => i % 2),
    },
    equity: {
      length: rows,
      closeMs: openMs.map((ms) => ms + MINUTE_MS),
      equityUsd: column((i) => 10_000 + Math.sin(i)),
      benchmarkUsd: column((i) => 10_000 + Math.cos(i)),
    },
    prices: ['BTCUSDC', 'BTC/USDC:USDC "odd"'].map((symbol) => ({
      venue: 'synthetic',
      symbol,
      openMs,
      close: column((i) => (i % 5 === 4 ? Number.NaN : i / 10)),
    })),
    record: sampleRecord([TRADE, { ...TRADE, votes: {} }], [fills], openMs, MINUTE_MS),
    ...changes,
  };
}

describe('the name of a run folder', () => {
  it('is the UTC second, the name and eight digits of the digest', () => {
    const name = runFolderName('2025-11-20T22:30:45.999+01:00', 'demo', '1f2e3d4c5b6a7988');
    expect(name).toBe('20251120T213045Z-demo-1f2e3d4c');
  });

  it('is a broken invariant without a time or a digest', () => {
    expect(() => runFolderName('yesterday', 'demo', '1f2e3d4c')).toThrow(InvariantError);
    expect(() => runFolderName('2025-11-20', 'demo', '')).toThrow(InvariantError);
  });
});

describe('a run folder', () => {
  it('holds its thirteen files, and nothing else is left in the root', async () => {
    const dir = await writeRun(root, resultOf(10), REPORT);
    expect(readdirSync(root)).toEqual(['20251120T213045Z-demo-1f2e3d4c']);
    expect(readdirSync(dir).sort()).toEqual([...FILES].sort());
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).toBe(REPORT.report);
    expect(listRuns(root)).toEqual([basename(dir)]);
  });

  it('has a config.json without $schema that is the config of the facts', async () => {
    const config = configOf({ name: 'demo', seed: 7 });
    const facts = factsOf({ config: { ...config, $schema: './schema.json' } });
    const dir = await writeRun(root, resultOf(3, {}, facts), REPORT);
    expect(JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8'))).toEqual(config);
  });

  it('is never overwritten: the same run again gets -2, then -3', async () => {
    const first = await writeRun(root, resultOf(10), REPORT);
    const before = readFileSync(join(first, 'result.json'));
    const more = await Promise.all([
      writeRun(root, resultOf(10), { report: 'other' }),
      writeRun(root, resultOf(10), { report: 'other' }),
    ]);
    expect(more.sort()).toEqual([`${first}-2`, `${first}-3`]);
    expect(readFileSync(join(first, 'result.json'))).toEqual(before);
    expect(readFileSync(join(first, 'report.html'), 'utf8')).toBe(REPORT.report);
    expect(listRuns(root)).toHaveLength(3);
  });

  it('has the same bytes in its tables when the same run is written twice', async () => {
    const [a, b] = [
      await writeRun(root, resultOf(5000), REPORT),
      await writeRun(root, resultOf(5000), REPORT),
    ];
    for (const file of TABLES) {
      expect(readFileSync(join(b, file)).equals(readFileSync(join(a, file)))).toBe(true);
    }
  });

  it('tells of every fill what our own size cost and whether our limit was taken', async () => {
    const dir = await writeRun(root, resultOf(10), REPORT);
    const duck = await (await DuckDBInstance.create(':memory:')).connect();
    const reader = await duck.runAndReadAll(
      `SELECT sum(maker)::INTEGER AS makers, sum(impactUsd) AS impactUsd,
         any_value(typeof(maker)) AS kind FROM '${dir}/fills.parquet'`,
    );
    // 0 to 9 by turns 0 and 1; 45 / 70.
    expect(reader.getRowObjectsJS()).toEqual([
      { makers: 5, impactUsd: expect.closeTo(45 / 70, 12), kind: 'BIGINT' },
    ]);
  });

  it('answers SQL in the words of the result', async () => {
    const dir = await writeRun(root, resultOf(10), REPORT);
    const duck = await (await DuckDBInstance.create(':memory:')).connect();
    const reader = await duck.runAndReadAll(
      `SELECT make_timestamp_ms(closeMs)::VARCHAR AS t, "close/synthetic/BTCUSDC" AS close,
         (SELECT max((votes->>'quant-alpha')::DOUBLE) FROM '${dir}/trades.parquet') AS vote
       FROM '${dir}/equity.parquet' ORDER BY closeMs LIMIT 1`,
    );
    expect(reader.getRowObjectsJS()).toEqual([{ t: '2025-01-01 00:01:00', close: 0, vote: 0.8 }]);
  });

  it('is ignored while unfinished, as after a crash', async () => {
    mkdirSync(join(root, '.unfinished-20251120T213045Z-demo-1f2e3d4c-0a1b2c3d'));
    mkdirSync(join(root, '20251120T213046Z-demo-1f2e3d4c'));
    writeFileSync(join(root, 'trials.ndjson'), '');
    const dir = await writeRun(root, resultOf(3), REPORT);
    expect(listRuns(root)).toEqual([basename(dir)]);
    expect(listRuns(join(root, 'nowhere'))).toEqual([]);
  });

  it('leaves no trace when it cannot be written', async () => {
    const result = resultOf(3);
    const row = Float64Array.of(0, 0.5, 1);
    const broken = { ...result, fills: { ...result.fills, row } };
    await expect(writeRun(root, broken, REPORT)).rejects.toThrow(/row holds whole numbers/);
    const stale = { ...result, resultDigest: '0' };
    await expect(writeRun(root, stale, REPORT)).rejects.toThrow(InvariantError);
    const shifted = { ...result.prices[0]!, openMs: result.equity.closeMs };
    await expect(writeRun(root, { ...result, prices: [shifted] }, REPORT)).rejects.toThrow(
      /prices and equity have the same rows/,
    );
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('a root that cannot be written', () => {
  it('is bad input that names --out: a file in its place, or in its path', async () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of [join(root, 'file'), join(root, 'file', 'runs')]) {
      await expect(writeRun(path, resultOf(3), REPORT)).rejects.toThrow(InputError);
      await expect(writeRun(path, resultOf(3), REPORT)).rejects.toThrow(
        /^--out: must be a folder that can be written \(.+\), was ".+"$/,
      );
    }
  });

  it.skipIf(process.getuid?.() === 0)(
    'is bad input when permission is denied (not as root)',
    async () => {
      chmodSync(root, 0o555);
      await expect(writeRun(root, resultOf(3), REPORT)).rejects.toThrow(
        /^--out: .*permission denied/,
      );
    },
  );
});

describe('reading back', () => {
  it('gives equal facts, circumstances, trades, fills, equity and prices', async () => {
    const result = resultOf(5000);
    expect(await readRun(await writeRun(root, result, REPORT))).toEqual(result);
  });

  it('gives the first `length` rows of columns that have room for more', async () => {
    const result = resultOf(5000);
    const { fills, equity } = result;
    const short = { fills: { ...fills, length: 3 }, equity: { ...equity, length: 2049 } };
    const read = await readRun(await writeRun(root, { ...result, ...short }, REPORT));
    expect([...(read.fills.price as Float64Array)]).toEqual([
      93_500,
      93_500 + 1 / 3,
      93_500 + 2 / 3,
    ]);
    expect(read.equity.closeMs).toEqual((equity.closeMs as Float64Array).slice(0, 2049));
    expect(read.prices[0]!.close).toHaveLength(2049);
  });

  it('gives a run without trades, fills and prices as it was', async () => {
    const none = new Float64Array(0);
    const { fills } = resultOf(0);
    const result = resultOf(1, {
      trades: [],
      fills: { ...fills, tsMs: none },
      prices: [],
      record: EMPTY_RECORD,
    });
    expect(await readRun(await writeRun(root, result, REPORT))).toEqual(result);
  });

  it('gives every double back to the last bit, -0 and NaN included', async () => {
    const double = fc.double();
    const whole = fc.integer({ min: -1, max: 2 ** 31 });
    const votes = fc.dictionary(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const trades = fc.array(
      fc.record({
        leg: whole,
        venue: fc.string(),
        symbol: fc.string(),
        side: fc.constantFrom('long', 'short'),
        entryRow: whole,
        exitRow: whole,
        entryMs: whole,
        exitMs: whole,
        qty: double,
        entryPrice: double,
        exitPrice: double,
        pnlUsd: double,
        feesUsd: double,
        slippageUsd: double,
        fundingUsd: double,
        returnFraction: double,
        exitReason: fc.constantFrom('signal', 'stop', 'veto', 'halt'),
        votes,
      }),
      { maxLength: 5 },
    );
    const rows = fc.array(fc.tuple(double, double, double, double), { maxLength: 40 });
    const equal = fc.asyncProperty(trades, rows, async (drawnTrades, drawn) => {
      const base = resultOf(drawn.length);
      const column = (j: number) => Float64Array.from(drawn, (row) => row[j]!);
      const result: RunResult = {
        ...base,
        trades: drawnTrades as Trade[],
        fills: {
          ...base.fills,
          qty: column(0),
          price: column(1),
          feeUsd: column(2),
          impactUsd: column(3),
        },
        equity: { ...base.equity, equityUsd: column(2), benchmarkUsd: column(3) },
      };
      const read = await readRun(await writeRun(root, result, REPORT));
      // toEqual tells -0 from 0 and takes NaN for NaN.
      expect(read.trades).toEqual(result.trades);
      expect(read.fills).toEqual(result.fills);
      expect(read.equity).toEqual(result.equity);
    });
    await fc.assert(equal, { seed: 754, numRuns: 25 });
  });
});

describe('a run folder that is not whole', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await writeRun(root, resultOf(100), REPORT);
  });
  const edit = (change: (text: string) => string) => {
    const path = join(dir, 'result.json');
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };

  it('is bad input when it is no run folder at all', async () => {
    await expect(readRun(join(root, 'nowhere'))).rejects.toThrow(InputError);
    await expect(readRun(root)).rejects.toThrow(/must be a run folder with a result.json/);
  });

  it.each(TABLES)('is bad input without its %s', async (table) => {
    rmSync(join(dir, table));
    const reading = readRun(dir);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(`${table}: must exist`);
  });

  it.each(['trades', 'fills', 'equity'])(
    'is bad input when its %s are cut short',
    async (table) => {
      const path = join(dir, `${table}.parquet`);
      truncateSync(path, Math.floor(statSync(path).size / 2));
      await expect(readRun(dir)).rejects.toThrow(InputError);
      await expect(readRun(dir)).rejects.toThrow(
        `${table}.parquet: must be a Parquet file of a run`,
      );
    },
  );

  it('is bad input when a table is that of another kind', async () => {
    cpSync(join(dir, 'fills.parquet'), join(dir, 'trades.parquet'));
    await expect(readRun(dir)).rejects.toThrow(/trades.parquet: must be a Parquet file of a run/);
  });

  it('is bad input when its result.json is garbled, by kind', async () => {
    edit((text) => text.slice(0, -10));
    await expect(readRun(dir)).rejects.toThrow(/result.json: must be JSON/);
    edit(() => '[]');
    await expect(readRun(dir)).rejects.toThrow(/must have facts and circumstances/);
  });

  it('is bad input when a fact was edited', async () => {
    edit((text) => text.replace('"seed": 1', '"seed": 2'));
    await expect(readRun(dir)).rejects.toThrow(/edited or damaged/);
  });

  it.each([1, 99])('is bad input when it was written by schema version %i', async (version) => {
    edit((text) => text.replace('"schemaVersion": 4', `"schemaVersion": ${version}`));
    await expect(readRun(dir)).rejects.toThrow(InputError);
    await expect(readRun(dir)).rejects.toThrow(`must have schemaVersion 4, was ${version}`);
    expect(existsSync(dir)).toBe(true);
  });

  // What version 1 wrote: a missing cost is not a cost of zero, so it is refused and not guessed.
  it('is bad input when its fills know nothing of impact and maker', async () => {
    const path = join(dir, 'fills.parquet');
    const duck = await (await DuckDBInstance.create(':memory:')).connect();
    await duck.run(`CREATE TABLE fills AS SELECT * EXCLUDE (impactUsd, maker) FROM '${path}'`);
    await duck.run(`COPY fills TO '${path}' (FORMAT parquet)`);
    await expect(readRun(dir)).rejects.toThrow(InputError);
    await expect(readRun(dir)).rejects.toThrow(
      /fills.parquet: must be a Parquet file of a run \(.*maker/,
    );
  });
});
