// Orders that know of each other, and what becomes of orders: groups, brackets, reduce-only, cancels and
// amendments.

import { describe, expect, it } from 'vitest';
import { type Draft, HandVenue } from '../../support/venue.ts';

/** A market that holds one unit of leg 0 already, bought at the first open. */
function holding(chart: string, ...drafts: Draft[]): HandVenue {
  const market = new HandVenue(chart);
  const entry = market.submit();
  for (const draft of drafts) market.submit({ side: -1, reduceOnly: true, ...draft });
  expect(entry.id).toBe(1);
  return market;
}

const gets = (market: HandVenue) => market.rows().filter((line) => !line.includes(': 1 '));

describe('orders that belong together', () => {
  const pair = (qty: number): Draft[] => [
    { type: 'stop-market', qty, triggerPrice: 90, terms: { ocoGroup: 7 } },
    { type: 'limit', qty, terms: { limitPrice: 110, ocoGroup: 7 } },
  ];

  it('one cancels the other', () => {
    expect(gets(holding('100 100/111/95/110 80', ...pair(1)))).toEqual([
      '1: 3 filled -1 @ 110, 0 left',
      '1: 2 cancelled',
    ]);
    expect(gets(holding('100 100/105/89/90 120', ...pair(1)))).toEqual([
      '1: 2 filled -1 @ 90, 0 left',
      '1: 3 cancelled',
    ]);
  });

  it('a part of one takes as much from the other, and says so', () => {
    const market = new HandVenue('100@1000 100/111/95/110@40 110/110/89/90@1000', {
      fills: { volumeShare: 0.1 },
    });
    market.submit({ qty: 10 });
    for (const draft of pair(10)) market.submit({ side: -1, reduceOnly: true, ...draft });
    expect(gets(market)).toEqual([
      '1: 3 filled -4 @ 110, 6 left',
      '1: 2 amended 6',
      '2: 2 filled -6 @ 90, 0 left',
      '2: 3 cancelled',
    ]);
    // What both of them were for is what was sold.
    expect(market.order(2)).toMatchObject({ qty: 6, filledQty: 6 });
  });

  const bracket = (market: HandVenue) => {
    const entry = market.submit({ qty: 4 });
    const attached = { side: -1, reduceOnly: true, attachedTo: entry.id } as const;
    market.submit({ ...attached, type: 'stop-market', purpose: 'stop', distance: 0.1 });
    for (const [distance, closeFraction] of [
      [0.1, 0.5],
      [0.2, 1],
    ] as const) {
      const terms = { closeFraction };
      market.submit({ ...attached, type: 'limit', purpose: 'take-profit', distance, terms });
    }
  };

  it('a bracket sleeps until its entry fills and rests at a distance from that fill', () => {
    const market = new HandVenue('100 200 200/225/190/220 220/221/170/180');
    market.rows(1);
    bracket(market);
    // Entry at row 1's open, 100: stop 90, profits 110 and 120; row 1 goes to 200.
    expect(market.rows()).toEqual([
      '1: 1 filled 4 @ 100, 0 left',
      '1: 3 filled -2 @ 110, 0 left',
      '1: 4 filled -2 @ 120, 0 left',
    ]);
  });

  it('a bracket that is stopped out sells once and no more than it holds', () => {
    const market = new HandVenue('100 100/112/99/105 105/106/85/88 88/130/88/130');
    bracket(market);
    expect(market.rows()).toEqual([
      '0: 1 filled 4 @ 100, 0 left',
      '1: 3 filled -2 @ 110, 0 left',
      '2: 2 filled -2 @ 90, 0 left',
      // The other profit has nothing left to close.
      '3: 4 cancelled',
    ]);
  });

  it('what is attached to an addition does not wake: the position has its stop', () => {
    const market = new HandVenue('100 100 100 80');
    bracket(market);
    market.rows(1);
    const more = market.submit();
    const stop = market.submit({
      side: -1,
      reduceOnly: true,
      attachedTo: more.id,
      type: 'stop-market',
      distance: 0.05,
    });
    market.rows();
    expect(stop.status).toBe('dormant');
    market.cancel(stop);
    expect(stop.status).toBe('cancelled');
  });
});

