// How a walk-forward divides the data, from its flags: what was typed is checked before anything is read,
// and a flag of one scheme is no silent nothing under another.

import type { Command } from 'commander';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import { MAX_DRAWDOWN, wholeFlags } from './flags.ts';

/** Flags of the division, as they were typed. */
export interface DivisionFlags {
  readonly scheme?: string;
  readonly folds?: string;
  readonly train?: string;
  readonly anchored?: boolean;
  readonly testFolds?: string;
  readonly purge?: string;
  readonly embargo?: string;
  readonly maxDrawdown?: string;
}

const SCHEMES = ['rolling', 'anchored', 'purged', 'combinatorial'] as const;
export type Scheme = (typeof SCHEMES)[number];

export interface WalkOptions {
  readonly scheme: Scheme;
  readonly folds: number;
  /** Length of a training window, in folds; rolling and anchored. */
  readonly train: number;
  /** Folds that a split tests: 1 of the purged scheme. */
  readonly testFolds: number;
  /** Days; null = as the data and the config say. */
  readonly purgeDays: number | null;
  readonly embargoDays: number | null;
  /** Deepest drawdown of a fold that passes, a fraction. */
  readonly limit: number;
}

const FOLDS = 6;
const TRAIN = 6;
/** With six folds that is 15 splits and 5 paths, the example of the book. */
const TEST_FOLDS = 2;
const MOST_WINDOWS = 100;
const MOST_DAYS = 10_000;

/** Which schemes a flag means something to. */
const FOR = {
  '--train': ['rolling', 'anchored'],
  '--test-folds': ['combinatorial'],
  '--purge': ['purged', 'combinatorial'],
  '--embargo': ['purged', 'combinatorial'],
} as const;

/** Adds the flags that say how days are divided. */
export function addDivisionFlags(command: Command): Command {
  return command
    .option('--scheme <name>', `how the days are divided: ${SCHEMES.join(', ')} (rolling)`)
    .option('--folds <number>', `folds that are traded (${FOLDS})`)
    .option('--train <number>', `length of a training window, in folds (${TRAIN})`)
    .option('--anchored', 'the same as --scheme anchored: training begins where the data do')
    .option('--test-folds <number>', `folds that a split of combinatorial tests (${TEST_FOLDS})`)
    .option(
      '--purge <days>',
      'days left out of training around a test (warm-up, or the longest trade)',
    )
    .option('--embargo <days>', 'more days left out after a test (1 % of all)');
}

/** Splits are made of all days, each searched by what lies around what it tests. */
export function isCrossed({ scheme }: Pick<WalkOptions, 'scheme'>): boolean {
  return scheme === 'purged' || scheme === 'combinatorial';
}

/** The options that flags mean. Throws InputError with every problem. */
export function walkOptions(flags: DivisionFlags): WalkOptions {
  const problems: Problem[] = [];
  const scheme = schemeOf(flags, problems);
  const whole = wholeFlags(problems);
  const { maxDrawdown } = flags;
  const limit = maxDrawdown === undefined ? MAX_DRAWDOWN : Number(maxDrawdown);
  if (!(limit > 0 && limit <= 1) || maxDrawdown?.trim() === '') {
    const rule = 'must be a fraction above 0, up to 1';
    problems.push({ key: '--max-drawdown', rule, value: maxDrawdown });
  }
  const crosses = scheme !== null && isCrossed({ scheme });
  const given = {
    '--train': flags.train,
    '--test-folds': flags.testFolds,
    '--purge': flags.purge,
    '--embargo': flags.embargo,
  };
  for (const [key, schemes] of Object.entries(FOR)) {
    const value = given[key as keyof typeof given];
    if (value === undefined || scheme === null) continue;
    if ((schemes as readonly Scheme[]).includes(scheme)) continue;
    const rule = `must be left out: it is for --scheme ${schemes.join(' and ')}, not ${scheme}`;
    problems.push({ key, rule, value });
  }
  const options = {
    scheme: scheme ?? 'rolling',
    folds: whole('--folds', flags.folds, crosses ? 2 : 1, MOST_WINDOWS) ?? FOLDS,
    train: whole('--train', flags.train, 1, MOST_WINDOWS) ?? TRAIN,
    testFolds:
      whole('--test-folds', flags.testFolds, 1, MOST_WINDOWS) ??
      (scheme === 'combinatorial' ? TEST_FOLDS : 1),
    purgeDays: whole('--purge', flags.purge, 0, MOST_DAYS),
    embargoDays: whole('--embargo', flags.embargo, 0, MOST_DAYS),
    limit,
  };
  if (problems.length === 0 && crosses && options.testFolds >= options.folds) {
    const rule = `must be below the number of folds (${options.folds}): the others are searched on`;
    problems.push({ key: '--test-folds', rule, value: options.testFolds });
  }
  if (problems.length > 0) throw new InputError(problems);
  return options;
}

/** `--anchored` is the older spelling of `--scheme anchored`. Null where it is no scheme. */
function schemeOf({ scheme, anchored }: DivisionFlags, problems: Problem[]): Scheme | null {
  const known = SCHEMES.find((one) => one === scheme) ?? null;
  if (scheme === undefined) return anchored ? 'anchored' : 'rolling';
  if (known === null) {
    const rule = `must be one of ${SCHEMES.join(', ')}`;
    problems.push({ key: '--scheme', rule, value: scheme, nearest: nearest(scheme, SCHEMES) });
  } else if (anchored && known !== 'anchored') {
    problems.push({ key: '--anchored', rule: `must be left out with --scheme ${known}` });
  }
  return known;
}
