// Numbers of the page that come from trades: told again by SQL over trades, decisions and fills.

import { count, decimal, percent, shortUsd, utcMinute } from '../../../reports/format.ts';
import { held, price, qty } from '../../../reports/run/numbers.ts';
import type { Check, Row } from './numbers.ts';

const SIGNED = { digits: 2, sign: true } as const;
const SLICE = `count(*) AS n, sum(CASE WHEN pnlUsd > 0 THEN 1 ELSE 0 END) AS wins, sum(pnlUsd) AS pnl,
  avg(returnFraction) AS mean, sum(feesUsd) AS fees, sum(slippageUsd) AS slip, sum(fundingUsd) AS funding`;
/** Trades with what is known of their decisions, numbered from 1; entries are `s` = 1 long, -1 short. */
const KNOWN = `(SELECT *, CASE side WHEN 'long' THEN 1 ELSE -1 END AS s FROM
  (SELECT *, row_number() OVER () - 1 AS trade FROM trades) JOIN decisions USING (trade))`;

const sliceRow = (row: Row): string[] => [
  row['name']!,
  count(row['n']!),
  row['n']! > 0 ? percent(row['wins']! / row['n']!) : 'n/a',
  decimal(row['pnl'] ?? 0, SIGNED),
  percent(row['mean'], SIGNED),
  decimal(row['fees'] ?? 0),
  decimal(row['slip'] ?? 0),
  decimal(row['funding'] ?? 0, SIGNED),
];

