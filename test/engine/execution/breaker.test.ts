// The circuit breaker. The sentences mirror the ideas of the tests of resilience4j, Polly and
// opossum, and the three defects of opossum that a probe of it found.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import type { BreakerConfig, CallOutcome } from '../../../engine/execution/breaker.ts';
import { Breaker, DEFAULT_BREAKER } from '../../../engine/execution/breaker.ts';

const MINUTE = 60_000;
const LANE = ['reduce', 'cancel', 'read'] as const;

function fresh(over: Partial<BreakerConfig> = {}): Breaker {
  return new Breaker({ ...DEFAULT_BREAKER, ...over }, 'aster');
}

function report(breaker: Breaker, outcomes: string, nowMs: number): void {
  for (const each of outcomes) {
    const outcome = each === 'f' ? 'failure' : each === 's' ? 'success' : 'refusal';
    breaker.report(outcome, breaker.epoch, nowMs);
  }
}

/** Five failures at 0: open until 60,000. */
function opened(over: Partial<BreakerConfig> = {}): Breaker {
  const breaker = fresh(over);
  report(breaker, 'f'.repeat(breaker.config.failures), 0);
  return breaker;
}

function probe(breaker: Breaker, outcome: CallOutcome, nowMs: number): void {
  breaker.report(outcome, breaker.probeSent(nowMs), nowMs);
}

function story(breaker: Breaker): string[] {
  return breaker.transitions.map(({ atMs, from, to, cause }) => `${atMs} ${from}>${to} ${cause}`);
}

describe('a closed breaker', () => {
  it('opens exactly at the threshold, not one failure later', () => {
    const breaker = fresh();
    report(breaker, 'ffff', 10);
    expect(breaker.mode(10)).toBe('closed');
    report(breaker, 'f', 11);
    expect(breaker.mode(11)).toBe('open');
    expect(story(breaker)).toEqual(['11 closed>open failures']);
  });

  it('counts failures in a row, however far apart: a row may straddle an hour', () => {
    const breaker = fresh();
    report(breaker, 'ff', 0);
    report(breaker, 'fff', 60 * MINUTE);
    expect(breaker.mode(60 * MINUTE)).toBe('open');
  });

  it('does not open on refusals, and a refusal does not end a row of failures', () => {
    const breaker = fresh();
    report(breaker, 'r'.repeat(100), 0);
    expect(breaker.mode(0)).toBe('closed');
    report(breaker, 'ffffrrrf', 1);
    expect(breaker.mode(1)).toBe('open');
  });
});

describe('an open breaker', () => {
  it('lets no entry through until its break is over, and its lane carries all the rest', () => {
    const breaker = opened();
    for (const nowMs of [0, 1, MINUTE - 1, MINUTE, 60 * MINUTE]) {
      expect(breaker.allows('entry', nowMs)).toBe(false);
      for (const kind of LANE) expect(breaker.allows(kind, nowMs)).toBe(true);
    }
  });

  it('is half-open from the very millisecond in which the break is over', () => {
    const breaker = opened();
    expect(breaker.mode(MINUTE - 1)).toBe('open');
    expect(breaker.probeDue(MINUTE - 1)).toBe(false);
    expect(breaker.mode(MINUTE)).toBe('half-open');
    expect(breaker.probeDue(MINUTE)).toBe(true);
    // It became so when that fell due, however late somebody asks.
    const late = opened();
    expect(late.mode(7 * MINUTE)).toBe('half-open');
    expect(story(late)).toEqual(story(breaker));
    expect(story(late)[1]).toBe('60000 open>half-open break-over');
  });

  it('does not open again, nor for longer, on failures that come late', () => {
    const breaker = fresh();
    const before = breaker.epoch;
    report(breaker, 'fffff', 0);
    for (let nowMs = 1; nowMs < MINUTE; nowMs += 5_000) breaker.report('failure', before, nowMs);
    expect(breaker.mode(MINUTE)).toBe('half-open');
    expect(story(breaker)).toHaveLength(2);
  });
});

