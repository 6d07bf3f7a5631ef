// What may be said of a paper trial, in words: the verdict line, the banners above it, what else is to
// be known before it is believed. Seven days show that the machine works and not that it earns, so
// the two are said apart, and nothing is claimed that was not compared.

import { DAY_MS, MINUTE_MS } from '../../engine/interval.ts';
import type { SignalDifference } from '../../engine/research/shadow.ts';
import type { Drill, TrialFacts } from '../../engine/research/trial.ts';
import {
  count,
  decimal,
  duration,
  type Maybe,
  percent,
  probability,
  utcMinute,
} from '../format.ts';
import { some } from '../run/numbers.ts';
import { cut } from '../table.ts';
import { FEWEST_DAYS, PROVEN_FROM } from '../verdict.ts';

export interface Banner {
  readonly title: string;
  readonly text: string;
}

export interface TrialVerdict {
  readonly headline: string;
  /** `up` only where everything that was to be shown was shown; `down` where something differs. */
  readonly tone: 'up' | 'down' | '';
  /** What stands against believing the rest, worst first. */
  readonly banners: readonly Banner[];
  readonly warnings: readonly string[];
}

/** The verdict of a trial. */
export function trialVerdict(facts: TrialFacts): TrialVerdict {
  const banners = bannersOf(facts);
  const differs = !(facts.replayEqual && facts.signalsEqual);
  return {
    headline: headlineOf(facts),
    tone: differs ? 'down' : banners.length === 0 && facts.candles > 0 ? 'up' : '',
    banners,
    warnings: warningsOf(facts),
  };
}

function headlineOf(facts: TrialFacts): string {
  if (facts.rows === 0) return 'No close was decided on: there is nothing to compare or to judge.';
  return `${machineWords(facts)}; ${profitWords(facts)}.`;
}

function machineWords({ replayEqual, signalsEqual, candles, stopCode }: TrialFacts): string {
  if (!replayEqual) return 'The journal does not replay to the same intents';
  if (!signalsEqual) return 'The machine did not do what the backtest says';
  if (candles === 0) return 'No signal could be compared with a backtest';
  const until = stopCode === null ? ', as far as its journal goes' : '';
  return `The machine did what the backtest says${until}`;
}

function profitWords(facts: TrialFacts): string {
  const { probabilisticSharpe: p } = facts;
  const days = marketMs(facts) / DAY_MS;
  const isShort = !(days >= FEWEST_DAYS);
  const chance = `probability of a positive Sharpe ${probability(p)}`;
  if (p !== null && p >= PROVEN_FROM && !isShort) {
    return `${chance} over ${span(marketMs(facts))}, if this was the only try`;
  }
  const lead = `${span(marketMs(facts))} ${isShort ? 'cannot' : 'do not'} prove profit`;
  if (p === null) return `${lead}: no probability can be told, it takes days with returns`;
  return `${lead}: ${chance}${neededWords(facts, p, days)}`;
}

/** The facts count all days that it takes; those that were had are taken off. */
function neededWords({ sharpe, daysForConfidence }: TrialFacts, p: number, days: number): string {
  if (p >= PROVEN_FROM) return ', on too few days to rest on';
  if (daysForConfidence !== null) {
    const more = Math.max(1, Math.ceil(daysForConfidence - days));
    return `, about ${some(more, 'more day')} like these would be needed`;
  }
  return sharpe !== null && sharpe <= 0 ? ', and more days like these would not raise it' : '';
}

/** Market time that was decided on, ms: `fromMs` is the end of the first candle, not its open. */
export function marketMs({ fromMs, toMs, rows, expectedRows }: TrialFacts): number {
  if (rows === 0) return 0;
  const intervalMs = expectedRows > 1 ? (toMs - fromMs) / (expectedRows - 1) : 0;
  return toMs - fromMs + intervalMs;
}

function bannersOf(facts: TrialFacts): Banner[] {
  const { stopCode, rows, toMs, replayEqual, firstDivergence, firstDifference } = facts;
  const until = rows > 0 ? `at ${utcMinute(toMs)} UTC` : 'before its first close';
  // Where the replay broke off is said once.
  const isSaid = !replayEqual && firstDifference?.symbol === '';
  const banners: (Banner | false)[] = [
    !replayEqual && {
      title: 'Replay differs',
      text: `the journal ${cut(firstDivergence ?? 'does not give the same intents', LONGEST_TEXT)}`,
    },
    !facts.signalsEqual &&
      !isSaid && { title: 'Signals differ', text: differenceWords(firstDifference) },
    stopCode === null && {
      title: 'Under way or broken off',
      text: `the journal tells of no end; everything below is as it stood ${until}`,
    },
    stopCode !== null &&
      stopCode !== 'ended' && { title: 'Stopped early', text: `it ended with: ${stopCode}` },
    !facts.isSevenRealDays && paceBanner(facts),
  ];
  return banners.filter((banner) => banner !== false);
}

