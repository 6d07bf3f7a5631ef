// The screen of stops that were tried on trades from elsewhere. A pure function from facts to lines.

import type { Point } from '../engine/research/sweep/space.ts';
import { count, decimal, percent, plainText } from '../reports/format.ts';
import { cut, type Layout, labelled, whole } from '../reports/table.ts';
import type { LeftOut } from './stop-trades.ts';

interface Came {
  readonly pnl: number;
  readonly stopped: number;
}

export interface StopFacts {
  readonly name: string;
  readonly sampler: string;
  readonly unit: string;
  readonly trades: number;
  readonly replayed: number;
  readonly leftOut: readonly LeftOut[];
  readonly train: number;
  readonly test: number;
  readonly sources: readonly string[];
  readonly asTraded: { readonly train: number; readonly test: number | null };
  readonly trials: number;
  readonly best: readonly {
    readonly point: Point;
    readonly train: Came;
    readonly test: Came | null;
  }[];
}

export interface StopScreen extends Layout {
  readonly out: string;
  readonly csv: string;
  readonly top: number;
}

const NAMED = 5;

export function stopScreen(facts: StopFacts, { out, csv, ...layout }: StopScreen): string {
  const { trades, replayed, leftOut, train, test, asTraded, best } = facts;
  const money = (value: number) =>
    facts.unit === 'fraction' ? percent(value, { sign: true }) : decimal(value);
  const lines = [
    labelled(
      'stops',
      [
        { text: plainText(facts.name), paint: 'bold' },
        { text: `on ${plainText(csv)}` },
        { text: facts.sampler },
        { text: `${count(facts.trials)} trials` },
      ],
      layout,
    ),
    labelled(
      'replayed',
      [
        { text: `${count(replayed)} of ${count(trades)} trades` },
        { text: facts.sources.map(plainText).join(', ') },
      ],
      layout,
    ),
  ];
  for (const { line, symbol, why } of leftOut.slice(0, NAMED)) {
    lines.push(
      labelled(
        'left out',
        [{ text: `line ${line}, ${plainText(symbol)}: ${plainText(why)}` }],
        layout,
      ),
    );
  }
  const more = leftOut.length - NAMED;
  if (more > 0)
    lines.push(labelled('', [{ text: `and ${count(more)} more, in result.json` }], layout));
  const head = ['', 'buffer', 'step', `P&L of ${count(train)}`, 'stopped'];
  if (test > 0) head.push(`P&L of the ${count(test)} after`, 'stopped');
  const rowOf = (name: string, cells: readonly string[]) => [name, ...cells];
  const value = (point: Point, name: string) => {
    const found = Object.entries(point).find(([path]) => path.endsWith(`.${name}`))?.[1];
    return found === undefined ? '-' : decimal(found as number, { digits: 5 });
  };
  const rows = [
    head,
    ...best.map(({ point, train: inside, test: outside }, k) =>
      rowOf(`${k + 1}`, [
        value(point, 'buffer'),
        value(point, 'step'),
        money(inside.pnl),
        count(inside.stopped),
        ...(outside === null ? [] : [money(outside.pnl), count(outside.stopped)]),
      ]),
    ),
    rowOf('as traded', [
      '',
      '',
      money(asTraded.train),
      '',
      ...(asTraded.test === null ? [] : [money(asTraded.test), '']),
    ]),
  ];
  const widths = head.map((_, k) => Math.max(...rows.map((row) => row[k]!.length)));
  lines.push('');
  for (const row of rows) {
    lines.push(cut(row.map((text, k) => text.padStart(widths[k]!)).join('  '), layout.width));
  }
  lines.push(
    '',
    `A stop can only end a trade earlier. The best of ${count(facts.trials)} is flattered by having been chosen${test > 0 ? '; the later trades chose nothing.' : '.'}`,
    whole('folder', plainText(out), layout),
  );
  return lines.join('\n');
}