describe('a half-open breaker', () => {
  it('wants one probe at a time', () => {
    const breaker = opened();
    const ticket = breaker.probeSent(MINUTE);
    expect(breaker.probeDue(MINUTE)).toBe(false);
    expect(() => breaker.probeSent(MINUTE + 1)).toThrow('only when it is due');
    breaker.report('success', ticket, MINUTE + 2);
    expect(breaker.probeDue(MINUTE + 2)).toBe(true);
  });

  it('closes after three successful probes in a row, and not before', () => {
    const breaker = opened();
    probe(breaker, 'success', MINUTE);
    probe(breaker, 'success', MINUTE + 10);
    expect(breaker.allows('entry', MINUTE + 10)).toBe(false);
    probe(breaker, 'success', MINUTE + 20);
    expect(breaker.allows('entry', MINUTE + 20)).toBe(true);
    expect(story(breaker)).toEqual([
      '0 closed>open failures',
      '60000 open>half-open break-over',
      '60020 half-open>closed probes-succeeded',
    ]);
  });

  it('goes back to open on a failed probe, whatever succeeded before it', () => {
    const breaker = opened();
    probe(breaker, 'success', MINUTE);
    probe(breaker, 'success', MINUTE);
    probe(breaker, 'failure', MINUTE);
    expect(breaker.mode(MINUTE)).toBe('open');
    // Two minutes now, and the row of successes begins anew.
    probe(breaker, 'success', 3 * MINUTE);
    probe(breaker, 'success', 3 * MINUTE);
    expect(breaker.mode(3 * MINUTE)).toBe('half-open');
  });

  it('breaks for 1, 2, 4, 8, 15, 15 minutes, and for 1 again after it was closed', () => {
    const breaker = opened();
    let nowMs = 0;
    for (const minutes of [1, 2, 4, 8, 15, 15]) {
      nowMs += minutes * MINUTE;
      expect(breaker.mode(nowMs - 1)).toBe('open');
      probe(breaker, 'failure', nowMs);
    }
    nowMs += 15 * MINUTE;
    for (let n = 0; n < 3; n++) probe(breaker, 'success', nowMs);
    report(breaker, 'fffff', nowMs);
    expect(breaker.mode(nowMs + MINUTE - 1)).toBe('open');
    expect(breaker.mode(nowMs + MINUTE)).toBe('half-open');
  });

  it('keeps its break finite however often it doubles', () => {
    const long = { ...opened({ maxResetMs: Number.MAX_VALUE }).toState(), breakMs: 1e308 };
    const breaker = Breaker.from(long);
    probe(breaker, 'failure', MINUTE);
    expect(breaker.toState()).toMatchObject({ mode: 'open', breakMs: Number.MAX_VALUE });
    expect(Number.isFinite(breaker.toState().untilMs)).toBe(true);
  });

  it('gives the place of a refused probe free and is otherwise as before (opossum closes)', () => {
    const breaker = opened();
    probe(breaker, 'success', MINUTE);
    probe(breaker, 'refusal', MINUTE);
    expect(breaker.mode(MINUTE)).toBe('half-open');
    expect(breaker.probeDue(MINUTE)).toBe(true);
    expect(breaker.toState().successes).toBe(1);
  });

  it('is not closed by late successes from before the opening (opossum is)', () => {
    const breaker = fresh();
    const before = breaker.epoch;
    report(breaker, 'fffff', 0);
    breaker.mode(MINUTE);
    for (let n = 0; n < 10; n++) breaker.report('success', before, MINUTE + n);
    expect(breaker.mode(MINUTE + 10)).toBe('half-open');
    breaker.probeSent(MINUTE + 11);
    for (let n = 0; n < 10; n++) breaker.report('success', before, MINUTE + 12);
    expect(breaker.toState().successes).toBe(0);
  });

  it('counts neither cancels nor other reads in place of its probe', () => {
    const breaker = opened();
    breaker.mode(MINUTE);
    breaker.probeSent(MINUTE);
    report(breaker, 'sssfff', MINUTE);
    expect(breaker.mode(MINUTE)).toBe('half-open');
    expect(breaker.probeDue(MINUTE)).toBe(false);
  });

  it('wants another probe when one was lost for a minute, whose late answer is no answer', () => {
    const breaker = opened();
    probe(breaker, 'success', MINUTE);
    const lost = breaker.probeSent(2 * MINUTE);
    expect(breaker.probeDue(3 * MINUTE - 1)).toBe(false);
    expect(breaker.probeDue(3 * MINUTE)).toBe(true);
    breaker.report('success', lost, 3 * MINUTE);
    breaker.probeSent(3 * MINUTE);
    breaker.report('failure', lost, 3 * MINUTE + 1);
    expect(breaker.mode(3 * MINUTE + 1)).toBe('half-open');
    // A lost probe is no success: the row begins anew.
    expect(breaker.toState().successes).toBe(0);
  });

  it('does not let what began in it count once it is closed', () => {
    const breaker = opened();
    breaker.mode(MINUTE);
    const before = breaker.epoch;
    for (let n = 0; n < 3; n++) probe(breaker, 'success', MINUTE);
    for (let n = 0; n < 9; n++) breaker.report('failure', before, MINUTE);
    expect(breaker.mode(MINUTE)).toBe('closed');
  });
});

