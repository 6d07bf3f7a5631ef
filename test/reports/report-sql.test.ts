// Every number of the page that is not in result.json, worked out again by other means: SQL over the
// Parquet files that lie beside it. What SQL says is written with the same number formats, nothing else.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultDigest } from '../../data/runs/canonical.ts';
import { readRun, writeRun } from '../../data/runs/folder.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { count, decimal, percent, utcDate, utcMinute } from '../../reports/format.ts';
import { sampleResult } from '../support/sample-result.ts';
import { type Page, pageOf } from './page.ts';

const SIGNED = { digits: 2, sign: true } as const;
const TWO = { digits: 2 } as const;

let root: string;
let dir: string;
let duck: DuckDBConnection;
let page: Page;
let result: RunResult;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-sql-'));
  const sample = sampleResult({ trades: 160, hole: [1000, 1100] });
  dir = await writeRun(
    root,
    { ...sample, resultDigest: resultDigest(sample.facts) },
    { report: '' },
  );
  // Drawn from the folder alone.
  result = await readRun(dir);
  page = await pageOf(result);
  duck = await (await DuckDBInstance.create(':memory:')).connect();
  for (const name of ['trades', 'fills', 'equity', 'decisions', 'funding']) {
    await duck.run(`CREATE TABLE ${name} AS SELECT * FROM '${dir}/${name}.parquet'`);
  }
  await duck.run(`CREATE VIEW closed AS SELECT * FROM trades WHERE exitReason <> 'open'`);
  // One return a UTC day; a close at midnight ends its day, and the first day starts from the cash.
  await duck.run(`CREATE TABLE days AS
    WITH ends AS (
      SELECT ceil(closeMs / 86400000)::BIGINT - 1 AS day, arg_max(equityUsd, closeMs) AS equity
      FROM equity GROUP BY day)
    SELECT day, equity / lag(equity, 1, ${result.facts.cashUsd}) OVER (ORDER BY day) - 1 AS r,
      lag(equity, 1, ${result.facts.cashUsd}) OVER (ORDER BY day) AS began FROM ends ORDER BY day`);
}, 120_000);

afterAll(() => {
  duck?.closeSync();
  rmSync(root, { recursive: true, force: true });
});

async function sql(query: string): Promise<Record<string, number & string>[]> {
  const reader = await duck.runAndReadAll(query);
  return reader
    .getRowObjectsJS()
    .map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, typeof v === 'bigint' ? Number(v) : v]),
      ),
    ) as Record<string, number & string>[];
}

/** Cells of the table whose caption begins so, row by row. */
function rowsOf(caption: string): string[][] {
  const tables = page.find(`[role="region"][aria-label^="${caption}"] table`);
  expect(tables, caption).toHaveLength(1);
  return [...tables[0]!.querySelectorAll('tbody tr')].map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim()),
  );
}

const SLICE = `count(*) AS n, sum(CASE WHEN pnlUsd > 0 THEN 1 ELSE 0 END) AS wins, sum(pnlUsd) AS pnl,
  avg(returnFraction) AS mean, sum(feesUsd) AS fees, sum(slippageUsd) AS slip, sum(fundingUsd) AS funding`;

const sliceRow = (row: Record<string, number & string>) => [
  row['name']!,
  count(row['n']!),
  percent(row['wins']! / row['n']!),
  decimal(row['pnl']!, SIGNED),
  percent(row['mean']!, SIGNED),
  decimal(row['fees']!),
  decimal(row['slip']!),
  decimal(row['funding']!, SIGNED),
];

