// The words of a walk-forward, the same on the screen and on the page.

import { parseInstant } from '../../engine/config/instant.ts';
import { DAY_MS } from '../../engine/interval.ts';
import { type Point, pointKey } from '../../engine/research/sweep/space.ts';
import { count, percent } from '../format.ts';
import { some } from '../run/numbers.ts';
import type { Dates, WalkDocument } from './document.ts';

/** `6 folds, trained on 6 times as long`. */
export function schemeWords({ scheme, folds, train, testFolds, paths }: WalkDocument): string {
  const many = some(folds, 'fold');
  if (scheme === 'anchored') return `${many}, trained on all before`;
  if (scheme === 'rolling') return `${many}, trained on ${count(train)} times as long`;
  if (scheme === 'purged') return `purged: ${many}, each traded by a search on the others`;
  return `combinatorial purged: ${count(testFolds)} of ${many} at a time, ${some(paths ?? 0, 'path')}`;
}

/** `before the cut-off: 50 % of fold 1`; null where no fold that was traded begins before it. */
export function knownFolds({ list, crossValidation, verdict }: WalkDocument): string | null {
  const { models } = verdict;
  if (models === undefined || models.contaminatedCandles === 0) return null;
  const cutoffMs = models.tape?.knowledgeMs ?? Number.POSITIVE_INFINITY;
  const parts = (crossValidation?.groups ?? list).flatMap(({ from, to }, k) => {
    const share = (Math.min(cutoffMs, msOf(to)) - msOf(from)) / (msOf(to) - msOf(from));
    return share > 0 ? [`${percent(share, { digits: 0 })} of fold ${k + 1}`] : [];
  });
  return `before the cut-off: ${parts.join(', ')}`;
}

/** Days of ranges of dates. */
export function daysOf(ranges: readonly Dates[]): number {
  return ranges.reduce((sum, { from, to }) => sum + (msOf(to) - msOf(from)) / DAY_MS, 0);
}

/** The midnight that a date begins with, UTC ms. */
export function msOf(date: string): number {
  return parseInstant(date, 'date');
}

/** What was found and in which folds or splits (from 1), the most frequent first. */
export function searchedPoints({
  list,
  crossValidation,
}: Pick<WalkDocument, 'list' | 'crossValidation'>): {
  readonly point: Point | null;
  readonly at: readonly number[];
}[] {
  const found = new Map<string, { readonly point: Point | null; readonly at: number[] }>();
  (crossValidation?.splits ?? list).forEach(({ point }, k) => {
    const key = point === null ? '' : pointKey(point);
    const one = found.get(key) ?? { point, at: [] };
    one.at.push(k + 1);
    found.set(key, one);
  });
  return [...found.values()].sort((a, b) => b.at.length - a.at.length);
}
