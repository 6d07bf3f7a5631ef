// Every type of order, one against a few candles drawn by hand.

import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../engine/interval.ts';
import { START_MS } from '../../support/market.ts';
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

describe('a market order', () => {
  it('takes the open of the next candle, whichever way', () => {
    const market = new HandVenue('100/110/90/105 104');
    market.submit();
    market.submit({ side: -1, qty: 2 });
    expect(market.rows()).toEqual(['0: 1 filled 1 @ 100, 0 left', '0: 2 filled -2 @ 100, 0 left']);
  });

  it('waits through holes and empty candles', () => {
    const market = new HandVenue('100 - 101@0 102');
    market.rows(1);
    market.submit();
    expect(market.rows()).toEqual(['3: 1 filled 1 @ 101, 0 left']);
  });

  it('gets its share of the volume and carries the rest over', () => {
    const market = new HandVenue('100@40 101@20 102@1000', { fills: { volumeShare: 0.1 } });
    market.submit({ qty: 10 });
    expect(market.rows()).toEqual([
      '0: 1 filled 4 @ 100, 6 left',
      '1: 1 filled 2 @ 100, 4 left',
      '2: 1 filled 4 @ 101, 0 left',
    ]);
  });

  it('shares the volume of one candle with the others of its leg', () => {
    const market = new HandVenue('100@40 100@40', { fills: { volumeShare: 0.1 } });
    market.submit({ qty: 3 });
    market.submit({ qty: 3 });
    expect(market.rows()).toEqual([
      '0: 1 filled 3 @ 100, 0 left',
      '0: 2 filled 1 @ 100, 2 left',
      '1: 2 filled 2 @ 100, 0 left',
    ]);
  });

  it.each([
    ['ioc', ['0: 1 filled 4 @ 100, 6 left', '0: 1 cancelled']],
    ['fok', ['0: 1 cancelled']],
  ] as const)('%s takes what is there at once, or nothing', (timeInForce, said) => {
    const market = new HandVenue('100@40 100@1000', { fills: { volumeShare: 0.1 } });
    market.submit({ qty: 10, terms: { timeInForce } });
    expect(market.rows()).toEqual(said);
  });

  it.each(['ioc', 'fok'] as const)('%s does not wait for a market that is not there', (terms) => {
    for (const chart of ['100 - 101', '100 100@0 101']) {
      const market = new HandVenue(chart);
      market.rows(1);
      market.submit({ terms: { timeInForce: terms } });
      market.submit({ type: 'limit', terms: { timeInForce: terms, limitPrice: 200 } });
      expect(market.rows()).toEqual(['1: 1 cancelled', '1: 2 cancelled']);
    }
  });

  it.each(['ioc', 'fok'] as const)('%s does not wait for volatility either', (timeInForce) => {
    const market = new HandVenue('100 100 100', { costs: { impact: 'square-root' } });
    market.submit({ terms: { timeInForce } });
    expect(market.rows()).toEqual(['0: 1 cancelled']);
  });

  it('good till a date expires in a hole that outlasts it', () => {
    const market = new HandVenue('100 - - 100');
    market.rows(1);
    market.submit({ terms: { timeInForce: 'gtd', expiresMs: START_MS + 2 * HOUR_MS } });
    expect(market.rows()).toEqual(['2: 1 expired']);
  });
});

describe('a limit', () => {
  const limit = (limitPrice: number, more: Partial<Draft> = {}): Draft => ({
    type: 'limit',
    ...more,
    terms: { limitPrice, ...more.terms },
  });

  it('fills as a maker at its price once price has traded through it, not when touched', () => {
    const market = new HandVenue('100/100/95/98 98/99/94.99/97 97');
    market.submit(limit(95));
    expect(market.rows()).toEqual(['1: 1 filled 1 @ 95, 0 left']);
    expect(market.fills[0]!.maker).toBe(1);
  });

  it('takes at the open when it is marketable, a taker', () => {
    const market = new HandVenue('100 100');
    market.submit(limit(101));
    market.submit(limit(99, { side: -1 }));
    expect(market.rows()).toEqual(['0: 1 filled 1 @ 100, 0 left', '0: 2 filled -1 @ 100, 0 left']);
    expect(market.fills.map(({ maker }) => maker)).toEqual([0, 0]);
  });

  it('never costs more than its price: with a spread between, it rests', () => {
    const market = new HandVenue('100/101/99.5/100 100/101/99/100', { slippageBps: 100 });
    market.submit(limit(100.5));
    // The offer is 101: it rests, and is traded through as a maker.
    expect(market.rows()).toEqual(['0: 1 filled 1 @ 100.5, 0 left']);
    expect(market.fills[0]!.maker).toBe(1);
    const inside = new HandVenue('100/101/99.5/100 100', { slippageBps: 100 });
    inside.submit(limit(101));
    expect(inside.rows()).toEqual(['0: 1 filled 1 @ 101, 0 left']);
    expect(inside.fills[0]!.maker).toBe(0);
  });

  it('takes no more than its own impact lets it have within its price', () => {
    // Impact = (qty / 100)²: 1 % at 10 units. At a limit 1 % away: 10.
    const market = new HandVenue('100@100 100@100', { costs: { impact: 'volume-share' } });
    market.submit(limit(101, { qty: 50, terms: { timeInForce: 'ioc' } }));
    expect(market.rows()).toEqual(['0: 1 filled 10 @ 101, 40 left', '0: 1 cancelled']);
    const all = new HandVenue('100@100 100@100', { costs: { impact: 'volume-share' } });
    all.submit(limit(101, { qty: 50, terms: { timeInForce: 'fok' } }));
    expect(all.rows()).toEqual(['0: 1 cancelled']);
  });

  it('is dropped at once when it is ioc or fok and not marketable', () => {
    const market = new HandVenue('100 100/100/80/100');
    market.submit(limit(99, { terms: { timeInForce: 'ioc' } }));
    market.submit(limit(99, { terms: { timeInForce: 'fok' } }));
    expect(market.rows()).toEqual(['0: 1 cancelled', '0: 2 cancelled']);
  });

  it('post-only is refused when it would take and rests when it would not', () => {
    const market = new HandVenue('100/101/98/100 100');
    market.submit(limit(100, { terms: { postOnly: true } }));
    market.submit(limit(99, { terms: { postOnly: true } }));
    expect(market.rows()).toEqual(['0: 1 rejected would-cross', '0: 2 filled 1 @ 99, 0 left']);
  });

  it('good till a date is taken back when the next candle begins at or after it', () => {
    const market = new HandVenue('100 100 100/100/80/90');
    const expiresMs = START_MS + 2 * HOUR_MS;
    market.submit(limit(95, { terms: { timeInForce: 'gtd', expiresMs } }));
    expect(market.rows()).toEqual(['2: 1 expired']);
    const later = new HandVenue('100 100 100/100/80/90');
    later.submit(limit(95, { terms: { timeInForce: 'gtd', expiresMs: expiresMs + 1 } }));
    expect(later.rows()).toEqual(['2: 1 filled 1 @ 95, 0 left']);
  });
});

