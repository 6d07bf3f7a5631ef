// Where a sweep's page comes from: the commands that give it and its best again, and the digests that
// must come out. A command is to be typed, so what is not known stands in it as <...>.

import { isoText } from '../../engine/config/instant.ts';
import type { BestTrial, SweepFacts } from '../../engine/research/sweep/facts.ts';
import { count, decimal } from '../format.ts';
import { type Content, type Html, html } from '../html.ts';
import type { SweepCommand, SweepView } from './view.ts';

/** Commands, digests, how it went. */
export function sweepProvenance({ facts, page }: SweepView): Html {
  const { resultDigest, circumstances } = page.result;
  const [best] = facts.best;
  const start = page.start ?? null;
  return html`<h3>Run it again</h3>
<p>With the same code, strategies and store of candles the same digests must come out, for any number of workers.</p>
${command('again', sweepCommand(start))}${
  best !== undefined &&
  html`<h3>Run the best alone</h3>
<p>A backtest of the values of trial ${best.index}, rank 1, over the base config of the sweep, on the rows that were searched.${best.fraction < 1 && ` It ran on ${decimal(best.fraction)} of them from the beginning: set world.to to where that ends.`}</p>
${command('best-alone', bestCommand(facts, best, start))}
${list([
  ['Run', html`<code>${best.digest ?? 'n/a'}</code> orders, fills, funding, equity`],
  ['Decisions', html`<code>${best.decisionDigest ?? 'n/a'}</code>`],
  ['Its config', html`<code>${best.configDigest}</code>`],
])}`
}
<h3>Digests</h3>
${list([
  ['Plan', html`<code>${facts.planDigest}</code> spec, config, data, strategies`],
  ['Base config', html`<code>${facts.configDigest}</code>`],
  ['Data', html`<code>${facts.dataDigest}</code>`],
  ['Strategies', html`<code>${facts.strategyDigest}</code>`],
  ['Trials', html`<code>${facts.trialsDigest}</code> every trial in plan order`],
  ['Returns', html`<code>${facts.returnsDigest}</code> their daily returns`],
  ['Result', html`<code>${resultDigest}</code> SHA-256 of the facts in result.json`],
])}
<h3>This sweep</h3>
${list([
  ['Sampler', facts.sampler],
  ['Seed', String(facts.seed)],
  ['Budget', `${count(facts.budget)} trials; ended because ${facts.ended}`],
  ['Splits', splitsText(facts)],
  ['Ledger', `${count(circumstances.trialNumber)} trials of this strategy on these data so far`],
  ['Started', `${circumstances.startedAt} on ${circumstances.host}`],
  ['Ended', circumstances.endedAt],
  [
    'Speed',
    `${count(circumstances.ran)} trials by the process that ended it, ${decimal(circumstances.backtestsPerSecond, { digits: 1 })} a second, ${count(circumstances.workers)} workers`,
  ],
  ['Versions', `Sapphire ${circumstances.version}, Node ${circumstances.node}`],
])}`;
}

function splitsText({ splits }: SweepFacts): string {
  if (splits === null) return 'none: every row was searched';
  return `${splits.train} of the rows searched, ${splits.test} right after them held back`;
}

/** `npm run sweep -- FILE --flag value`, as it was typed. */
export function sweepCommand(start: SweepCommand | null): string {
  if (start === null) return 'npm run sweep -- <the file of this sweep>';
  return ['npm run sweep --', quoted(start.file), ...flagsOf(start.flags)].join(' ');
}

function flagsOf(flags: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(flags).flatMap(([name, value]): string[] => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => {
      if (one === false || one === null || one === undefined) return [];
      return one === true ? [flag] : [flag, quoted(String(one))];
    });
  });
}

/** `npm run backtest -- --config FILE --set path=value ...`; a later --set wins over what is above. */
export function bestCommand(
  { trainMs, testMs }: SweepFacts,
  { point }: BestTrial,
  start: SweepCommand | null,
): string {
  const { config, out: _, json: _json, gate: _gate, ...others } = start?.flags ?? {};
  const base = config === undefined ? '<the base config of the sweep>' : quoted(String(config));
  const sets = Object.entries(point).map(([path, value]) => {
    return `--set ${quoted(`${path}=${assigned(value)}`)}`;
  });
  // Without splits the range of the config is the range that was searched.
  if (testMs !== null) sets.push(`--set ${quoted(`world.to=${isoText(trainMs[1])}`)}`);
  return ['npm run backtest -- --config', base, ...flagsOf(others), ...sets].join(' ');
}

/** The text that --set reads as this value: words as they are, unless they would read as JSON. */
function assigned(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return JSON.stringify(value);
  } catch {
    return value;
  }
}

/** A word of a POSIX shell. */
function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function command(id: string, text: string): Html {
  return html`<pre class="command" id="${id}">${text}</pre><button type="button" class="copy" data-copy="${id}" hidden>Copy</button>
`;
}

function list(entries: readonly (readonly [string, Content])[]): Html {
  return html`<dl class="list">${entries.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>\n`)}</dl>`;
}
