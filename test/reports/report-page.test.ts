// The page of a run as text: what it says, that it says it in numbers of the result, and that no
// name can become markup. How it looks is in report-browser.test.ts.

import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../engine/research/result.ts';
import { html, raw } from '../../reports/html.ts';
import { monthlyReturns } from '../../reports/run/months.ts';
import { price, qty } from '../../reports/run/numbers.ts';
import { renderReport } from '../../reports/run/report.ts';
import { FROM_MS, HOSTILE, type SampleOptions, sampleResult } from '../support/sample-result.ts';
import { type Page, pageOf } from './page.ts';

/** Values of the cards by their label. */
function cardsOf(page: Page): Record<string, string> {
  const labels = page.find('.card dt').map((term) => term.textContent);
  const values = page.find('.card .value').map((value) => value.textContent);
  return Object.fromEntries(labels.map((label, at) => [label, values[at]!]));
}

const statistics =
  (change: Partial<RunResult['facts']['statistics']>): SampleOptions['change'] =>
  (facts) => ({ ...facts, statistics: { ...facts.statistics, ...change } });

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;

describe('what was learned', () => {
  const learned = (facts: RunResult['facts']): RunResult['facts'] => ({
    ...facts,
    memory: {
      ...{ kept: 120, added: 70, loaded: 50, inSample: 3, asked: 900, recalled: 880 },
      ...{ keptOut: 31, letIn: 4 },
      patterns: [
        {
          ...{ side: -1, words: 'falling, trending', trades: 12, wins: 3 },
          ...{ winRate: 0.3, expectancy: -0.004, state: [] },
        },
      ],
      lessons: [`${HOSTILE[0]} lost`],
    },
    agents: facts.agents.map((agent, k) => ({ ...agent, earnedWeight: 1 + k })),
  });

  it('is a record and a calibration of each agent, and a weight where it was earned', async () => {
    const page = await pageOf({ change: learned });
    const head = page.find('#track-records th[scope="col"]').map((one) => one.textContent);
    expect(head).toContain('Brier score');
    expect(head).toContain('Weight at the end');
    expect(page.read('#track-records')).toContain('0.7 to 0.8');
    const plain = await pageOf();
    expect(plain.read('#track-records')).not.toContain('Weight at the end');
    expect(plain.find('#memory')).toHaveLength(0);
  });

  it('says what memory holds and did, loudest that it knew its future', async () => {
    const page = await pageOf({ change: learned });
    const text = page.read('#memory');
    expect(text).toContain('In-sample memory: 3 of the loaded trades ended within this run');
    expect(text).toContain('holds 120 trades, 50 of them loaded, and learned 70 in this run');
    expect(text).toContain('turned 31 agreements down and 4 near misses into agreements');
    expect(text).toMatch(/falling, trending\s*short\s*12\s*25.0 %\s*30.0 %\s*-0.40 %/);
    expect(page.find('#memory script')).toHaveLength(0);
  });
});

describe('the verdict', () => {
  it('says what was lost, what it would have been without costs, and whether it is proven', async () => {
    const page = await pageOf({
      change: (facts) => ({
        ...facts,
        statistics: {
          ...facts.statistics,
          totalReturn: -0.032,
          probabilisticSharpe: 0.31,
          days: 50,
        },
        costs: { ...facts.costs, returnWithoutCosts: 0.011 },
        benchmark: { name: 'buy and hold', totalReturn: 0.12 },
      }),
    });
    expect(page.read('.verdict')).toBe(
      'Lost 3.20 % in 50 days after costs; without costs +1.10 %. ' +
        'The benchmark (buy and hold): +12.00 %.',
    );
    expect(page.read('.luck')).toContain('Probabilistic Sharpe 0.31 over 50 days: not proven');
  });

  it('says first of all that data are synthetic, and only once', async () => {
    const page = await pageOf({ kind: 'synthetic' });
    expect(page.read('header > *')).toMatch(/^Synthetic data The candles were made by a generator/);
    expect(page.find('.warnings li')).toHaveLength(2);
    expect((await pageOf()).find('.banner')).toHaveLength(0);
  });

  it('says so when there is nothing to warn of', async () => {
    const page = await pageOf({ change: (facts) => ({ ...facts, warnings: [] }) });
    expect(page.read('.calm')).toBe('No warnings.');
  });
});

