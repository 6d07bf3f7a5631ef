// Numbers inside the page's data, which its table, its chart and its words at the pointer are made of: unpacked
// by the page's own modules and told again by SQL.

import { expect } from 'vitest';
import type { Check } from './numbers.ts';

type Point = Record<string, number & string>;
interface Client {
  tradesOf(packed: unknown): Point[];
  equityOf(packed: unknown): Point[];
}
interface Voting {
  votesOf(
    packed: unknown,
    agents: readonly string[],
  ): {
    legs: Map<number, { step: number; from: number; all: (readonly [number, number] | null)[] }>;
  };
}

const client = <T>(name: string): Promise<T> =>
  import(new URL(`../../../reports/run/client/${name}.js`, import.meta.url).href);

async function unpacked(text: string): Promise<Record<string, never>> {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}

export const BY_DATA: readonly Check[] = [
  {
    claim: 'the trades of the table that sorts and filters',
    check: async (page) => {
      const { tradesOf } = await client<Client>('data');
      const core = await unpacked(page.page.find('#data-core')[0]!.textContent);
      const rows =
        await page.sql(`SELECT t.*, maeFraction AS mae, mfeFraction AS mfe, trade + 1 AS n
        FROM (SELECT *, row_number() OVER () - 1 AS trade FROM trades) t JOIN decisions USING (trade) ORDER BY n`);
      const trades = tradesOf(core['trades']);
      expect(trades.length).toBe(rows.length);
      trades.forEach((trade, k) => {
        const row = rows[k]!;
        const told = [trade['n'], trade['symbol'], trade['side'], trade['reason']];
        expect(told).toEqual([row['n'], row['symbol'], row['side'], row['exitReason']]);
        expect([trade['entry']! * 1000, trade['exit']! * 1000]).toEqual([
          row['entryMs'],
          row['exitMs'],
        ]);
        for (const [own, name, error] of [
          ['pnl', 'pnlUsd', 5e-5],
          ['fees', 'feesUsd', 5e-5],
          ['funding', 'fundingUsd', 5e-5],
          ['ret', 'returnFraction', 5e-7],
          ['mae', 'mae', 5e-7],
          ['mfe', 'mfe', 5e-7],
        ] as const) {
          expect(Math.abs(trade[own]! - row[name]!), `${own} of ${k}`).toBeLessThanOrEqual(
            error * 1.01,
          );
        }
        // Seven figures of prices, six of quantities.
        for (const [own, name, share] of [
          ['from', 'entryPrice', 5e-7],
          ['to', 'exitPrice', 5e-7],
          ['qty', 'qty', 5e-6],
        ] as const) {
          expect(Math.abs(trade[own]! / row[name]! - 1), `${own} of ${k}`).toBeLessThan(share);
        }
      });
    },
  },
  {
    claim: 'the account in each candle of the chart, its extremes included',
    check: async (page) => {
      const { equityOf } = await client<Client>('data');
      const core = await unpacked(page.page.find('#data-core')[0]!.textContent);
      const stepMs = Number(core['stepMs']);
      const rows =
        await page.sql(`SELECT (ceil(closeMs / ${stepMs}) - 1) * ${stepMs} / 1000 AS time,
        max(equityUsd) AS high, min(equityUsd) AS low, arg_max(equityUsd, closeMs) AS close,
        arg_max(benchmarkUsd, closeMs) AS benchmark FROM equity GROUP BY time ORDER BY time`);
      const candles = equityOf(core['equity']);
      expect(candles.map((one) => one['time'])).toEqual(rows.map((row) => row['time']));
      candles.forEach((candle, k) => {
        const row = rows[k]!;
        // A candle begins where the one before ended, and reaches there too.
        const before = k === 0 ? page.result.facts.cashUsd : rows[k - 1]!['close']!;
        expect(candle['high']).toBeCloseTo(Math.max(row['high']!, before), 2);
        expect(candle['low']).toBeCloseTo(Math.min(row['low']!, before), 2);
        expect(candle['close']).toBeCloseTo(row['close']!, 2);
        expect(candle['benchmark']).toBeCloseTo(row['benchmark']!, 2);
      });
    },
  },
  {
    claim: 'the lowest and the highest score of all votes in each candle',
    check: async (page) => {
      const { votesOf } = await client<Voting>('votes');
      const packed = await unpacked(page.page.find('#data-votes')[0]!.textContent);
      const { legs } = votesOf(packed, []);
      const rows = await page.sql(`SELECT leg, openMs, low, high FROM votespans WHERE seat = -1`);
      expect(rows.length).toBeGreaterThan(100);
      for (const { leg, openMs, low, high } of rows) {
        const own = legs.get(leg!)!;
        const span = own.all[Math.floor(openMs! / 1000 / own.step) - own.from]!;
        expect(span[0]).toBeCloseTo(low!, 10);
        expect(span[1]).toBeCloseTo(high!, 10);
      }
    },
  },
];
