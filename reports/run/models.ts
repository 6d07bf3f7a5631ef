// What models had to do with a run: its numbers on candles that none of them can have read about, beside
// those of the whole, and what came of what they were asked.

import type { AfterCutoff, ModelFacts } from '../../engine/research/model-facts.ts';
import type { RunFacts } from '../../engine/research/result.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import { count, decimal, percent, utcDate } from '../format.ts';
import { type Html, html } from '../html.ts';
import { part } from './page.ts';
import { type TableColumn, table } from './table.ts';

type Compared = Pick<Statistics, Exclude<keyof AfterCutoff, 'fromMs'>>;
type Part = readonly [name: string, of: Compared];

const number = (title: string, text: (of: Compared) => string): TableColumn<Part> => {
  return { title, kind: 'number', cell: ([, of]) => text(of) };
};
const COLUMNS: readonly TableColumn<Part>[] = [
  { title: 'Candles', kind: 'text', cell: ([name]) => name },
  {
    ...number('Return', ({ totalReturn }) => percent(totalReturn, { digits: 2, sign: true })),
    isSigned: true,
  },
  number('Sharpe ratio', ({ sharpe }) => decimal(sharpe)),
  number('Max drawdown', ({ maxDrawdown }) => percent(maxDrawdown, { digits: 2 })),
  number('Win rate', ({ winRate }) => percent(winRate)),
  number('Profit factor', ({ profitFactor }) => decimal(profitFactor)),
  number('Closed trades', ({ trades }) => count(trades)),
  number('Days', ({ days }) => count(days)),
];

/** On the first screen; null where no model may have known anything, or all of it. */
export function afterCutoffTable({ statistics, models }: RunFacts): Html | null {
  const after = models?.afterCutoff;
  if (!after) return null;
  return html`<section id="after-cutoff" aria-label="After the models' cut-off">${table<Part>(
    'What the models cannot have read about, beside the whole: trades that were entered after their cut-off',
    COLUMNS,
    [
      ['all', statistics],
      [`from ${utcDate(after.fromMs)}`, after],
    ],
  )}</section>\n`;
}

/** What was asked and what came of it; null where nobody asks. */
export function modelsPart({ models }: RunFacts): Html | null {
  if (models === undefined) return null;
  const { tape } = models;
  const answers =
    tape === null
      ? html`<p class="remark">No tape was named: nobody answered.</p>`
      : table(
          `Who answered, on the tape ${tape.digest.slice(0, 12)}`,
          [
            { title: 'Model', kind: 'text', cell: ({ model }) => model },
            { title: 'Version', kind: 'text', cell: ({ version }) => version },
            { title: 'Answers', kind: 'number', cell: (one) => count(one.answers) },
          ],
          tape.models,
        );
  return part('models', 'Models', html`${questionsTable(models)}${answers}`);
}

function questionsTable(models: ModelFacts): Html {
  const failures = Object.entries(models.failures);
  const rows: readonly (readonly [string, string])[] = [
    ['Questions', count(models.questions)],
    ['Answered', count(models.answered)],
    ...failures.map(([code, many]) => [`Failed: ${code}`, count(many)] as const),
    ['Overtaken by a newer candle, or the end', count(models.overtaken)],
    ['Answers that came too late', count(models.late)],
    ['Entries that a second opinion vetoed', count(models.vetoes)],
    ['Entries that it made smaller', count(models.reductions)],
    ['Directions that only models stood for', count(models.modelsAlone)],
    ['Candles from before the cut-off', count(models.contaminatedCandles)],
    ['Tokens', count(models.tokens)],
    ['Cost in USD', decimal(models.costUsd)],
  ];
  return table(
    'What models were asked, and what came of it',
    [
      { title: 'What', kind: 'text', cell: ([what]) => what },
      { title: 'How many', kind: 'number', cell: ([, many]) => many },
    ],
    rows,
  );
}
