// Claims about the mailbox: who goes first, what is kept, and what a full lane means.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inbox, type Letter, LIMITS } from '../../live/inbox.ts';

const candle = (leg: number, openMs: number, close = 1) =>
  ({
    kind: 'candle',
    tsMs: openMs + 1,
    leg,
    openMs,
    open: 1,
    high: 1,
    low: 1,
    close,
    volume: 1,
  }) as const;
const operator = (code: string): Letter => ({ lane: 'operator', code });
const venue = (orderId: number): Letter => {
  return { lane: 'venue', event: { kind: 'order-expired', tsMs: 1, orderId } };
};
const model = (id: number): Letter => {
  return { lane: 'model', event: { kind: 'model-deadline', tsMs: 1, id } };
};
const closed = (openMs: number): Letter => ({ lane: 'market', event: candle(0, openMs) });
const forming = (leg: number, close: number): Letter => {
  return { lane: 'market', forming: candle(leg, 9, close) };
};

function all(inbox: Inbox): Letter[] {
  const letters: Letter[] = [];
  for (let one = inbox.take(true); one !== null; one = inbox.take(true)) letters.push(one);
  return letters;
}

describe('the inbox', () => {
  it('gives letters by lane, operator first and market last, and by arrival within a lane', () => {
    const wanted = [
      operator('a'),
      operator('b'),
      venue(1),
      venue(2),
      { lane: 'tick' } as const,
      model(1),
      closed(1),
      closed(2),
      forming(0, 5),
    ];
    const anyOrder = fc.shuffledSubarray([...wanted.keys()], { minLength: wanted.length });
    fc.assert(
      fc.property(anyOrder, (order) => {
        const inbox = new Inbox();
        for (const k of order) inbox.push(wanted[k]!);
        const lanes = ['operator', 'venue', 'tick', 'model', 'market'];
        const rank = (k: number) =>
          lanes.indexOf(wanted[k]!.lane) + ('forming' in wanted[k]! ? 0.5 : 0);
        const sorted = [...order].sort((a, b) => rank(a) - rank(b));
        expect(all(inbox)).toEqual(sorted.map((k) => wanted[k]));
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it('keeps the market waiting while anything else may be asked for', () => {
    const inbox = new Inbox();
    inbox.push(closed(1));
    expect(inbox.take(false)).toBeNull();
    inbox.push(venue(1));
    expect(inbox.take(false)).toEqual(venue(1));
    expect(inbox.take(true)).toEqual(closed(1));
  });

  it('keeps the newest of candles that form, leg by leg, and of ticks', () => {
    const inbox = new Inbox();
    for (let k = 0; k < 1000; k++) {
      inbox.push(forming(k % 2, k));
      inbox.push({ lane: 'tick' });
    }
    expect(inbox.length).toBe(3);
    expect(all(inbox)).toEqual([{ lane: 'tick' }, forming(0, 998), forming(1, 999)]);
  });

  it('never drops a closed candle, however many wait', () => {
    const inbox = new Inbox();
    const rows = Array.from({ length: 100_000 }, (_, k) => k);
    for (const k of rows) expect(inbox.push(closed(k))).toBe(true);
    expect(inbox.overflow).toBeNull();
    const opens = all(inbox).map(
      (one) => 'event' in one && 'openMs' in one.event && one.event.openMs,
    );
    expect(opens).toEqual(rows);
  });

  it.each([
    ['venue', venue(1), LIMITS.venue],
    ['operator', operator('x'), LIMITS.operator],
  ] as const)('says so when the lane of the %s is full', (lane, letter, limit) => {
    const inbox = new Inbox();
    for (let k = 0; k < limit; k++) expect(inbox.push(letter)).toBe(true);
    expect(inbox.overflow).toBeNull();
    expect(inbox.push(letter)).toBe(false);
    expect(inbox.overflow).toBe(lane);
  });

  it('counts the model answers it had no room for, and goes on', () => {
    const inbox = new Inbox();
    for (let k = 0; k < LIMITS.model + 3; k++) inbox.push(model(k));
    expect({ dropped: inbox.dropped, overflow: inbox.overflow }).toEqual({
      dropped: 3,
      overflow: null,
    });
  });

  it('wakes whoever waits when a letter comes, and tells feeds when nothing is left to do', async () => {
    const inbox = new Inbox();
    const order: string[] = [];
    const feeding = inbox.idle().then(() => {
      order.push('idle');
      inbox.push(closed(1));
    });
    expect(order).toEqual([]);
    await inbox.arrival().then(() => order.push('arrived'));
    await feeding;
    expect(order).toEqual(['idle', 'arrived']);
    inbox.close();
    await inbox.idle();
    expect(inbox.push(closed(2))).toBe(false);
  });
});
