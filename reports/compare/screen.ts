// A comparison on the terminal: what was compared, the numbers in columns, what was set differently,
// and the verdict in words. At most 100 columns; lists that are cut say how many more there are.

import { percent, plainName, plainText, shortDigest, utcDate } from '../format.ts';
import { cut, type Layout, labelled, paint, sparkline, whole, widthOf, wrap } from '../table.ts';
import { outOf } from './numbers.ts';
import type { CompareView } from './view.ts';

const WIDEST = 100;
const LABEL = 22;
const COLUMN = 14;
const MOST_PATHS = 8;
const MOST_PATH = 48;

/** The lines of the screen; `out` is the page's path as one would type it. */
export function compareScreen(
  view: CompareView,
  options: { readonly color: boolean; readonly width?: number; readonly out: string },
): string {
  const width = Math.min(WIDEST, Math.max(80, Math.floor(options.width ?? WIDEST)));
  const layout: Layout = { width, color: options.color };
  const lines = [
    ...heads(view, layout),
    '',
    ...numbers(view, layout),
    '',
    ...settings(view, layout),
    ...verdicts(view, layout),
    ...trades(view, layout),
    ...view.cautions.flatMap((text, k) =>
      wrap(plainText(text), width - 11).map((line, row) =>
        labelled(k === 0 && row === 0 ? 'careful' : '', [{ text: line, paint: 'yellow' }], layout),
      ),
    ),
    whole('report', plainText(options.out), layout),
  ];
  return lines.map((line) => line.trimEnd()).join('\n');
}

function heads({ runs, letters }: CompareView, layout: Layout): string[] {
  return runs.map(({ facts, equity }, k) =>
    labelled(
      k === 0 ? 'compare' : '',
      [
        { text: `${letters[k]} ${plainName(facts.name)}`, paint: 'bold' },
        { text: shortDigest(facts.digest), paint: 'dim' },
        { text: `${utcDate(facts.data.fromMs)} → ${utcDate(facts.data.toMs)}` },
        { text: sparkline(equity.equityUsd, 24) },
      ],
      layout,
    ),
  );
}

function numbers({ numbers: lines, letters }: CompareView, layout: Layout): string[] {
  // With many runs the differences do not fit; the page has them.
  const room = Math.floor((layout.width - LABEL) / COLUMN);
  const later = letters.slice(1, Math.max(1, room - letters.length + 1));
  const titles = [...letters, ...later.map((letter) => `${letter} less A`)];
  const head = ''.padEnd(LABEL) + titles.map(right).join('');
  const rows = lines.map(({ label, values, differences, text, differenceText }) => {
    const cells = [...values.map(text), ...later.map((_, k) => differenceText(differences[k]))];
    return label.padEnd(LABEL) + cells.map(right).join('');
  });
  return [paint({ text: head, paint: 'dim' }, layout), ...rows];
}

function right(text: string): string {
  return cut(text, COLUMN - 1).padStart(COLUMN);
}

function settings({ config }: CompareView, layout: Layout): string[] {
  if (config.length === 0) return [labelled('config', [{ text: 'equal at every path' }], layout)];
  const shown = config.slice(0, MOST_PATHS);
  const paths = shown.map(({ path }) => cut(plainText(path), MOST_PATH));
  const widest = Math.max(...paths.map(widthOf));
  const lines = shown.map(({ values }, k) => {
    const texts = values.map((value) => cut(plainText(value ?? 'not set'), 24));
    return `${paths[k]!.padEnd(widest)}  ${texts.join(' | ')}`;
  });
  const more = config.length - shown.length;
  if (more > 0) lines.push(`and ${more} more paths`);
  return lines.map((text, k) => labelled(k === 0 ? 'config' : '', [{ text }], layout));
}

function verdicts({ pairs }: CompareView, layout: Layout): string[] {
  return pairs.flatMap(({ verdict, isToldApart }, k) =>
    wrap(verdict, layout.width - 11).map((text, row) => {
      const color = isToldApart ? ('green' as const) : ('yellow' as const);
      return labelled(k === 0 && row === 0 ? 'difference' : '', [{ text, paint: color }], layout);
    }),
  );
}

function trades({ pairs }: CompareView, layout: Layout): string[] {
  return pairs.map(({ letter, overlap }, k) => {
    const { same, trades: both, timeShared } = overlap;
    const text =
      `${outOf(same, both[0])} entries of A are in ${letter} too (${outOf(same, both[1])} of its own); ` +
      `time shared ${percent(timeShared, { digits: 0 })}`;
    return labelled(k === 0 ? 'trades' : '', [{ text }], layout);
  });
}
