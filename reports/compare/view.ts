// A comparison before it is drawn: what differs in what was run, in the numbers, day by day and trade
// by trade. The page, the screen and the JSON document say the same because they all start here.

import { DAY_MS } from '../../engine/interval.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { count, percent, utcDate } from '../format.ts';
import { FEWEST_DAYS, PROVEN_FROM } from '../verdict.ts';
import { configDifferences, type Difference, groundDifferences } from './differences.ts';
import { letterOf, type NumberLine, numberLines } from './numbers.ts';
import { type Overlap, overlapOf } from './overlap.ts';
import { dailyReturnsOf, type Pairing, pairingOf } from './pairing.ts';

/** Runs of one comparison: more lines than that are not told apart by eye. */
export const MOST_RUNS = 6;

/** A later run beside the first. */
export interface Pair {
  readonly letter: string;
  readonly pairing: Pairing;
  readonly overlap: Overlap;
  /** Orders, fills and equity of both have the same digest. */
  readonly isSameRun: boolean;
  /** The words of the difference, one sentence. */
  readonly verdict: string;
  /** Whether the days bear the words that one is ahead. */
  readonly isToldApart: boolean;
}

export interface CompareView {
  readonly runs: readonly RunResult[];
  readonly letters: readonly string[];
  readonly config: readonly Difference[];
  readonly ground: readonly Difference[];
  readonly numbers: readonly NumberLine[];
  readonly pairs: readonly Pair[];
  /** Reasons for care, each a sentence. */
  readonly cautions: readonly string[];
}

/** Compares runs with the first of them; from 2 to `MOST_RUNS`. */
export function compareView(runs: readonly RunResult[]): CompareView {
  const facts = runs.map((run) => run.facts);
  const [base, ...later] = runs as [RunResult, ...RunResult[]];
  const days = dailyReturnsOf(base);
  const pairs = later.map((run, k): Pair => {
    const letter = letterOf(k + 1);
    const pairing = pairingOf(days, dailyReturnsOf(run));
    const isSameRun = run.facts.digest === base.facts.digest;
    const told = verdictOf(letter, pairing, isSameRun, later.length);
    return { letter, pairing, overlap: overlapOf(base.trades, run.trades), isSameRun, ...told };
  });
  return {
    runs,
    letters: runs.map((_, k) => letterOf(k)),
    config: configDifferences(facts),
    ground: groundDifferences(facts),
    numbers: numberLines(facts),
    pairs,
    cautions: cautionsOf(runs),
  };
}

/** What the days say about `letter` against A; with several pairs each must be surer. */
function verdictOf(letter: string, pairing: Pairing, isSameRun: boolean, pairs: number) {
  const no = (verdict: string) => ({ verdict, isToldApart: false });
  if (isSameRun) {
    return no(`${letter} is A again: orders, fills and equity are equal to the last bit.`);
  }
  const { difference, isEqual, daysMs } = pairing;
  if (daysMs === null) return no(`${letter} and A have no whole day in common.`);
  const { days, yearly, p } = difference;
  if (isEqual) return no(`${letter} and A have the same return on each of ${count(days)} days.`);
  if (!Number.isFinite(p)) {
    return no(`${count(days)} common days are too few to compare ${letter} with A.`);
  }
  const side = yearly.estimate < 0 ? 'behind' : 'ahead of';
  const band = `${percent(yearly.lower, SIGNED)} to ${percent(yearly.upper, SIGNED)}`;
  const lead =
    `${letter} is ${percent(Math.abs(yearly.estimate))} a year ${side} A on ${count(days)} common days ` +
    `(${percent(yearly.confidence, { digits: 0 })} interval ${band}, p ${pText(p)})`;
  if (days < FEWEST_DAYS) return no(`${lead}: too short to say.`);
  const bar = (1 - PROVEN_FROM) / pairs;
  if (p >= bar) return no(`${lead}: not told apart, luck alone does this.`);
  const only = pairs === 1 ? 'if no other pair was looked at' : `among ${pairs} comparisons`;
  return { verdict: `${lead}: unlikely to be luck, ${only}.`, isToldApart: true };
}

const SIGNED = { sign: true } as const;

/** `0.031`, `below 0.001`: never a certainty. */
export function pText(p: number): string {
  if (!Number.isFinite(p)) return 'n/a';
  return p < 0.001 ? 'below 0.001' : p.toFixed(p < 0.1 ? 3 : 2);
}

function cautionsOf(runs: readonly RunResult[]): string[] {
  const facts = runs.map((run) => run.facts);
  const list: string[] = [];
  if (facts.some(({ data }) => data.kind === 'synthetic')) {
    const all = facts.every(({ data }) => data.kind === 'synthetic');
    const who = all ? 'The candles were' : 'The candles of some runs were';
    list.push(`${who} made by a generator, not by a market: no difference here is about a market.`);
  }
  const spans = facts.map(({ data }) => `${utcDate(data.fromMs)} to ${utcDate(data.toMs)}`);
  if (new Set(facts.map(({ data }) => `${data.fromMs} ${data.toMs}`)).size > 1) {
    const all = spans.map((span, k) => `${letterOf(k)} ${span}`).join(', ');
    list.push(`The runs do not cover the same time (${all}): returns are of different spans.`);
  } else if (new Set(facts.map(({ dataDigest }) => dataDigest)).size > 1) {
    list.push('The runs did not read the same data: a difference may come from there.');
  }
  if (new Set(facts.map(({ cashUsd }) => cashUsd)).size > 1) {
    list.push('The runs started with different cash: compare returns, not money.');
  }
  const trials = Math.max(...runs.map(({ circumstances }) => circumstances.trialNumber));
  if (trials > 1) {
    list.push(
      `${count(trials)} trials were made on such data so far: the better of many is flattered by having been chosen, and no interval here takes that off.`,
    );
  }
  return list;
}

/** Days of a pairing, `2025-01-01 to 2025-06-30`. */
export function daysText({ daysMs }: Pairing): string {
  if (daysMs === null) return 'none';
  return `${utcDate(daysMs[0])} to ${utcDate(daysMs[1] + DAY_MS - 1)}`;
}
