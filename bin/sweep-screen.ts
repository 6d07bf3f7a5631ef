// The screen of a sweep: how many trials there were, the best of them as a table, and what that is worth.
// A pure function from a result to lines; what does not fit is in result.json.

import type { BestTrial, SweepResult } from '../engine/research/sweep/facts.ts';
import type { Sensitivity } from '../engine/research/sweep/neighbours.ts';
import type { FailureCode } from '../engine/research/sweep/outcome.ts';
import type { Verdict } from '../engine/research/verdict.ts';
import type { Statistics } from '../engine/statistics/performance.ts';
import { count, decimal, percent, plainText, shortDigest, utcDate } from '../reports/format.ts';
import { cut, type Layout, labelled, paint, whole, widthOf, wrap } from '../reports/table.ts';
import { shellWord } from './output.ts';
import { modelLines, verdictLines } from './verdict-screen.ts';

export interface ScreenOptions extends Layout {
  /** Null where no trial could be judged. */
  readonly verdict: Verdict | null;
  /** Rows of the table, from 1. */
  readonly top: number;
  /** The sweep's folder as one would type it. */
  readonly out: string;
  /** The flags that its trials had in common. */
  readonly again: string;
}

/** Statistics that are fractions, and read as per cent. */
const FRACTIONS: ReadonlySet<string> = new Set<keyof Statistics>([
  'totalReturn',
  'cagr',
  'volatility',
  'maxDrawdown',
  'winRate',
  'exposureTime',
]);
const WORDS: Readonly<Record<FailureCode, string>> = {
  refused: 'refused by the config',
  'warmup-missing': 'without their warm-up',
  'run-failed': 'broken off',
  unanswered: 'that asked what the tape does not answer',
  'broken-invariant': 'ended by a defect of ours',
  'objective-undefined': 'without a value',
  'objective-failed': 'that the objective threw at',
  'worker-lost': 'that workers died of',
};
const UNSPLIT =
  'Nothing was kept from the search to judge the best on, so no verdict can pass: ' +
  '"splits": { "train": 0.7 } in the spec keeps the last 30 %.';
const UNANSWERED =
  'npm run record -- --sweep FILE records what all of its points ask; world.tape.onMiss=timeout lets what ' +
  'is not answered come too late.';
const GAP = '  ';
const MOST_PATH = 24;

/** The lines of the screen. */
export function sweepScreen(result: SweepResult, options: ScreenOptions): string {
  const { facts, circumstances, resultDigest } = result;
  const { width, color, top, out, verdict } = options;
  const layout: Layout = { width, color };
  const { trials, completed, failed, failures, best, splits, trainMs, testMs } = facts;
  const { ran, backtestsPerSecond: perSecond } = circumstances;
  const speed = ran > 0 ? `${decimal(perSecond, { digits: perSecond < 10 ? 1 : 0 })} a second` : '';
  const head = [
    { text: plainText(facts.name), paint: 'bold' as const },
    { text: plainText(facts.strategy) },
    { text: facts.sampler },
    { text: `${count(trials)} trials` },
    { text: speed },
  ];
  const lines = [labelled('sweep', head, layout)];
  const span = ([fromMs, toMs]: readonly [number, number]) =>
    `${utcDate(fromMs)} to ${utcDate(toMs)}`;
  const searched = [{ text: facts.symbols.map(plainText).join(' ') }, { text: span(trainMs) }];
  if (facts.isSynthetic) searched.push({ text: 'SYNTHETIC' });
  if (testMs !== null) searched.push({ text: `judged on ${span(testMs)}` });
  lines.push(labelled('searched', searched, layout), ...modelLines(verdict?.models, layout));
  if (best.length > 0) lines.push('', ...tableOf(facts, top, layout), '');
  const failedText = failed === 0 ? '' : `, ${count(failed)} failed${causes(failures)}`;
  lines.push(
    `${count(trials)} trials were made: ${count(completed)} completed${failedText}; ${facts.ended}.`,
  );
  if (failures.unanswered) lines.push(...wrap(UNANSWERED, width));
  if (best.length > 0) {
    lines.push(
      `The best of ${count(completed)} is flattered by having been chosen` +
        (splits === null ? '.' : '; the columns "test" are on rows that no trial was chosen by.'),
    );
    if (facts.sensitivity) lines.push(...wrap(aroundText(facts.sensitivity), width));
    if (splits === null) lines.push(...wrap(UNSPLIT, width));
  }
  if (facts.front.length > 0) {
    const many = facts.front.length === 1 ? 'trial is' : 'trials are';
    lines.push(`${count(facts.front.length)} ${many} on the Pareto front, marked *.`);
  }
  if (verdict !== null) {
    lines.push('', ...verdictLines(verdict, layout), '');
    if (verdict.compared < completed) {
      lines.push(`${count(verdict.compared)} trials were compared day by day; all are counted.`);
    }
  }
  const counted = `${count(circumstances.trialNumber)} of this strategy on these data so far`;
  if (circumstances.trialNumber > 0) lines.push(labelled('ledger', [{ text: counted }], layout));
  if (best.length > 0) lines.push(whole('next', nextOf(best[0]!, options.again), layout));
  lines.push(whole('folder', plainText(out), layout));
  lines.push(labelled('digest', [{ text: shortDigest(resultDigest) }], layout));
  return lines.join('\n');
}

