// The screen of a walk-forward: the folds, what they add up to, and the gates of the verdict.
// A pure function from results to lines.

import type { Verdict } from '../engine/research/verdict.ts';
import type { Fold, Stitched } from '../engine/research/walk-forward.ts';
import { count, decimal, percent, plainText, utcDate } from '../reports/format.ts';
import { cut, type Layout, labelled, paint, widthOf } from '../reports/table.ts';
import { verdictLines } from './verdict-screen.ts';

const DAY_MS = 86_400_000;
const GAP = '  ';

export interface WalkScreen {
  readonly label: string;
  readonly symbols: readonly string[];
  readonly isSynthetic: boolean;
  readonly objective: string;
  /** `6 folds, trained on 6 times as long`. */
  readonly how: string;
  readonly openMs: Float64Array;
  readonly folds: readonly Fold[];
  readonly stitched: Stitched;
  readonly efficiency: number;
  /** Return of buy-and-hold over the traded days, a fraction. */
  readonly benchmark: number;
  readonly verdict: Verdict;
  /** Path of verdict.json; null when none was written. */
  readonly written: string | null;
  readonly layout: Layout;
}

/** The lines of the screen. */
export function walkScreen(screen: WalkScreen): string {
  const { label, symbols, isSynthetic, how, stitched, verdict, layout, written } = screen;
  const { days } = stitched;
  const span = `${utcDate(days.from * DAY_MS)} to ${utcDate(days.to * DAY_MS)}`;
  const bold = (text: string) => ({ text, paint: 'bold' as const });
  const traded = [{ text: symbols.map(plainText).join(' ') }, { text: span }];
  if (isSynthetic) traded.push({ text: 'SYNTHETIC' });
  const lines = [
    labelled('walk', [bold(plainText(label)), { text: how }], layout),
    labelled('traded', traded, layout),
    '',
    ...foldTable(screen),
    '',
    labelled('stitched', stitchedPieces(screen), layout),
    labelled('counted', [{ text: `${count(verdict.trials)} trials of this family` }], layout),
    '',
    ...verdictLines(verdict, layout),
  ];
  if (written !== null) lines.push(labelled('written', [{ text: plainText(written) }], layout));
  return lines.join('\n');
}

function foldTable({ folds, objective, openMs, layout }: WalkScreen): string[] {
  const hasPoints = folds.some(({ point }) => point !== null && Object.keys(point).length > 0);
  const heads = ['', 'trained from', 'traded from', 'to', 'trials', `${objective} in`, 'out'];
  heads.push('return', 'drawdown', 'trades');
  const cells = folds.map((fold, k) => {
    const { train, testDays, trials, inSample, outOfSample } = fold;
    const out = outOfSample?.statistics;
    return [
      `${k + 1}`,
      utcDate(openMs[train.from]),
      utcDate(testDays.from * DAY_MS),
      utcDate(testDays.to * DAY_MS),
      count(trials),
      decimal(inSample?.value),
      decimal(outOfSample?.value),
      percent(out?.totalReturn, { sign: true }),
      percent(out?.maxDrawdown),
      count(out?.trades),
    ];
  });
  const widths = heads.map((head, k) =>
    Math.max(widthOf(head), ...cells.map((row) => widthOf(row[k]!))),
  );
  const line = (texts: readonly string[]) =>
    cut(texts.map((text, k) => text.padStart(widths[k]!)).join(GAP), layout.width);
  const failures = folds.flatMap(({ outOfSample }, k) => {
    const failure = outOfSample?.failure;
    return failure ? [`fold ${k + 1} did not go through: ${plainText(failure)}`] : [];
  });
  const chosen = hasPoints
    ? [
        '',
        ...folds.map((fold, k) => labelled(`chosen ${k + 1}`, [{ text: pointText(fold) }], layout)),
      ]
    : [];
  const head = paint({ text: line(heads), paint: 'dim' }, layout);
  return [head, ...cells.map(line), ...failures, ...chosen];
}

function pointText({ point }: Fold): string {
  if (point === null) return 'nothing: no trial had a value';
  const parts = Object.entries(point).map(([path, value]) => {
    return `${path.split('.').at(-1)} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return plainText(parts.join(', '));
}

function stitchedPieces({ stitched, efficiency, benchmark }: WalkScreen) {
  const { totalReturn, sharpe, maxDrawdown, trades } = stitched;
  return [
    { text: `return ${percent(totalReturn, { sign: true })}` },
    { text: `Sharpe ${decimal(sharpe)}` },
    { text: `drawdown ${percent(maxDrawdown)}` },
    { text: `${count(trades)} trades` },
    { text: `efficiency ${decimal(efficiency)}` },
    { text: `buy and hold ${percent(benchmark, { sign: true })}` },
  ];
}