describe('by SQL over the run folder', () => {
  it('P&L of long and short trades comes out as on the page', async () => {
    const rows = await sql(`SELECT side AS name, ${SLICE} FROM closed GROUP BY side ORDER BY side`);
    expect(rowsOf('Long and short')).toEqual(rows.map(sliceRow));
  });

  it('P&L by hour of entry does', async () => {
    const rows =
      await sql(`SELECT lpad((entryMs // 3600000 % 24)::VARCHAR, 2, '0') AS name, ${SLICE}
      FROM closed GROUP BY name ORDER BY name`);
    const shown = rowsOf('Closed trades by UTC hour').filter((row) => row[1] !== '0');
    expect(shown).toEqual(rows.map(sliceRow));
  });

  it('P&L by regime does, the regime from closes of the days before', async () => {
    const legs = result.facts.data.legs.map(({ venue, symbol }, leg) => {
      return `SELECT ${leg} AS leg, ceil(closeMs / 86400000)::BIGINT - 1 AS day,
        arg_max("close/${venue}/${symbol}", closeMs) AS c FROM equity
        WHERE NOT isnan("close/${venue}/${symbol}") GROUP BY day`;
    });
    const rows = await sql(`WITH daily AS (${legs.join(' UNION ALL ')}),
      moves AS (SELECT *, abs(ln(c / lag(c) OVER w)) AS m, lag(day, 7) OVER w AS from7, lag(c, 7) OVER w AS c7
        FROM daily WINDOW w AS (PARTITION BY leg ORDER BY day)),
      weeks AS (SELECT leg, day + 1 AS day, c, c7,
        avg(m) OVER (PARTITION BY leg ORDER BY day ROWS 6 PRECEDING) AS mean, from7
        FROM moves QUALIFY from7 = day - 7),
      known AS (SELECT *, quantile_cont(mean, 0.5) OVER (PARTITION BY leg) AS middle FROM weeks),
      named AS (SELECT t.*, CASE WHEN k.day IS NULL THEN 'unknown yet' ELSE
        (CASE WHEN k.c >= k.c7 THEN 'rising' ELSE 'falling' END) || ', ' ||
        (CASE WHEN k.mean > k.middle THEN 'lively' ELSE 'calm' END) END AS name
        FROM closed t LEFT JOIN known k ON k.leg = t.leg AND k.day = t.entryMs // 86400000)
      SELECT name, ${SLICE} FROM named GROUP BY name ORDER BY name = 'unknown yet', name`);
    expect(rows.length).toBeGreaterThan(2);
    expect(rowsOf('The market before the entry')).toEqual(rows.map(sliceRow));
  });

  it('the best and worst trades do, and how far they went', async () => {
    const order = (by: string) =>
      sql(`SELECT d.trade + 1 AS number, t.symbol, t.pnlUsd, d.maeFraction AS mae, d.mfeFraction AS mfe
        FROM (SELECT *, row_number() OVER () - 1 AS trade FROM trades) t JOIN decisions d USING (trade)
        ORDER BY t.pnlUsd ${by} LIMIT 5`);
    const shown = (caption: string) =>
      rowsOf(caption).map((row) => [row[0], row[1], row[6], row[8], row[9]]);
    const told = (rows: Record<string, number & string>[]) =>
      rows.map((row) => [
        count(row['number']!),
        row['symbol'],
        decimal(row['pnlUsd']!, SIGNED),
        percent(row['mae']!, SIGNED),
        percent(row['mfe']!, SIGNED),
      ]);
    expect(shown('Best trades')).toEqual(told(await order('DESC')));
    expect(shown('Worst trades')).toEqual(told(await order('ASC')));
  });

  it('medians of excursions do', async () => {
    const rows =
      await sql(`SELECT count(*) AS n, median(maeFraction) AS mae, median(mfeFraction) AS mfe,
      median(returnFraction) AS ended, t.pnlUsd > 0 AS won
      FROM (SELECT *, row_number() OVER () - 1 AS trade FROM trades) t JOIN decisions USING (trade)
      WHERE exitReason <> 'open' GROUP BY won ORDER BY won DESC`);
    expect(rowsOf('Medians of closed trades').map((row) => row.slice(1))).toEqual(
      rows.map((row) => [
        count(row['n']!),
        percent(row['mae']!, SIGNED),
        percent(row['mfe']!, SIGNED),
        percent(row['ended']!, SIGNED),
      ]),
    );
  });

  it('returns of months and weeks do', async () => {
    const at = `make_timestamp_ms(day * 86400000)`;
    const months = await sql(
      `SELECT month(${at}) AS m, exp(sum(ln(1 + r))) - 1 AS r FROM days GROUP BY m ORDER BY m`,
    );
    const cells = page.find('.months td.heat').map((cell) => cell.textContent);
    expect(cells).toEqual(months.map((row) => percent(row['r']!, SIGNED)));
    const weeks = await sql(`SELECT epoch_ms(date_trunc('week', ${at})) AS monday,
      exp(sum(ln(1 + r))) - 1 AS r FROM days GROUP BY monday ORDER BY monday`);
    expect(rowsOf('Return of each ISO week')).toEqual(
      weeks.map((row) => [utcDate(row['monday']!), percent(row['r']!, SIGNED)]),
    );
  });

  it('the worst days do', async () => {
    const [row] = await sql(`WITH q AS (SELECT quantile_cont(r, 0.05) AS q FROM days)
      SELECT q, avg(r) AS mean FROM days, q WHERE r <= q GROUP BY q`);
    expect(rowsOf('The worst UTC days')[0]).toEqual([
      '20',
      percent(row!['q']!, TWO),
      percent(row!['mean']!, TWO),
    ]);
  });

  it('the deepest drawdowns do', async () => {
    const { cashUsd } = result.facts;
    const rows = await sql(`WITH peaks AS (SELECT *, greatest(${cashUsd},
        max(equityUsd) OVER (ORDER BY closeMs ROWS UNBOUNDED PRECEDING)) AS peak FROM equity),
      falls AS (SELECT *, equityUsd / peak - 1 AS fall,
        sum(CASE WHEN equityUsd >= peak THEN 1 ELSE 0 END) OVER (ORDER BY closeMs) AS spell FROM peaks)
      SELECT min(fall) AS depth, arg_min(closeMs, fall) AS trough FROM falls WHERE fall < 0
      GROUP BY spell ORDER BY depth LIMIT 5`);
    const shown = rowsOf('The 5 deepest drawdowns');
    expect(shown.map((row) => [row[1], row[3]])).toEqual(
      rows.map((row) => [utcMinute(row['trough']!), percent(row['depth']!, TWO)]),
    );
  });

  it('leverage and turnover do', async () => {
    const marks = result.facts.data.legs.map(({ venue, symbol }, leg) => {
      return `SELECT row_number() OVER (ORDER BY closeMs) - 1 AS row, equityUsd, ${leg} AS leg,
        last_value(CASE WHEN isnan("close/${venue}/${symbol}") THEN NULL ELSE "close/${venue}/${symbol}" END IGNORE NULLS)
          OVER (ORDER BY closeMs) AS mark FROM equity`;
    });
    const [row] = await sql(`WITH marks AS (${marks.join(' UNION ALL ')}),
      held AS (SELECT leg, row, last(q ORDER BY k) AS q FROM (
        SELECT leg, row, row_number() OVER () AS k, sum(qty) OVER (PARTITION BY leg ORDER BY row
          ROWS UNBOUNDED PRECEDING) AS q FROM fills) GROUP BY leg, row),
      stakes AS (SELECT m.row, sum(abs(coalesce(h.q, 0)) * m.mark) / any_value(m.equityUsd) AS gross
        FROM marks m ASOF LEFT JOIN held h ON h.leg = m.leg AND h.row <= m.row GROUP BY m.row)
      SELECT max(gross) AS most, avg(gross) AS mean FROM stakes`);
    const words = page
      .find('#returns figcaption')
      .map((one) => one.textContent)
      .join(' ');
    expect(words).toContain(
      `${decimal(row!['mean']!)} on average, ${decimal(row!['most']!)} at most`,
    );
    const [traded] = await sql(`WITH usd AS (
        SELECT ceil(e.closeMs / 86400000)::BIGINT - 1 AS day, sum(abs(f.qty * f.price)) AS usd FROM fills f
        JOIN (SELECT *, row_number() OVER (ORDER BY closeMs) - 1 AS row FROM equity) e USING (row) GROUP BY day)
      SELECT sum(usd / began) AS total, sum(usd / began) / (SELECT count(*) FROM days) AS mean
      FROM usd JOIN days USING (day)`);
    expect(words).toContain(
      `${decimal(traded!['mean']!)} a day on average, ${decimal(traded!['total']!, { digits: 1 })} in all`,
    );
  });

  it('autocorrelation does', async () => {
    const [row] = await sql(`WITH d AS (SELECT r - avg(r) OVER () AS x FROM days)
      SELECT (SELECT sum(x * y) FROM (SELECT x, lag(x) OVER () AS y FROM d)) / (SELECT sum(x * x) FROM d) AS c`);
    expect(rowsOf('Correlation of a day')[0]).toEqual([
      '1',
      decimal(row!['c']!, { digits: 3, sign: true }),
    ]);
  });

  it('the Kelly fraction of the last fifty trades does', async () => {
    const [row] = await sql(`WITH fifty AS (SELECT returnFraction AS r FROM (
        SELECT *, row_number() OVER () AS k FROM closed) ORDER BY k DESC LIMIT 50),
      parts AS (SELECT avg((r > 0)::INT) AS p, avg(r) FILTER (r > 0) AS won, -avg(r) FILTER (r <= 0) AS lost FROM fifty)
      SELECT p - (1 - p) / (won / lost) AS f FROM parts`);
    expect(rowsOf('Kelly fraction after').at(-1)![1]).toBe(percent(row!['f']!));
  });

  it('distances to liquidation do', async () => {
    const rows = await sql(`SELECT trade + 1 AS number,
        s * (entryPrice * (1 + s * maeFraction) - liquidationPrice) / (entryPrice * (1 + s * maeFraction)) AS left_
      FROM (SELECT *, row_number() OVER () - 1 AS trade, CASE side WHEN 'long' THEN 1 ELSE -1 END AS s FROM trades)
      JOIN decisions USING (trade) WHERE liquidationPrice > 0 ORDER BY left_ LIMIT 5`);
    expect(rowsOf('The nearest of').map((row) => [row[0], row[5]])).toEqual(
      rows.map((row) => [count(row['number']!), percent(row['left_']!)]),
    );
  });

  it('equity at the end of each day does', async () => {
    const rows = await sql(`SELECT ceil(closeMs / 86400000)::BIGINT - 1 AS day,
      arg_max(equityUsd, closeMs) AS equity, arg_max(benchmarkUsd, closeMs) AS held FROM equity GROUP BY day ORDER BY day`);
    expect(rowsOf('Equity at the end of each UTC day').map((row) => row.slice(0, 3))).toEqual(
      rows.map((row) => [
        utcDate(row['day']! * 86_400_000),
        decimal(row['equity']!),
        decimal(row['held']!),
      ]),
    );
  });

  it('the books do: trades add up to what the account moved', async () => {
    const [row] = await sql('SELECT sum(pnlUsd) AS booked FROM trades');
    const { finalEquityUsd } = result.facts.statistics;
    expect(row!['booked']!).toBeCloseTo(finalEquityUsd - result.facts.cashUsd, 6);
    expect(page.read('.judgement')).not.toMatch(/^broken/);
  });
});
