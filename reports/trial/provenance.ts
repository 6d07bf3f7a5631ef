// Where the page of a trial comes from: enough to run the journal again and to see that the same came
// out.

import type { TrialFacts } from '../../engine/research/trial.ts';
import { type Content, type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { speedWords } from './head.ts';
import { span } from './words.ts';

/** Commands, digests, the process. */
export function trialProvenance(facts: TrialFacts): Html {
  const { journal } = facts;
  return html`<h3>Check it</h3>
<p>DIR is the folder of the journal. The first runs every input through the kernel again and compares its intents; the second runs a backtest over the same candles and pairs its fills.</p>
${command('replay', 'npm run -s replay -- DIR')}${command('shadow', 'npm run -s shadow -- DIR')}
<h3>Digests</h3>
${list([
  [
    'Journal',
    html`<code>${journal.hash}</code> of its last line; ${some(journal.files, 'file')}, ${some(journal.lines, 'line')}`,
  ],
  ['Run', html`<code>${facts.digest}</code> orders, fills, funding, equity`],
  ['Decisions', html`<code>${facts.decisionDigest}</code> votes, scores, refusals, intents`],
  ['Config', html`<code>${facts.configDigest}</code>`],
  [
    'Decision config',
    html`<code>${facts.decisionConfigDigest}</code> the part of it that a promotion pins`,
  ],
])}
<h3>This trial</h3>
${list([
  ['Session', facts.sessionId],
  ['Strategy', facts.strategy],
  ['Code', html`<code>${facts.code}</code>`],
  ['Node', facts.node],
  [
    'Feed',
    `${facts.feed}, ${facts.feedKind === 'live' ? 'live' : `recorded, ${speedWords(facts.speed)}`}`,
  ],
  ['Started', facts.startedAt],
  ['Real time', `${span(facts.realElapsedMs)} in ${some(facts.starts, 'process', 'processes')}`],
  ['Ended', facts.stopCode ?? 'not yet, or broken off'],
])}`;
}

function command(id: string, text: string): Html {
  return html`<pre class="command" id="${id}">${text}</pre><button type="button" class="copy" data-copy="${id}" hidden>Copy</button>
`;
}

function list(entries: readonly (readonly [string, Content])[]): Html {
  return html`<dl class="list">${entries.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`)}</dl>`;
}
