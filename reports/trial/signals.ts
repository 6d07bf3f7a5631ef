// Whether the session decided what the backtest decides: what was compared, what was not, and the first
// answer that differs.

import type { ShadowFacts } from '../../engine/research/shadow.ts';
import type { TrialFacts } from '../../engine/research/trial.ts';
import { count, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';

/** Words and, where something differs, both answers whole. */
export function signalsSection(facts: TrialFacts, shadow: ShadowFacts): Html {
  const { signalsEqual, candles, replayEqual } = facts;
  const { unasked, uncompared } = shadow;
  const result =
    candles === 0
      ? 'No instrument-candle was compared.'
      : `On ${some(candles, 'instrument-candle')} what every agent said was compared with what it says in a backtest over the same candles: ${signalsEqual ? 'all answers are the same' : 'not all answers are the same'}.`;
  const replay = replayEqual
    ? 'The recorded inputs, run through the kernel again, give the recorded intents one by one.'
    : 'The recorded inputs do not give the recorded intents again.';
  const notAsked =
    unasked > 0 &&
    ` On ${some(unasked, 'more instrument-candle')} only one of the two was asked, because the other was halted.`;
  const notCompared =
    uncompared > 0 &&
    ` ${count(uncompared)} ${uncompared === 1 ? 'answer' : 'answers'} of strategies that read more than the market ${uncompared === 1 ? 'was' : 'were'} heard and not compared: they depend on the account.`;
  return html`<p>${result}${notAsked}${notCompared}</p>
<p>${replay}</p>
${difference(facts)}`;
}

function difference({ firstDifference }: TrialFacts): Html | null {
  if (firstDifference === null) return null;
  const { closeMs, venue, symbol, paper, model } = firstDifference;
  const where = symbol === '' ? '' : ` on ${symbol} (${venue})`;
  return html`<h3>The first difference, at ${utcMinute(closeMs)} UTC${where}</h3>
<dl class="list"><div><dt>Session</dt><dd><code>${paper}</code></dd></div>
<div><dt>Model</dt><dd><code>${model}</code></dd></div></dl>`;
}
