// What is kept between trials goes least recently used first, only so much of it stays, and what lies
// where something else lay is what it would be anywhere else.

import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../../engine/interval.ts';
import { FeatureSet } from '../../../engine/market/features.ts';
import { on } from '../../../engine/market/indicator.ts';
import { atr, bollinger, macd, rsi, sma, vwap } from '../../../engine/market/indicators/index.ts';
import { KeptFeatures } from '../../../engine/research/sweep/kept-features.ts';
import { Shelf } from '../../../engine/research/sweep/shelf.ts';
import { randomCandles } from '../market/columns.ts';

/** A shelf with room for `spare` bytes, and things on it that say when they go. */
function shelfOf(spare: number) {
  const shelf = new Shelf(spare);
  const gone: string[] = [];
  const things = new Map<string, { bytes: number; drop(): void }>();
  const thing = (name: string, bytes: number) => {
    const known = things.get(name) ?? { bytes, drop: () => void gone.push(name) };
    things.set(name, known);
    return known;
  };
  /** A trial that uses these; what went before it. */
  const trial = (...names: string[]): string[] => {
    gone.length = 0;
    shelf.tidy();
    for (const name of names) shelf.use(thing(name, 10));
    return [...gone];
  };
  return { shelf, trial };
}

describe('a shelf', () => {
  it('lets go of what was used least recently, down to what is spare', () => {
    const { shelf, trial } = shelfOf(20);
    expect(trial('a', 'b', 'c')).toEqual([]);
    expect(trial('d', 'a')).toEqual([]);
    // b and c are not used and just fit; a was used after them.
    expect(trial('e')).toEqual([]);
    expect(trial('f')).toEqual(['b', 'c']);
    expect(trial('a')).toEqual(['d']);
    expect(shelf.bytes).toBe(30);
    expect(trial('b')).toEqual([]);
    expect(trial()).toEqual(['e']);
  });

  it('keeps what the latest trial used, however much that is', () => {
    const { shelf, trial } = shelfOf(0);
    for (let k = 0; k < 5; k++) expect(trial('a', 'b', 'c', 'd')).toEqual([]);
    expect(shelf.bytes).toBe(40);
    expect(trial('a')).toEqual([]);
    expect(trial('a')).toEqual(['b', 'c', 'd']);
  });

  it('lets nothing go after a trial that was refused and used nothing', () => {
    const { trial } = shelfOf(0);
    trial('a', 'b');
    expect(trial()).toEqual([]);
    expect(trial()).toEqual([]);
    expect(trial('a', 'b')).toEqual([]);
  });

  it('counts a thing once, however often it is used and comes back', () => {
    const { shelf, trial } = shelfOf(0);
    trial('a', 'a', 'a');
    trial('b');
    trial('a');
    expect(shelf.bytes).toBe(20);
    trial('a');
    expect(shelf.bytes).toBe(10);
  });

  it('lends what was given back as zeros, to the next trial alone', () => {
    const shelf = new Shelf(0);
    const column = shelf.column(5).fill(7);
    shelf.giveBack(column);
    expect(shelf.column(5000).buffer).not.toBe(column.buffer);
    // A few rows more fit as well.
    const again = shelf.column(7);
    expect(again.buffer).toBe(column.buffer);
    expect([...again]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    // It is lent once.
    expect(shelf.column(5).buffer).not.toBe(column.buffer);
    shelf.giveBack(again);
    shelf.tidy();
    expect(shelf.column(5).buffer).not.toBe(column.buffer);
  });
});

describe('features on a shelf that keeps nothing', () => {
  const candles = randomCandles(20_251_130, 900, { holes: 0.1 });
  const bands = bollinger(9);
  const asked = [
    ...[2, 5, 40].map((period) => sma(period)),
    ...[3, 14].flatMap((period) => [rsi(period), on('5m', rsi(period)), atr(period)]),
    ...[bands.lower, bands.upper, on('15m', bands.middle), on('5m', vwap(3)), macd().signal],
  ];

  it('are those of a set of their own, whatever lay there before', () => {
    const shelf = new Shelf(0);
    const kept = new KeptFeatures(candles, MINUTE_MS, 20, shelf);
    kept.advance(900);
    const lent = new Set<ArrayBufferLike>();
    let lendings = 0;
    for (let round = 0; round < 3; round++) {
      for (const feature of round % 2 === 0 ? asked : asked.toReversed()) {
        shelf.tidy();
        const column = kept.column(feature, MINUTE_MS);
        lent.add(column.buffer);
        lendings++;
        const own = new FeatureSet(candles, MINUTE_MS, 20);
        own.advance(900);
        expect(column).toEqual(own.column(feature, MINUTE_MS));
        expect(kept.column(feature, MINUTE_MS)).toBe(column);
      }
    }
    // Most of them lay where another lay before.
    expect(lent.size).toBeLessThan(lendings / 2);
  });
});
