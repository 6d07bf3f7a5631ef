// What a config must have shown before it may trade: a table of gates over its backtest, the verdict on
// the search that chose it, and its paper trial. All are measured even when the first one fails.
//
//   run (reproduced) + verdict + trial (told again from its journal)  ->  gates, and what of it is rehearsal
//
// The invariant, as in the verdict: what could not be measured does not pass. A gate of identity asks
// whether the evidence is about the same thing; nobody can answer for that, so it has no override.

import { isDeepStrictEqual } from 'node:util';
import { sameAssets } from '../../data/names.ts';
import type { WorldConfig } from '../../engine/config/schema.ts';
import { DAY_MS, HOUR_MS } from '../../engine/interval.ts';
import type { RunFacts } from '../../engine/research/result.ts';
import type { Drill, TrialFacts } from '../../engine/research/trial.ts';
import type { Gate, VerdictMarket, VerdictMemory } from '../../engine/research/verdict.ts';
import type { Place, PromotionGate } from './document.ts';
import { type MemoryEvidence, oneMemory, outOfSample, remembers } from './memory.ts';

/** The shortest half of a year. */
const LEAST_BACKTEST_DAYS = 181;
const LEAST_TRIAL_HOURS = 168;

export const PROMOTION_GATES = {
  'same-config': { name: 'one config', isIdentity: true },
  'same-code': { name: 'one code', isIdentity: true },
  'same-market': { name: 'one market', isIdentity: true },
  reproduced: { name: 'backtest reproduced', isIdentity: true },
  'backtest-length': { name: 'length of the backtest', isIdentity: false },
  verdict: { name: 'verdict', isIdentity: false },
  'look-ahead': { name: 'no look-ahead', isIdentity: false },
  rules: { name: 'rules of the backtest', isIdentity: false },
  'same-memory': { name: 'one memory', isIdentity: true },
  memory: { name: 'memory out of sample', isIdentity: false },
  drawdown: { name: 'drawdown of the backtest', isIdentity: false },
  'trial-hours': { name: 'hours of the paper trial', isIdentity: false },
  'trial-parity': { name: 'decision parity', isIdentity: false },
  drills: { name: 'drills', isIdentity: false },
  reconciliation: { name: 'reconciliation', isIdentity: false },
  'first-stage': { name: 'first stage', isIdentity: false },
} as const;

export type PromotionGateId = keyof typeof PROMOTION_GATES;

/** The gates that an operator may answer for, of a promotion to these venues. */
export function overridable(venues: readonly string[]): readonly string[] {
  const common = Object.entries(PROMOTION_GATES).filter(([, { isIdentity }]) => !isIdentity);
  return [...common.map(([id]) => id), ...venues.map(venueGate)];
}

/** Each venue has a gate of its own. */
function venueGate(venue: string): `venue-${string}` {
  return `venue-${venue}`;
}

/** verdict.json as far as it counts here. */
export interface VerdictEvidence {
  readonly passed: boolean;
  readonly sentence: string;
  /** Of the config that the verdict recommends. */
  readonly decisionConfigDigest: string;
  readonly strategyDigest: string;
  readonly engineDigest: string;
  readonly rulesDigest: string;
  readonly market: VerdictMarket;
  readonly memory?: VerdictMemory;
  readonly gates: readonly Pick<Gate, 'id' | 'passed' | 'why'>[];
}

/** What of `world` counts where there is a real one. */
const LIVED = ['margin', 'maxHoleCandles'] as const;
export type Lived = Pick<WorldConfig, (typeof LIVED)[number]>;

interface Leg {
  readonly venue: string;
  readonly symbol: string;
}

export interface Evidence {
  readonly run: Pick<RunFacts, 'strategyDigest' | 'statistics' | 'data' | 'memory'> & {
    readonly world: Lived;
  };
  /** Venues that it is to trade at, the primary one first, and the legs of the trial's market. */
  readonly places: readonly Pick<Place, 'venue' | 'symbols'>[];
  readonly trialLegs: readonly Leg[];
  /** Of the trial's base candles. */
  readonly trialInterval: string;
  /** Of its config, which is what trades. */
  readonly trialWorld: Lived;
  /** Of the run's config. */
  readonly runDecisionDigest: string;
  readonly runRulesDigest: string;
  /** What of its rules is kinder than markets are, in words. */
  readonly kinder: readonly string[];
  /** What running it again gave; null = it could not be run, and why. */
  readonly again: { readonly equal: boolean } | { readonly why: string };
  readonly verdict: VerdictEvidence;
  readonly trial: TrialFacts;
  readonly memory: MemoryEvidence;
  /** `code` of a session that would begin now, with this strategy. */
  readonly code: string;
  readonly strategyDigest: string;
  readonly engineDigest: string;
  readonly firstStage: FirstStage;
  /** A fraction. */
  readonly maxDrawdown: number;
}

