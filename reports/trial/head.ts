// The head of a trial's page: what stands against believing it, what was run, the verdict in words,
// and what else is to be known. The last words are the conventions of the numbers.

import type { TrialFacts } from '../../engine/research/trial.ts';
import { decimal, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { marketMs, span, trialVerdict } from './words.ts';

/** Banners, name, verdict, warnings. */
export function trialHead(facts: TrialFacts): Html {
  const { headline, tone, banners, warnings } = trialVerdict(facts);
  const loud = banners.map(
    ({ title, text }) =>
      html`<p class="banner" role="note"><strong>${title}</strong> ${sentence(text)}</p>\n`,
  );
  const times =
    facts.rows > 0
      ? `Closes from ${utcMinute(facts.fromMs)} to ${utcMinute(facts.toMs)} UTC (${span(marketMs(facts))})`
      : 'No close yet';
  return html`<header class="head">
${loud}<h1>${facts.name}</h1>
<p class="what"><strong>Paper trial</strong> of <strong>${facts.strategy}</strong> on ${feedWords(facts)}</p>
<p class="what">${times} · processes were there for ${span(facts.realElapsedMs)} of real time</p>
<p class="verdict ${tone}">${headline}</p>
${warningList(warnings)}
</header>`;
}

function feedWords({ feed, feedKind, speed }: TrialFacts): string {
  if (feedKind === 'live') return `live candles of ${feed}`;
  return `recorded candles (${feed}) played ${speedWords(speed)}`;
}

/** `60 times as fast as the market`. */
export function speedWords(speed: number | null): string {
  if (speed === null) return 'as fast as it went';
  if (speed === 1) return 'at the pace of the market';
  return `at ${decimal(speed, { digits: Number.isInteger(speed) ? 0 : 1 })} times the pace of the market`;
}

function warningList(warnings: readonly string[]): Html {
  if (warnings.length === 0) return html`<p class="calm">No warnings.</p>`;
  const items = warnings.map((text) => html`<li>${sentence(text)}</li>\n`);
  return html`<aside class="warnings" aria-labelledby="warnings">
<h2 id="warnings">${some(warnings.length, 'warning')}</h2><ul>${items}</ul></aside>`;
}

/** First letter large, full stop at the end. */
function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** What every number above follows. */
export function trialFoot(): Html {
  return html`<footer>
<p>All times are UTC. USDT and USDC count as 1 USD. Equity is marked at the close of each candle; a drawdown inside a candle is not seen. Paper fills are modelled fills of a session that ran in time: no order was at a venue. A past result, and a simulated one, says little about the next.</p>
<p>Made by Sapphire from the journal of the session; one file, no network.</p>
</footer>`;
}
