// The places that the page's script fills: the chart, and one trade opened. Hidden until it does.

import type { RunRecord } from '../../engine/research/record.ts';
import type { RunFacts, RunResult } from '../../engine/research/result.ts';
import { count, decimal } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from './numbers.ts';
import type { Payload } from './payload.ts';

export function marketFrame({ facts, record }: RunResult): Html {
  return html`<div id="market">
<div class="symbols"><span id="symbols" role="group" aria-label="Symbol"></span><button type="button" id="whole" hidden>Whole run</button> <small id="shown" role="status"></small></div>
<div id="chart" tabindex="0" role="application" aria-label="Candles with trades, equity and votes. Arrows move, plus and minus zoom, 0 shows all; the tables below hold the same."></div>
<p class="remark">From above: candles with entries (arrows in their direction) and exits (squares), of at most 150 trades at once, those in view that moved most money; equity, from its lowest to its highest in each candle, with the ${facts.benchmark.name} in grey; ${below(facts, record)}. One axis of time: they zoom and move together, by wheel, drag or arrow keys. Charts by <a href="https://www.tradingview.com/" rel="noopener">TradingView</a> Lightweight Charts™, copyright (c) 2026 TradingView, Inc.</p>
<div id="trade" class="opened" role="region" aria-label="One trade" aria-live="polite" hidden></div>
</div>
`;
}

/** What the lowest pane shows. */
function below(facts: RunFacts, { votes }: RunRecord): string {
  if (votes.length === 0) return 'entries by direction (what agents said over time was not kept)';
  const { strategy, consensus } = facts.config.decision;
  if (strategy !== null)
    return 'the exposure that the strategy wanted, 1 = all that the caps allow';
  return `the score of all votes, BUY above and SELL below, from its lowest to its highest in each candle, with the lines beyond which it acts (±${decimal(consensus.actThreshold)}); who said what is told at the pointer`;
}

/** How much of the run is on the page. */
export function payloadWords({ trades }: RunResult, payload: Payload): Html | null {
  if (trades.length === 0) return null;
  const shown =
    payload.trades < trades.length
      ? `The ${count(payload.trades)} of ${count(trades.length)} trades that moved most money are on this page; trades.parquet beside it has all. `
      : '';
  const behind =
    payload.detailed < trades.length
      ? `Of ${count(payload.detailed)} of them, those that moved most money, votes and orders are here as well.`
      : `Votes and orders of ${some(trades.length, 'trade')} are here as well: open one.`;
  return html`<p class="remark live-only">${shown}${behind}</p>`;
}
