// `sapphire sweep FILE --csv TRADES`: the trailing stop tuned on trades from elsewhere.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesBelow, room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';
import { ledgerOf, writeSpec } from './sweep-support.ts';

const here = room('sweep-csv');
const db = here.at('small.duckdb');
const SHIPPED = new URL('../../strategies/sweeps/trailing-stop.json', import.meta.url).pathname;
const HEAD = 'Pair,Direction,Opened at,Entry price,Closed at,Exit price,Qty\n';
/** Ten days from 2025-01-01T01:00, long and short in turn, in the market of the small store. */
let trades: string;

beforeAll(async () => {
  await writeSmallStore(db);
  const { openStore } = await import('../../data/store.ts');
  const store = await openStore(db);
  const { open } = await store.readCandles('paperx', 'BTCUSDT', 3_600_000, -Infinity, Infinity);
  store.close();
  const at = (hour: number) => new Date(1_735_689_600_000 + hour * 3_600_000).toISOString();
  const lines = Array.from({ length: 16 }, (_, k) => {
    const [from, to] = [1 + 20 * k, 18 + 20 * k];
    const side = k % 2 === 0 ? 'long' : 'short';
    return `BTC/USDT,${side},${at(from)},${open[from]},${at(to)},${open[to]},0.1`;
  });
  trades = here.at('trades.csv');
  const lost = [
    'DOGE/USDT,long,2025-01-02,0.1,2025-01-03,0.2,100',
    'BTC/USDT,long,2024-12-01,90000,2024-12-02,91000,0.1',
  ];
  writeFileSync(trades, HEAD + [...lines, ...lost].join('\n'));
});
afterAll(() => here.remove());

const asTraded = () =>
  readFileSync(trades, 'utf8')
    .split('\n')
    .slice(1, 17)
    .map((line) => line.split(','))
    .map(([, side, , entry, , exit, qty]) => {
      return (side === 'long' ? 1 : -1) * (Number(exit) - Number(entry)) * Number(qty);
    });
const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);

describe('a list of trades', () => {
  it('is replayed under each stop: one too wide to be hit leaves them as they were', async () => {
    const spec = writeSpec(here, 'stops.json', {
      parameters: {
        'risk.trailingStop.buffer': { values: [0.001, 0.02, 0.5] },
        'risk.trailingStop.step': { values: [0.001] },
      },
    });
    const runs = here.at('runs-1');
    const words = ['sweep', spec, '--csv', trades, '--db', db, '--json'];
    const { code, stdout, stderr } = await here.call(words, { env: { SAPPHIRE_RUNS: runs } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      trials: 3,
      completed: 3,
      failed: 0,
      trades: 18,
      replayed: 16,
    });
    expect(document.leftOut).toEqual([
      { line: 18, symbol: 'DOGE/USDT', why: 'no candles of this symbol' },
      { line: 19, symbol: 'BTC/USDT', why: 'there is no candle at its entry' },
    ]);
    expect(readdirSync(document.out).sort()).toEqual([
      'result.json',
      'trades.ndjson',
      'trials.ndjson',
    ]);
    const lines = (name: string) =>
      readFileSync(join(document.out, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    const values = lines('trials.ndjson').map((row) => row.values[0]);
    expect(values[2]).toBeCloseTo(sum(asTraded()), 9);
    expect(document.asTraded.train).toBeCloseTo(sum(asTraded()), 9);
    expect(document.best.values.pnl).toBe(Math.max(...values));
    // A stop of a tenth of a per cent is hit by every trade of a market that moves one an hour.
    const own = lines('trades.ndjson');
    expect(own.map((one) => one.line)).toEqual(Array.from({ length: 16 }, (_, k) => k + 2));
    expect(sum(own.map((one) => one.pnl))).toBeCloseTo(document.best.values.pnl, 9);
    expect(ledgerOf(runs)).toHaveLength(3);
    const again = await here.call(words, { env: { SAPPHIRE_RUNS: runs } });
    expect(JSON.parse(again.stdout).digest).toBe(document.digest);
    expect(ledgerOf(runs)).toHaveLength(3);
  });

  it('tunes the shipped spec, judges on later trades, and writes the original names', async () => {
    const env = here.at('best.env');
    const words = ['sweep', SHIPPED, '--csv', trades, '--db', db, '--write-env', env];
    const { code, stdout, stderr } = await here.call(words);
    expect(code).toBe(0);
    expect(stderr).toContain(
      '18 trades read: symbol from "Pair", side from "Direction", entryTime from "Opened at", ' +
        'entryPrice from "Entry price", exitTime from "Closed at", exitPrice from "Exit price", qty from "Qty"',
    );
    expect(readFileSync(env, 'utf8')).toMatch(
      /^TRAILING_STOP_BUFFER=0\.0\d+\nTRAILING_STEP=0\.0\d+\n$/,
    );
    expect(stdout).toContain('16 of 18 trades');
    expect(stdout).toContain('line 18, DOGE/USDT: no candles of this symbol');
    // 70 % of 16 are searched, the rest judges.
    expect(stdout).toMatch(/buffer +step +P&L of 11 +stopped +P&L of the 5 after/);
    expect(stdout).toMatch(/as traded/);
    expect(stdout).toContain('The best of 100 is flattered by having been chosen');
  });

  it.each([
    [
      'a file that is not there',
      ['--csv', 'none.csv'],
      'none.csv: must be a readable csv of trades',
    ],
    ['a resumed sweep', ['--csv', 'trades.csv', '--resume', 'x'], '--resume: has no meaning'],
    ['a gate', ['--csv', 'trades.csv', '--gate'], '--gate: has no meaning with --csv'],
  ])('%s is refused', async (_, words, says) => {
    const before = filesBelow(here.root).length;
    const { code, stderr } = await here.call(['sweep', SHIPPED, '--db', db, ...words]);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
    expect(filesBelow(here.root)).toHaveLength(before);
  });

  it('and a spec of anything but the trailing stop, or trades without any candle, are refused', async () => {
    const spec = writeSpec(here, 'other.json', {
      config: 'sma-cross',
      parameters: { 'parameters.fast': { values: [3] } },
    });
    const other = await here.call(['sweep', spec, '--csv', trades, '--db', db]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain(
      'parameters.decision.parameters.fast: must be a value of risk.trailingStop',
    );
    const lost = here.at('lost.csv');
    writeFileSync(lost, `${HEAD}DOGE,long,2025-01-02,0.1,2025-01-03,0.2,100\n`);
    const none = await here.call(['sweep', SHIPPED, '--csv', lost, '--db', db]);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('none of 1 has (line 2, DOGE: no candles of this symbol)');
    expect(existsSync(here.at('runs'))).toBe(true);
  });
});
