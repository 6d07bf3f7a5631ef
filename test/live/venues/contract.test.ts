// One suite over every client of a venue with an order book, against its local server: orders of every
// kind, taken, refused or not sent, and what is reported of them.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OrderRequest } from '../../../live/venues/port.ts';
import {
  accepted,
  fillOf,
  fillsTold,
  isUp,
  RIGS,
  type Rig,
  stateOf,
  submitting,
  wish,
} from './rig.ts';

describe.each(RIGS)('the client of $id', ({ open }) => {
  let rig: Rig;
  const { submit, limit } = submitting(() => rig);

  beforeEach(async () => {
    rig = await open();
    await rig.client.connect();
  });
  afterEach(() => rig.stop());

  it('is up after connect, and knows what time it is there', async () => {
    expect(rig.events.filter(isUp)).toHaveLength(1);
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

  it('fills a market order and tells the fill, the state, the position and the cash', async () => {
    const { request, outcome } = await submit();
    const venueOrderId = accepted(outcome);
    const fill = await rig.told(fillOf(request.clientId));
    expect(fill).toMatchObject({ qty: 0.01, price: 50_000, maker: false, symbol: rig.btc });
    expect(fill.venueOrderId).toBe(venueOrderId);
    // 0.01 x 50,000 x the taker fee of the local venue, 3.5 bps.
    expect(fill.feeUsd).toBeCloseTo(0.175, 9);
    await rig.told(stateOf(request.clientId, 'filled'));
    const [position] = await rig.client.positions();
    expect(position).toMatchObject({ symbol: rig.btc, qty: 0.01, entryPrice: 50_000 });
    const [balance] = await rig.client.balances();
    expect(balance!.equityUsd).toBeCloseTo(100_000 - 0.175, 6);
  });

  it('says of an order by its id what it told by the stream', async () => {
    const { request } = await submit({ side: -1, limitPrice: NaN_OR(rig, 48_000) });
    const told = await rig.told(stateOf(request.clientId, 'filled'));
    const asked = await rig.client.order(rig.btc, request.clientId);
    expect(asked).toMatchObject({ status: 'filled', side: -1, qty: 0.01, filledQty: 0.01 });
    expect(asked!.venueOrderId).toBe(told.venueOrderId);
    expect(await rig.client.order(rig.btc, rig.client.clientId('never'))).toBeNull();
  });

  it('gives every fill since a time, once and in order', async () => {
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

  it('rests a limit, lists it, and takes it back once', async () => {
    const { request, outcome } = await limit(49_000);
    accepted(outcome);
    const [open] = await rig.client.openOrders(rig.btc);
    expect(open).toMatchObject({
      clientId: request.clientId,
      status: 'open',
      type: 'limit',
      limitPrice: 49_000,
      filledQty: 0,
    });
    const name = { clientId: request.clientId };
    accepted(await rig.client.cancel(rig.btc, name));
    await rig.told(stateOf(request.clientId, 'cancelled'));
    expect(await rig.client.openOrders()).toEqual([]);
    expect(await rig.client.cancel(rig.btc, name)).toMatchObject({
      kind: 'refused',
      code: 'not-found',
    });
  });

  it("takes back an order that is not ours by the venue's id", async () => {
    rig.book.place({
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
  });

  it('fills what rests as a maker, in parts', async () => {
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

  it('does not take with a post-only order', async () => {
    const { request, outcome } = await limit(50_500, { postOnly: true });
    if (outcome.kind === 'accepted') await rig.told(stateOf(request.clientId, 'expired'));
    else expect(outcome).toMatchObject({ kind: 'refused', code: 'would-cross' });
    expect(rig.book.fills).toEqual([]);
    accepted((await limit(49_000, { postOnly: true })).outcome);
  });

  it('leaves nothing of an order that is immediate or cancelled', async () => {
    const { request, outcome } = await limit(49_000, { timeInForce: 'ioc' });
    if (outcome.kind === 'accepted') await rig.told(stateOf(request.clientId, 'expired'));
    else expect(outcome).toMatchObject({ kind: 'refused', code: 'no-liquidity' });
    expect(rig.book.open()).toEqual([]);
    expect(rig.book.fills).toEqual([]);
  });

  it('fills or kills where the venue can, and else says so without asking', async () => {
    rig.book.setPrice(rig.btc, 50_000, 0.004);
    const { request, outcome } = await limit(50_000, { timeInForce: 'fok' });
    if (rig.client.capabilities.timesInForce.includes('fok')) {
      accepted(outcome);
      await rig.told(stateOf(request.clientId, 'expired'));
    } else expect(outcome).toMatchObject({ kind: 'refused', code: 'unsupported' });
    expect(rig.book.fills).toEqual([]);
  });

  it('keeps the worst price of a market order', async () => {
    const { request, outcome } = await submit({ limitPrice: 49_900 });
    if (outcome.kind === 'accepted') await rig.told(stateOf(request.clientId, 'expired'));
    else expect(outcome).toMatchObject({ kind: 'refused', code: 'no-liquidity' });
    expect(rig.book.fills).toEqual([]);
    accepted((await submit({ limitPrice: 50_100 })).outcome);
  });

  it.each([
    ['stop-market', -1, 49_000, 48_990],
    ['take-profit-market', -1, 51_000, 51_010],
    ['stop-market', 1, 51_000, 51_010],
  ] as const)('waits with a %s (side %i) for its trigger', async (type, side, trigger, then) => {
    accepted((await submit({ side: side < 0 ? 1 : -1, limitPrice: bound(rig, -side) })).outcome);
    const { request, outcome } = await submit({
      type,
      side,
      triggerPrice: trigger,
      limitPrice: Number.NaN,
      reduceOnly: true,
    });
    accepted(outcome);
    const [waiting] = await rig.client.openOrders(rig.btc);
    expect(waiting).toMatchObject({ type, triggerPrice: trigger, reduceOnly: true });
    rig.book.setPrice(rig.btc, then);
    await rig.told(fillOf(request.clientId));
    expect(await rig.client.positions()).toEqual([]);
  });

  it('is refused a stop whose trigger has passed, with a code for the emergency', async () => {
    accepted((await submit()).outcome);
    const stop = {
      type: 'stop-market',
      side: -1,
      triggerPrice: 50_500,
      reduceOnly: true,
    } as const;
    const { outcome } = await submit({ ...stop, limitPrice: Number.NaN });
    expect(outcome).toMatchObject({ kind: 'refused', code: 'would-trigger' });
  });

  it('trails where the venue can, and else says so without asking', async () => {
    accepted((await submit()).outcome);
    const before = rig.orderRequests();
    const trail = { type: 'trailing-stop', side: -1, trailFraction: 0.01 } as const;
    const { request, outcome } = await submit({
      ...trail,
      limitPrice: Number.NaN,
      reduceOnly: true,
    });
    if (!rig.client.capabilities.orderTypes.includes('trailing-stop')) {
      expect(outcome).toMatchObject({ kind: 'refused', code: 'unsupported' });
      expect(rig.orderRequests()).toBe(before);
      return;
    }
    accepted(outcome);
    rig.book.setPrice(rig.btc, 52_000);
    rig.book.setPrice(rig.btc, 51_470);
    const fill = await rig.told(fillOf(request.clientId));
    expect(fill.price).toBe(51_470);
  });

  it.each([
    ['reduce-only', { reduceOnly: true }, 'reduce-only'],
    ['more than the account carries', { qty: 1000 }, 'insufficient-margin'],
    [
      'less than the smallest',
      { type: 'limit', limitPrice: 1000, qty: 0.001 },
      'below-min-notional',
    ],
  ] as const)('is refused %s, and nothing is there', async (_, change, code) => {
    const { outcome } = await submit(change as Partial<OrderRequest>);
    expect(outcome).toMatchObject({ kind: 'refused', code });
    expect(rig.book.log).toEqual([]);
  });

  it.each([
    ['half a lot', { qty: 0.0105 }, 'bad-lot'],
    ['no quantity', { qty: Number.NaN }, 'bad-lot'],
    ['nothing', { qty: 0 }, 'bad-lot'],
    ['infinity', { qty: Number.POSITIVE_INFINITY }, 'bad-lot'],
    ['half a tick', { type: 'limit', limitPrice: 49_000.05 }, 'bad-tick'],
    ['no price', { type: 'limit', limitPrice: Number.NaN }, 'bad-tick'],
    ['a stop without a trigger', { type: 'stop-market' }, 'bad-tick'],
  ] as const)('does not send %s', async (_, change, code) => {
    const before = rig.server.requests.length;
    const { outcome } = await submit(change as Partial<OrderRequest>);
    expect(outcome).toMatchObject({ kind: 'refused', code });
    expect(rig.server.requests.length).toBe(before);
  });

  it('takes an id that is open already as news of an earlier request', async () => {
    const { request } = await limit(49_000);
    const again = await rig.client.submit(request);
    expect(again).toMatchObject({ kind: 'unknown', code: 'duplicate-id' });
    expect(rig.book.log).toHaveLength(1);
  });

  it('F12 judges every order of a batch by itself', async () => {
    const { batch } = rig.client.capabilities;
    if (batch === 1) return;
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

  it('changes price and quantity where the venue can', async () => {
    const { request } = await limit(49_000);
    const outcome = await rig.client.amend(rig.btc, request, 0.02, 48_000);
    if (!rig.client.capabilities.amend) {
      expect(outcome).toMatchObject({ kind: 'refused', code: 'unsupported' });
      return;
    }
    accepted(outcome);
    const [open] = await rig.client.openOrders(rig.btc);
    expect(open).toMatchObject({ qty: 0.02, limitPrice: 48_000, clientId: request.clientId });
  });

  it('takes back everything of a symbol', async () => {
    for (const price of [49_000, 48_000, 47_000]) accepted((await limit(price)).outcome);
    accepted(await rig.client.cancelAll(rig.btc));
    expect(rig.book.open()).toEqual([]);
    accepted(await rig.client.cancelAll(rig.btc));
  });

  it('gives rules and mark prices', async () => {
    const [one] = await rig.client.instruments([rig.btc]);
    expect(one).toMatchObject({ symbol: rig.btc, lotSize: 0.001, source: 'venue' });
    expect(one!.maxLeverage).toBeGreaterThan(1);
    expect((await rig.client.marks([rig.btc])).get(rig.btc)).toBe(50_000);
  });
});

/** The worst price for venues that want one. */
function NaN_OR(rig: Rig, price: number): number {
  return rig.client.capabilities.marketNeedsBound ? price : Number.NaN;
}

function bound(rig: Rig, side: number): number {
  return NaN_OR(rig, side > 0 ? 52_000 : 48_000);
}