export const BY_TRADES: readonly Check[] = [
  {
    claim: 'P&L of long and short trades',
    check: async (page) => {
      const rows = await page.sql(
        `SELECT side AS name, ${SLICE} FROM closed GROUP BY side ORDER BY side`,
      );
      page.table('Long and short', rows.map(sliceRow));
    },
  },
  {
    claim: 'P&L by hour of entry, best and worst',
    check: async (page) => {
      const rows =
        await page.sql(`WITH hours AS (SELECT lpad(h::VARCHAR, 2, '0') AS name FROM range(24) t(h))
        SELECT name, count(c.leg) AS n, ${SLICE.slice(SLICE.indexOf('sum('))} FROM hours
        LEFT JOIN (SELECT *, lpad((entryMs // 3600000 % 24)::VARCHAR, 2, '0') AS name FROM closed) c
        USING (name) GROUP BY name ORDER BY name`);
      page.table('Closed trades by UTC hour', rows.map(sliceRow));
      const by = [...rows].sort((a, b) => (b['pnl'] ?? 0) - (a['pnl'] ?? 0));
      page.words('figcaption', 'P&L by UTC hour', [
        ...[by[0]!, by.at(-1)!].flatMap((row) => [
          `${row['name']}:00`,
          shortUsd(row['pnl']),
          count(row['n']),
        ]),
      ]);
      for (const { name, n, pnl } of rows) {
        page.words('svg title', `${name}:00:`, [`${name}:00`, decimal(pnl ?? 0, SIGNED), count(n)]);
      }
    },
  },
  {
    claim: 'P&L by regime, the regime from closes of the days before',
    check: async (page) => {
      const legs = page.result.facts.data.legs.map(({ venue, symbol }, leg) => {
        return `SELECT ${leg} AS leg, ceil(closeMs / 86400000)::BIGINT - 1 AS day,
          arg_max("close/${venue}/${symbol}", closeMs) AS c FROM equity
          WHERE NOT isnan("close/${venue}/${symbol}") GROUP BY day`;
      });
      const rows = await page.sql(`WITH daily AS (${legs.join(' UNION ALL ')}),
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
      page.table('The market before the entry', rows.map(sliceRow));
    },
  },
  {
    claim: 'how trades ended',
    check: async (page) => {
      const rows = await page.sql(
        `SELECT exitReason AS name, ${SLICE} FROM trades GROUP BY name ORDER BY n DESC, min(exitMs)`,
      );
      page.table(
        'How trades ended',
        rows.map((row) => sliceRow(row).slice(0, 5)),
      );
    },
  },
  {
    claim: 'the best and the worst trades, and how far they went',
    check: async (page) => {
      for (const [caption, by] of [
        ['Best trades', 'DESC'],
        ['Worst trades', 'ASC'],
      ] as const) {
        const rows = await page.sql(
          `SELECT *, trade + 1 AS number FROM ${KNOWN} ORDER BY pnlUsd ${by} LIMIT 5`,
        );
        page.table(
          caption,
          rows.map((row) => [
            count(row['number']),
            row['symbol']!,
            row['side']!,
            utcMinute(row['entryMs']),
            held(row['exitMs']! - row['entryMs']!),
            row['exitReason']!,
            decimal(row['pnlUsd'], SIGNED),
            percent(row['returnFraction'], SIGNED),
            percent(row['maeFraction'], SIGNED),
            percent(row['mfeFraction'], SIGNED),
          ]),
        );
      }
    },
  },
  {
    claim: 'medians of excursions',
    check: async (page) => {
      const rows = await page.sql(`SELECT count(*) AS n, median(maeFraction) AS mae,
        median(mfeFraction) AS mfe, median(returnFraction) AS ended, pnlUsd > 0 AS won
        FROM ${KNOWN} WHERE exitReason <> 'open' GROUP BY won ORDER BY won DESC`);
      page.table(
        'Medians of closed trades',
        rows.map((row, k) => [
          ['winners', 'losers'][k]!,
          count(row['n']),
          percent(row['mae'], SIGNED),
          percent(row['mfe'], SIGNED),
          percent(row['ended'], SIGNED),
        ]),
      );
      page.words('figcaption', 'Furthest against', [percent(rows[0]!['mae'], SIGNED)]);
      page.words('figcaption', 'Furthest in favour', [percent(rows[1]!['mfe'], SIGNED)]);
    },
  },
  {
    claim: 'every trade of the table that needs no script',
    check: async (page) => {
      const rows = await page.sql(
        'SELECT *, votes::VARCHAR AS said, row_number() OVER () AS number FROM trades',
      );
      page.table(
        'Trades',
        rows.map((row) => {
          const { said } = row;
          const sign = row['side'] === 'long' ? 1 : -1;
          const votes = Object.entries<number>(JSON.parse(said!));
          const list = (of: number) =>
            votes
              .filter(([, vote]) => vote * of > 0)
              .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
              .map(([id, vote]) => `${id} ${decimal(Math.abs(vote))}`)
              .join(', ');
          const [behind, against] = [list(sign), list(-sign)];
          return [
            count(row['number']),
            row['symbol']!,
            row['side']!,
            utcMinute(row['entryMs']),
            utcMinute(row['exitMs']),
            held(row['exitMs']! - row['entryMs']!),
            qty(row['qty']!),
            price(row['entryPrice']!),
            price(row['exitPrice']!),
            decimal(row['pnlUsd'], SIGNED),
            percent(row['returnFraction'], SIGNED),
            decimal(row['feesUsd']),
            decimal(row['fundingUsd'], SIGNED),
            row['exitReason']!,
            against === '' ? behind : `${behind}; against: ${against}`,
          ];
        }),
        '#trades',
      );
      page.words('p', `${rows.length} trades, in the order`, [count(rows.length)]);
      page.words('p', 'Votes and orders of', [count(rows.length)]);
    },
  },
  {
    claim: 'trades of each symbol beside its price',
    check: async (page) => {
      for (const { venue, symbol } of page.result.facts.data.legs) {
        const close = `"close/${venue}/${symbol}"`;
        const row = await page.one(`SELECT count(*) AS n, count(*) FILTER (side = 'long') AS longs,
          (SELECT arg_max(${close}, closeMs) / arg_min(${close}, closeMs) - 1 FROM equity
            WHERE NOT isnan(${close})) AS moved FROM trades WHERE symbol = '${symbol}'`);
        const { n, longs, moved } = row;
        const numbers = [percent(moved, SIGNED), count(n), count(longs), count(n! - longs!)];
        page.words('figcaption', `${symbol} Price`, numbers);
      }
    },
  },
  {
    claim: 'the Kelly fraction of the fifty trades before',
    check: async (page) => {
      const rows = await page.sql(`WITH told AS (SELECT exitMs, k,
          avg((r > 0)::INT) OVER w AS p, avg(r) FILTER (r > 0) OVER w AS won,
          -avg(r) FILTER (r <= 0) OVER w AS lost
          FROM (SELECT exitMs, returnFraction AS r, row_number() OVER () AS k FROM closed)
          WINDOW w AS (ORDER BY k ROWS 49 PRECEDING))
        SELECT exitMs, p - (1 - p) / (won / lost) AS f FROM told WHERE k >= 50 ORDER BY k`);
      const step = Math.ceil(rows.length / 60);
      page.table(
        'Kelly fraction after',
        rows
          .filter((_, k) => (rows.length - 1 - k) % step === 0)
          .map((row) => [utcMinute(row['exitMs']), percent(row['f'])]),
      );
      const above = rows.filter((row) => row['f']! > 0).length / rows.length;
      page.words('figcaption', 'Kelly fraction', [
        '50',
        percent(rows.at(-1)!['f']),
        percent(above, { digits: 0 }),
      ]);
    },
  },
  {
    claim: 'distances to liquidation',
    check: async (page) => {
      const rows = await page.sql(`SELECT *, trade + 1 AS number,
        s * (entryPrice * (1 + s * maeFraction) - liquidationPrice) / (entryPrice * (1 + s * maeFraction)) AS left_,
        count(*) OVER () AS of FROM ${KNOWN} WHERE liquidationPrice > 0 ORDER BY left_ LIMIT 5`);
      page.table(
        'The nearest of',
        rows.map((row) => [
          count(row['number']),
          row['symbol']!,
          row['side']!,
          utcMinute(row['entryMs']),
          price(row['liquidationPrice']!),
          percent(row['left_']),
        ]),
      );
      page.words('p', 'The nearest of', [count(rows[0]!['of'])]);
    },
  },
];