describe('the numbers', () => {
  it('of the cards are those of the facts', async () => {
    const page = await pageOf({
      change: (facts) => ({
        ...facts,
        statistics: {
          ...facts.statistics,
          totalReturn: 0.1234,
          maxDrawdown: -0.0567,
          sharpe: 1.254,
          winRate: 0.5416,
          profitFactor: 1.209,
          trades: 1412,
        },
        costs: {
          feesUsd: 60,
          slippageUsd: 30,
          spreadUsd: 20,
          impactUsd: 10,
          fundingUsd: -10,
          returnWithoutCosts: 0.1334,
        },
        benchmark: { name: 'buy and hold', totalReturn: -0.2 },
      }),
    });
    expect(cardsOf(page)).toEqual({
      Return: '+12.34 %',
      'Buy and hold': '-20.00 %',
      'Max drawdown': '-5.67 %',
      'Sharpe ratio': '1.25',
      'Win rate': '54.2 %',
      'Profit factor': '1.21',
      Trades: '1,412',
      // (60 + 30 + 10) / 10,000
      Costs: '1.00 %',
    });
  });

  it('that are not defined read n/a, never NaN', async () => {
    const page = await pageOf({ nulls: true });
    const cards = cardsOf(page);
    expect([cards['Sharpe ratio'], cards['Win rate'], cards['Profit factor']]).toEqual([
      'n/a',
      'n/a',
      'n/a',
    ]);
    expect(page.text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('of the costs add up from the gain without them to the gain after them', async () => {
    const page = await pageOf();
    const [free, fees, spread, impact, funding, after] = page
      .find('#costs tbody tr td:nth-child(2)')
      .map((cell) => Number(cell.textContent.replace(/,/g, '')));
    expect(free! + fees! + spread! + impact! + funding!).toBeCloseTo(after!, 1);
  });

  it('of a trade are those of the trade', async () => {
    const result = sampleResult({ trades: 1, legs: 1 });
    const page = await pageOf({
      ...result,
      trades: [
        {
          ...result.trades[0]!,
          side: 'short',
          entryMs: FROM_MS,
          exitMs: FROM_MS + 26.25 * 3_600_000,
          qty: 0.0125,
          entryPrice: 94_200.5,
          exitPrice: 93_100,
          pnlUsd: 12.345,
          returnFraction: 0.0105,
          feesUsd: 0.9,
          fundingUsd: -0.25,
          exitReason: 'trailing-stop',
          votes: { 'quant-alpha': -0.8, 'degen-hunter': 0.3, 'risk-guardian': 0, sage: -0.9 },
        },
      ],
    });
    const row = page.read('.trades tbody tr');
    for (const part of ['BTCUSDT', 'short', '2025-05-01 00:00', '2025-05-02 02:15', '26:15']) {
      expect(row).toContain(part);
    }
    for (const part of ['0.0125', '94,200.50', '93,100.00', '+1.05 %', '-0.25', 'trailing-stop']) {
      expect(row).toContain(part);
    }
    expect(row).toContain('sage 0.90, quant-alpha 0.80; against: degen-hunter 0.30');
  });

  it('of prices and quantities have six significant figures', () => {
    expect([94_200.5, 1790.123, 2.21, 0.1734, 0.0000123456789].map(price)).toEqual([
      '94,200.50',
      '1,790.12',
      '2.21000',
      '0.173400',
      '0.0000123457',
    ]);
    expect([0.0125, 5891.49, 1, 100, 0].map(qty)).toEqual(['0.0125', '5,891.49', '1', '100', '0']);
  });

  it('of months compound to the year and follow UTC month ends', () => {
    // 31 days of January and 10 of February, one close a day at midnight.
    const sample = sampleResult({ rows: 41, legs: 1, trades: 0, interval: '1d' });
    const start = Date.UTC(2024, 0, 1);
    const closeMs = Float64Array.from({ length: 41 }, (_, i) => start + (i + 1) * 86_400_000);
    const equityUsd = Float64Array.from({ length: 41 }, (_, i) => (i < 31 ? 10_200 : 9_690));
    const result = { ...sample, equity: { ...sample.equity, closeMs, equityUsd } };
    const [year, ...others] = monthlyReturns(result);
    expect(others).toEqual([]);
    expect(year!.year).toBe(2024);
    expect(year!.months[0]).toBeCloseTo(0.02, 12);
    expect(year!.months[1]).toBeCloseTo(-0.05, 12);
    expect(year!.months.slice(2).every((month) => month === null)).toBe(true);
    expect(year!.total).toBeCloseTo(-0.031, 12);
  });
});

describe('the parts', () => {
  it('are a chart of equity, one of drawdown and one for each leg, each named in words', async () => {
    for (const legs of [1, 6]) {
      const page = await pageOf({ legs });
      // Equity twice: on a linear scale and on a logarithmic one.
      expect(page.find('#equity [role="img"]')).toHaveLength(3);
      expect(page.find('#prices [role="img"]')).toHaveLength(legs);
      const pictures = page.find('figure [role="img"]');
      expect(pictures.every((one) => one.getAttribute('aria-label')!.length > 20)).toBe(true);
      const wide = page.find('figure svg.wide');
      expect(wide.length).toBeGreaterThanOrEqual(3 + legs);
      expect(page.find('figure svg.narrow')).toHaveLength(wide.length);
    }
  });

  it('are at most twelve price charts, and the page says how many are left out', async () => {
    const page = await pageOf({ legs: 14, rows: 300, trades: 28 });
    expect(page.find('#prices figure')).toHaveLength(12);
    expect(page.read('#prices .still .remark')).toContain('2 more symbols have no chart here');
  });

  it('head every table column and row', async () => {
    const page = await pageOf({ trades: 5 });
    const heads = page.find('th');
    expect(heads.every((head) => /^(col|row)$/.test(head.getAttribute('scope') ?? ''))).toBe(true);
    expect(page.find('thead td')).toHaveLength(0);
  });

  it('say why there are no trades', async () => {
    const page = await pageOf({ trades: 0 });
    expect(page.read('.verdict')).toMatch(/^No trades in 50 days: no agent spoke: /);
    expect(page.read('#decisions .callout')).toMatch(/^Why no trades\? No agent spoke/);
    expect(page.read('#trades')).toBe('Every trade No trades.');
    expect(page.find('table.trades')).toHaveLength(0);
  });

  it('hold for a run of a single candle and for one of none', async () => {
    const one = await pageOf({ rows: 1, trades: 0, legs: 1 });
    expect(one.find('#equity svg')).toHaveLength(6);
    expect(one.find('#prices svg')).toHaveLength(2);
    const page = await pageOf({ rows: 0, trades: 0, legs: 1 });
    expect(page.text).not.toMatch(/NaN|Infinity/);
  });

  it('are all trades up to four hundred, beyond that the first and last two hundred', async () => {
    const all = await pageOf({ rows: 3000, trades: 400, legs: 1 });
    expect(all.find('.trades tbody tr')).toHaveLength(400);
    const sample = sampleResult({ rows: 3000, trades: 400, legs: 1 });
    const trades = [...sample.trades, ...sample.trades.slice(0, 301)];
    const cut = await pageOf({ ...sample, trades });
    expect(cut.find('.trades tbody tr')).toHaveLength(401);
    expect(cut.read('.trades .gap')).toMatch(/^301 trades are left out here: trades\.parquet/);
    expect(cut.find('.trades th[scope="row"]').map((th) => th.textContent.trim())).toEqual(
      Array.from({ length: 701 }, (_, k) => String(k + 1)).filter((_, k) => k < 200 || k >= 501),
    );
  });

  it('leave votes out of the funnel of a strategy that decides alone', async () => {
    const alone = await pageOf({ change: (facts) => ({ ...facts, agents: [] }) });
    expect(alone.read('.funnel')).not.toMatch(/Undecided|voted/);
    expect(alone.read('.funnel')).toMatch(/Candles.*New target.*Passed risk.*Filled/s);
    expect((await pageOf()).read('.funnel')).toMatch(/Undecided \(score 0\.4 to 0\.6\)/);
  });

  it('give the digests whole and the config as JSON', async () => {
    const result = sampleResult();
    const page = await pageOf(result);
    const { facts } = result;
    const shown = page.read('#provenance');
    for (const digest of [
      facts.digest,
      facts.decisionDigest,
      facts.configDigest,
      facts.dataDigest,
    ]) {
      expect(shown).toContain(digest);
    }
    expect(JSON.parse(page.find('#config')[0]!.textContent)).toEqual(facts.config);
    expect(page.read('#command')).toBe(
      'npm run backtest -- --config <this folder>/config.json --db <your store>.duckdb',
    );
  });
});

describe('what comes from outside', () => {
  it('is text on the page, whatever it tries to be', async () => {
    const page = await pageOf({ hostile: true, legs: 4, trades: 20 });
    // Four blocks of data and four scripts: to hide still pictures, to copy, to draw candles, to put
    // the page together.
    expect(page.find('script').length).toBe(8);
    expect(page.find('style')).toHaveLength(1);
    expect(page.find('img, iframe, object, embed, form, link')).toHaveLength(0);
    expect(page.text.match(/<\/script>/g)).toHaveLength(8);
    expect(page.find('b').some((bold) => bold.textContent === 'bold')).toBe(false);
    expect(page.read('h1')).toBe(HOSTILE[0]);
    expect(page.text).not.toContain('\u202e');
    expect(JSON.parse(page.find('#config')[0]!.textContent).name).toBe(HOSTILE[2]);
  });

  it('never reaches a chart', async () => {
    const page = await pageOf({ hostile: true, legs: 4, trades: 20 });
    for (const svg of page.find('svg')) expect(svg.textContent).not.toMatch(/alert|bold|TDSU/);
  });

  it('is nothing that the page would fetch', async () => {
    const { text, find } = await pageOf({ hostile: true });
    expect(find('[src], [srcset], [action], [data], [background], [onerror]')).toHaveLength(0);
    const links = find('[href]').map((link) => link.getAttribute('href')!);
    // The makers of the chart ask for a link; it is followed by a person or not at all.
    const away = links.filter((link) => !link.startsWith('#'));
    expect(away).toEqual(['https://www.tradingview.com/']);
    expect(text).not.toMatch(/@import|url\(/);
    const policy = find('meta[http-equiv]')[0]!.getAttribute('content');
    expect(policy).toMatch(/^default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-/);
  });

  it('is escaped by the template unless it is markup of ours', () => {
    expect(html`<i title="${'"\'&<>'}">${['<', raw('<b>'), null, false, 3]}</i>`.text).toBe(
      '<i title="&quot;&#39;&amp;&lt;&gt;">&lt;<b>3</i>',
    );
    expect(html`${'a\u202eb\u0000c\nd'}`.text).toBe('a\ufffdb\ufffdc\nd');
  });
});

describe('the page', () => {
  it('is the same for the same result, byte for byte', async () => {
    expect(await renderReport(sampleResult())).toBe(await renderReport(sampleResult()));
  });

  it('carries the trades that moved most money of more than it can, and says so', async () => {
    const trades = LONG ? 100_000 : 12_000;
    const page = await pageOf({ rows: 3 * trades, interval: '1m', legs: 1, trades });
    expect(page.size).toBeLessThan(2e6);
    const words = page.read('#trades .remark');
    const all = trades.toLocaleString('en-US');
    expect(words).toMatch(
      new RegExp(`^The 10,000 of ${all} trades that moved most money are on this page`),
    );
    expect(words).toMatch(
      /Of \d,\d{3} of them, those that moved most money, votes and orders are here/,
    );
    expect(page.find('.trades tbody tr').length).toBe(401);
  });

  it('stays below two megabytes for a year of minutes of six symbols and 2,000 trades', async () => {
    const { size } = await pageOf({ rows: 525_600, interval: '1m', legs: 6, trades: 2000 });
    expect(size).toBeLessThan(2_000_000);
  }, 60_000);

  it('shows the deepest drawdown of a curve that fell for one minute of a year', async () => {
    const sample = sampleResult({ rows: 400_000, interval: '1m', legs: 1, trades: 0 });
    const equityUsd = new Float64Array(400_000).fill(10_000);
    equityUsd[123_457] = 7000;
    const page = await pageOf({
      ...sample,
      facts: statistics({ maxDrawdown: -0.3 })!(sample.facts),
      equity: { ...sample.equity, equityUsd },
    });
    expect(page.read('#equity > div > figure svg.wide')).toContain('-30.00 %');
    expect(page.read('#equity > div > figure figcaption')).toContain('-30.00 % at worst, on');
  }, 60_000);
});