/** An intent as JSON can be longer than a screen. */
const LONGEST_TEXT = 400;

function differenceWords(difference: SignalDifference | null): string {
  if (difference === null) return 'the backtest over the same candles decides otherwise';
  const { closeMs, venue, symbol, paper, model } = difference;
  const where = symbol === '' ? '' : ` on ${symbol} (${venue})`;
  const said = `the session said ${cut(paper, LONGEST_TEXT)}, the model says ${cut(model, LONGEST_TEXT)}`;
  return `first at ${utcMinute(closeMs)} UTC${where}: ${said}`;
}

/** Fast, or real but too short or with too much time in which no process was there. */
function paceBanner(facts: TrialFacts): Banner {
  const { realElapsedMs, speed } = facts;
  const market = marketMs(facts);
  const real = realElapsedMs > 0 ? span(realElapsedMs) : 'a time that nobody noted';
  const isFast = (speed === null || speed > 1) && !(realElapsedMs >= 0.9 * market);
  return {
    title: isFast ? 'Accelerated' : 'Not seven days',
    text: isFast
      ? `${span(market)} of market time in ${real}: this is not a seven-day trial`
      : `${span(market)} of market time, of which processes were there for ${real}: this is not a seven-day trial`,
  };
}

function warningsOf(facts: TrialFacts): string[] {
  const { mismatched, reconciled, recoveries, rows, expectedRows, staleMs, noteCounts } = facts;
  const missing = missingDrills(facts.drills);
  const odd = ODD_CANDLES.map((code) => [code, noteCounts[code] ?? 0] as const);
  const oddWords = odd.filter(([, n]) => n > 0).map(([code, n]) => `${count(n)} ${code}`);
  const gaps = noteCounts['gap'] ?? 0;
  const own = [
    mismatched > 0 &&
      `${some(mismatched, 'position')} at the venue ${mismatched === 1 ? 'was' : 'were'} not ours`,
    reconciled + mismatched === 0 && 'positions were never compared with those of the venue',
    rows < expectedRows &&
      `${some(expectedRows - rows, 'row')} of ${count(expectedRows)} did not close`,
    staleMs > 0 && `on ${span(staleMs)} of market time candles were too old to be traded on`,
    gaps > 0 && `${some(gaps, 'gap')} in the candles could not be filled`,
    oddWords.length > 0 && `candles that did not come as they should: ${oddWords.join(', ')}`,
    recoveries > 0 && `the session was taken up ${some(recoveries, 'time')} after a crash`,
    missing.length > 0 &&
      `${some(missing.length, 'drill is', 'drills are')} missing: ${missing.map(({ name }) => name).join(', ')}`,
  ];
  return [...facts.warnings, ...own.filter((text) => text !== false)];
}

/** Codes of notes about candles that were not taken as they came; one that came twice harms nobody. */
export const ODD_CANDLES = ['late', 'revised', 'unsound'] as const;

/** Drills that the journal does not show. */
export function missingDrills(drills: readonly Drill[]): Drill[] {
  return drills.filter(({ done }) => !(done > 0));
}

/** A length of time, down to seconds: `41 seconds`, `7 days`. */
export function span(ms: Maybe): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return 'n/a';
  if (ms < MINUTE_MS) {
    const seconds = decimal(ms / 1000, { digits: ms > 0 && ms < 9950 ? 1 : 0 });
    return `${seconds} ${seconds === '1.0' ? 'second' : 'seconds'}`;
  }
  return duration(ms)
    .replace('.0 ', ' ')
    .replace(/^1 (\w+)s$/, '1 $1');
}

/** A number that is in bps already. */
export function inBps(value: Maybe, style: { readonly sign?: boolean } = {}): string {
  const text = decimal(value, { digits: 1, ...style });
  return text === 'n/a' ? text : `${text} bps`;
}

/** A share of something that should be whole, cut and not rounded: 100 % means that nothing lacks. */
export function share(fraction: Maybe): string {
  if (fraction === null || fraction === undefined) return 'n/a';
  return percent(Math.floor(fraction * 1e4 + 1e-9) / 1e4, { digits: 2 });
}
