// Numbers of the page that come from the whole account: falls, costs, and how far the record may be
// believed. The normal distribution is its power series here, and no function of the engine.

import { expect } from 'vitest';
import {
  bps,
  count,
  decimal,
  duration,
  percent,
  probability,
  usd,
  utcMinute,
} from '../../../reports/format.ts';
import type { Check } from './numbers.ts';

const SIGNED = { digits: 2, sign: true } as const;
const TWO = { digits: 2 } as const;

/** P(a normal number < x) = 1/2 + density x (x + x^3/3 + x^5/(3 5) + ...). */
function normal(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 3; k < 400; k += 2) sum += term *= (x * x) / k;
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** Its inverse, by halves. */
function normalAt(p: number): number {
  let [low, high] = [-8, 8];
  for (let k = 0; k < 80; k++) {
    const middle = (low + high) / 2;
    if (normal(middle) < p) low = middle;
    else high = middle;
  }
  return low;
}

export const BY_ACCOUNT: readonly Check[] = [
  {
    claim: 'the deepest drawdowns, from their peaks to their recoveries',
    check: async (page) => {
      const { fromMs, toMs } = page.result.facts.data;
      const rows =
        await page.sql(`SELECT coalesce(max(closeMs) FILTER (fall = 0), ${fromMs}) AS peak,
          min(fall) AS depth, arg_min(closeMs, fall) AS trough,
          (SELECT min(n.closeMs) FROM falls n WHERE n.spell = f.spell + 1) AS back
        FROM falls f GROUP BY spell HAVING min(fall) < 0 ORDER BY depth LIMIT 5`);
      expect(rows.some((row) => row['back'] !== null)).toBe(true);
      page.table(
        'The 5 deepest drawdowns',
        rows.map(({ peak, trough, back, depth }) => [
          utcMinute(peak),
          utcMinute(trough),
          back === null ? 'not yet' : utcMinute(back),
          percent(depth, TWO),
          duration((back ?? toMs) - peak!),
        ]),
      );
      page.words('p', 'The 5 deepest', ['5']);
    },
  },
  {
    claim: 'costs, what is left of the gain, and what other costs would leave',
    check: async (page) => {
      const { cashUsd } = page.result.facts;
      const row =
        await page.one(`SELECT sum(feeUsd) AS fees, sum(slippageUsd - impactUsd) AS spread,
        sum(impactUsd) AS impact, sum(abs(qty * price)) AS notional, count(*) AS n,
        count(*) FILTER (maker = 1) AS makers, sum(abs(qty * price)) FILTER (maker = 1) AS made,
        (SELECT sum(amountUsd) FROM funding) AS funding,
        (SELECT arg_max(equityUsd, closeMs) FROM equity) - ${cashUsd} AS gain FROM fills`);
      const { fees, spread, impact, funding, gain, notional } = row as Record<string, number>;
      const paid = fees! + spread! + impact! - funding!;
      const steps: [string, number][] = [
        ['Gain without costs', gain! + paid],
        ['Fees', -fees!],
        ['Spread', -spread!],
        ['Impact of our own size', -impact!],
        [funding! > 0 ? 'Funding received' : 'Funding paid', funding!],
        ['Gain after costs', gain!],
      ];
      page.table(
        'The same fills with and without costs',
        steps.map(([label, money]) => [
          label,
          decimal(money, SIGNED),
          percent(money / cashUsd, SIGNED),
          bps(money / notional!, SIGNED),
        ]),
      );
      page.words('p', 'Traded notional', [usd(notional)]);
      page.words('p', 'Stops, targets and liquidations', [
        count(row['n']),
        count(row['makers']),
        percent(row['makers']! / row['n']!),
        percent(row['made']! / notional!),
      ]);
      const free = (gain! + paid) / cashUsd;
      page.table(
        'The same fills at other costs',
        [0, 1, 1.5, 2, 3].map((times) => [
          decimal(times, { digits: 1 }),
          percent(free - (times * paid) / cashUsd, SIGNED),
        ]),
      );
      page.words('p', 'Its gain is gone', [decimal((free * cashUsd) / paid)]);
      page.words('.card dd.remark', 'of starting cash:', [usd(paid)]);
      const [costs] = page.page.find('.card dd.value').slice(-1);
      expect(costs!.textContent).toBe(percent(paid / cashUsd, TWO));
      page.cover([costs!]);
    },
  },
  {
    claim: 'how long a record it takes, against no skill and against the luck of so many trials',
    check: async (page) => {
      const row =
        await page.one(`WITH m AS (SELECT avg(r) AS mean, var_pop(r) AS v, stddev_samp(r) AS sd, count(*) AS n FROM days)
        SELECT any_value(mean / sd) AS sharpe, any_value(n) AS n,
        avg(pow(r - mean, 3)) / pow(any_value(v), 1.5) AS skewness,
        avg(pow(r - mean, 4)) / pow(any_value(v), 2) AS kurtosis FROM days, m`);
      const { sharpe, n, skewness, kurtosis } = row as Record<string, number>;
      // Bailey & Lopez de Prado 2012, equations 4 and 11; the expected maximum is theirs of 2014.
      const variance = 1 - skewness! * sharpe! + ((kurtosis! - 1) / 4) * sharpe! ** 2;
      const { trialNumber: trials } = page.result.circumstances;
      const EULER = 0.5772156649015329;
      const most =
        (1 - EULER) * normalAt(1 - 1 / trials) + EULER * normalAt(1 - 1 / (trials * Math.E));
      const rows = [0, most / Math.sqrt(n!)].map((bar) => {
        const p = normal(((sharpe! - bar) * Math.sqrt(n! - 1)) / Math.sqrt(variance));
        const days = 1 + variance * (normalAt(0.95) / (sharpe! - bar)) ** 2;
        return [
          decimal(bar * Math.sqrt(365)),
          probability(p),
          sharpe! > bar ? count(Math.ceil(days)) : 'n/a',
          count(n),
        ];
      });
      page.table('Probabilistic Sharpe ratio', [
        ['no skill', ...rows[0]!],
        [`the best of ${trials} trials by luck`, ...rows[1]!],
      ]);
      const luck = decimal(most * Math.sqrt(365 / n!));
      page.words('p', 'Is it luck?', [
        rows[0]![1]!,
        count(n),
        count(trials),
        count(trials),
        luck,
        decimal(sharpe! * Math.sqrt(365)),
      ]);
      page.words('p', 'Probabilistic Sharpe ratio', ['2012']);
    },
  },
  {
    claim: 'what is missing of the candles, and how far the benchmark was ahead',
    check: async (page) => {
      const { cashUsd, data } = page.result.facts;
      const closes = data.legs.map(({ venue, symbol }) => `"close/${venue}/${symbol}"`);
      const holes = closes.map((close) => `count(*) FILTER (isnan(${close}))`).join(' + ');
      const row =
        await page.one(`SELECT ${holes} AS holes, count(*) AS n, (max(closeMs) - min(closeMs)) AS span,
        arg_max(benchmarkUsd, closeMs) AS held, arg_max(equityUsd, closeMs) AS ended FROM equity`);
      const all = row['n']! * closes.length;
      // The made-up run counts what it should hold as there; a real one would say less.
      page.words('p', 'Candles of a venue', [
        count(all),
        count(all + row['holes']!),
        percent(row['holes']! / (all + row['holes']!), { digits: 3 }),
      ]);
      const behind = (row['held']! - row['ended']!) / cashUsd;
      page.words('.card dd.remark', 'the run is', [percent(Math.abs(behind), TWO)]);
      const { n } = await page.one('SELECT count(*) AS n FROM closed');
      const held = await page.one(`WITH open AS (SELECT DISTINCT row FROM (
          SELECT unnest(range(entryRow::BIGINT, exitRow::BIGINT)) AS row FROM trades))
        SELECT count(*) / (SELECT count(*) FROM equity) AS share FROM open`);
      const { days } = await page.one('SELECT count(*) AS days FROM days');
      page.words('.card dd.remark', `${decimal(n! / days!, { digits: 1 })} a day`, [
        decimal(n! / days!, { digits: 1 }),
        percent(held['share'], { digits: 0 }),
      ]);
    },
  },
  {
    claim: 'the books: trades add up to what the account moved',
    check: async (page) => {
      const { booked } = await page.one('SELECT sum(pnlUsd) AS booked FROM trades');
      const { statistics, cashUsd } = page.result.facts;
      expect(booked).toBeCloseTo(statistics.finalEquityUsd - cashUsd, 6);
      expect(page.page.read('.judgement')).not.toMatch(/^broken/);
    },
  },
];
