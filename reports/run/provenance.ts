// Where the page comes from: enough to run it again and to see that the same came out.

import { DAY_MS } from '../../engine/interval.ts';
import type { LegFacts, RunResult } from '../../engine/research/result.ts';
import { count, decimal, duration, rate, shortDigest, utcDate, utcMinute } from '../format.ts';
import { type Content, type Html, html } from '../html.ts';
import { legNamer } from './legs.ts';
import { table } from './table.ts';

/** Command, digests, data of each leg, config. */
export function provenance(result: RunResult): Html {
  const { facts, circumstances } = result;
  return html`<h3 id="again">Run it again</h3>
<p>With the <code>config.json</code> beside this file and the same store of candles. The same digests must come out.</p>
<pre class="command" id="command">${COMMAND}</pre><button type="button" class="copy" data-copy="command" hidden>Copy</button>
<h3>Digests</h3>
${list([
  ['Run', html`<code>${facts.digest}</code> orders, fills, funding, equity`],
  ['Decisions', html`<code>${facts.decisionDigest}</code> votes, scores, refusals, intents`],
  ['Config', html`<code>${facts.configDigest}</code>`],
  ['Data', html`<code>${facts.dataDigest}</code>`],
  ['Strategy', html`<code>${facts.strategyDigest}</code>`],
  ['Result', html`<code>${result.resultDigest}</code> SHA-256 of the facts in result.json`],
])}
<h3>This run</h3>
${list([
  ['Seed', String(facts.seed)],
  ['Trial', `${count(circumstances.trialNumber)} on this data and strategy`],
  ['Started', `${circumstances.startedAt} on ${circumstances.host}`],
  ['Took', `${decimal(circumstances.wallMs / 1000)} s before this report was drawn`],
  ['Speed', `${rate(circumstances.candlesPerSecond)} candles in the event loop`],
  ['Versions', `Sapphire ${circumstances.version}, Node ${circumstances.node}`],
  ['Sentiment', facts.data.sentiment],
  ['Quality', facts.data.quality ?? ''],
])}
${legsTable(result)}
<h3>Config</h3>
<details><summary>The whole config, defaults included</summary><button type="button" class="copy" data-copy="config" hidden>Copy</button>
<pre id="config" tabindex="0">${JSON.stringify(facts.config, null, 2)}</pre></details>`;
}

const COMMAND = 'npm run backtest -- --config <this folder>/config.json --db <your store>.duckdb';

function list(entries: readonly (readonly [string, Content])[]): Html {
  return html`<dl class="list">${entries.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`)}</dl>`;
}

function legsTable({ facts }: RunResult): Html {
  const nameOf = legNamer(facts);
  const isShort = facts.data.toMs - facts.data.fromMs < 3 * DAY_MS;
  const time = isShort ? utcMinute : utcDate;
  return table<LegFacts>(
    'Data of each symbol',
    [
      { title: 'Symbol', kind: 'text', cell: nameOf },
      { title: 'Venue', kind: 'text', cell: (leg) => leg.venue },
      {
        title: 'First candle',
        kind: 'text',
        cell: (leg) => (leg.candles > 0 ? time(leg.fromMs) : 'none'),
      },
      {
        title: 'Last candle',
        kind: 'text',
        cell: (leg) => (leg.candles > 0 ? time(leg.toMs) : 'none'),
      },
      { title: 'Candles', kind: 'number', cell: (leg) => count(leg.candles) },
      { title: 'Holes', kind: 'number', cell: (leg) => count(leg.holes) },
      { title: 'Funding stamps', kind: 'number', cell: (leg) => count(leg.fundingStamps) },
      {
        title: 'Funding missing',
        kind: 'number',
        cell: (leg) => (leg.fundingMissingMs > 0 ? duration(leg.fundingMissingMs) : 'none'),
      },
      { title: 'Mark fallbacks', kind: 'number', cell: (leg) => count(leg.markFallbacks) },
      { title: 'Instrument', kind: 'text', cell: (leg) => leg.instrumentSource },
      {
        title: 'Digest',
        kind: 'text',
        cell: (leg) => html`<code>${shortDigest(leg.dataDigest)}</code>`,
      },
    ],
    facts.data.legs,
  );
}
