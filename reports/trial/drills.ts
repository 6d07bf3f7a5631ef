// The drills of a trial: what each shows, whether the journal shows it, and how to do one that is
// missing. What was never practised is not known to work.

import type { Drill, TrialFacts } from '../../engine/research/trial.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import { namedCell, timeCell, wordsCell } from './cells.ts';

interface Words {
  readonly title: string;
  readonly shows: string;
  readonly how: Html;
}

const WORDS: Readonly<Record<Drill['name'], Words>> = {
  crash: {
    title: 'Crash',
    shows: 'a process is killed, and the next one goes on where the journal stands',
    how: html`While it runs: <code>kill -9 PID</code> (the number stands in <code>DIR/writer.json</code>), then the command that began the session once more.`,
  },
  outage: {
    title: 'Outage',
    shows: 'a venue does not answer, its breaker opens and closes again',
    how: html`Begin the next trial with outages in its config, as in <code>--set world.outages.perMonth=30</code>: a session that has begun keeps the config it has.`,
  },
  stop: {
    title: 'Stop',
    shows: 'a person halts it: entries are taken back, positions closed',
    how: html`While it runs: <code>npm run -s paper -- --dir DIR --tell halt</code>, or <kbd>h</kbd> twice at its terminal; then <code>--tell resume</code>.`,
  },
};

/** One line a drill. */
export function drillsSection({ drills }: TrialFacts): Html {
  if (drills.length === 0) return html`<p class="remark">No drill belongs to this trial.</p>`;
  return table<Drill>(
    'Drills that the journal shows, and how to do those that are missing; DIR is the folder of the journal',
    [
      {
        title: 'Drill',
        kind: 'text',
        cell: ({ name }) => namedCell(WORDS[name]?.title ?? name, WORDS[name]?.shows),
      },
      {
        title: 'Done',
        kind: 'text',
        cell: ({ done }) => (done > 0 ? some(done, 'time') : html`<b class="down">missing</b>`),
      },
      {
        title: 'Last, UTC',
        kind: 'text',
        cell: ({ done, lastMs }) => (done > 0 ? timeCell(lastMs) : 'never'),
      },
      {
        title: 'How',
        kind: 'text',
        cell: ({ name, done }) => (done > 0 ? '' : wordsCell(WORDS[name]?.how)),
      },
    ],
    drills,
  );
}
