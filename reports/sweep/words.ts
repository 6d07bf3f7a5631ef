// The words of a sweep's page: statistics as people read them, names of parameters, why trials failed.
// Fractions become per cent here and in format.ts only; a value that is not defined reads n/a.

import type { BestTrial } from '../../engine/research/sweep/facts.ts';
import type { FailureCode } from '../../engine/research/sweep/outcome.ts';
import type { Point } from '../../engine/research/sweep/space.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import { count, decimal, duration, type Maybe, percent, plainText, usd } from '../format.ts';
import { cut } from '../table.ts';

const MOST_NAME = 32;
/** Letters of a value that is no number: a list may be long. */
const MOST_WORD = 80;

type Kind = 'fraction' | 'usd' | 'ms' | 'count';

/** Statistics that are no plain numbers. */
const KINDS: Readonly<Partial<Record<keyof Statistics, Kind>>> = {
  finalEquityUsd: 'usd',
  peakEquityUsd: 'usd',
  totalReturn: 'fraction',
  cagr: 'fraction',
  volatility: 'fraction',
  maxDrawdown: 'fraction',
  maxDrawdownUsd: 'usd',
  maxDrawdownMs: 'ms',
  days: 'count',
  trades: 'count',
  winRate: 'fraction',
  expectancyUsd: 'usd',
  averageWinUsd: 'usd',
  averageLossUsd: 'usd',
  exposureTime: 'fraction',
  feesUsd: 'usd',
  slippageUsd: 'usd',
  fundingUsd: 'usd',
};

/** Why trials failed, in the plural: `3 refused by the config`. */
export const FAILURE_WORDS: Readonly<Record<FailureCode, string>> = {
  refused: 'refused by the config: values out of range, or that do not go together',
  'warmup-missing': 'need candles from before the first that was read',
  'run-failed': 'broken off: the strategy threw, answered nonsense, or the run could not go on',
  unanswered: 'asked a model what the tape does not answer',
  'broken-invariant': 'ended by a defect of ours: please report it',
  'objective-undefined': 'ran, but the objective is not defined for them, such as without a trade',
  'objective-failed': 'ran, but the objective of the spec threw',
  'worker-lost': 'two workers died of each',
};

function kindOf(name: string): Kind | undefined {
  return Object.hasOwn(KINDS, name) ? KINDS[name as keyof Statistics] : undefined;
}

/** The value of an objective: `1.43`, `-12.3 %`, `n/a`. `name` as in the statistics. */
export function valueText(name: string, value: Maybe): string {
  const kind = kindOf(name);
  if (kind === 'fraction') return percent(value);
  if (kind === 'usd') return usd(value);
  if (kind === 'ms') return duration(value);
  if (kind === 'count') return count(value);
  if (value !== null && value !== undefined && value !== 0 && Math.abs(value) < 0.01) {
    return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : decimal(value);
  }
  return decimal(value);
}

/** The same on an axis, with the places that its ticks need. */
export function tickOf(name: string): (value: number, digits: number) => string {
  const kind = kindOf(name);
  if (kind === 'fraction') {
    return (value, digits) => percent(value, { digits: Math.max(0, digits - 2) });
  }
  if (kind === 'ms') return (value) => duration(value);
  return (value, digits) => decimal(value, { digits });
}

/** A number of a parameter in six figures at most; exact ones stand in commands. */
export function shortNumber(value: number, figures = 6): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(figures))) : 'n/a';
}

/** What a parameter was: a number, a word, or JSON. Not there = it did not matter. */
export function parameterText(value: Point[string] | undefined): string {
  if (value === undefined) return '-';
  if (typeof value === 'number') return shortNumber(value);
  return cut(plainText(typeof value === 'string' ? value : JSON.stringify(value)), MOST_WORD);
}

/** The last words of each path that tell it from the others. */
export function shortNames(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const keys = path.split('.');
    for (let n = 1; n < keys.length; n++) {
      const tail = keys.slice(-n).join('.');
      if (paths.every((other) => other === path || !other.endsWith(`.${tail}`))) {
        return cut(plainText(tail), MOST_NAME);
      }
    }
    return cut(plainText(path), MOST_NAME);
  });
}

/** `buffer 0.02, step 0.005`; `names` by path. */
export function pointText(point: Point, names: ReadonlyMap<string, string>): string {
  const words = Object.entries(point).map(
    ([path, value]) => `${names.get(path) ?? plainText(path)} ${parameterText(value)}`,
  );
  return words.length === 0 ? 'the base config' : words.join(', ');
}

/** Every path that a trial of these has, in the order in which they come up. */
export function pathsOf(trials: Iterable<Pick<BestTrial, 'point'>>): string[] {
  const paths = new Set<string>();
  for (const { point } of trials) for (const path of Object.keys(point)) paths.add(path);
  return [...paths];
}
