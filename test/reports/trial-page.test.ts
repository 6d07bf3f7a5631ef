// The page of a paper trial as text: what it says, that it says it in numbers of the facts, and that no
// name can become markup. How it looks is in trial-browser.test.ts, its verdict in trial-words.test.ts.

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { FillPair } from '../../engine/research/fill-pairs.ts';
import { NOTES } from '../../live/note.ts';
import { NOTE_WORDS } from '../../reports/trial/feed.ts';
import { MOST_PAIRS } from '../../reports/trial/fills.ts';
import { renderTrial } from '../../reports/trial/report.ts';
import { FROM_MS, HOSTILE } from '../support/sample-result.ts';
import { ACCELERATED, sampleTrial, type TrialOptions } from '../support/sample-trial.ts';

const pageText = (options: TrialOptions = {}) => {
  const { facts, shadow } = sampleTrial(options);
  return renderTrial(facts, shadow);
};

async function pageOf(options: TrialOptions = {}) {
  const text = await pageText(options);
  const { document } = parseHTML(text);
  const find = (selector: string) => [...document.querySelectorAll(selector)];
  const plain = (element: { textContent: string }) =>
    element.textContent.replace(/\s+/g, ' ').trim();
  const all = (selector: string) => find(selector).map((element) => plain(element as never));
  return { text, all, read: (selector: string) => all(selector)[0] ?? '' };
}