/** How the best is run alone, with the flags of the sweep: all that was swept is said, defaults too. */
function nextOf({ point }: BestTrial, again: string): string {
  const settings = Object.entries(point).map(([path, value]) => {
    const text = `${path.replace(/^decision\./, '')}=${textOf(value)}`;
    return `--set ${shellWord(text)}`;
  });
  return plainText(['npm run backtest --', again, ...settings].filter(Boolean).join(' '));
}

/** Plateau or spike, as the page says it at length. */
function aroundText({ kind, neighbours, keeping, kept }: Sensitivity): string {
  if (kind === 'unknown') return `Only ${count(neighbours)} trials lay next to the best: try more.`;
  const many = `${count(keeping)} of its ${count(neighbours)} neighbours keep half or more of its lead`;
  return `Around the best there is a ${kind}: ${many}, the median ${percent(kept, { digits: 0 })}.`;
}

function causes(failures: SweepResult['facts']['failures']): string {
  const parts = Object.entries(failures).map(
    ([code, n]) => `${count(n)} ${WORDS[code as FailureCode]}`,
  );
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

interface Field {
  readonly head: string;
  readonly of: (trial: BestTrial, rank: number) => string;
}

function tableOf(facts: SweepResult['facts'], top: number, layout: Layout): string[] {
  const rows = facts.best.slice(0, top);
  const paths = [...new Set(rows.flatMap(({ point }) => Object.keys(point)))];
  const names = shortNames(paths);
  const front = new Set(facts.front);
  const objectives = facts.objectives.map(({ name }) => name);
  const value = (name: string, one: number | null | undefined) =>
    FRACTIONS.has(name) ? percent(one) : decimal(one);
  const fields: Field[] = [
    { head: '', of: ({ index }, rank) => `${rank}${front.has(index) ? '*' : ''}` },
    ...paths.map((path, k) => ({
      head: names[k]!,
      of: ({ point }: BestTrial) => (path in point ? plainText(textOf(point[path])) : '-'),
    })),
    ...objectives.map((name, k) => ({
      head: name,
      of: ({ values }: BestTrial) => value(name, values[k]),
    })),
    { head: 'trades', of: ({ statistics }) => count(statistics?.trades) },
    ...(objectives.includes('maxDrawdown')
      ? []
      : [
          { head: 'drawdown', of: ({ statistics }: BestTrial) => percent(statistics?.maxDrawdown) },
        ]),
    ...(facts.splits === null
      ? []
      : [
          ...objectives.map((name, k) => ({
            head: `test ${name}`,
            of: ({ test }: BestTrial) => value(name, test?.values[k]),
          })),
        ]),
  ];
  const cells = rows.map((row, k) => fields.map(({ of }) => of(row, k + 1)));
  const heads = fields.map(({ head }) => head);
  const widths = heads.map((head, k) => {
    return Math.max(widthOf(head), ...cells.map((row) => widthOf(row[k]!)));
  });
  const line = (texts: readonly string[]) =>
    cut(texts.map((text, k) => text.padStart(widths[k]!)).join(GAP), layout.width);
  return [paint({ text: line(heads), paint: 'dim' }, layout), ...cells.map(line)];
}

/** The last words of each path that tell it from the others. */
function shortNames(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const keys = path.split('.');
    for (let n = 1; n < keys.length; n++) {
      const tail = keys.slice(-n).join('.');
      if (paths.every((other) => other === path || !other.endsWith(`.${tail}`))) {
        return cut(plainText(tail), MOST_PATH);
      }
    }
    return cut(plainText(path), MOST_PATH);
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
