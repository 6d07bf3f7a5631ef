// What `sapphire walk-forward` carries out: searches and traded folds by the scheme that was asked for,
// then one verdict on one history.
//
//   rolling, anchored        folds in turn                      -> stitched
//   purged, combinatorial    splits, each traded without itself -> paths, of which the middle one is judged
//   every point on the days that were traded  -> beside it in the verdict
//
// Every backtest made on the way is a trial of the ledger, and the verdict counts all of them.

import { DAY_MS } from '../engine/interval.ts';
import type { CrossValidation, CrossValidationPlan } from '../engine/research/cross-validation.ts';
import type { RowRange } from '../engine/research/splits.ts';
import type { TrialOutcome } from '../engine/research/sweep/outcome.ts';
import type { Point } from '../engine/research/sweep/space.ts';
import type { TrialGround } from '../engine/research/sweep/trial.ts';
import type { OnTrial, Reach } from '../engine/research/verdict/search.ts';
import type { Validation } from '../engine/research/verdict.ts';
import type {
  DayRange,
  Fold,
  FoldRun,
  Stitched,
  WalkForwardHand,
  Window,
} from '../engine/research/walk-forward.ts';
import type { Judged } from './judge.ts';
import { interruptible } from './output.ts';
import { progress } from './progress.ts';
import type { Prepared } from './sweep-setup.ts';
import { isCrossed, type WalkOptions } from './walk-forward-options.ts';

/** What is walked over: of a sweep, or of a config alone. */
export interface Ground
  extends Pick<
    Prepared,
    'ground' | 'label' | 'sourceOf' | 'isSynthetic' | 'beside' | 'candlesDigest' | 'dataDigestOf'
  > {
  readonly sweep: Prepared['sweep'] | null;
  readonly plan: Pick<
    Prepared['plan'],
    'symbols' | 'configDigest' | 'dataDigest' | 'strategyDigest'
  >;
}

/** Splits of a cross-validation and what they were made by. */
export interface Crossed {
  readonly plan: CrossValidationPlan;
  readonly result: CrossValidation;
  readonly reach: Reach;
  readonly purgeDays: number;
  readonly embargoDays: number;
}

/** One history of what was traded, and how it came about: folds in turn, or splits. */
interface Traded {
  readonly stitched: Stitched;
  /** Windows of that history, each with the point that traded it. */
  readonly windows: readonly (Window & { readonly point: Point | null })[];
  readonly efficiency: number;
  readonly worstDrawdown: number;
  readonly folds: readonly Fold[] | null;
  readonly crossed: Crossed | null;
}

export interface Walked extends Omit<Traded, 'windows'>, Judged {
  /** The point that the verdict is about: of the last fold, or the best over all days. */
  readonly recommended: Point | null;
  readonly validation: Validation;
}

/** What a search is about; of a config as it is, its Sharpe ratio. */
export function objectivesOf(sweep: Ground['sweep']): TrialGround['objectives'] {
  return sweep?.objectives ?? [{ name: 'sharpe', goal: 'max', evaluate: null }];
}