describe('a stop', () => {
  it('is touched and hit, and fills at the open beyond a gap', () => {
    const hit = holding('100 100/101/95/99 99', { type: 'stop-market', triggerPrice: 95 });
    expect(gets(hit)).toEqual(['1: 2 filled -1 @ 95, 0 left']);
    const gap = holding('100 90/91/89/90', { type: 'stop-market', triggerPrice: 95 });
    expect(gets(gap)).toEqual(['1: 2 filled -1 @ 90, 0 left']);
  });

  it('that opens works on the other side alike', () => {
    const market = new HandVenue('100 100/106/99/103');
    market.submit({ type: 'stop-market', triggerPrice: 105 });
    expect(market.rows()).toEqual(['1: 1 filled 1 @ 105, 0 left']);
  });

  it('limit becomes a limit: within it at once, beyond it when price comes back', () => {
    const within = holding('100 100/101/94/99', {
      type: 'stop-limit',
      triggerPrice: 95,
      terms: { limitPrice: 94.5 },
    });
    const [fill] = gets(within);
    expect(fill).toMatch(/^1: 2 filled -1 @ (94\.5|95), 0 left$/);
    const beyond = holding('100 90/91/89/90 90/96/90/95', {
      type: 'stop-limit',
      triggerPrice: 95,
      terms: { limitPrice: 94 },
    });
    expect(gets(beyond)).toEqual(['2: 2 filled -1 @ 94, 0 left']);
  });

  it('limit never sells below its limit, whatever the spread', () => {
    const market = new HandVenue('100 100/101/94/99', { slippageBps: 200 });
    market.submit();
    market.submit({
      side: -1,
      reduceOnly: true,
      type: 'stop-limit',
      triggerPrice: 95,
      terms: { limitPrice: 94.9 },
    });
    market.rows();
    for (const { price, qty } of market.fills) if (qty < 0) expect(price).toBe(94.9);
    expect(market.fills.length).toBe(2);
  });
});

describe('a take-profit', () => {
  it('market sells at its trigger, at the open beyond a gap', () => {
    const draft: Draft = { type: 'take-profit-market', triggerPrice: 110 };
    expect(gets(holding('100 100/111/99/105', draft))).toEqual(['1: 2 filled -1 @ 110, 0 left']);
    expect(gets(holding('100 115/116/112/113', draft))).toEqual(['1: 2 filled -1 @ 115, 0 left']);
  });

  it('limit is a limit from its trigger on', () => {
    const draft: Draft = {
      type: 'take-profit-limit',
      triggerPrice: 110,
      terms: { limitPrice: 109 },
    };
    const [fill] = gets(holding('100 100/112/99/105', draft));
    expect(fill).toBe('1: 2 filled -1 @ 109, 0 left');
  });
});

describe('a trailing stop', () => {
  it('follows the best price at a share of it', () => {
    const draft: Draft = { type: 'trailing-stop', terms: { trailFraction: 0.1 } };
    // Best 120 after row 1: trigger 108.
    const market = holding('100 100/120/100/120 120/121/107/110', draft);
    expect(gets(market)).toEqual(['2: 2 filled -1 @ 108, 0 left']);
  });

  it('follows at a distance in price', () => {
    const draft: Draft = { type: 'trailing-stop', terms: { trailDistance: 5 } };
    const market = holding('100 100/120/100/120 120/121/107/110', draft);
    expect(gets(market)).toEqual(['2: 2 filled -1 @ 115, 0 left']);
  });

  it('sleeps until its activation price has been seen', () => {
    const draft: Draft = {
      type: 'trailing-stop',
      terms: { trailFraction: 0.1, activationPrice: 115 },
    };
    expect(gets(holding('100 100/114/80/114 114/114/90/95', draft))).toEqual([]);
    const market = holding('100 100/114/80/114 114/116/114/116 116/116/104/105', draft);
    // Best 116: trigger 104.4.
    expect(gets(market)).toEqual(['3: 2 filled -1 @ 104.4, 0 left']);
  });

  it('of a short mirrors that of a long', () => {
    const market = new HandVenue('100 100/100/80/80 80/89/79/85');
    market.submit({ side: -1 });
    market.submit({ reduceOnly: true, type: 'trailing-stop', terms: { trailFraction: 0.1 } });
    expect(gets(market)).toEqual(['2: 2 filled 1 @ 88, 0 left']);
  });
});
