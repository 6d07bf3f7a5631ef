// The screen of a walk-forward: the folds or the splits and their paths, what they add up to, and the gates
// of the verdict. A pure function from the document to lines.

import { DAY_MS } from '../engine/interval.ts';
import type { PathSpread } from '../engine/research/cross-validation.ts';
import {
  count,
  decimal,
  type Maybe,
  type NumberStyle,
  percent,
  plainText,
} from '../reports/format.ts';
import { some } from '../reports/run/numbers.ts';
import { pathsOf, pointText, shortNames } from '../reports/sweep/words.ts';
import { cut, type Layout, labelled, paint, widthOf } from '../reports/table.ts';
import type { CrossEntry, SplitEntry, WalkDocument } from '../reports/walk-forward/document.ts';
import { daysOf, knownFolds, schemeWords, searchedPoints } from '../reports/walk-forward/words.ts';
import { modelLines, verdictLines } from './verdict-screen.ts';

const GAP = '  ';
const SIGNED = { sign: true };
/** Points that are named; of more the rest is counted. */
const MOST_POINTS = 8;

export interface WalkScreen {
  readonly document: WalkDocument;
  /** Paths of the files that were written. */
  readonly written: readonly string[];
  readonly layout: Layout;
}

/** The lines of the screen. */
export function walkScreen({ document, written, layout }: WalkScreen): string {
  const { strategy, symbols, isSynthetic, stitched, verdict, crossValidation } = document;
  const bold = (text: string) => ({ text, paint: 'bold' as const });
  const traded = [
    { text: symbols.map(plainText).join(' ') },
    { text: `${stitched.from} to ${stitched.to}` },
  ];
  if (isSynthetic) traded.push({ text: 'SYNTHETIC' });
  const lines = [
    labelled('walk', [bold(plainText(strategy)), { text: schemeWords(document) }], layout),
    labelled('traded', traded, layout),
    ...modelLines(verdict.models, layout, knownFolds(document)),
    ...(crossValidation === null ? [] : purgeLines(document, crossValidation, layout)),
    '',
    ...(crossValidation === null
      ? foldTable(document, layout)
      : splitTable(document, crossValidation, layout)),
    ...pointLines(document, layout),
    '',
    ...(crossValidation === null ? [] : pathLines(crossValidation, layout)),
    labelled(
      crossValidation === null ? 'stitched' : `path ${crossValidation.judgedPath}`,
      stitchedPieces(document),
      layout,
    ),
    labelled('counted', [{ text: `${count(verdict.trials)} trials of this family` }], layout),
    '',
    ...verdictLines(verdict, layout),
    ...written.map((path, k) => {
      return labelled(k === 0 ? 'written' : '', [{ text: plainText(path) }], layout);
    }),
  ];
  return lines.join('\n');
}

function foldTable({ list, objective }: WalkDocument, layout: Layout): string[] {
  const heads = ['', 'trained from', 'traded from', 'to', 'trials', `${objective} in`, 'out'];
  heads.push('return', 'drawdown', 'trades');
  const cells = list.map(({ trainedOn, from, to, trials, inSample, outOfSample }, k) => {
    const out = outOfSample?.statistics;
    return [
      `${k + 1}`,
      trainedOn[0]!.from,
      from,
      to,
      count(trials),
      decimal(inSample?.value),
      decimal(outOfSample?.value),
      percent(out?.totalReturn, { sign: true }),
      percent(out?.maxDrawdown),
      count(out?.trades),
    ];
  });
  const failures = list.flatMap(({ outOfSample }, k) => {
    const failure = outOfSample?.failure;
    return failure ? [`fold ${k + 1} did not go through: ${plainText(failure)}`] : [];
  });
  return [...grid(heads, cells, layout), ...failures];
}

function splitTable({ objective }: WalkDocument, cross: CrossEntry, layout: Layout): string[] {
  const heads = ['', 'tested folds', 'days searched', 'trials', `${objective} in`, 'out'];
  heads.push('return', 'drawdown', 'trades');
  const each = (split: SplitEntry, of: (run: SplitEntry['tested'][number]['run']) => string) =>
    split.tested.map(({ run }) => of(run)).join(' ');
  const cells = cross.splits.map((split, k) => [
    `${k + 1}`,
    split.tested.map(({ fold }) => fold).join(' '),
    count(daysOf(split.trainedOn)),
    count(split.trials),
    decimal(split.inSample?.value),
    each(split, (run) => decimal(run?.value)),
    each(split, (run) => percent(run?.statistics?.totalReturn, { sign: true })),
    percent(Math.min(0, ...split.tested.map(({ run }) => run?.statistics?.maxDrawdown ?? 0))),
    count(split.tested.reduce((sum, { run }) => sum + (run?.statistics?.trades ?? 0), 0)),
  ]);
  const failures = cross.splits.flatMap(({ tested }, k) =>
    tested.flatMap(({ fold, run }) => {
      if (!run?.failure) return [];
      return [`fold ${fold} of split ${k + 1} did not go through: ${plainText(run.failure)}`];
    }),
  );
  return [...grid(heads, cells, layout), ...failures];
}