/** Walks, and judges. `silent` leaves the progress bar out. */
export async function carryOut(of: Ground, options: WalkOptions, silent: boolean): Promise<Walked> {
  const { ground, sweep, plan, label, sourceOf, beside, candlesDigest, dataDigestOf } = of;
  const { columns, config, strategies } = ground;
  const { canonicalJson, configDigest, sha256 } = await import('../data/runs/canonical.ts');
  const { makeRoot, runsRoot } = await import('../data/runs/root.ts');
  const { hasRun } = await import('../engine/research/sweep/outcome.ts');
  const { Slices } = await import('../engine/research/sweep/slice.ts');
  const { pointKey } = await import('../engine/research/sweep/space.ts');
  const { sweepHand } = await import('../engine/research/verdict/search.ts');
  const { onDays } = await import('../engine/research/walk-forward.ts');
  const { trialMatrix } = await import('../engine/statistics/trial-matrix.ts');
  const { inputBeside, ledgerDigests, ledgerSpan } = await import('./beside.ts');
  const { judge } = await import('./judge.ts');
  const { LedgerFeed } = await import('./sweep-ledger.ts');

  const root = runsRoot(process.env);
  const { symbols, dataDigest } = plan;
  const digests = ledgerDigests(candlesDigest, dataDigest);
  const span = ledgerSpan(columns, ground.firstRow);
  const ledger = new LedgerFeed(root, { symbols, ...digests, ...span, strategy: label });
  const objectives = objectivesOf(sweep);
  const slices = new Slices(columns);
  const trials = { config, slices, strategies, objectives, ...inputBeside(beside) };
  const points = new Map<string, Point>();
  let tried = 0;
  let bar: ReturnType<typeof progress> | null = null;
  const digestOf = (point: Point, { config: own }: TrialOutcome, pieces: readonly RowRange[]) => {
    if (own === null) {
      return sha256(canonicalJson({ refused: { base: plan.configDigest, point } }));
    }
    if (pieces.length === 1) return configDigest(own);
    const spans = pieces.map(({ from, to }) => {
      return [columns.openMs[from]!, columns.openMs[to - 1]! + columns.intervalMs];
    });
    return sha256(canonicalJson({ pieces: spans, config: configDigest(own) }));
  };
  const onRun: OnTrial = (point, outcome, pieces) => {
    const status = hasRun(outcome) ? 'finished' : 'failed';
    const sharpe = outcome.statistics?.sharpe ?? null;
    const data = ledgerDigests(candlesDigest, dataDigestOf(point));
    ledger.add(sourceOf(point), digestOf(point, outcome, pieces), status, sharpe, data);
    bar?.update(++tried);
  };
  const onTrial: OnTrial = (point, outcome, pieces) => {
    points.set(pointKey(point), point);
    onRun(point, outcome, pieces);
  };
  const hand = sweepHand(ground, trials, sweep, onTrial);
  const way = await wayOf(of, options, { hand, trials, onRun });
  makeRoot(root);
  const total = way.searches * (sweep?.budget ?? 1) + way.runs;
  bar = progress(process.stderr, { label: 'walk-forward', total, unit: 'trials', silent });
  // Written search by search: what was tried counts even if the rest is broken off.
  const written: Promise<void>[] = [];
  const keep = () => written.push(ledger.flush());
  try {
    return await interruptible(() => walked());
  } finally {
    bar?.stop();
    await ledger.flush();
  }

  async function walked(): Promise<Walked> {
    const { windows, ...traded } = way.trade(keep);
    const { stitched } = traded;
    const rows = { from: windows[0]!.test.from, to: windows.at(-1)!.test.to };
    // Every point on the days that were traded, beside what the searches made of them.
    const others =
      sweep === null
        ? []
        : [...points.values()].map((point) => ({ point, run: hand.run(point, rows) }));
    const daysOf = ({ run }: { readonly run: FoldRun }) => {
      return run.failure === null ? [onDays(columns, run.dailyReturns, rows, stitched.days)] : [];
    };
    const recommended =
      traded.folds === null && sweep !== null
        ? bestOf(others, objectives[0]!.goal)
        : (windows.findLast(({ point }) => point !== null)?.point ?? null);
    const ruin = stitched.growth.indexOf(0);
    const judged = await judge({
      ground,
      trials,
      folds: windows,
      recommended,
      matrix: trialMatrix([stitched.dailyReturns, ...others.flatMap(daysOf)]),
      chosen: 0,
      observations: ruin < 0 ? lengthOf(stitched.days) : ruin + 1,
      worstFold: traded.worstDrawdown,
      maxDrawdown: options.limit,
      strategyDigest: plan.strategyDigest,
      isSynthetic: of.isSynthetic,
      dataDigestOf,
      tape: beside.tape,
      validation: way.validation,
      onTrial: onRun,
      async count() {
        await Promise.all(written);
        await ledger.flush();
        return ledger.trialNumber;
      },
    });
    return { ...traded, ...judged, recommended, validation: way.validation };
  }
}

