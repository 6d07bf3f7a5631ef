// Claims about single fills of a session beside those of its model: pairs, errors and causes, by hand.

import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../engine/interval.ts';
import type { VenueEvent } from '../../live/inbox.ts';
import { panelOf } from '../support/market.ts';
import { inputOf, targets } from '../support/run.ts';
import {
  type Alter,
  altered,
  causesOf,
  lateFeed,
  openMs,
  saying,
  shadowOf,
  TEN,
  trader,
} from './altered.ts';

type Fill = Extract<VenueEvent, { readonly kind: 'order-filled' }>;

/** Answers other things in place of the first fill. */
function insteadOfFirst(say: (fill: Fill) => readonly VenueEvent[]): Alter {
  let isFirst = true;
  return (event) => {
    if (event.kind !== 'order-filled' || !isFirst) return [event];
    isFirst = false;
    return say(event);
  };
}

const shadowAfter = async (say: (fill: Fill) => readonly VenueEvent[], input = trader()) => {
  const { shadow } = await shadowOf(input, altered(input, insteadOfFirst(say)));
  return shadow;
};

describe('a fill', () => {
  it('that was dearer by 10 bps is paired, measured with its sign, and called spread', async () => {
    const input = trader();
    const worse: Alter = (event) => {
      if (event.kind !== 'order-filled') return [event];
      return [{ ...event, price: event.price * (1 + (event.qty > 0 ? 0.001 : -0.001)) }];
    };
    const { shadow } = await shadowOf(input, altered(input, worse));
    const [entry] = shadow.fills;
    expect(entry).toMatchObject({ side: 1, purpose: 'entry', decidedMs: openMs(1), symbol: 'A' });
    expect(entry).toMatchObject({ paperMs: openMs(1), modelMs: openMs(1), cause: 'spread' });
    expect(entry!.paperPrice).toBeCloseTo(100.1, 10);
    expect(entry!.modelPrice).toBe(100);
    expect(shadow.fills.map(({ errorBps }) => +errorBps.toFixed(6))).toEqual([10, 10, 10, 10]);
    expect(shadow.fillErrorBps.median).toBeCloseTo(10, 8);
    expect(shadow.fillErrorBps.p95).toBeCloseTo(10, 8);
    expect(shadow.fillBiasBps).toBeCloseTo(10, 8);
    // 100 A cost 0.1 more each and fetch 0.102 less each: 20.2 in all.
    expect(shadow.paperUsd[4]! - shadow.modelUsd[4]!).toBeCloseTo(-20.2, 6);
    expect(shadow.signalsEqual).toBe(true);
    // From then on there is less to trade with.
    expect(causesOf(shadow).slice(2)).toEqual(['entry size', 'signal size']);
  });

  it('that was better counts against the session with the other sign', async () => {
    const shadow = await shadowAfter((fill) => [{ ...fill, price: 99.8 }]);
    expect(shadow.fills[0]!.errorBps).toBeCloseTo(-20, 8);
    // Of the other three none differs in price: the mean by notional of -20, 0, 0, 0.
    const weights = shadow.fills.map(({ paperQty, paperPrice }) => paperQty * paperPrice);
    const total = weights.reduce((sum, usd) => sum + usd, 0);
    expect(shadow.fillBiasBps).toBeCloseTo((-20 * weights[0]!) / total, 8);
    expect(shadow.fillErrorBps.median).toBe(0);
    // Sorted 0, 0, 0, 20: the 95 % quantile lies 0.85 of the way from the third to the fourth.
    expect(shadow.fillErrorBps.p95).toBeCloseTo(17, 8);
  });

  it('that came later is latency', async () => {
    const shadow = await shadowAfter((fill) => [{ ...fill, tsMs: fill.tsMs + 5 * MINUTE_MS }]);
    expect(shadow.fills[0]).toMatchObject({
      cause: 'latency',
      paperMs: openMs(1) + 5 * MINUTE_MS,
      modelMs: openMs(1),
      errorBps: 0,
    });
    expect(causesOf(shadow)).toEqual([
      'entry latency',
      'signal equal',
      'entry equal',
      'signal equal',
    ]);
    expect(shadow.equityGapBps).toBe(0);
  });

  it('that was not to the end is partial, and what is closed after it is another size', async () => {
    const shadow = await shadowAfter((fill) => [
      { ...fill, qty: fill.qty / 2, leavesQty: fill.qty / 2 },
      { kind: 'order-cancelled', tsMs: fill.tsMs, orderId: fill.orderId, code: 'cancelled' },
    ]);
    expect(causesOf(shadow).slice(0, 2)).toEqual(['entry partial', 'signal size']);
    expect(shadow.fills[0]).toMatchObject({ paperQty: 50, modelQty: 100, errorBps: 0 });
    // 50 A and not 100 gain the 2 from 100 to 102.
    expect(shadow.paperUsd[4]).toBeCloseTo(10_100, 8);
    expect(shadow.modelUsd[4]).toBeCloseTo(10_200, 8);
  });

  it('in two pieces at two times is partial as well', async () => {
    const shadow = await shadowAfter((fill) => [
      { ...fill, qty: 40, leavesQty: 60 },
      { ...fill, qty: 60, tsMs: fill.tsMs + MINUTE_MS },
    ]);
    expect(shadow.fills[0]).toMatchObject({ paperQty: 100, cause: 'partial', errorBps: 0 });
  });

  it('that did not come is missed, and one that the venue refused is its own', async () => {
    const end = (kind: 'order-cancelled' | 'order-rejected', code: string) =>
      shadowAfter(({ tsMs, orderId }) => [{ kind, tsMs, orderId, code }]);
    const missed = await end('order-cancelled', 'cancelled');
    expect(missed.fills[0]).toMatchObject({ paperQty: 0, modelQty: 100, cause: 'missed' });
    expect(missed.fills[0]!.errorBps).toBeNaN();
    expect(missed.fills[0]!.paperMs).toBeNaN();
    expect(causesOf(missed).slice(0, 2)).toEqual(['entry missed', 'signal missed']);
    const refused = await end('order-rejected', 'insufficient-margin');
    // The close that follows is missing for the same reason.
    expect(causesOf(refused).slice(0, 2)).toEqual(['entry venue', 'signal venue']);
    const out = await end('order-rejected', 'venue-unavailable');
    expect(causesOf(out).slice(0, 2)).toEqual(['entry venue', 'signal venue']);
    for (const { signalsEqual } of [missed, refused, out]) expect(signalsEqual).toBe(true);
  });

  it('that the model does not have is extra', async () => {
    // A does not trade after row 0, so an order for it waits for ever; B makes the rows.
    const panel = panelOf({ A: '100 - - -', B: '50 50 50 50' });
    const input = inputOf(panel, [targets({ A: '0.5', B: '. 0.3' })], TEN);
    const shadow = await shadowAfter(
      (fill) => [{ ...fill, orderId: 1, qty: 50, price: 100 }, fill],
      input,
    );
    expect(shadow.fills).toHaveLength(2);
    expect(shadow.fills[0]).toMatchObject({
      symbol: 'A',
      paperQty: 50,
      paperPrice: 100,
      modelQty: 0,
      cause: 'extra',
    });
    expect(shadow.fills[0]!.modelPrice).toBeNaN();
    expect(shadow.fills[1]).toMatchObject({ symbol: 'B', cause: 'equal' });
    expect(shadow.causes).toMatchObject({ extra: 1, equal: 1, missed: 0 });
  });
});