/** Whether anything can be sent with as little as the first stage has. */
export interface FirstStage {
  /** At all venues together. */
  readonly capitalUsd: number;
  /** The smallest order of each leg at its venue, and the largest that the config may make of it. */
  readonly bounds: readonly (Leg & { readonly leastUsd: number; readonly mostUsd: number })[];
  /** The backtest with that capital: entries, and those that were too small; or why not. */
  readonly came: { readonly entries: number; readonly tooSmall: number } | { readonly why: string };
}

/** What of the evidence says nothing about a market: then it promotes to a venue on loopback only. */
export function rehearsalOf({
  run,
  verdict,
  trial,
}: Pick<Evidence, 'run' | 'verdict' | 'trial'>): string[] {
  const reasons: string[] = [];
  if (run.data.kind === 'synthetic') reasons.push('the backtest is over a synthetic market');
  if (verdict.market.kind !== 'real') reasons.push('the verdict is on a synthetic market');
  if (trial.feedKind === 'replay') reasons.push('the paper trial replayed a stored range');
  else if (trial.speed === null || trial.speed > 1) {
    reasons.push('the paper trial ran faster than real time');
  }
  return reasons;
}

/** All gates, in the order of the table. */
export function gatesOf(evidence: Evidence): PromotionGate[] {
  const { verdict } = evidence;
  const lookahead = verdict.gates.find(({ id }) => id === 'look-ahead');
  return [
    sameConfig(evidence),
    sameCode(evidence),
    sameMarket(evidence),
    reproduced(evidence),
    length(evidence),
    gate('verdict', 'every gate of the verdict passes', {
      value: verdict.gates.filter(({ passed }) => passed !== true).length,
      passed: verdict.passed && verdict.gates.length > 0,
      why: verdict.sentence,
    }),
    gate('look-ahead', 'no answer depends on a later candle', {
      value: null,
      passed: lookahead?.passed ?? null,
      why: lookahead?.why ?? 'the verdict does not say',
    }),
    rules(evidence),
    ...(remembers(evidence) ? memoryGates(evidence) : []),
    drawdown(evidence),
    trialHours(evidence),
    parity(evidence),
    drills(evidence),
    reconciliation(evidence),
    firstStage(evidence),
    ...evidence.places.map((place) => seenAt(place, evidence)),
  ];
}

/** What a venue's market is like nobody learns from another's. */
function seenAt(
  { venue, symbols }: Pick<Place, 'venue' | 'symbols'>,
  { run, trialLegs }: Evidence,
): PromotionGate {
  const unseen = (legs: readonly Leg[], where: string) => {
    const there = legs.filter((leg) => leg.venue === venue).map(({ symbol }) => symbol);
    const missing = symbols.filter((symbol) => sameAssets(symbol, there).length === 0);
    return missing.map((symbol) => `${symbol} in the ${where}`);
  };
  const missing = [...unseen(run.data.legs, 'backtest'), ...unseen(trialLegs, 'paper trial')];
  return {
    id: venueGate(venue),
    name: `candles of ${venue}`,
    rule: 'backtest and paper trial had the candles of this venue, of every symbol',
    value: missing.length,
    passed: missing.length === 0,
    why:
      missing.length === 0
        ? `${symbols.join(', ')} in both`
        : `without those of ${missing.join(', ')}`,
    override: null,
  };
}

export type Finding = Pick<PromotionGate, 'value' | 'passed' | 'why'>;

function gate(id: PromotionGateId, rule: string, finding: Finding): PromotionGate {
  return { id, name: PROMOTION_GATES[id].name, rule, ...finding, override: null };
}

function sameConfig({ runDecisionDigest, verdict, trial }: Evidence): PromotionGate {
  const others = [
    verdict.decisionConfigDigest !== runDecisionDigest && 'the verdict',
    trial.decisionConfigDigest !== runDecisionDigest && 'the paper trial',
  ].filter((one) => one !== false);
  return gate('same-config', 'backtest, verdict and trial decide by the same config', {
    value: others.length,
    passed: others.length === 0,
    why:
      others.length === 0
        ? `decisions of ${runDecisionDigest.slice(0, 12)} throughout`
        : `${others.join(' and ')} decided by another config than the backtest: ` +
          'give all three every value that was swept',
  });
}

