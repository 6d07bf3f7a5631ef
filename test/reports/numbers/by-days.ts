// Numbers of the page that come from the account by days: told again by SQL over equity and fills.

import { expect } from 'vitest';
import { count, decimal, percent, utcDate, utcMinute } from '../../../reports/format.ts';
import { type Check, numbersIn, type Row } from './numbers.ts';

const SIGNED = { digits: 2, sign: true } as const;
const TWO = { digits: 2 } as const;
const DAY_MS = 86_400_000;
const dayOf = (row: Row) => utcDate(row['day']! * DAY_MS);
/** Rows that a table of at most sixty shows. */
const sixty = (rows: readonly Row[]) => {
  const step = Math.ceil(rows.length / 60);
  return rows.filter((_, k) => (rows.length - 1 - k) % step === 0);
};

export const BY_DAYS: readonly Check[] = [
  {
    claim: 'returns of months and weeks',
    check: async (page) => {
      const at = `make_timestamp_ms(day * 86400000)`;
      const months = await page.sql(
        `SELECT year(${at}) AS y, month(${at}) AS m, exp(sum(ln(1 + r))) - 1 AS r FROM days GROUP BY ALL ORDER BY y, m`,
      );
      const all = await page.one('SELECT exp(sum(ln(1 + r))) - 1 AS r FROM days');
      page.table('Return of each UTC month', [
        [
          String(months[0]!['y']),
          ...months.map((row) => percent(row['r'], SIGNED)),
          percent(all['r'], SIGNED),
        ],
      ]);
      page.words('p', 'Return of each UTC month', ['2025']);
      const weeks = await page.sql(`SELECT epoch_ms(date_trunc('week', ${at})) AS monday,
        week(any_value(${at})) AS number, exp(sum(ln(1 + r))) - 1 AS r FROM days GROUP BY monday ORDER BY monday`);
      const told = weeks.map((row) => [utcDate(row['monday']), percent(row['r'], SIGNED)]);
      page.table('Return of each ISO week', told);
      weeks.forEach(({ number }, k) => {
        const squares = page.page
          .find('i.week[title]')
          .filter((one) => one.getAttribute('title')!.startsWith(`week ${number},`));
        expect(squares.map((one) => numbersIn(one.getAttribute('title')!))).toEqual([
          numbersIn([number, ...told[k]!].join(' ')),
        ]);
        page.cover(squares);
      });
      const by = [...weeks].sort((a, b) => b['r']! - a['r']!);
      page.words('.weeks figcaption', '', [
        count(weeks.filter((row) => row['r']! > 0).length),
        count(weeks.length),
        ...[by[0]!, by.at(-1)!].flatMap((row) => [
          percent(row['r'], SIGNED),
          utcDate(row['monday']),
        ]),
      ]);
    },
  },
  {
    claim: 'rolling Sharpe ratio and volatility of thirty days',
    check: async (page) => {
      const rows =
        await page.sql(`SELECT day, avg(r) OVER w / stddev_samp(r) OVER w * sqrt(365) AS sharpe,
        stddev_samp(r) OVER w * sqrt(365) AS volatility, count(*) OVER w AS n FROM days
        WINDOW w AS (ORDER BY day ROWS 29 PRECEDING) QUALIFY n = 30 ORDER BY day`);
      page.table(
        'Last 30 days at each UTC day',
        sixty(rows).map((row) => [dayOf(row), decimal(row['sharpe']), percent(row['volatility'])]),
      );
      page.words('p', 'Last 30 days', ['30']);
      const last = rows.at(-1)!;
      page.words('figcaption', 'Rolling Sharpe', ['30', decimal(last['sharpe'])]);
      page.words('figcaption', 'Rolling volatility', ['30', percent(last['volatility'])]);
    },
  },
  {
    claim: 'days by return, their moments and their worst',
    check: async (page) => {
      const row = await page.one(`WITH q AS (SELECT quantile_cont(r, 0.05) AS var FROM days),
        m AS (SELECT avg(r) AS mean, var_pop(r) AS v FROM days)
        SELECT any_value(mean) AS mean, avg(pow(r - mean, 3)) / pow(any_value(v), 1.5) AS skewness,
        avg(pow(r - mean, 4)) / pow(any_value(v), 2) AS kurtosis, any_value(var) AS var,
        avg(r) FILTER (r <= var) AS beyond FROM days, q, m`);
      page.words('figcaption', 'Daily returns', [
        percent(row['mean'], { digits: 3, sign: true }),
        decimal(row['skewness']),
        decimal(row['kurtosis']),
        '3',
        '20',
        percent(row['var'], TWO),
        percent(row['beyond'], TWO),
      ]);
      page.table('The worst UTC days', [
        ['20', percent(row['var'], TWO), percent(row['beyond'], TWO)],
        // Fifty days have no one-in-a-hundred day.
        ['100', 'n/a', 'n/a'],
      ]);
      page.words('p', 'The worst UTC days', ['20', '20', '100', '100']);
      // About 31 bins of a round width: the first of 1, 2, 5 times a power of ten that is wide enough.
      const bins = await page.sql(`WITH w AS (SELECT (max(r) - min(r)) / 31 AS rough FROM days),
        p AS (SELECT rough, pow(10, floor(log10(rough))) AS power FROM w),
        width AS (SELECT power * CASE WHEN rough * 0.999 <= power THEN 1 WHEN rough * 0.999 <= 2 * power THEN 2
          WHEN rough * 0.999 <= 5 * power THEN 5 ELSE 10 END AS w FROM p)
        SELECT floor(r / w) * w AS low, (floor(r / w) + 1) * w AS high, count(*) AS n
        FROM days, width GROUP BY ALL ORDER BY low`);
      const told = bins.map((bin) => [
        percent(bin['low'], TWO),
        percent(bin['high'], TWO),
        count(bin['n']),
      ]);
      page.table('Days by return', told);
      const bars = page.page.find('svg title').filter((one) => / days$/.test(one.textContent));
      // Empty bins have a bar and no row.
      const full = bars.filter((one) => !one.textContent.endsWith(': 0 days'));
      const twice = [...told, ...told].map((bin) => numbersIn(bin.join(' ')));
      expect(full.map((one) => numbersIn(one.textContent))).toEqual(twice);
      page.cover(bars);
    },
  },
  {
    claim: 'autocorrelation of twenty lags',
    check: async (page) => {
      const lags = Array.from({ length: 20 }, (_, k) => k + 1).map(
        (lag) =>
          `SELECT ${lag} AS lag, (SELECT sum(x * y) FROM (SELECT x, lag(x, ${lag}) OVER (ORDER BY day) AS y FROM d))
          / (SELECT sum(x * x) FROM d) AS c`,
      );
      const rows = await page.sql(
        `WITH d AS (SELECT day, r - avg(r) OVER () AS x FROM days) ${lags.join(' UNION ALL ')} ORDER BY lag`,
      );
      page.table(
        'Correlation of a day',
        rows.map(({ lag, c }) => [count(lag), decimal(c, { digits: 3, sign: true })]),
      );
      for (const { lag, c } of rows) {
        page.words('svg title', `${lag} days later`, [count(lag), decimal(c, SIGNED)]);
      }
      const { n } = await page.one('SELECT count(*) AS n FROM days');
      const band = 1.96 / Math.sqrt(n!);
      page.words('figcaption', 'Autocorrelation', [
        count(rows.filter(({ c }) => Math.abs(c!) > band).length),
        '20',
        decimal(band),
        '1',
        '20',
      ]);
    },
  },
  {
    claim: 'equity at the end of each day, and at each place that is pointed at',
    check: async (page) => {
      const rows = await page.sql(`SELECT ceil(closeMs / 86400000)::BIGINT - 1 AS day,
        arg_max(equityUsd, closeMs) AS equity, arg_max(benchmarkUsd, closeMs) AS held, min(fall) AS fall
        FROM falls GROUP BY day ORDER BY day`);
      page.table(
        'Equity at the end of each UTC day',
        rows.map((row) => [
          dayOf(row),
          decimal(row['equity']),
          decimal(row['held']),
          percent(row['fall'], TWO),
        ]),
      );
      const strips = page.page.find('svg title').filter((one) => /\nequity /.test(one.textContent));
      const known = new Map(
        (await page.sql('SELECT closeMs, equityUsd, benchmarkUsd, fall FROM falls')).map((row) => [
          utcMinute(row['closeMs']),
          [decimal(row['equityUsd']), decimal(row['benchmarkUsd']), percent(row['fall'], TWO)],
        ]),
      );
      expect(strips.length).toBeGreaterThan(100);
      for (const one of strips) {
        const [at, ...told] = numbersIn(one.textContent);
        expect(told, at).toEqual(numbersIn(known.get(at!)!.join(' ')));
      }
      page.cover(strips);
      const end =
        await page.one(`SELECT arg_max(equityUsd, closeMs) AS equity, max(equityUsd) AS most,
        arg_max(benchmarkUsd, closeMs) AS held, min(fall) AS fall, arg_min(closeMs, fall) AS trough FROM falls`);
      const { cashUsd, statistics } = page.result.facts;
      page.words('figcaption', 'Equity against holding', [
        decimal(cashUsd),
        decimal(end['equity']),
        decimal(Math.max(cashUsd, end['most']!)),
        decimal(end['held']),
      ]);
      page.words('figcaption', 'Drawdown', [
        percent(end['fall'], TWO),
        utcDate(end['trough']),
        // The longest one equals result.json, which `cards` try.
        count(Math.round(statistics.maxDrawdownMs / DAY_MS)),
      ]);
    },
  },
  {
    claim: 'exposure, leverage and turnover of each day',
    check: async (page) => {
      const marks = page.result.facts.data.legs.map(({ venue, symbol }, leg) => {
        const close = `"close/${venue}/${symbol}"`;
        return `SELECT row_number() OVER (ORDER BY closeMs) - 1 AS row, closeMs, equityUsd, ${leg} AS leg,
          last_value(CASE WHEN isnan(${close}) THEN NULL ELSE ${close} END IGNORE NULLS)
            OVER (ORDER BY closeMs) AS mark FROM equity`;
      });
      const rows = await page.sql(`WITH marks AS (${marks.join(' UNION ALL ')}),
        held AS (SELECT leg, row, last(q ORDER BY k) AS q FROM (
          SELECT leg, row, row_number() OVER () AS k, sum(qty) OVER (PARTITION BY leg ORDER BY row
            ROWS UNBOUNDED PRECEDING) AS q FROM fills) GROUP BY leg, row),
        stakes AS (SELECT m.closeMs, sum(greatest(coalesce(h.q, 0), 0) * m.mark) / any_value(m.equityUsd) AS up,
          sum(greatest(-coalesce(h.q, 0), 0) * m.mark) / any_value(m.equityUsd) AS down
          FROM marks m ASOF LEFT JOIN held h ON h.leg = m.leg AND h.row <= m.row GROUP BY m.closeMs),
        traded AS (SELECT ceil(e.closeMs / 86400000)::BIGINT - 1 AS day, sum(abs(f.qty * f.price)) AS usd
          FROM fills f JOIN (SELECT *, row_number() OVER (ORDER BY closeMs) - 1 AS row FROM equity) e
          USING (row) GROUP BY day)
        SELECT d.day, avg(up) AS up, avg(down) AS down, max(up + down) AS most, sum(up + down) AS sums,
          count(*) AS n, any_value(coalesce(usd, 0) / began) AS turnover FROM days d
        JOIN (SELECT *, ceil(closeMs / 86400000)::BIGINT - 1 AS day FROM stakes) s USING (day)
        LEFT JOIN traded t USING (day) GROUP BY d.day ORDER BY d.day`);
      const three = { digits: 3 };
      page.table(
        'At each UTC day',
        sixty(rows).map((row) => [
          dayOf(row),
          decimal(row['up'], three),
          decimal(row['down'], three),
          decimal(row['most'], three),
          decimal(row['turnover'], three),
        ]),
      );
      const sum = (name: string) => rows.reduce((total, row) => total + row[name]!, 0);
      page.words('figcaption', 'Exposure and leverage', [
        decimal(sum('sums') / sum('n')),
        decimal(Math.max(...rows.map((row) => row['most']!))),
      ]);
      page.words('figcaption', 'Turnover', [
        decimal(sum('turnover') / rows.length),
        decimal(sum('turnover'), { digits: 1 }),
      ]);
    },
  },
];