function grid(
  heads: readonly string[],
  cells: readonly (readonly string[])[],
  layout: Layout,
): string[] {
  const widths = heads.map((head, k) =>
    Math.max(widthOf(head), ...cells.map((row) => widthOf(row[k]!))),
  );
  const line = (texts: readonly string[]) =>
    cut(texts.map((text, k) => text.padStart(widths[k]!)).join(GAP), layout.width);
  return [paint({ text: line(heads), paint: 'dim' }, layout), ...cells.map(line)];
}

function purgeLines(
  { purgeDays, embargoDays }: WalkDocument,
  { warmupMs, longestTradeMs }: CrossEntry,
  layout: Layout,
): string[] {
  const days = (ms: number) => `${decimal(ms / DAY_MS, { digits: 1 })} days`;
  const pieces = [
    {
      text: `${some(purgeDays!, 'day')} on either side of a test, ${count(embargoDays)} more after it`,
    },
    { text: `warm-up ${days(warmupMs)}` },
    { text: `longest trade ${days(longestTradeMs)}` },
  ];
  const lines = [labelled('purged', pieces, layout)];
  if (purgeDays! * DAY_MS + embargoDays! * DAY_MS < warmupMs) {
    const text = 'training after a test reads candles of it as warm-up: purge more days';
    lines.push(labelled('', [{ text, paint: 'yellow' as const }], layout));
  }
  return lines;
}

/** Which points were found, and how often. */
function pointLines(document: WalkDocument, layout: Layout): string[] {
  const found = searchedPoints(document);
  if (found.every(({ point }) => point !== null && Object.keys(point).length === 0)) return [];
  const paths = pathsOf(found.flatMap(({ point }) => (point === null ? [] : [{ point }])));
  const short = shortNames(paths);
  const names = new Map(paths.map((path, k) => [path, short[k]!]));
  const textOf = (point: (typeof found)[number]['point']) =>
    point === null ? 'nothing: no trial had a value' : pointText(point, names);
  const shown = found.slice(0, MOST_POINTS).map(({ point, at }, k) => {
    const where = `${document.crossValidation === null ? 'fold' : 'split'} ${at.join(' ')}`;
    return labelled(k === 0 ? 'chosen' : '', [{ text: textOf(point) }, { text: where }], layout);
  });
  const more = found.length - shown.length;
  const rest = more > 0 ? [labelled('', [{ text: `and ${count(more)} more` }], layout)] : [];
  const { recommended, crossValidation } = document;
  const best =
    crossValidation === null || recommended === null
      ? []
      : [labelled('over all', [{ text: textOf(recommended) }], layout)];
  return ['', ...shown, ...rest, ...best];
}

function pathLines({ paths, sharpe, totalReturn }: CrossEntry, layout: Layout): string[] {
  if (paths.length === 1) return [];
  const line = (
    label: string,
    spread: PathSpread | null,
    text: (value: Maybe, style?: NumberStyle) => string,
  ) => {
    if (spread === null) {
      return labelled('', [{ text: `${label} n/a: a path has none` }], layout);
    }
    const { min, median, max, mean, sd, notAbove0 } = spread;
    return labelled(
      '',
      [
        { text: `${label.padEnd(7)} ${text(min, SIGNED)} to ${text(max, SIGNED)}` },
        { text: `median ${text(median, SIGNED)}` },
        { text: `mean ${text(mean, SIGNED)}` },
        { text: `sd ${text(sd)}` },
        { text: `${percent(notAbove0, { digits: 0 })} not above 0` },
      ],
      layout,
    );
  };
  return [
    labelled('paths', [{ text: `${count(paths.length)} of all days, out of sample` }], layout),
    line('Sharpe', sharpe, decimal),
    line('return', totalReturn, percent),
  ];
}

function stitchedPieces({ stitched, efficiency, buyAndHold }: WalkDocument) {
  const { totalReturn, sharpe, maxDrawdown, trades } = stitched;
  return [
    { text: `return ${percent(totalReturn, { sign: true })}` },
    { text: `Sharpe ${decimal(sharpe)}` },
    { text: `drawdown ${percent(maxDrawdown)}` },
    { text: `${count(trades)} trades` },
    { text: `efficiency ${decimal(efficiency)}` },
    { text: `buy and hold ${percent(buyAndHold, { sign: true })}` },
  ];
}
