// The head of the page: what was run, what came of it in words, and what stands against believing
// it. Synthetic data comes before everything else, because nothing below it is about a market.

import type { RunFacts, RunResult } from '../../engine/research/result.ts';
import { count, duration, percent, utcDate, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import { modelBanners } from '../models.ts';
import { luck, whyNoTrades } from '../verdict.ts';
import { judge } from './judgement.ts';
import { listNames } from './legs.ts';
import { some } from './numbers.ts';
import { toneOf } from './table.ts';

const SHORT_MS = 3 * 86_400_000;

/** What happened, in one or two sentences. */
export function outcome(facts: RunFacts): string {
  const { statistics, costs, benchmark, data } = facts;
  const time = duration(data.toMs - data.fromMs);
  const held = `The benchmark (${benchmark.name}): ${percent(benchmark.totalReturn, SIGNED)}.`;
  const none = whyNoTrades(facts);
  if (none !== null && facts.funnel.filled === 0) return `No trades in ${time}: ${none}. ${held}`;
  const moved = percent(Math.abs(statistics.totalReturn), { digits: 2 });
  const verb = statistics.totalReturn > 0 ? 'Made' : 'Lost';
  const what = moved === '0.00 %' ? `Broke even over ${time}` : `${verb} ${moved} in ${time}`;
  const free = percent(costs.returnWithoutCosts, SIGNED);
  const also = none === null ? '' : ` Of trades, ${none}.`;
  return `${what} after costs; without costs ${free}.${also} ${held}`;
}

const SIGNED = { digits: 2, sign: true } as const;

/** Name, what ran on what, verdict and warnings. */
export function head(result: RunResult): Html {
  const { facts, circumstances } = result;
  const { data } = facts;
  const symbols = [...new Set(data.legs.map((leg) => leg.symbol))];
  const venues = [...new Set(data.legs.map((leg) => leg.venue))];
  const time = data.toMs - data.fromMs < SHORT_MS ? utcMinute : utcDate;
  const belief = luck(facts.statistics, circumstances.trialNumber, data.kind);
  const detail = belief.detail === null ? '' : ` For scale: ${belief.detail}.`;
  return html`<header class="head">
${syntheticBanner(facts)}
${facts.models && modelBanners({ ...facts.models, candles: data.candles })}${judgement(result)}
<h1>${facts.name}</h1>
<p class="what"><strong>${facts.strategy}</strong> on <strong>${listNames(symbols)}</strong> (${listNames(venues, 3)})</p>
<p class="what">${data.interval} candles · ${time(data.fromMs)} to ${time(data.toMs)} UTC · ${duration(data.toMs - data.fromMs)} · ${some(data.candles, 'candle')}</p>
<p class="verdict ${toneOf(percent(facts.statistics.totalReturn, SIGNED))}"><span>${outcome(facts)}</span></p>
<p class="luck"><b>Is it luck?</b> ${sentence(belief.headline)}${detail}</p>
</header>`;
}

/** The word is what the eye meets first; the mark beside it repeats it without colour. */
function judgement(result: RunResult): Html {
  const { trust, line } = judge(result);
  const rest = line.slice(trust.length);
  return html`<p class="judgement ${trust.replace(' ', '-')}"><b>${trust}</b>${rest}.</p>`;
}

function syntheticBanner(facts: RunFacts): Html | null {
  if (facts.data.kind !== 'synthetic') return null;
  const known = facts.warnings.find((warning) => warning.code === SYNTHETIC);
  const text = known?.text ?? 'the candles were made by a generator, not by a market';
  return html`<p class="banner" role="note"><strong>Synthetic data</strong> ${sentence(text)}</p>`;
}

const SYNTHETIC = 'synthetic-data';

/** What stands against believing it; a list of its own beside the curve. */
export function warnings(facts: RunFacts): Html {
  const isShown = facts.data.kind === 'synthetic';
  const others = facts.warnings.filter((warning) => !(isShown && warning.code === SYNTHETIC));
  if (others.length === 0 && !isShown) return html`<p class="calm">No warnings.</p>`;
  if (others.length === 0) return html``;
  const items = others.map(
    ({ code, text }) => html`<li>${sentence(text)} <code>${code}</code></li>\n`,
  );
  return html`<aside class="warnings" aria-labelledby="warnings">
<h2 id="warnings">${some(others.length, 'warning')}</h2><ul>${items}</ul></aside>`;
}

/** First letter large, full stop at the end. */
function sentence(text: string): string {
  const isWord = !text.startsWith('n/a');
  const first = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

/** The last words of the page: conventions that every number above follows. */
export function foot({ facts, circumstances }: RunResult): Html {
  return html`<footer>
<p>All times are UTC; a day and a month end at 00:00 UTC. USDT and USDC count as 1 USD. Equity is marked at the close of each candle; a drawdown inside a candle is not seen. A past result, and a simulated one, says little about the next.</p>
<p>Made by Sapphire ${circumstances.version} from ${count(facts.data.rows)} rows; one file, no network.</p>
</footer>`;
}
