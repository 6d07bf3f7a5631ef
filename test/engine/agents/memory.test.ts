// Memory: what it finds is what a search through everything finds, and thin evidence changes little.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Memory, type Remembered } from '../../../engine/agents/memory.ts';
import { DAY_MS } from '../../../engine/interval.ts';
import { STATE_SIZE } from '../../../engine/market/state.ts';
import { random } from '../../../engine/random.ts';
import { factorOf, shrunk, shrunkRatio } from '../../../engine/statistics/shrinkage.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const AGENTS = ['ann', 'ben', 'cat'];
const CONFIG = { depth: 40, neighbours: 5, bandwidth: 1, halfLifeDays: 30, otherSymbol: 0.5 };

function trade(changes: Partial<Remembered> = {}): Remembered {
  return {
    symbol: 'A',
    side: 1,
    decidedMs: 0,
    exitMs: 0,
    returnFraction: 0.01,
    exitReason: 'signal',
    votes: { ann: 0.8 },
    state: new Array(STATE_SIZE).fill(0),
    ...changes,
  };
}

/** A number of a state: few values, so that memories are as near as each other often enough. */
const VALUES = [-2, -1, -0.5, 0, 0.25, 1, 3];

/** Up to 90 trades, and the states of two moments: drawn here, as fast-check takes its time over so many. */
function drawn(seed: number) {
  const draw = random(seed, 'memories');
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!;
  const state = () => Array.from({ length: STATE_SIZE }, () => pick(VALUES));
  const count = Math.floor(draw() * 91);
  const trades = Array.from({ length: count }, () => {
    const who = AGENTS.filter(() => draw() < 0.5);
    return trade({
      symbol: pick(['A', 'B', 'C']),
      side: pick([1, -1] as const),
      exitMs: Math.floor(draw() * 41) * DAY_MS,
      returnFraction: pick([-0.02, -0.01, 0, 0.01, 0.03]),
      votes: Object.fromEntries((who.length > 0 ? who : AGENTS).map((id) => [id, 0.7])),
      state: state(),
    });
  });
  return { trades, state: state(), again: state() };
}

describe('retrieval', () => {
  it('finds what a search through everything finds, in the same order and with the same weights', () => {
    const ask = fc.record({
      seed: fc.integer({ min: 0, max: 1e9 }),
      symbol: fc.constantFrom('A', 'B', 'Z'),
      side: fc.constantFrom(1 as const, -1 as const),
      depth: fc.constantFrom(1, 7, 40),
      neighbours: fc.constantFrom(1, 3, 20),
      otherSymbol: fc.constantFrom(0, 0.5, 1),
      halfLifeDays: fc.constantFrom(0, 10),
      bandwidth: fc.constantFrom(0.5, 2),
    });
    const property = fc.property(ask, (given) => {
      const { seed, side, symbol, neighbours, otherSymbol, halfLifeDays, bandwidth, depth } = given;
      const memory = new Memory({ ...CONFIG, ...given }, AGENTS);
      const { trades: kept, state: first, again } = drawn(seed);
      const nowMs = 50 * DAY_MS;
      // Twice: the second search begins with what the first one found, and part of that is forgotten.
      const half = Math.ceil(kept.length * 0.6);
      const times = [
        { state: first, from: 0, to: half },
        { state: again, from: half, to: kept.length },
      ];
      for (const { state, from, to } of times) {
        for (const one of kept.slice(from, to)) memory.add(one);
        memory.recall(Float64Array.from(state), memory.symbolOf(symbol), nowMs, side);
        const scored = kept.slice(Math.max(0, to - depth), to).map((one, age) => {
          const square = one.state.reduce((sum, x, d) => sum + (x - state[d]!) ** 2, 0);
          const alike = Math.exp(-square / STATE_SIZE / bandwidth ** 2 / 2);
          const days = (nowMs - one.exitMs) / DAY_MS;
          const fresh = halfLifeDays === 0 ? 1 : 2 ** (-days / halfLifeDays);
          const weight = alike * fresh * (one.symbol === symbol ? 1 : otherSymbol);
          return { one, age, weight };
        });
        const wanted = scored
          .filter(({ one, weight }) => one.side === side && weight > 0)
          .sort((a, b) => b.weight - a.weight || b.age - a.age)
          .slice(0, neighbours);
        const found = Array.from({ length: memory.found }, (_, n) => {
          const one = memory.tradeAt(memory.nearest[n]!);
          return scored.findLast((other) => other.one === one)!;
        });
        expect(new Set(found).size).toBe(wanted.length);
        found.forEach((own, n) => {
          // Another one of this very weight, to the last digits, is as good.
          const same = Math.abs(own.weight / wanted[n]!.weight - 1) < 1e-12;
          expect(same || own, `number ${n}`).toBe(same || wanted[n]);
          const next = found[n + 1];
          const isTwin = next?.one.exitMs === own.one.exitMs && next.one.symbol === own.one.symbol;
          if (isTwin && `${next.one.state}` === `${own.one.state}`) {
            expect(next.age).toBeLessThan(own.age);
          }
        });
        AGENTS.forEach((id, row) => {
          const own = found.filter(({ one }) => one.votes[id] !== undefined);
          const sum = (pick: (one: Remembered) => number) =>
            own.reduce((total, { one, weight }) => total + weight * pick(one), 0);
          expect(memory.evidence[row]).toBeCloseTo(
            sum(() => 1),
            10,
          );
          expect(memory.won[row]).toBeCloseTo(
            sum((one) => (one.returnFraction > 0 ? 1 : 0)),
            10,
          );
          expect(memory.gains[row]! - memory.losses[row]!).toBeCloseTo(
            sum((one) => one.returnFraction),
            10,
          );
        });
      }
    });
    fc.assert(property, { seed: 2008, numRuns: LONG ? 20_000 : 600 });
  });

  it('forgets the oldest trade where there is no room, and counts each agent its own', () => {
    const memory = new Memory({ ...CONFIG, depth: 2 }, AGENTS);
    memory.add(trade({ votes: { ann: 1, ben: 1 } }));
    memory.add(trade({ votes: { ben: 1 }, returnFraction: -0.01 }));
    expect([...memory.trades]).toEqual([1, 2, 0, 2]);
    expect([...memory.wins]).toEqual([1, 1, 0, 1]);
    memory.add(trade({ votes: { cat: 1 }, symbol: 'B' }));
    expect([...memory.trades]).toEqual([0, 1, 1, 2]);
    expect([...memory.wins]).toEqual([0, 0, 1, 1]);
    expect(memory.all().map(({ symbol }) => symbol)).toEqual(['A', 'B']);
  });
});