function sameCode(evidence: Evidence): PromotionGate {
  const { run, verdict, trial, code, strategyDigest, engineDigest } = evidence;
  const others = [
    run.strategyDigest !== strategyDigest && 'the backtest ran another strategy',
    verdict.strategyDigest !== strategyDigest && 'the verdict is on another strategy',
    verdict.engineDigest !== engineDigest && 'the verdict is of another version of the engine',
    trial.code !== code && `the paper trial ran ${trial.code}`,
  ].filter((one) => one !== false);
  return gate('same-code', 'backtest, verdict and trial ran the code that is here', {
    value: others.length,
    passed: others.length === 0,
    why: others.length === 0 ? code : `${others.join('; ')}; here is ${code}`,
  });
}

/**
 * A verdict on other symbols, or where trading cost less, says nothing about this; and neither do both about
 * a part of the symbols, or about the same decisions on shorter candles.
 */
function sameMarket(evidence: Evidence): PromotionGate {
  const { run, runRulesDigest, verdict, trialLegs, trialInterval, trialWorld } = evidence;
  const { interval, legs } = verdict.market;
  const namesOf = (some: readonly Leg[]) =>
    some.map(({ venue, symbol }) => `${symbol} at ${venue}`).sort();
  const [ran, judged] = [namesOf(run.data.legs), namesOf(legs)];
  const others = [
    ran.join() !== judged.join() && `the verdict is on ${judged.join(', ')}`,
    interval !== run.data.interval && `the verdict is on candles of ${interval}`,
    verdict.rulesDigest !== runRulesDigest &&
      'the verdict came about under other rules of trading (world.*) than the backtest',
    trialInterval !== run.data.interval && `the paper trial is on candles of ${trialInterval}`,
    ...LIVED.filter((key) => !isDeepStrictEqual(trialWorld[key], run.world[key])).map(
      (key) => `the paper trial has another world.${key}`,
    ),
    ...untried(run.data.legs, trialLegs).map((name) => `the paper trial is without ${name}`),
  ].filter((one) => one !== false);
  const own = `${ran.join(', ')}, candles of ${run.data.interval}`;
  return gate('same-market', 'backtest, verdict and trial are on one market, under its rules', {
    value: others.length,
    passed: others.length === 0,
    why: others.length === 0 ? own : `${others.join('; ')}; the backtest has ${own}`,
  });
}

/** What the backtest traded at the trial's venues and the trial did not. */
function untried(ran: readonly Leg[], tried: readonly Leg[]): string[] {
  return ran.flatMap(({ venue, symbol }) => {
    const there = tried.filter((leg) => leg.venue === venue).map((leg) => leg.symbol);
    if (there.length === 0 || sameAssets(symbol, there).length > 0) return [];
    return [`${symbol} at ${venue}`];
  });
}

function memoryGates(evidence: Evidence): PromotionGate[] {
  const here = 'backtest, verdict and trial began with the memory that is here';
  const before = 'what it begins with was over before backtest, verdict and trial began';
  return [
    gate('same-memory', here, oneMemory(evidence)),
    gate('memory', before, outOfSample(evidence)),
  ];
}

function rules({ kinder }: Evidence): PromotionGate {
  return gate('rules', 'no rule of the backtest is kinder than markets are', {
    value: kinder.length,
    passed: kinder.length === 0,
    why:
      kinder.length === 0
        ? 'fees, fills, funding and margin as a plain account has them'
        : kinder.join('; '),
  });
}

function reproduced({ again }: Evidence): PromotionGate {
  const rule = 'the backtest run again gives the same digest';
  if ('why' in again)
    return gate('reproduced', rule, { value: null, passed: null, why: again.why });
  const { equal } = again;
  return gate('reproduced', rule, {
    value: null,
    passed: equal,
    why: equal ? 'the same orders, fills and equity, bit for bit' : 'it gives another digest today',
  });
}

function length({ run }: Evidence): PromotionGate {
  const days = (run.data.toMs - run.data.fromMs) / DAY_MS;
  return gate('backtest-length', `at least ${LEAST_BACKTEST_DAYS} days`, {
    value: days,
    passed: days >= LEAST_BACKTEST_DAYS,
    why: `${days.toFixed(1)} days of ${run.data.kind} candles`,
  });
}

