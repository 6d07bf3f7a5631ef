// The circuit breaker of one venue: whether new risk may go there.
//
//   closed --failures in a row--> open --break over--> half-open --probes succeed--> closed
//                                  ^------- probe failed -------'
//   any --isolate--> isolated --release--> half-open
//
// Invariants: entries pass only while closed; what reduces, cancels or reads always passes; in the
// half-open state one probe at a time, a read and never an order; what was started before the
// last transition no longer counts. There is no clock: every method is told `nowMs`, which does not
// decrease, and the half-open state begins when it fell due, no matter when somebody asked.

import type { Problem } from '../errors.ts';
import { assert, InputError } from '../errors.ts';

/** When it opens, for how long, and what closes it. */
export interface BreakerConfig {
  /** Failures in a row that open it, a whole number >= 1; opens AT this count, not above it. */
  readonly failures: number;
  /** First break, and the longest wait for the answer of a probe, ms > 0. */
  readonly resetMs: number;
  /** Successful probes in a row that close it, a whole number >= 1. */
  readonly successes: number;
  /** The break doubles with every failed probe up to this, ms >= resetMs. */
  readonly maxResetMs: number;
}

export const DEFAULT_BREAKER: BreakerConfig = Object.freeze({
  failures: 5,
  resetMs: 60_000,
  successes: 3,
  maxResetMs: 900_000,
});

export type BreakerMode = 'closed' | 'open' | 'half-open' | 'isolated';
/** `refusal`: the venue answered and said no, which tells nothing about its health. */
export type CallOutcome = 'success' | 'failure' | 'refusal';
export type CallKind = 'entry' | 'reduce' | 'cancel' | 'read';
export type TransitionCause =
  | 'failures'
  | 'break-over'
  | 'probe-failed'
  | 'probes-succeeded'
  | 'isolated'
  | 'released';

export interface Transition {
  readonly atMs: number;
  readonly from: BreakerMode;
  readonly to: BreakerMode;
  readonly cause: TransitionCause;
}

/** All of a breaker as a plain object of finite numbers, words and a list: survives JSON. */
export interface BreakerState {
  readonly name: string;
  readonly config: BreakerConfig;
  readonly mode: BreakerMode;
  readonly epoch: number;
  /** The last number given out to an epoch or a probe. */
  readonly serial: number;
  readonly failures: number;
  readonly successes: number;
  readonly breakMs: number;
  /** End of the break while open. */
  readonly untilMs: number;
  /** The ticket of the probe under way, 0 = none. */
  readonly probe: number;
  readonly probeSentMs: number;
  readonly transitions: readonly Transition[];
}

const MODES: readonly string[] = ['closed', 'open', 'half-open', 'isolated'];

export class Breaker {
  readonly name: string;
  readonly config: BreakerConfig;
  #mode: BreakerMode = 'closed';
  #epoch = 1;
  #serial = 1;
  #failures = 0;
  #successes = 0;
  #breakMs: number;
  #untilMs = 0;
  #probe = 0;
  #probeSentMs = 0;
  readonly #transitions: Transition[] = [];

  /** Throws InputError with everything that is wrong with the config. */
  constructor(config: BreakerConfig, name: string) {
    const problems = configProblems(config, `breaker.${name}`);
    if (problems.length > 0) throw new InputError(problems);
    this.name = name;
    this.config = Object.freeze({ ...config });
    this.#breakMs = config.resetMs;
  }

  /** A breaker that goes on where `state` was taken. Throws InputError on a damaged state. */
  static from(state: BreakerState): Breaker {
    const problems = stateProblems(state);
    if (problems.length > 0) throw new InputError(problems);
    const breaker = new Breaker(state.config, state.name);
    breaker.#mode = state.mode;
    breaker.#epoch = state.epoch;
    breaker.#serial = state.serial;
    breaker.#failures = state.failures;
    breaker.#successes = state.successes;
    breaker.#breakMs = state.breakMs;
    breaker.#untilMs = state.untilMs;
    breaker.#probe = state.probe;
    breaker.#probeSentMs = state.probeSentMs;
    breaker.#transitions.push(...state.transitions.map((each) => Object.freeze({ ...each })));
    return breaker;
  }