/** How a scheme divides the data, known before anything is run but what a purge must be measured by. */
interface Way {
  readonly validation: Validation;
  /** Searches, and runs beside them, roughly: for the bar. */
  readonly searches: number;
  readonly runs: number;
  trade(onSearched: () => void): Traded;
}

interface Hands {
  readonly hand: WalkForwardHand;
  readonly trials: TrialGround;
  readonly onRun: OnTrial;
}

/** The scheme's way through the days. Throws InputError for days that cannot be divided so. */
export async function wayOf(of: Ground, options: WalkOptions, hands: Hands): Promise<Way> {
  return isCrossed(options) ? crossedWay(of, options, hands) : foldedWay(of, options, hands);
}

async function foldedWay({ ground }: Ground, options: WalkOptions, { hand }: Hands): Promise<Way> {
  const { foldPlans, runWalkForward } = await import('../engine/research/walk-forward.ts');
  const { columns, firstRow } = ground;
  const { scheme, folds, train } = options;
  const plans = foldPlans(columns, firstRow, { folds, train, anchored: scheme === 'anchored' });
  return {
    validation: { scheme, folds, train },
    searches: folds,
    runs: 3 * folds,
    trade(onSearched) {
      const result = runWalkForward(columns, plans, hand, onSearched);
      return { ...result, windows: result.folds, crossed: null };
    },
  };
}

/** Of all days, at least one: what Lopez de Prado finds enough in most cases (7.4.2). */
const EMBARGO = 0.01;

async function crossedWay(
  { ground, sweep }: Ground,
  { scheme, folds, testFolds, ...asked }: WalkOptions,
  { hand, trials, onRun }: Hands,
): Promise<Way> {
  const crosses = await import('../engine/research/cross-validation.ts');
  const { dayGrid } = await import('../engine/research/walk-forward.ts');
  const { reachOf } = await import('../engine/research/verdict/search.ts');
  const { columns, firstRow } = ground;
  const planOf = (purgeDays: number, embargoDays: number) =>
    crosses.crossValidationPlan(columns, firstRow, { folds, testFolds, purgeDays, embargoDays });
  // What no purge would mend is refused before anything is run.
  planOf(asked.purgeDays ?? 0, asked.embargoDays ?? 0);
  const reach = await interruptible(() => reachOf(ground, trials, sweep, onRun));
  const { days } = dayGrid(columns, firstRow);
  const embargoDays = asked.embargoDays ?? Math.ceil(EMBARGO * lengthOf(days));
  const reachMs = Math.max(reach.warmupMs, reach.longestTradeMs);
  const purgeDays = asked.purgeDays ?? Math.ceil(reachMs / DAY_MS);
  const plan = planOf(purgeDays, embargoDays);
  const paths = plan.paths.length;
  return {
    validation: { scheme, folds, testFolds, purgeDays, embargoDays, paths },
    searches: plan.splits.length,
    runs: plan.splits.length + 3 * folds,
    trade(onSearched) {
      const result = crosses.runCrossValidation(columns, plan, hand, onSearched);
      const { middle, efficiency, worstDrawdown } = result;
      return {
        stitched: result.paths[middle]!,
        windows: crosses.pathWindows(plan, result, middle),
        efficiency,
        worstDrawdown,
        folds: null,
        crossed: { plan, result, reach, purgeDays, embargoDays },
      };
    },
  };
}

/** The point with the best value over all days; null where none has one. */
function bestOf(
  others: readonly { readonly point: Point; readonly run: FoldRun }[],
  goal: 'max' | 'min',
): Point | null {
  const sign = goal === 'min' ? -1 : 1;
  let best: Point | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const { point, run } of others) {
    const value = run.value === null ? Number.NaN : sign * run.value;
    if (value > highest) {
      highest = value;
      best = point;
    }
  }
  return best;
}

function lengthOf({ from, to }: DayRange): number {
  return to - from;
}
