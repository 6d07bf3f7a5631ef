// A csv of trades from elsewhere: headers are guessed and told, and what is wrong has file and line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTrades } from '../../data/trades.ts';
import { InputError } from '../../engine/errors.ts';

const root = mkdtempSync(join(tmpdir(), 'sapphire-trades-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function listOf(text: string) {
  const path = join(root, 'trades.csv');
  writeFileSync(path, text);
  return readTrades(path, 'trades.csv');
}

function problemsOf(text: string): string[] {
  try {
    listOf(text);
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ key, rule }) => `${key} ${rule}`);
    throw error;
  }
  return [];
}

describe('a list of trades', () => {
  it('is read in the spellings of several programs, in s, ms and ISO', () => {
    const ours = listOf(
      'symbol,side,entry time,entry price,qty,exit time,exit price\n' +
        'BTCUSDT,long,2025-01-01T00:30:00Z,90000,0.5,2025-01-02 03:00:00,91000\n',
    );
    expect(ours.trades).toEqual([
      {
        symbol: 'BTCUSDT',
        line: 2,
        side: 1,
        entryMs: 1_735_691_400_000,
        entryPrice: 90_000,
        exitMs: 1_735_786_800_000,
        exitPrice: 91_000,
        qty: 0.5,
      },
    ]);
    // freqtrade's export, semicolons, a short told by a flag, no quantity.
    const other = listOf(
      'pair;is_short;open_date;open_rate;close_date;close_rate\n\n' +
        'BTC/USDT:USDT;True;1735691400;90000;1735786800000;91000\n',
    );
    expect(other.columns).toEqual({
      symbol: 'pair',
      side: 'is_short',
      entryTime: 'open_date',
      entryPrice: 'open_rate',
      exitTime: 'close_date',
      exitPrice: 'close_rate',
    });
    const [{ side, entryMs, exitMs, qty, line }] = other.trades as [(typeof other.trades)[number]];
    expect({ side, entryMs, exitMs, qty, line }).toEqual({
      side: -1,
      entryMs: 1_735_691_400_000,
      exitMs: 1_735_786_800_000,
      qty: null,
      line: 3,
    });
  });

  it('is refused with the line and the field, everything at once', () => {
    const head = 'symbol,side,entry_time,entry_price,exit_time,exit_price\n';
    expect(
      problemsOf(
        `${head}A,up,2025-01-01,1,2025-01-02,2\nA,long,yesterday,0,2025-01-02,2\nA,long\n` +
          'A,long,2025-01-02,1,2025-01-02,2\n',
      ),
    ).toEqual([
      'trades.csv:2 side must be long, short, buy or sell',
      'trades.csv:3 entryTime must be a time, ISO 8601 (UTC) or a number of s or ms',
      'trades.csv:3 entryPrice must be a number above 0',
      'trades.csv:4 must have 6 cells',
      'trades.csv:5 exitTime must come after the entry',
    ]);
    expect(problemsOf('symbol,side,entry_time,entry_price,exit_price\nA,b,1,1,1\n')).toEqual([
      'trades.csv:1 needs a column for exitTime (such as exittime, exitdate, exittimestamp); has symbol, side, entry_time, entry_price, exit_price',
    ]);
    expect(problemsOf(head)).toEqual(['trades.csv must have at least one trade']);
    expect(problemsOf('')).toEqual(['trades.csv must have a header and trades']);
    expect(() => readTrades(join(root, 'none.csv'))).toThrow(InputError);
  });
});