describe('an isolated breaker', () => {
  it('ignores elapsed time, results and probes until it is released', () => {
    const breaker = fresh();
    breaker.isolate(5);
    const year = 365 * 86_400_000;
    report(breaker, 'sssssfffff', year);
    expect(breaker.mode(year)).toBe('isolated');
    expect(breaker.probeDue(year)).toBe(false);
    expect(breaker.allows('entry', year)).toBe(false);
    for (const kind of LANE) expect(breaker.allows(kind, year)).toBe(true);
  });

  it('is half-open after its release, not closed', () => {
    const breaker = opened();
    breaker.isolate(5);
    breaker.isolate(6);
    breaker.release(10);
    breaker.release(11);
    expect(breaker.allows('entry', 10)).toBe(false);
    expect(breaker.probeDue(10)).toBe(true);
    expect(story(breaker).slice(1)).toEqual([
      '5 open>isolated isolated',
      '10 isolated>half-open released',
    ]);
  });

  it('forgets the probe that was under way when it was isolated', () => {
    const breaker = opened({ successes: 1 });
    const ticket = breaker.probeSent(MINUTE);
    breaker.isolate(MINUTE);
    breaker.release(MINUTE);
    breaker.report('success', ticket, MINUTE);
    expect(breaker.mode(MINUTE)).toBe('half-open');
  });
});

describe('the config and the state of a breaker', () => {
  it('are refused with all that is wrong with them', () => {
    const wrong = () => fresh({ failures: 0, resetMs: Number.NaN, successes: 1.5 });
    expect(wrong).toThrow('breaker.aster.failures: must be a whole number of 1 or more, was 0');
    expect(wrong).toThrow(/successes: .* was 1.5\n.*resetMs: must be above 0, was NaN/);
    expect(() => fresh({ maxResetMs: 59_999 })).toThrow('maxResetMs: must be resetMs or more');
    const state = { ...fresh().toState(), mode: 'ajar' as never, untilMs: Number.NaN, serial: 0 };
    expect(() => Breaker.from(state)).toThrow(InputError);
    expect(() => Breaker.from(state)).toThrow(/mode: .*\n.*untilMs: .*\n.*serial: /);
    expect(() => fresh().report('failure', 1, Number.NaN)).toThrow('finite time');
  });
});