describe('reduce-only', () => {
  it('sells what is held and never flips', () => {
    const market = holding('100x4', { qty: 5 });
    expect(gets(market)).toEqual(['0: 2 filled -1 @ 100, 0 left']);
    expect(market.portfolio.positions[0]!.qty).toBe(0);
  });

  it('is refused when there is nothing to reduce as it comes in, or when it would add', () => {
    const market = new HandVenue('100x4');
    market.submit({ reduceOnly: true });
    market.submit({ side: -1, reduceOnly: true });
    const refused = ['0: 1 rejected reduce-only', '0: 2 rejected reduce-only'];
    expect(market.rows(1)).toEqual(refused);
    market.submit();
    market.submit({ reduceOnly: true });
    expect(market.rows(1)).toEqual(['1: 3 filled 1 @ 100, 0 left', '1: 4 rejected reduce-only']);
  });
});

describe('a cancel', () => {
  it('between two candles takes the order out of the next one', () => {
    const market = new HandVenue('100 100 100/100/80/90');
    const order = market.submit({ type: 'limit', terms: { limitPrice: 90 } });
    market.rows(2);
    market.cancel(order);
    expect(market.rows()).toEqual([]);
    expect(order.status).toBe('cancelled');
  });

  it('of an order that is over says nothing', () => {
    const market = new HandVenue('100 100');
    const order = market.submit();
    market.rows(1);
    market.cancel(order);
    expect(market.said).toEqual(['0: 1 filled 1 @ 100, 0 left']);
  });

  it('of what is left of a partial fill ends it', () => {
    const market = new HandVenue('100@10 100@10', { fills: { volumeShare: 0.1 } });
    const order = market.submit({ qty: 5 });
    market.rows(1);
    market.cancel(order);
    expect(market.rows()).toEqual([]);
    expect(order).toMatchObject({ status: 'cancelled', filledQty: 1 });
  });
});

describe('an amendment', () => {
  it('moves a limit, which takes at once when it has become marketable', () => {
    const market = new HandVenue('100 100 100/101/99/100');
    const order = market.submit({ type: 'limit', terms: { limitPrice: 90 } });
    market.rows(2);
    market.amend(order, 2, 105);
    expect(market.rows()).toEqual(['2: 1 filled 2 @ 100, 0 left']);
    expect(market.said[0]).toBe('2: 1 amended 2 @ 105');
  });

  it('moves the trigger of a stop', () => {
    const market = holding('100 100 100/100/94/96', { type: 'stop-market', triggerPrice: 80 });
    market.rows(2);
    market.amend(market.order(2), 1, 95);
    expect(market.rows()).toEqual(['2: 2 filled -1 @ 95, 0 left']);
  });

  it('counts what has filled already, and ends an order that has filled as much', () => {
    const market = new HandVenue('100@40 100@10 100@1000', { fills: { volumeShare: 0.1 } });
    const order = market.submit({ qty: 10 });
    market.rows(1);
    market.amend(order, 6);
    expect(market.rows()).toEqual(['1: 1 filled 1 @ 100, 1 left', '2: 1 filled 1 @ 100, 0 left']);
    const other = new HandVenue('100@40 100@10', { fills: { volumeShare: 0.1 } });
    const short = other.submit({ qty: 10 });
    other.rows(1);
    other.amend(short, 3);
    expect(short).toMatchObject({ status: 'cancelled', filledQty: 4 });
  });

  it('off the grid changes nothing', () => {
    const market = new HandVenue('100 100 100/100/80/90');
    const order = market.submit({ type: 'limit', terms: { limitPrice: 90 } });
    market.amend(order, 1.0005);
    market.amend(order, 1, 90.005);
    market.amend(order, Number.NaN);
    expect(market.rows()).toEqual(['2: 1 filled 1 @ 90, 0 left']);
  });
});