describe('the page of a trial', () => {
  it('shows eight cards, each with its number', async () => {
    const { all } = await pageOf({
      change: (facts) => ({
        ...facts,
        fillErrorBps: { median: 1.23, p95: 6.04 },
        equityGapBps: -2.71,
        // 10,079 of 10,080: never rounded up to all of it.
        uptime: 10_079 / 10_080,
        rows: 10_079,
        staleMs: 4 * MINUTE_MS,
        equityUsd: 10_012.34,
        drills: facts.drills.map((one, k) => (k === 1 ? { ...one, done: 0 } : one)),
      }),
    });
    const cards = all('.card dt').map((label, k) => [label, all('.card .value')[k]]);
    expect(cards).toEqual([
      ['Decision parity', 'equal'],
      ['Fill error, median', '1.2 bps'],
      ['Equity gap', '-2.7 bps'],
      ['P&L', '+0.12 %'],
      ['Uptime', '99.99 %'],
      ['Stale', '4 minutes'],
      ['Reconciled', '168 times'],
      ['Drills', '2 of 3'],
    ]);
    expect(all('.card .remark')[1]).toContain('95 % within 6.0 bps, of 59 pairs');
    expect(all('.card .remark')[7]).toBe('missing: outage');
  });

  it('writes n/a for what is null or no number, and NaN nowhere', async () => {
    const { text, all } = await pageOf({ nulls: true });
    expect(all('.card .value').slice(1, 5)).toEqual(['n/a', 'n/a', '-1.21 %', 'n/a']);
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('sums fills up by cause, with the sentence that says what it means', async () => {
    const { all } = await pageOf({ changeShadow: (shadow) => ({ ...shadow, ...TWO_PAIRS }) });
    const rows = all('#fills .scroll:not(.tall) tbody tr');
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(
      /^latencyfilled at another time ?1 ?50\.0 % ?10\.0 bps ?10\.0 bps ?\+1\.00$/,
    );
    expect(rows[1]).toMatch(
      /^missedthe model filled it and the session did not ?1 ?50\.0 % ?n\/a ?n\/a ?0\.00$/,
    );
    expect(all('#fills .remark')[0]).toContain(
      'No order differs by: equal, spread, partial, size, extra, data, operator, venue.',
    );
  });

  it('lists pairs worst first: what only one side filled, then by size of error', async () => {
    const { all } = await pageOf({ changeShadow: (shadow) => ({ ...shadow, ...TWO_PAIRS }) });
    const cells = (row: number) => all(`.trades tbody tr:nth-child(${row}) > *`);
    // linkedom leaves cells open as the page does; the text of the row is what a reader sees.
    expect(cells(1).join(' ')).toMatch(/ETHUSDT.*none.*0\.5.*n\/a.*missed/s);
    expect(cells(2).join(' ')).toMatch(
      /BTCUSDT.*buy.*entry.*1,001\.00.*1,000\.00.*\+10\.0.*\+1\.00/s,
    );
  });

  it('cuts the list of pairs and says how many more there are', async () => {
    const { text, read } = await pageOf({ fills: MOST_PAIRS + 234, legs: 6 });
    expect(text.match(/<tr class="[^"]*"><th scope="row">/g)).toHaveLength(MOST_PAIRS);
    expect(text).toContain('234 pairs with smaller errors are left out here');
    expect(read('#fills .caption:last-of-type')).toMatch(/^The worst 1,000 of 1,234 orders/);
  });

  it('names candles that came late or changed, restarts, and what is only counted', async () => {
    const { all, read } = await pageOf();
    const odd = all('#feed .scroll:nth-of-type(2) tbody tr');
    expect(odd[0]).toContain('late');
    expect(odd[0]).toMatch(/BTCUSDT.*2025-05-01 11:18/);
    expect(read('#feed p')).toContain('2 processes took the session up, 1 of them after a crash');
    expect(all('#feed .remark').at(-1)).toBe(
      'Counted and not listed: 168 alive, 168 reconciled. The journal has them all.',
    );
  });

  it('has words for every note that a session can make', () => {
    expect(Object.keys(NOTE_WORDS).sort()).toEqual(Object.keys(NOTES).sort());
  });

  it('tells how long a venue was kept from, and says every transition', async () => {
    const { read, all } = await pageOf();
    // Open at 20:00, closed again at 20:34: 34 of 10,079 minutes.
    expect(read('#breakers figcaption')).toContain(
      'Kept entries back 1 time, for 34 minutes in all (0.34 % of the trial); closed at the end.',
    );
    expect(all('#breakers tbody tr')).toHaveLength(5);
    const calm = await pageOf({ change: (facts) => ({ ...facts, breakers: [] }) });
    expect(calm.read('#breakers .remark')).toMatch(/^No breaker moved/);
  });

  it('says how to do each drill that is missing', async () => {
    const { all } = await pageOf({ change: ACCELERATED });
    const rows = all('#drills tbody tr');
    expect(rows[0]).toMatch(/^Crash.*missing.*never.*kill -9 PID/);
    expect(rows[1]).toMatch(/^Outage.*missing.*--set world\.outages\.perMonth=30/);
    expect(rows[2]).toMatch(/^Stop.*missing.*--tell halt/);
    expect((await pageOf()).all('#drills tbody tr')[2]).toMatch(/1 time ?2025-05-02 16:00$/);
  });

  it('says what to type to check it, and what must come out', async () => {
    const { all, text } = await pageOf();
    expect(all('#provenance pre')).toEqual([
      'npm run -s replay -- DIR',
      'npm run -s shadow -- DIR',
    ]);
    const { facts } = sampleTrial();
    const digests = [facts.configDigest, facts.decisionConfigDigest, facts.digest];
    for (const digest of [...digests, facts.decisionDigest, facts.journal.hash, facts.code]) {
      expect(text).toContain(`<code>${digest}</code>`);
    }
  });

  it('has a table behind each chart', async () => {
    const { all } = await pageOf();
    expect(all('#equity figure')).toHaveLength(2);
    // The first close, 27 even times six hours apart, and the last.
    expect(all('#equity details tbody tr')).toHaveLength(29);
    expect(all('#breakers figure')).toHaveLength(1);
  });

  it('says when the two never differed', async () => {
    const { all } = await pageOf({
      change: (facts) => ({ ...facts, equityGapBps: 0 }),
      changeShadow: (shadow) => ({ ...shadow, modelUsd: shadow.paperUsd }),
    });
    expect(all('#equity figcaption')[1]).toBe(
      'Difference Session minus backtest, bps of starting cash: 0.0 bps at the end, ' +
        'and none at any close.',
    );
  });

  it('shows names as text, whatever they try to be', async () => {
    const { text, all } = await pageOf({
      hostile: true,
      legs: 4,
      change: (facts) => ({ ...facts, stopCode: HOSTILE[0], firstDivergence: HOSTILE[1] }),
    });
    expect(text).not.toMatch(/<script>alert|<img|<b>bold/);
    expect(all('h1')).toEqual([HOSTILE[0]]);
    expect(text).not.toContain('\u202e');
  });

  it('is the same text for the same facts, and holds nothing from outside', async () => {
    const text = await pageText();
    expect(await pageText()).toBe(text);
    expect(text).not.toMatch(/(?:src|href)="(?!#)/);
  });

  it('takes less than 2 MB for a week of six symbols with 2,000 fills', async () => {
    const text = await pageText({ legs: 6, fills: 2000, notes: 200 });
    expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
  });

  it('is drawn of a trial without a close, a fill or a note', async () => {
    const { text, read } = await pageOf({ days: 0, fills: 0, notes: 0 });
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(read('#fills')).toContain('No order was decided');
    expect(read('#equity')).toContain('No close was marked');
  });
});

const PAIR: FillPair = {
  decidedMs: FROM_MS,
  venue: 'aster',
  symbol: 'BTCUSDT',
  side: 1,
  purpose: 'entry',
  paperQty: 1,
  paperPrice: 1001,
  paperMs: FROM_MS + 61_000,
  modelQty: 1,
  modelPrice: 1000,
  modelMs: FROM_MS + 60_000,
  errorBps: 10,
  cause: 'latency',
};

/** One that filled 10 bps worse (1 USD on 1,000) and later, one that the session did not fill. */
const TWO_PAIRS = {
  fills: [
    PAIR,
    {
      ...PAIR,
      symbol: 'ETHUSDT',
      paperQty: 0,
      paperPrice: Number.NaN,
      paperMs: Number.NaN,
      modelQty: 0.5,
      errorBps: Number.NaN,
      cause: 'missed',
    } satisfies FillPair,
  ],
  causes: {
    equal: 0,
    latency: 1,
    spread: 0,
    partial: 0,
    size: 0,
    missed: 1,
    extra: 0,
    data: 0,
    operator: 0,
    venue: 0,
  },
} as const;