function drawdown({ run, maxDrawdown }: Evidence): PromotionGate {
  const depth = -run.statistics.maxDrawdown;
  return gate('drawdown', `no deeper than ${-maxDrawdown}, at which live trading halts`, {
    value: Number.isFinite(depth) ? -depth : null,
    passed: Number.isFinite(depth) ? depth <= maxDrawdown : null,
    why: `the backtest fell by ${(100 * depth).toFixed(2)} % of its peak`,
  });
}

/** Fresh rows only: a feed that was stale was not traded on. */
function trialHours({ trial }: Evidence): PromotionGate {
  const { rows, expectedRows, fromMs, toMs, uptime } = trial;
  const stepMs = expectedRows > 1 ? (toMs - fromMs) / (expectedRows - 1) : 0;
  const hours = (uptime * expectedRows * stepMs) / HOUR_MS;
  const isReal = trial.feedKind === 'replay' || trial.isSevenRealDays;
  const real = `${(trial.realElapsedMs / HOUR_MS).toFixed(1)} hours of real time`;
  return gate('trial-hours', `at least ${LEAST_TRIAL_HOURS} hours on fresh candles, in real time`, {
    value: rows > 0 ? hours : null,
    passed: rows > 0 ? hours >= LEAST_TRIAL_HOURS && isReal : null,
    why: `${hours.toFixed(1)} hours of market time in ${real}, ${trial.feed}`,
  });
}

function parity({ trial }: Evidence): PromotionGate {
  const { replayEqual, signalsEqual, candles } = trial;
  const why = !replayEqual
    ? `the journal does not replay: ${trial.firstDivergence ?? 'it differs'}`
    : !signalsEqual
      ? 'signals differ from those of a backtest of the same candles'
      : `${candles} decisions are those of a backtest of the same candles`;
  return gate('trial-parity', 'the journal replays, and every signal is that of the backtest', {
    value: candles,
    passed: candles > 0 ? replayEqual && signalsEqual : null,
    why: candles > 0 ? why : 'no decision was compared',
  });
}

/** How each drill is done while a paper trial runs. */
const HOW: Readonly<Record<Drill['name'], string>> = {
  crash: 'kill -9 it, and start it again',
  outage: 'its venue away: in a replay, world.outages',
  stop: '--tell halt, later --tell resume',
};

function drills({ trial }: Evidence): PromotionGate {
  const missing = trial.drills.filter(({ done }) => !(done > 0)).map(({ name }) => name);
  const counts = trial.drills.map(({ name, done }) => `${name} ${done}`).join(', ');
  return gate('drills', 'crash, outage and stop, each at least once', {
    value: trial.drills.length - missing.length,
    passed: trial.drills.length > 0 ? missing.length === 0 : null,
    why:
      missing.length === 0
        ? counts
        : `not done: ${missing.map((name) => `${name} (${HOW[name]})`).join(', ')}`,
  });
}

function reconciliation({ trial }: Evidence): PromotionGate {
  const { reconciled, mismatched } = trial;
  return gate('reconciliation', 'positions were compared with the venue, and never differed', {
    value: mismatched,
    passed: reconciled + mismatched > 0 ? mismatched === 0 : null,
    why: `${reconciled} times equal, ${mismatched} times not`,
  });
}

/** A stage at which no order can be sent is a promotion that does nothing, and no step up follows it. */
function firstStage({ firstStage: { capitalUsd, bounds, came } }: Evidence): PromotionGate {
  const id = 'first-stage';
  const rule = 'with its capital the backtest makes entries, and every venue takes the largest';
  const usd = (value: number) => `${Number(value.toFixed(2))} USD`;
  const closed = bounds.filter(({ leastUsd, mostUsd }) => !(mostUsd >= leastUsd));
  if (closed.length > 0) {
    const least = closed.map(({ venue, symbol, leastUsd, mostUsd }) => {
      return `${symbol} at ${venue}: ${usd(mostUsd)} at most, ${usd(leastUsd)} at least`;
    });
    const why = `no order can be sent with ${usd(capitalUsd)} (${least.join('; ')})`;
    return gate(id, rule, { value: 0, passed: false, why });
  }
  if ('why' in came) return gate(id, rule, { value: null, passed: null, why: came.why });
  const { entries, tooSmall } = came;
  const refused = tooSmall === 0 ? 'none' : `${tooSmall} more`;
  return gate(id, rule, {
    value: entries,
    passed: entries > 0,
    why: `${entries} entries of the backtest with ${usd(capitalUsd)}, ${refused} too small for the venue`,
  });
}
