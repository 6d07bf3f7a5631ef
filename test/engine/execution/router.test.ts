// The failover router: where a quantity goes, and that it never goes to two places at once.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, DEFAULT_BREAKER } from '../../../engine/execution/breaker.ts';
import { outcomeOf, Router } from '../../../engine/execution/router.ts';

const MARKET = 7;
const ALL = [0, 1, 2];

function fresh(count = 3) {
  const breakers = Array.from({ length: count }, (_, k) => new Breaker(DEFAULT_BREAKER, `v${k}`));
  return { breakers, router: new Router(breakers) };
}

const failuresOf = (breaker: Breaker) => breaker.toState().failures;

describe('a code', () => {
  it.each([
    ['bad-tick', 'refusal'],
    ['bad-lot', 'refusal'],
    ['below-min-notional', 'refusal'],
    ['insufficient-margin', 'refusal'],
    ['would-cross', 'refusal'],
    ['reduce-only', 'refusal'],
    ['not-found', 'refusal'],
    ['would-trigger', 'refusal'],
    ['price-band', 'refusal'],
    ['no-liquidity', 'refusal'],
    ['leverage', 'refusal'],
    ['liquidating', 'refusal'],
    ['unsupported', 'refusal'],
    ['venue-unavailable', 'not-taken'],
    ['not-trading', 'not-taken'],
    ['too-many-orders', 'not-taken'],
    ['clock-skew', 'not-taken'],
    ['auth', 'not-taken'],
    ['banned', 'not-taken'],
    ['throttled', 'not-taken'],
    ['connection-refused', 'not-taken'],
    ['breaker-open', 'not-taken'],
    ['timeout', 'unknown'],
    ['connection-lost', 'unknown'],
    ['duplicate-id', 'unknown'],
    ['server-error', 'unknown'],
    ['unparsable', 'unknown'],
    ['unknown', 'unknown'],
  ])('%s means %s', (code, outcome) => {
    expect(outcomeOf(code)).toBe(outcome);
  });

  it('that nobody has listed means unknown, the names of Object included', () => {
    for (const code of ['', 'Timeout', 'new-code', 'constructor', 'toString', '__proto__']) {
      expect(outcomeOf(code)).toBe('unknown');
    }
  });
});

describe('a venue is chosen', () => {
  it('primary first, then in the order of the candidates, never one that was tried', () => {
    const { router } = fresh();
    expect(router.choose([2, 0, 1], 0, [])).toBe(2);
    expect(router.choose([2, 0, 1], 0, [2])).toBe(0);
    expect(router.choose([2, 0, 1], 0, [2, 0, 1])).toBe(-1);
    expect(router.choose([], 0, [])).toBe(-1);
  });

  it('only while its breaker takes entries: not while isolated, open or half-open', () => {
    const { router, breakers } = fresh();
    breakers[0]!.isolate(0);
    expect(router.choose(ALL, 0, [])).toBe(1);
    breakers[0]!.release(0);
    expect(router.choose(ALL, 0, [])).toBe(1);
    for (let n = 0; n < 3; n++) breakers[0]!.report('success', breakers[0]!.probeSent(1), 1);
    expect(router.choose(ALL, 1, [])).toBe(0);
  });

  it('of which there is no breaker is our own mistake', () => {
    expect(() => fresh().router.choose([9], 0, [])).toThrow('a candidate venue has a breaker');
  });
});