  toState(): BreakerState {
    return {
      name: this.name,
      config: this.config,
      mode: this.#mode,
      epoch: this.#epoch,
      serial: this.#serial,
      failures: this.#failures,
      successes: this.#successes,
      breakMs: this.#breakMs,
      untilMs: this.#untilMs,
      probe: this.#probe,
      probeSentMs: this.#probeSentMs,
      transitions: [...this.#transitions],
    };
  }

  /** Every change of state so far, oldest first. */
  get transitions(): readonly Transition[] {
    return this.#transitions;
  }

  /**
   * What a call carries from its start to its `report`. Grows when the breaker opens, closes, is
   * isolated or released; not when a break ends, since only probes count from there on.
   */
  get epoch(): number {
    return this.#epoch;
  }

  mode(nowMs: number): BreakerMode {
    if (this.#mode === 'open' && nowMs >= this.#untilMs) {
      this.#move('half-open', 'break-over', this.#untilMs);
    }
    return this.#mode;
  }

  /** Whether a call of this kind may be sent. Only entries can be kept back. */
  allows(kind: CallKind, nowMs: number): boolean {
    return this.mode(nowMs) === 'closed' || kind !== 'entry';
  }

  /** True when a probe is wanted: half-open, and none is under way or that one was lost. */
  probeDue(nowMs: number): boolean {
    return this.mode(nowMs) === 'half-open' && !this.#isProbing(nowMs);
  }

  /**
   * Says that the probe which was due has been sent; returns its ticket, which its `report` carries
   * in place of an epoch. A probe that was lost is no success: the row of successes begins anew.
   */
  probeSent(nowMs: number): number {
    assert(Number.isFinite(nowMs), 'a probe is sent at a finite time');
    assert(this.probeDue(nowMs), 'a probe is sent only when it is due');
    if (this.#probe !== 0) this.#successes = 0;
    this.#serial++;
    this.#probe = this.#serial;
    this.#probeSentMs = nowMs;
    return this.#probe;
  }

  /**
   * How a call ended. `epoch` is the breaker's epoch when the call started, or a probe's ticket.
   * Counts only: while closed, calls of this epoch; while half-open, the probe under way. All else
   * is too late to say anything about now: a late success must not close it (opossum's does), a
   * late failure must not open it a second time. A refusal gives the probe's place free and
   * changes nothing else (resilience4j's ignored errors), nor does it end a row of failures.
   */
  report(outcome: CallOutcome, epoch: number, nowMs: number): void {
    assert(Number.isFinite(nowMs), 'a result is reported at a finite time');
    const mode = this.mode(nowMs);
    if (mode === 'closed' && epoch === this.#epoch) this.#called(outcome, nowMs);
    if (mode === 'half-open' && epoch === this.#probe && this.#isProbing(nowMs)) {
      this.#probed(outcome, nowMs);
    }
  }

  /** By hand: nothing but `release` ends it, however long it lasts. */
  isolate(nowMs: number): void {
    assert(Number.isFinite(nowMs), 'a breaker is isolated at a finite time');
    if (this.mode(nowMs) === 'isolated') return;
    this.#move('isolated', 'isolated', nowMs);
    this.#renew();
  }

  /** Ends an isolation; the venue has to pass its probes before entries go there again. */
  release(nowMs: number): void {
    assert(Number.isFinite(nowMs), 'a breaker is released at a finite time');
    if (this.#mode !== 'isolated') return;
    this.#move('half-open', 'released', nowMs);
    this.#renew();
  }

  #isProbing(nowMs: number): boolean {
    return this.#probe !== 0 && nowMs - this.#probeSentMs < this.config.resetMs;
  }

  #called(outcome: CallOutcome, nowMs: number): void {
    if (outcome === 'success') this.#failures = 0;
    if (outcome !== 'failure') return;
    this.#failures++;
    if (this.#failures >= this.config.failures) this.#open('failures', nowMs);
  }

  #probed(outcome: CallOutcome, nowMs: number): void {
    this.#probe = 0;
    if (outcome === 'refusal') return;
    if (outcome === 'failure') {
      this.#breakMs = Math.min(2 * this.#breakMs, this.config.maxResetMs);
      this.#open('probe-failed', nowMs);
      return;
    }
    this.#successes++;
    if (this.#successes < this.config.successes) return;
    this.#breakMs = this.config.resetMs;
    this.#move('closed', 'probes-succeeded', nowMs);
    this.#renew();
  }

  #open(cause: TransitionCause, nowMs: number): void {
    this.#untilMs = nowMs + this.#breakMs;
    this.#move('open', cause, nowMs);
    this.#renew();
  }

  #move(to: BreakerMode, cause: TransitionCause, atMs: number): void {
    this.#transitions.push(Object.freeze({ atMs, from: this.#mode, to, cause }));
    this.#mode = to;
  }

  /** A new epoch: what was counted and what is under way belong to the old one. */
  #renew(): void {
    this.#serial++;
    this.#epoch = this.#serial;
    this.#failures = 0;
    this.#successes = 0;
    this.#probe = 0;
  }
}

function configProblems(config: BreakerConfig, key: string): Problem[] {
  const problems: Problem[] = [];
  const { failures, resetMs, successes, maxResetMs } = config;
  const need = (holds: boolean, name: string, rule: string, value: unknown) => {
    if (!holds) problems.push({ key: `${key}.${name}`, rule, value });
  };
  const count = 'must be a whole number of 1 or more';
  need(Number.isSafeInteger(failures) && failures >= 1, 'failures', count, failures);
  need(Number.isSafeInteger(successes) && successes >= 1, 'successes', count, successes);
  need(Number.isFinite(resetMs) && resetMs > 0, 'resetMs', 'must be above 0', resetMs);
  const isLong = Number.isFinite(maxResetMs) && !(maxResetMs < resetMs);
  need(isLong, 'maxResetMs', 'must be resetMs or more', maxResetMs);
  return problems;
}

function stateProblems(state: BreakerState): Problem[] {
  const key = `breaker.${state.name}.state`;
  const problems = configProblems(state.config, key);
  if (!MODES.includes(state.mode)) {
    problems.push({ key: `${key}.mode`, rule: `must be one of ${MODES}`, value: state.mode });
  }
  for (const name of ['breakMs', 'untilMs', 'probeSentMs'] as const) {
    if (Number.isFinite(state[name])) continue;
    problems.push({ key: `${key}.${name}`, rule: 'must be a finite number', value: state[name] });
  }
  for (const name of ['epoch', 'serial', 'failures', 'successes', 'probe'] as const) {
    if (Number.isSafeInteger(state[name]) && state[name] >= 0) continue;
    const rule = 'must be a whole number of 0 or more';
    problems.push({ key: `${key}.${name}`, rule, value: state[name] });
  }
  const isOrdered = state.epoch <= state.serial && state.probe <= state.serial;
  const rule = 'must not be below the epoch or the probe';
  if (!isOrdered) problems.push({ key: `${key}.serial`, rule, value: state.serial });
  return problems;
}