// One step of a random life: a wait, then something that happens.
const step = fc.record({
  waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40_000 })),
  what: fc.constantFrom('begin', 'begin', 'end', 'end', 'end', 'probe', 'probe', 'hand', 'look'),
  outcome: fc.constantFrom<CallOutcome>('success', 'success', 'failure', 'failure', 'refusal'),
  pick: fc.nat(1000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Look = (breaker: Breaker, nowMs: number, calls: readonly number[]) => Breaker;

/** Lives a life; calls end in any order, some never; goes on with what `look` makes of it. */
function live(steps: readonly Step[], look: Look): Breaker {
  let breaker = fresh({ failures: 2, successes: 2 });
  const calls: number[] = [];
  let nowMs = 0;
  for (const { waitMs, what, outcome, pick } of steps) {
    nowMs += waitMs;
    if (what === 'begin') calls.push(breaker.epoch);
    if (what === 'probe' && breaker.probeDue(nowMs)) calls.push(breaker.probeSent(nowMs));
    if (what === 'hand' && pick % 4 === 0) breaker.isolate(nowMs);
    if (what === 'hand' && pick % 4 !== 0) breaker.release(nowMs);
    if (what === 'end' && calls.length > 0) {
      // Half of the time the newest, which may be the probe.
      const at = pick % 2 === 0 ? calls.length - 1 : pick % calls.length;
      breaker.report(outcome, calls.splice(at, 1)[0]!, nowMs);
    }
    breaker = look(breaker, nowMs, calls);
  }
  return breaker;
}

const SEED = { seed: 20261, numRuns: 400 };

describe('in any life of calls that end in any order', () => {
  const steps = fc.array(step, { minLength: 40, maxLength: 120, size: 'max' });

  it('entries pass only while closed; what cancels, reduces or reads always does', () => {
    const property = fc.property(steps, (life) => {
      live(life, (breaker, nowMs) => {
        expect(breaker.allows('entry', nowMs)).toBe(breaker.mode(nowMs) === 'closed');
        for (const kind of LANE) expect(breaker.allows(kind, nowMs)).toBe(true);
        return breaker;
      });
    });
    fc.assert(property, SEED);
  });

  it('at most one probe is under way', () => {
    const property = fc.property(steps, (life) => {
      let sentMs = -Infinity;
      let last = 0;
      live(life, (breaker, nowMs, calls) => {
        const { probe: ticket, probeSentMs } = breaker.toState();
        if (ticket === 0) return breaker;
        // A new one only where the last one was answered or lost for the length of a break.
        const isOver = !calls.includes(last) || probeSentMs - sentMs >= MINUTE;
        const wasCut = breaker.transitions.some(({ atMs }) => atMs >= sentMs);
        if (ticket !== last) expect(isOver || wasCut).toBe(true);
        [last, sentMs] = [ticket, probeSentMs];
        if (nowMs - probeSentMs < MINUTE) expect(breaker.probeDue(nowMs)).toBe(false);
        return breaker;
      });
    });
    fc.assert(property, SEED);
  });

  it('results from an older epoch never change anything', () => {
    const property = fc.property(steps, (life) => {
      live(life, (breaker, nowMs) => {
        breaker.mode(nowMs);
        const before = breaker.toState();
        for (let token = 1; token <= before.serial; token++) {
          if (token === before.epoch || token === before.probe) continue;
          for (const outcome of ['success', 'failure', 'refusal'] as const) {
            breaker.report(outcome, token, nowMs);
          }
        }
        expect(breaker.toState()).toEqual(before);
        return breaker;
      });
    });
    fc.assert(property, { seed: 20262, numRuns: 100 });
  });

  it('N - 1 failures never open it when the last call is a success', () => {
    const rows = fc.array(fc.nat(3), { maxLength: 50 });
    const property = fc.property(rows, (counts) => {
      const breaker = fresh({ failures: 4 });
      counts.forEach((count, nowMs) => {
        report(breaker, `${'f'.repeat(count)}s`, nowMs);
      });
      expect(breaker.transitions).toEqual([]);
    });
    fc.assert(property, SEED);
  });

  it('asking changes nothing that can be seen: who is asked rarely has the same history', () => {
    const property = fc.property(steps, (life) => {
      // The same life, with a look at half of every wait.
      const looks = life.flatMap((one): Step[] => {
        const waitMs = Math.floor(one.waitMs / 2);
        return [
          { ...one, what: 'look', waitMs },
          { ...one, waitMs: one.waitMs - waitMs },
        ];
      });
      const often = live(looks, (breaker, nowMs) => {
        breaker.probeDue(nowMs);
        return breaker;
      });
      const rarely = live(life, (breaker) => breaker);
      const endMs = life.reduce((sum, { waitMs }) => sum + waitMs, 0);
      expect(rarely.mode(endMs)).toBe(often.mode(endMs));
      expect(rarely.toState()).toEqual(often.toState());
    });
    fc.assert(property, SEED);
  });

  it('goes on from its exported state, through JSON, as if nothing had been', () => {
    const property = fc.property(steps, (life) => {
      const whole = live(life, (breaker) => breaker);
      const parts = live(life, (breaker) =>
        Breaker.from(JSON.parse(JSON.stringify(breaker.toState()))),
      );
      expect(parts.toState()).toEqual(whole.toState());
    });
    fc.assert(property, SEED);
  });

  it('all of its states and causes come up: the claims above are about something', () => {
    const causes = new Set<string>();
    const property = fc.property(steps, (life) => {
      for (const { cause } of live(life, (breaker) => breaker).transitions) causes.add(cause);
    });
    fc.assert(property, SEED);
    const all = 'break-over failures isolated probe-failed probes-succeeded released';
    expect([...causes].sort().join(' ')).toBe(all);
  });
});