describe('an order', () => {
  it('that the primary accepts stays there, reserves nothing, and is contact', () => {
    const { router, breakers } = fresh();
    breakers[0]!.report('failure', breakers[0]!.epoch, 0);
    expect(router.start(1, MARKET, 5, ALL, 0)).toBe(0);
    expect(router.onAccepted(1, 0, 1)).toBe('accepted');
    expect(router.reservedQty(MARKET)).toBe(0);
    expect(failuresOf(breakers[0]!)).toBe(0);
  });

  it.each(['venue-unavailable', 'throttled', 'connection-refused'])(
    'goes to the next venue after %s, which is a failure of the first',
    (code) => {
      const { router, breakers } = fresh();
      router.start(1, MARKET, 5, ALL, 0);
      expect(router.onRefused(1, 0, code, true, 1)).toBe(1);
      expect(router.onRefused(1, 1, code, true, 2)).toBe(2);
      expect(router.onRefused(1, 2, code, true, 3)).toBe(-1);
      expect(breakers.map(failuresOf)).toEqual([1, 1, 1]);
      expect(router.reservedQty(MARKET)).toBe(0);
    },
  );

  it('goes on after breaker-open too, but that is our word and no failure of the venue', () => {
    const { router, breakers } = fresh();
    router.start(1, MARKET, 5, ALL, 0);
    expect(router.onRefused(1, 0, 'breaker-open', true, 1)).toBe(1);
    expect(breakers.map(failuresOf)).toEqual([0, 0, 0]);
  });

  it('that breaks a rule is sent nowhere else, and the venue is not to blame', () => {
    const { router, breakers } = fresh();
    for (let id = 1; id <= 20; id++) {
      expect(router.start(id, MARKET, 5, ALL, 0)).toBe(0);
      expect(router.onRefused(id, 0, 'insufficient-margin', true, 1)).toBe(-1);
    }
    expect(router.isUnknown(1)).toBe(false);
    expect(breakers[0]!.transitions).toEqual([]);
  });

  it('whose fate is unknown is reserved, sent nowhere else, and a failure of the venue', () => {
    const { router, breakers } = fresh();
    router.start(1, MARKET, 5, ALL, 0);
    router.onUnknown(1, 0, 10);
    router.onUnknown(1, 0, 11);
    expect(router.isUnknown(1)).toBe(true);
    expect(router.reservedQty(MARKET)).toBe(5);
    expect(router.reservedQty(MARKET + 1)).toBe(0);
    expect(router.unknownOrders()).toEqual([
      { orderId: 1, venue: 0, market: MARKET, qty: 5, sinceMs: 10 },
    ]);
    expect(breakers.map(failuresOf)).toEqual([1, 0, 0]);
  });

  it.each(['timeout', 'server-error', 'unparsable', 'brand-new'])(
    'is unknown after %s, however certain its sender feels',
    (code) => {
      const { router } = fresh();
      router.start(1, MARKET, 5, ALL, 0);
      expect(router.onRefused(1, 0, code, true, 1)).toBe(-1);
      expect(router.reservedQty(MARKET)).toBe(5);
    },
  );

  it('is unknown after any code for which its sender cannot vouch', () => {
    for (const code of ['throttled', 'insufficient-margin', 'not-found', 'connection-refused']) {
      const { router } = fresh();
      router.start(1, MARKET, 5, ALL, 0);
      expect(router.onRefused(1, 0, code, false, 1)).toBe(-1);
      expect(router.isUnknown(1)).toBe(true);
    }
  });

  it('goes to the next venue once it is known that the first did not take it', () => {
    const { router } = fresh();
    router.start(1, MARKET, 5, ALL, 0);
    router.onUnknown(1, 0, 10);
    expect(router.onResolved(1, 0, 'not-taken', 20)).toBe(1);
    expect(router.reservedQty(MARKET)).toBe(0);
    // Said twice, it does not free what is now unknown at the second venue.
    router.onUnknown(1, 1, 30);
    expect(router.onResolved(1, 0, 'not-taken', 31)).toBe(-1);
    expect(router.reservedQty(MARKET)).toBe(5);
  });

  it('is taken when a query or a late answer says so, and then goes nowhere', () => {
    const { router, breakers } = fresh();
    router.start(1, MARKET, 5, ALL, 0);
    router.onUnknown(1, 0, 10);
    expect(router.onResolved(1, 0, 'accepted', 20)).toBe(-1);
    router.start(2, MARKET, 3, ALL, 20);
    router.onUnknown(2, 0, 30);
    expect(router.onAccepted(2, 0, 40)).toBe('accepted');
    expect(router.reservedQty(MARKET)).toBe(0);
    // A silence that ended late was still a silence.
    expect(failuresOf(breakers[0]!)).toBe(2);
  });

  it('stays where it is when its own silence opens the breaker', () => {
    const { router, breakers } = fresh();
    for (let id = 1; id <= 5; id++) {
      expect(router.start(id, MARKET, 2, ALL, id)).toBe(0);
    }
    for (let id = 1; id <= 5; id++) {
      expect(router.onRefused(id, 0, 'timeout', true, 10)).toBe(-1);
    }
    expect(breakers[0]!.allows('entry', 10)).toBe(false);
    expect(router.unknownOrders().map(({ venue }) => venue)).toEqual([0, 0, 0, 0, 0]);
    expect(router.reservedQty(MARKET)).toBe(10);
    expect(router.start(6, MARKET, 2, ALL, 11)).toBe(1);
  });

  it('that was withdrawn stays reserved and goes nowhere else', () => {
    const { router } = fresh();
    router.start(1, MARKET, 5, ALL, 0);
    router.onUnknown(1, 0, 10);
    router.withdraw(1);
    expect(router.reservedQty(MARKET)).toBe(5);
    expect(router.onResolved(1, 0, 'not-taken', 20)).toBe(-1);
    expect(router.reservedQty(MARKET)).toBe(0);
  });

  it('accepted where it was ruled out is a stray; the same acceptance again is a repeat', () => {
    const { router } = fresh();
    router.start(1, MARKET, 5, ALL, 0);
    router.onUnknown(1, 0, 10);
    expect(router.onResolved(1, 0, 'not-taken', 20)).toBe(1);
    expect(router.onAccepted(1, 0, 21)).toBe('stray');
    expect(router.onAccepted(1, 1, 22)).toBe('accepted');
    expect(router.onAccepted(1, 1, 23)).toBe('repeat');
    expect(router.onAccepted(1, 0, 24)).toBe('stray');
  });

  it('starts nowhere when no venue takes entries', () => {
    const { router, breakers } = fresh();
    for (const breaker of breakers) breaker.isolate(0);
    expect(router.start(1, MARKET, 5, ALL, 0)).toBe(-1);
    breakers[2]!.release(0);
    expect(router.start(1, MARKET, 5, ALL, 0)).toBe(-1);
  });

  it('of no quantity, or started twice, is our own mistake', () => {
    const { router } = fresh();
    for (const qty of [0, -1, Number.NaN, Infinity]) {
      expect(() => router.start(1, MARKET, qty, ALL, 0)).toThrow('finite and above zero');
    }
    router.start(1, MARKET, 1, ALL, 0);
    expect(() => router.start(1, MARKET, 1, ALL, 0)).toThrow('started once');
  });

  it('moves to the fallback when the primary is out, and the next ones back when it is not', () => {
    const { router, breakers } = fresh(2);
    const went: number[] = [];
    for (let id = 1; id <= 7; id++) {
      let venue = router.start(id, MARKET, 1, [0, 1], id);
      if (venue === 0) venue = router.onRefused(id, 0, 'venue-unavailable', true, id);
      router.onAccepted(id, venue, id);
      went.push(venue);
    }
    expect(went).toEqual([1, 1, 1, 1, 1, 1, 1]);
    // The fifth failure opened it, at 5: the sixth and the seventh did not even try.
    expect(breakers[0]!.transitions).toMatchObject([{ atMs: 5, to: 'open' }]);
    for (let n = 0; n < 3; n++) {
      breakers[0]!.report('success', breakers[0]!.probeSent(60_005), 60_005);
    }
    expect(router.start(8, MARKET, 1, [0, 1], 60_005)).toBe(0);
  });
});