describe('what kept the session back', () => {
  it('is data where its candles were too old, and it came a candle later', async () => {
    const input = trader();
    const { shadow } = await shadowOf(input, { feed: lateFeed(input, 0, 1, MINUTE_MS) });
    expect(shadow).toMatchObject({ signalsEqual: true, candles: 10, unasked: 0 });
    // One entry of the model alone, at 100, and one of the session alone, at 101.
    expect(causesOf(shadow)).toEqual([
      'entry data',
      'entry data',
      'signal size',
      'entry size',
      'signal size',
    ]);
    // Both sell at 102; then short at 105 and bought back at 100 with what they have, the model with the
    // 10 200 of its first trade. A quantity is a whole number of lots of 0.001.
    const lots = (usd: number, price: number) => Math.floor((usd / price) * 1000) / 1000;
    const gain = (usd: number) => usd + lots(usd, 105) * 5;
    const gapUsd = gain(10_000 + lots(10_000, 101)) - gain(10_200);
    expect(shadow.equityGapBps).toBeCloseTo((gapUsd / 10_000) * 10_000, 6);
  });

  it('is the operator where somebody halted it, and nobody is asked meanwhile', async () => {
    const input = trader();
    const { shadow, replay } = await shadowOf(input, saying({ 1: 'halt', 3: 'resume' }));
    expect(replay.equal).toBe(true);
    expect(shadow).toMatchObject({ signalsEqual: true, candles: 8, unasked: 2 });
    // Bought at 100, sold at the open of row 2, 101; the model holds on to row 4.
    expect(causesOf(shadow)).toEqual([
      'entry equal',
      'halt operator',
      'signal operator',
      'entry size',
      'signal size',
    ]);
    expect(shadow.fills[1]).toMatchObject({ paperQty: 100, paperPrice: 101, modelQty: 0 });
    expect(shadow.fills[2]).toMatchObject({ paperQty: 0, modelQty: 100, modelPrice: 102 });
  });

  it('is the operator where a pause kept an entry out or took one back', async () => {
    const input = trader();
    const paused = await shadowOf(input, saying({ 4: 'pause', 6: 'resume' }));
    expect(causesOf(paused.shadow)).toEqual([
      'entry equal',
      'signal equal',
      'entry operator',
      'signal operator',
    ]);
    expect(paused.shadow).toMatchObject({ signalsEqual: true, candles: 10, unasked: 0 });
    // Decided at the close of row 0, taken back before row 1 opens.
    const { shadow } = await shadowOf(input, saying({ 0: 'pause', 1: 'resume' }));
    expect(shadow.signalsEqual).toBe(true);
    expect(causesOf(shadow).slice(0, 2)).toEqual(['entry operator', 'signal operator']);
  });

  it('is the venue where the session paused itself over positions that were not its own', async () => {
    // The venue has filled what it says it cancelled; seen within the hour, before row 5 decides.
    const input = trader();
    const hides = insteadOfFirst(({ tsMs, orderId }) => {
      return [{ kind: 'order-cancelled', tsMs, orderId, code: 'cancelled' }];
    });
    const { shadow } = await shadowOf(input, altered(input, hides));
    expect(shadow.signalsEqual).toBe(true);
    expect(causesOf(shadow)).toEqual([
      'entry missed',
      'signal missed',
      'entry venue',
      'signal venue',
    ]);
  });
});
