// One suite over every venue: Aster and Hyperliquid against local servers, Symphony against its own, the
// paper venue, and Drift as far as its program. Orders of every kind, taken, refused or not sent, and what
// is reported of them. A venue's capabilities decide which clauses it is held to (clauses.ts).

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OrderRequest, Outcome } from '../../../live/venues/port.ts';
import { clausesOf, lacks, type Need } from './clauses.ts';
import { LACKS, VENUES } from './every.ts';
import {
  accepted,
  type BookRig,
  fillOf,
  fillsTold,
  isUp,
  nameOf,
  type Rig,
  stateOf,
  submitting,
  wish,
} from './rig.ts';

describe.each(VENUES)('the client of $id', ({ id, open }) => {
  let rig: Rig;
  const { submit, limit } = submitting(() => rig);
  const clause = clausesOf(() => rig);
  const can = () => rig.client.capabilities;

  beforeEach(async () => {
    rig = await open();
    await rig.connect();
  });
  afterEach(() => rig.stop());

  /** Sent nowhere, because the venue has no such order. */
  async function unsupported(sending: () => Promise<{ readonly outcome: Outcome }>) {
    const before = rig.sent();
    const { outcome } = await sending();
    expect(outcome).toMatchObject({ kind: 'refused', code: 'unsupported' });
    expect(rig.sent()).toBe(before);
    expect(rig.book.open()).toEqual([]);
  }

  /** Nothing is left of it, and nothing was filled. */
  async function leavesNothing({ request, outcome }: Sent, code: string) {
    if (outcome.kind !== 'accepted') expect(outcome).toMatchObject({ kind: 'refused', code });
    else if (can().userStream) await rig.told(stateOf(request.clientId, 'expired'));
    expect(rig.book.open()).toEqual([]);
    expect(rig.book.fills).toEqual([]);
  }

  it('lacks what is written down, and no more', () => {
    expect(lacks(rig.client).sort()).toEqual([...LACKS[id]!].sort());
  });

  clause('is up after connect', ['a user stream'], () => {
    expect(rig.events.filter(isUp)).toHaveLength(1);
  });

  clause('knows what time it is there', ['marks and a clock'], async () => {
    const { skewMs, roundTripMs } = await rig.client.ping();
    expect(Math.abs(skewMs)).toBeLessThan(2000);
    expect(roundTripMs).toBeGreaterThan(0);
  });

  it('spells every key in an id of its own, the same each time', () => {
    const { client } = rig;
    const key = fc.stringMatching(/^[!-~]{1,80}$/);
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(client.clientId(a)).toBe(client.clientId(a));
        expect(client.clientId(a) === client.clientId(b)).toBe(a === b);
      }),
      { seed: 7 },
    );
  });

  it('takes ids that stand for any key', async () => {
    for (const key of ['a', 'bot:BTC:1', 'k'.repeat(100), 'h-x', 'autoclose-1', '#?&=%']) {
      accepted(await rig.client.submit(wish(rig, { clientId: rig.client.clientId(key) })));
    }
  });

  it('takes a market order, of the size and side that was asked for', async () => {
    accepted((await submit()).outcome);
    expect(rig.book.fills.map(({ price }) => price)).toEqual([50_000]);
    expect(rig.book.fills[0]!.qty).toBeCloseTo(0.01, 9);
    expect(rig.book.open()).toEqual([]);
  });

  clause('tells the fill and the end of a market order', ['a user stream'], async () => {
    const { request, outcome } = await submit();
    const venueOrderId = accepted(outcome);
    const fill = await rig.told(fillOf(request.clientId));
    expect(fill).toMatchObject({ qty: 0.01, price: 50_000, maker: false, symbol: rig.btc });
    expect(fill.venueOrderId).toBe(venueOrderId);
    // 0.01 x 50,000 x the taker fee of the local venue, 3.5 bps.
    expect(fill.feeUsd).toBeCloseTo(0.175, 9);
    await rig.told(stateOf(request.clientId, 'filled'));
  });

  clause('says what is held, and what is left', ['reports of positions'], async () => {
    const { request } = await submit();
    await rig.told(fillOf(request.clientId));
    const [position] = await rig.client.positions();
    expect(position).toMatchObject({ symbol: rig.btc, qty: 0.01, entryPrice: 50_000 });
    const [balance] = await rig.client.balances();
    expect(balance!.equityUsd).toBeCloseTo(100_000 - 0.175, 6);
  });

  clause(
    'says of an order by its id what it told by the stream',
    ['reports of orders'],
    async () => {
      const { request } = await submit({ side: -1, limitPrice: NaN_OR(rig, 48_000) });
      const told = await rig.told(stateOf(request.clientId, 'filled'));
      const asked = await rig.client.order(rig.btc, request.clientId);
      expect(asked).toMatchObject({ status: 'filled', side: -1, qty: 0.01, filledQty: 0.01 });
      expect(asked!.venueOrderId).toBe(told.venueOrderId);
      expect(await rig.client.order(rig.btc, rig.client.clientId('never'))).toBeNull();
    },
  );

  clause('gives every fill since a time, once and in order', ['reports of orders'], async () => {
    const sinceMs = Date.now() - 1000;
    for (let k = 0; k < 3; k++) accepted((await submit()).outcome);
    const fills = await rig.client.fills(rig.btc, sinceMs);
    expect(fills.map(({ qty }) => qty)).toEqual([0.01, 0.01, 0.01]);
    expect(new Set(fills.map(({ tradeId }) => tradeId)).size).toBe(3);
    await rig.told(() => fillsTold(rig.events).size === 3 && true);
    expect([...fillsTold(rig.events).keys()].sort()).toEqual(
      fills.map(({ tradeId }) => tradeId).sort(),
    );
    expect(await rig.client.fills(rig.btc, Date.now() + 60_000)).toEqual([]);
  });

  it('rests a limit, and takes it back once', async () => {
    const { request, outcome } = await limit(49_000);
    accepted(outcome);
    expect(rig.book.open()).toHaveLength(1);
    expect(rig.book.fills).toEqual([]);
    const name = nameOf(rig.client, request, outcome);
    accepted(await rig.client.cancel(rig.btc, name));
    if (can().userStream) await rig.told(stateOf(request.clientId, 'cancelled'));
    expect(rig.book.open()).toEqual([]);
    expect(await rig.client.cancel(rig.btc, name)).toMatchObject({
      kind: 'refused',
      code: 'not-found',
    });
  });

  clause('lists what rests, and not what was taken back', ['reports of orders'], async () => {
    const { request } = await limit(49_000);
    const [open] = await rig.client.openOrders(rig.btc);
    expect(open).toMatchObject({
      clientId: request.clientId,
      status: 'open',
      type: 'limit',
      limitPrice: 49_000,
      filledQty: 0,
    });
    accepted(await rig.client.cancel(rig.btc, { clientId: request.clientId }));
    await rig.told(stateOf(request.clientId, 'cancelled'));
    expect(await rig.client.openOrders()).toEqual([]);
  });

  clause(
    "takes back an order that is not ours by the venue's id",
    ['reports of orders'],
    async () => {
      (rig as BookRig).book.place({
        clientId: null,
        symbol: rig.btc,
        side: 1,
        type: 'limit',
        qty: 0.02,
        price: 40_000,
        trigger: Number.NaN,
        trailFraction: Number.NaN,
        tif: 'gtc',
        reduceOnly: false,
      });
      const [stranger] = await rig.client.openOrders(rig.btc);
      const { venueOrderId } = stranger!;
      accepted(await rig.client.cancel(rig.btc, { venueOrderId }));
      expect(rig.book.open()).toEqual([]);
    },
  );

  clause('fills what rests as a maker, in parts', ['reports of orders'], async () => {
    const { request } = await limit(49_000);
    rig.book.setPrice(rig.btc, 49_000, 0.004);
    const part = await rig.told(stateOf(request.clientId, 'partly-filled'));
    expect(part.filledQty).toBe(0.004);
    rig.book.setPrice(rig.btc, 48_900);
    await rig.told(stateOf(request.clientId, 'filled'));
    const fills = await rig.client.fills(rig.btc, Date.now() - 60_000);
    expect(fills.map(({ qty, price, maker }) => [qty, price, maker])).toEqual([
      [0.004, 49_000, true],
      [0.006, 49_000, true],
    ]);
  });

  it('does not take with a post-only order where there are any, and else sends none', async () => {
    const crossing = () => limit(50_500, { postOnly: true });
    if (!can().postOnly) return unsupported(crossing);
    await leavesNothing(await crossing(), 'would-cross');
    accepted((await limit(49_000, { postOnly: true })).outcome);
  });

  it('leaves nothing of an order that is immediate or cancelled', async () => {
    const immediate = () => limit(49_000, { timeInForce: 'ioc' });
    if (!can().timesInForce.includes('ioc')) return unsupported(immediate);
    await leavesNothing(await immediate(), 'no-liquidity');
  });

  it('fills or kills where the venue can, and else says so without asking', async () => {
    rig.book.setPrice(rig.btc, 50_000, 0.004);
    const whole = () => limit(50_000, { timeInForce: 'fok' });
    if (!can().timesInForce.includes('fok')) return unsupported(whole);
    const sent = await whole();
    accepted(sent.outcome);
    await leavesNothing(sent, '');
  });

  it('keeps the worst price of a market order, or sends none that has one', async () => {
    const bounded = () => submit({ limitPrice: 49_900 });
    if (can().marketBound === 'none') return unsupported(bounded);
    await leavesNothing(await bounded(), 'no-liquidity');
    accepted((await submit({ limitPrice: 50_100 })).outcome);
  });

  it.each([
    ['stop-market', -1, 49_000, 48_990],
    ['take-profit-market', -1, 51_000, 51_010],
    ['stop-market', 1, 51_000, 51_010],
  ] as const)('waits with a %s (side %i) for its trigger', async (type, side, trigger, then) => {
    const waiting = () => {
      const limitPrice = Number.NaN;
      return submit({ type, side, triggerPrice: trigger, limitPrice, reduceOnly: true });
    };
    if (!can().orderTypes.includes(type)) return unsupported(waiting);
    accepted((await submit({ side: side < 0 ? 1 : -1, limitPrice: bound(rig, -side) })).outcome);
    const { request, outcome } = await waiting();
    accepted(outcome);
    expect(rig.book.open()).toHaveLength(1);
    if (can().reportsOrders) {
      const [listed] = await rig.client.openOrders(rig.btc);
      expect(listed).toMatchObject({ type, triggerPrice: trigger, reduceOnly: true });
    }
    rig.book.setPrice(rig.btc, then);
    if (can().userStream) await rig.told(fillOf(request.clientId));
    expect(rig.book.fills.map(({ qty }) => qty)).toEqual([0.01, 0.01]);
    if (can().reportsPositions) expect(await rig.client.positions()).toEqual([]);
  });

  it('is refused a stop whose trigger has passed, with a code for the emergency, or it fills', async () => {
    const stop = { type: 'stop-market', side: -1, triggerPrice: 50_500, reduceOnly: true } as const;
    const passed = () => submit({ ...stop, limitPrice: Number.NaN });
    if (!can().orderTypes.includes('stop-market')) return unsupported(passed);
    accepted((await submit()).outcome);
    const { outcome } = await passed();
    if (outcome.kind === 'accepted') expect(rig.book.fills).toHaveLength(2);
    else expect(outcome).toMatchObject({ kind: 'refused', code: 'would-trigger' });
  });

  it('trails where the venue can, and else says so without asking', async () => {
    const trail = { type: 'trailing-stop', side: -1, trailFraction: 0.01 } as const;
    const trailing = () => submit({ ...trail, limitPrice: Number.NaN, reduceOnly: true });
    if (!can().orderTypes.includes('trailing-stop')) return unsupported(trailing);
    accepted((await submit()).outcome);
    const { request, outcome } = await trailing();
    accepted(outcome);
    rig.book.setPrice(rig.btc, 52_000);
    rig.book.setPrice(rig.btc, 51_470);
    const fill = await rig.told(fillOf(request.clientId));
    expect(fill.price).toBe(51_470);
  });

  it.each([
    ['reduce-only', { reduceOnly: true }, 'reduce-only'],
    ['more than the account carries', { qty: 1000, notionalUsd: 5e7 }, 'insufficient-margin'],
    [
      'less than the smallest',
      { type: 'limit', limitPrice: 1000, qty: 0.001, notionalUsd: 1 },
      'below-min-notional',
    ],
  ] as const)('is refused %s, and nothing is there', async (_, change, code) => {
    const { outcome } = await submit(change as Partial<OrderRequest>);
    expect(outcome).toMatchObject({ kind: 'refused', code });
    expect(rig.book.log).toEqual([]);
  });

  const WRONG: readonly [string, readonly Need[], Partial<OrderRequest>, string][] = [
    ['half a lot', ['a grid'], { qty: 0.0105 }, 'bad-lot'],
    ['no quantity', [], { qty: Number.NaN }, 'bad-lot'],
    ['nothing', [], { qty: 0 }, 'bad-lot'],
    ['infinity', [], { qty: Number.POSITIVE_INFINITY }, 'bad-lot'],
    ['half a tick', ['a grid'], { type: 'limit', limitPrice: 49_000.05 }, 'bad-tick'],
    ['no price', [], { type: 'limit', limitPrice: Number.NaN }, 'bad-tick'],
  ];
  for (const [what, needs, change, code] of WRONG) {
    clause(`does not send ${what}`, needs, async () => {
      const before = rig.sent();
      const { outcome } = await submit(change);
      expect(outcome).toMatchObject({ kind: 'refused', code });
      expect(rig.sent()).toBe(before);
      expect(rig.book.log).toEqual([]);
    });
  }

  it('does not send a stop without a trigger', async () => {
    const before = rig.sent();
    const { outcome } = await submit({ type: 'stop-market' });
    const code = can().orderTypes.includes('stop-market') ? 'bad-tick' : 'unsupported';
    expect(outcome).toMatchObject({ kind: 'refused', code });
    expect(rig.sent()).toBe(before);
  });

  clause(
    'takes an id that is open already as news of an earlier request',
    ['client ids'],
    async () => {
      const { request } = await limit(49_000);
      const again = await rig.client.submit(request);
      expect(again).toMatchObject({ kind: 'unknown', code: 'duplicate-id' });
      expect(rig.book.log).toHaveLength(1);
    },
  );

  clause('F12 judges every order of a batch by itself', ['batches'], async () => {
    const resting = wish(rig, { type: 'limit', limitPrice: 49_000 });
    const wrong = wish(rig, { qty: 0.0105 });
    const idle = wish(rig, { reduceOnly: true, side: -1, limitPrice: NaN_OR(rig, 48_000) });
    const outcomes = await rig.client.submitAll([resting, wrong, idle]);
    expect(outcomes.map((one) => ('code' in one ? one.code : one.kind))).toEqual([
      'accepted',
      'bad-lot',
      'reduce-only',
    ]);
    expect(rig.book.open().map(({ clientId }) => clientId)).toEqual([resting.clientId]);
  });

  it('says that it cannot change an order, and sends nothing', async () => {
    if (can().amend) return;
    const { request } = await limit(49_000);
    const before = rig.sent();
    const outcome = await rig.client.amend(rig.btc, request, 0.02, 48_000);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'unsupported' });
    expect(rig.sent()).toBe(before);
  });

  clause('changes price and quantity', ['changes in place'], async () => {
    const { request } = await limit(49_000);
    accepted(await rig.client.amend(rig.btc, request, 0.02, 48_000));
    const [open] = await rig.client.openOrders(rig.btc);
    expect(open).toMatchObject({ qty: 0.02, limitPrice: 48_000, clientId: request.clientId });
  });

  it('takes back everything of a symbol', async () => {
    for (const price of [49_000, 48_000, 47_000]) accepted((await limit(price)).outcome);
    accepted(await rig.client.cancelAll(rig.btc));
    expect(rig.book.open()).toEqual([]);
    accepted(await rig.client.cancelAll(rig.btc));
  });

  clause('gives rules and mark prices', ['marks and a clock'], async () => {
    const [one] = await rig.client.instruments([rig.btc]);
    expect(one).toMatchObject({ symbol: rig.btc, lotSize: 0.001, source: 'venue' });
    expect(one!.maxLeverage).toBeGreaterThan(1);
    expect((await rig.client.marks([rig.btc])).get(rig.btc)).toBe(50_000);
  });
});

type Sent = { readonly request: OrderRequest; readonly outcome: Outcome };

/** The worst price for venues that want one. */
function NaN_OR(rig: Rig, price: number): number {
  return rig.client.capabilities.marketBound === 'needed' ? price : Number.NaN;
}

function bound(rig: Rig, side: number): number {
  return NaN_OR(rig, side > 0 ? 52_000 : 48_000);
}