describe('a memory of what is still to come', () => {
  it('weighs what one of this very moment does, however far ahead it ended', () => {
    const memory = new Memory({ ...CONFIG, halfLifeDays: 0.5 }, AGENTS);
    memory.add(trade({ exitMs: 3000 * DAY_MS }));
    memory.recall(new Float64Array(STATE_SIZE), memory.symbolOf('A'), 0, 1);
    expect([memory.evidence[0], memory.won[0], memory.gains[0]]).toEqual([1, 1, 0.01]);
  });
});

describe('evidence', () => {
  it('leaves the prior alone where there is none, and outweighs it where there is much', () => {
    expect(shrunk(0, 0, 0.55, 10)).toBe(0.55);
    // 3 of 10 and a prior of 0.5 worth 10 trades: (3 + 5) / 20.
    expect(shrunk(3, 10, 0.5, 10)).toBeCloseTo(0.4, 15);
    expect(shrunk(300, 1000, 0.5, 10)).toBeCloseTo(0.302, 3);
  });

  it('changes a confidence by how much likelier a win is here than usual, within its bounds', () => {
    expect(factorOf(0, 0, 0.5, 10, 0.5)).toBe(1);
    // (2 + 5) / (10 + 10) = 0.35 against 0.5.
    expect(factorOf(2, 10, 0.5, 10, 0.5)).toBeCloseTo(0.7, 12);
    expect(factorOf(0, 1000, 0.5, 10, 0.5)).toBe(0.5);
    expect(factorOf(1000, 1000, 0.5, 10, 0.5)).toBe(1.5);
    expect(factorOf(0, 1000, 0.5, 10, 0)).toBe(1);
    // Who has never won has no rate to compare with.
    expect(factorOf(0, 5, 0, 10, 0.5)).toBe(1);
  });

  it('gives a pay-off ratio once there were a win and a loss', () => {
    const seen = { evidence: 10, won: 5, gains: 0.2, losses: 0.1 };
    // (0.04 / 0.02 = 2, worth 10) with 1 worth 10.
    expect(shrunkRatio(seen, 1, 10)).toBeCloseTo(1.5, 12);
    expect(shrunkRatio({ ...seen, won: 0, gains: 0 }, 1, 10)).toBe(1);
    expect(shrunkRatio({ ...seen, won: 10, losses: 0 }, 1, 10)).toBe(1);
  });
});