// A world of three venues that tell the truth when they are certain, and otherwise anything: the
// order may be placed or not, answers get lost, come twice, and come late.
describe('whatever happens to the messages', () => {
  const move = fc.record({
    id: fc.nat(3),
    what: fc.constantFrom('accept', 'reject', 'down', 'silence', 'silence', 'settle', 'replay'),
    isPlaced: fc.boolean(),
    pick: fc.nat(10_000),
    waitMs: fc.nat(30_000),
  });
  const life = fc.record({
    qtys: fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 4, maxLength: 4 }),
    moves: fc.array(move, { minLength: 20, maxLength: 80 }),
  });

  it('the quantity that may be live over all venues never exceeds the parent', () => {
    let moved = 0;
    let unknowns = 0;
    const property = fc.property(life, ({ qtys, moves }) => {
      const { router } = fresh();
      const parent = qtys.reduce((sum, qty) => sum + qty, 0);
      // Of each child: where a request is out, which venues really have it, which may have it.
      const out = qtys.map((qty, id) => router.start(id, MARKET, qty, ALL, 0));
      const placed = qtys.map(() => new Set<number>());
      const mayBe = qtys.map((_, id) => new Set<number>([out[id]!]));
      const said: (() => number)[] = [];
      const isDone = qtys.map(() => false);
      let nowMs = 0;
      const tell = (id: number, message: () => number) => {
        said.push(message);
        const next = message();
        if (next < 0) return;
        moved++;
        out[id] = next;
        mayBe[id]!.add(next);
      };
      for (const { id, what, isPlaced, pick, waitMs } of moves) {
        nowMs += waitMs;
        const venue = out[id]!;
        const atMs = nowMs;
        const isOut = venue >= 0 && !isDone[id] && mayBe[id]!.has(venue);
        const isOpen = isOut && !router.isUnknown(id);
        if (what === 'accept' && isOut) {
          // At once, or long after a silence, whether or not the venue had it all the while.
          placed[id]!.add(venue);
          isDone[id] = true;
          tell(id, () => {
            expect(router.onAccepted(id, venue, atMs)).not.toBe('stray');
            return -1;
          });
        } else if (what === 'reject' && isOpen) {
          mayBe[id]!.delete(venue);
          tell(id, () => router.onRefused(id, venue, 'insufficient-margin', true, atMs));
        } else if (what === 'down' && isOpen) {
          mayBe[id]!.delete(venue);
          tell(id, () => router.onRefused(id, venue, 'connection-refused', true, atMs));
        } else if (what === 'silence' && isOpen) {
          unknowns++;
          if (isPlaced) placed[id]!.add(venue);
          tell(id, () => router.onRefused(id, venue, 'timeout', pick % 2 === 0, atMs));
        } else if (what === 'settle' && venue >= 0 && router.isUnknown(id)) {
          const isTaken = placed[id]!.has(venue);
          if (!isTaken) mayBe[id]!.delete(venue);
          if (isTaken) isDone[id] = true;
          tell(id, () => router.onResolved(id, venue, isTaken ? 'accepted' : 'not-taken', atMs));
        } else if (what === 'replay' && said.length > 0) {
          // An answer of the past comes once more: it must not send anything anywhere.
          expect(said[pick % said.length]!()).toBe(-1);
        }
        for (const [k, venues] of mayBe.entries()) {
          expect(venues.size, 'venues that may hold one child').toBeLessThanOrEqual(1);
          expect(placed[k]!.size).toBeLessThanOrEqual(1);
        }
        const possible = qtys.reduce((sum, qty, k) => sum + qty * mayBe[k]!.size, 0);
        expect(possible).toBeLessThanOrEqual(parent);
        // What is unknown is still where it was sent, even when that silence opened the breaker.
        for (const { orderId, venue: at } of router.unknownOrders()) expect(at).toBe(out[orderId]);
        const unknown = qtys.filter((_, k) => router.isUnknown(k));
        expect(router.reservedQty(MARKET)).toBe(unknown.reduce((sum, qty) => sum + qty, 0));
      }
    });
    fc.assert(property, { seed: 20264, numRuns: 2_000 });
    // The lives were lively: else the claim would be about nothing.
    expect(moved).toBeGreaterThan(2_000);
    expect(unknowns).toBeGreaterThan(2_000);
  });
});
