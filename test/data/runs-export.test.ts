// Exports of a run, read back by other means: DuckDB's own readers, the Arrow package, plain text.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultDigest } from '../../data/runs/canonical.ts';
import { EXPORT_FORMATS, exportRun } from '../../data/runs/export.ts';
import { writeRun } from '../../data/runs/folder.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { type SampleOptions, sampleResult } from '../support/sample-result.ts';

let root: string;
let folder: string;
const run = sample({ rows: 96 * 20, trades: 30 });
const at = (...parts: string[]) => join(root, ...parts);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-export-'));
  folder = await written(run);
  for (const format of EXPORT_FORMATS) await exportRun(folder, run, at(format), format);
});
afterAll(() => rmSync(root, { recursive: true }));

/** A sample under a name that a folder may have, with the digest of its facts. */
function sample(options: SampleOptions): RunResult {
  const result = sampleResult(options);
  const facts = { ...result.facts, name: 'sample' };
  return { ...result, facts, resultDigest: resultDigest(facts) };
}

const written = (result: RunResult) => writeRun(at('runs'), result, { report: '' });

async function ask(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowsJS() as unknown[][];
    return rows.map((row) => row.map((one) => (typeof one === 'bigint' ? Number(one) : one)));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('the tables of a run', () => {
  it.each([
    ['parquet', 'arrow'],
    ['csv', 'csv'],
  ])('lie whole in the folder as %s', (format) => {
    const tables = ['equity', 'fills', 'orders', 'trades', 'votes'].map(
      (name) => `${name}.${format}`,
    );
    expect(readdirSync(at(format)).sort()).toEqual([...tables, 'returns.csv'].sort());
  });

  it('have the rows and the sums of the run', async () => {
    const sums = await ask(`
      SELECT count(*), sum(pnlUsd), sum(feesUsd) FROM '${at('parquet/trades.parquet')}'
      UNION ALL SELECT count(*), sum(feeUsd), sum(slippageUsd) FROM '${at('parquet/fills.parquet')}'
      UNION ALL SELECT count(*), sum(equityUsd), max(closeMs) FROM '${at('parquet/equity.parquet')}'
      UNION ALL SELECT count(*), sum(filledQty), max(orderId) FROM '${at('parquet/orders.parquet')}'`);
    const total = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
    const { trades, fills, equity, record } = run;
    const expected = [
      [trades.length, total(trades.map((t) => t.pnlUsd)), total(trades.map((t) => t.feesUsd))],
      [fills.length, total(fills.feeUsd), total(fills.slippageUsd)],
      [equity.length, total(equity.equityUsd), equity.closeMs[equity.length - 1]!],
      [record.orders.length, total(record.orders.filledQty), record.orders.length],
    ];
    expected.forEach((line, k) => {
      for (const [j, value] of line.entries()) {
        expect(sums[k]![j], `${k} ${j}`).toBeCloseTo(value, 6);
      }
    });
  });

  it.each(['trades', 'fills', 'orders', 'equity', 'votes'])(
    'are the same to the last bit in Parquet, CSV and Arrow: %s',
    async (table) => {
      const parquet = at('parquet', `${table}.parquet`);
      const types = await ask(`SELECT column_name, column_type FROM (DESCRIBE FROM '${parquet}')`);
      const columns = types.map(([name, type]) => `'${name}': '${type}'`).join(', ');
      const csv = `read_csv('${at('csv', `${table}.csv`)}', header = true, columns = {${columns}}, nullstr = '')`;
      // Empty texts and no text are the same in CSV.
      const texts = types.filter(([, type]) => type === 'VARCHAR').map(([name]) => name);
      const replaced = texts.map((name) => `coalesce("${name}", '') AS "${name}"`).join(', ');
      const same = (from: string) =>
        `SELECT * ${replaced === '' ? '' : `REPLACE (${replaced})`} FROM ${from}`;
      expect(await ask(`${same(csv)} EXCEPT ${same(`'${parquet}'`)}`)).toEqual([]);
      expect(await ask(`${same(`'${parquet}'`)} EXCEPT ${same(csv)}`)).toEqual([]);

      const arrow = tableFromIPC(readFileSync(at('arrow', `${table}.arrow`)));
      const rows = await ask(`FROM '${parquet}'`);
      expect(arrow.numRows).toBe(rows.length);
      expect(arrow.schema.fields.map(({ name }) => name)).toEqual(types.map(([name]) => name));
      arrow.schema.fields.forEach(({ name }, j) => {
        const values = Array.from(arrow.getChild(name)!, (one) =>
          one instanceof Date ? one.getTime() : one,
        );
        expect(values, name).toEqual(rows.map((row) => row[j]));
      });
    },
  );

  it('name legs, and leave empty what never was', async () => {
    const named = await ask(
      `SELECT DISTINCT leg, venue, symbol FROM '${at('csv/fills.csv')}' ORDER BY leg`,
    );
    const { legs } = run.facts.data;
    expect(named).toEqual(legs.map(({ venue, symbol }, leg) => [leg, venue, symbol]));
    const [[unended]] = (await ask(
      `SELECT count(*) FROM '${at('csv/orders.csv')}' WHERE endedMs IS NULL`,
    )) as [[number]];
    const never = Array.from(run.record.orders.endedMs).filter(Number.isNaN).length;
    expect(unended).toBe(never);
    expect(readFileSync(at('csv/orders.csv'), 'utf8')).not.toMatch(/nan/i);
  });
});

describe('the returns of days', () => {
  it('are date,return, one a day, and compound to the return of the run', async () => {
    for (const format of EXPORT_FORMATS) {
      const text = readFileSync(at(format, 'returns.csv'), 'utf8');
      const [head, ...lines] = text.trimEnd().split('\n');
      expect(head).toBe('date,return');
      expect(lines).toHaveLength(20);
      expect(lines[0]).toMatch(/^2025-05-01,/);
      expect(lines.at(-1)).toMatch(/^2025-05-20,/);
      const [[product]] = (await ask(
        `SELECT exp(sum(ln(1 + "return"))) - 1 FROM '${at(format, 'returns.csv')}'`,
      )) as [[number]];
      expect(product).toBeCloseTo(run.facts.statistics.totalReturn, 12);
    }
  });
});

describe('odd runs and folders', () => {
  const odd: Record<string, SampleOptions> = {
    'no trades': { trades: 0, rows: 200 },
    'one candle': { rows: 1, trades: 0, legs: 1 },
    hostile: { hostile: true, legs: 4, trades: 20, rows: 1000 },
  };
  it.each(Object.keys(odd))('can be exported in every format: %s', async (name) => {
    const whole = sample(odd[name]!);
    const path = await written(whole);
    for (const format of EXPORT_FORMATS) {
      const files = await exportRun(path, whole, at(`${name}-${format}`), format);
      expect(files.find(({ file }) => file.startsWith('trades'))!.rows).toBe(whole.trades.length);
      expect(files).toHaveLength(6);
    }
    const [[symbols]] = (await ask(
      `SELECT count(DISTINCT symbol) FROM '${at(`${name}-csv`, 'fills.csv')}'`,
    )) as [[number]];
    expect(symbols).toBe(new Set(Array.from(whole.fills.leg)).size);
  });

  it('goes into an empty folder, and never over anything', async () => {
    mkdirSync(at('empty'));
    await exportRun(folder, run, at('empty'), 'csv');
    expect(readdirSync(at('empty'))).toHaveLength(6);
    const before = readdirSync(root).sort();
    const again = exportRun(folder, run, at('empty'), 'csv');
    await expect(again).rejects.toThrow('--export: must be a new or empty folder');
    writeFileSync(at('file'), '');
    await expect(exportRun(folder, run, at('file'), 'csv')).rejects.toThrow('must be a folder');
    const below = exportRun(folder, run, at('file', 'below'), 'csv');
    await expect(below).rejects.toThrow('must be a folder');
    expect(readdirSync(root).sort()).toEqual([...before, 'file'].sort());
  });

  it('leaves nothing behind when a file of the run is missing', async () => {
    const broken = await written(run);
    rmSync(join(broken, 'votes.parquet'));
    const before = readdirSync(root).sort();
    await expect(exportRun(broken, run, at('never'), 'parquet')).rejects.toThrow();
    expect(readdirSync(root).sort()).toEqual(before);
  });
});
