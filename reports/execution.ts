// What working orders cost, put in the order in which it is read: the way that moved most money
// first, exits last. Costs are USD, positive = paid; per cent and bps are made in `format.ts`.

import type { ExecutionFacts, FillColumns, RunFacts } from '../engine/research/result.ts';
import { bps, count, type Maybe, percent, plainName } from './format.ts';
import { listThatFits, widthOf } from './table.ts';

/** Closing market orders; they follow from the entries, so they stand behind them. */
const EXIT = 'exit';

/** The ways of working that were used. */
export function workedOrders({ execution }: RunFacts): ExecutionFacts[] {
  const isExit = ({ algorithm }: ExecutionFacts) => Number(algorithm === EXIT);
  return [...execution].sort((a, b) => isExit(a) - isExit(b) || b.paperUsd - a.paperUsd);
}

/** All of them as one line. */
export function allOrders(rows: readonly ExecutionFacts[], algorithm: string): ExecutionFacts {
  const sum = (pick: (row: ExecutionFacts) => number) =>
    rows.reduce((total, row) => total + pick(row), 0);
  const paperUsd = sum((row) => row.paperUsd);
  const totalUsd = sum((row) => row.totalUsd);
  return {
    algorithm,
    parents: sum((row) => row.parents),
    fills: sum((row) => row.fills),
    paperUsd,
    filledPaperUsd: sum((row) => row.filledPaperUsd),
    delayUsd: sum((row) => row.delayUsd),
    spreadUsd: sum((row) => row.spreadUsd),
    impactUsd: sum((row) => row.impactUsd),
    feeUsd: sum((row) => row.feeUsd),
    missedUsd: sum((row) => row.missedUsd),
    totalUsd,
    bps: paperUsd > 0 ? (totalUsd / paperUsd) * 1e4 : 0,
  };
}

/** What of the fills was traded, USD, and what of that was taken from our limits. */
export interface Traded {
  readonly notionalUsd: number;
  readonly makerFills: number;
  readonly makerUsd: number;
}

/** Adds the fills up. */
export function tradedIn({ length, qty, price, maker }: FillColumns): Traded {
  let notionalUsd = 0;
  let makerFills = 0;
  let makerUsd = 0;
  for (let k = 0; k < length; k++) {
    const usd = Math.abs(qty[k]! * price[k]!);
    notionalUsd += usd;
    if (maker[k] !== 1) continue;
    makerFills++;
    makerUsd += usd;
  }
  return { notionalUsd, makerFills, makerUsd };
}

const BETWEEN = ' · ';

/**
 * The ways on one line of the screen: `market 144 orders, shortfall 2.3 bps (delay 0.1 spread 2.0) ·
 * twap 12, 5.1 bps, 4 % missed`. Without the parts where that makes all ways fit; null = no orders.
 */
export function executionWords(facts: RunFacts, width: number): string | null {
  const [main, ...others] = workedOrders(facts);
  if (main === undefined) return null;
  const rest = others.map(otherWay);
  const full = [`${mainWay(main)}${partsOf(main)}`, ...rest].join(BETWEEN);
  if (widthOf(full) <= width) return full;
  return listThatFits([mainWay(main), ...rest], width, BETWEEN);
}

function mainWay({ algorithm, parents, paperUsd, totalUsd }: ExecutionFacts): string {
  const orders = `${count(parents)} ${parents === 1 ? 'order' : 'orders'}`;
  return `${plainName(algorithm)} ${orders}, shortfall ${bps(totalUsd / paperUsd)}`;
}

/** What rounds to zero is left out. */
function partsOf(way: ExecutionFacts): string {
  const { paperUsd } = way;
  const parts: (readonly [string, number])[] = [
    ['delay', way.delayUsd],
    ['spread', way.spreadUsd],
    ['impact', way.impactUsd],
    ['fee', way.feeUsd],
    ['missed', way.missedUsd],
  ];
  const shown = parts.flatMap(([name, paidUsd]) => worth(name, paidUsd / paperUsd) ?? []);
  return shown.length === 0 ? '' : ` (${shown.join(' ')})`;
}

function otherWay({
  algorithm,
  parents,
  paperUsd,
  filledPaperUsd,
  totalUsd,
}: ExecutionFacts): string {
  const missed = paperUsd > 0 ? 1 - filledPaperUsd / paperUsd : 0;
  const words = `${plainName(algorithm)} ${count(parents)}, ${bps(totalUsd / paperUsd)}`;
  // Less than a half per cent is the remainder below a lot.
  return missed < 0.005 ? words : `${words}, ${percent(missed, { digits: 0 })} missed`;
}

/** `spread 2.0`, bps understood; null where it reads as nothing. */
function worth(name: string, fraction: Maybe): string | null {
  const [number] = bps(fraction).split(' ');
  return number === 'n/a' || Number(number) === 0 ? null : `${name} ${number}`;
}
