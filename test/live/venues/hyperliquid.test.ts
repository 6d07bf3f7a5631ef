// What is Hyperliquid's own: prices by figures, sentences for codes, agents, the scheduled cancel, an
// address that has used up its actions.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { openHyperliquidClient } from '../../../live/venues/hyperliquid/client.ts';
import { bySentence } from '../../../live/venues/hyperliquid/codes.ts';
import { cloidOf, priceText, wireOf, worstOf } from '../../../live/venues/hyperliquid/orders.ts';
import { fillOf, orderStatusOf, userMessageOf } from '../../../live/venues/hyperliquid/parse.ts';
import type { VenueClient } from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import type { HyperliquidAccount } from '../../support/venues/hyperliquid-account.ts';
import { startHyperliquidAccount } from '../../support/venues/hyperliquid-server.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { ASTER_SIGNER, ASTER_USER, COMMON, DEMO_KEY, tapeOf, wish } from './rig.ts';

const rules = (lotSize: number, tickSize: number) => ({ lotSize, tickSize }) as Instrument;
const nothing = () => undefined;

describe('a price of Hyperliquid', () => {
  it.each([
    // The examples of the documentation: 1234.5 is valid, 1234.56 is not; 0.001234 is valid, 0.0012345
    // is not; with szDecimals 1, 0.01234 is valid and 0.012345 is not; whole prices always are. What is
    // not valid is moved to the next that is, here below.
    ['1234.5', 1, 1234.5, 0.1, '1234.5'],
    ['1234.56', 1, 1234.56, 0.1, '1234.5'],
    ['0.001234', 1, 0.001234, 0.000001, '0.001234'],
    ['0.0012345', 1, 0.0012345, 0.000001, '0.001234'],
    ['0.01234 in tenths', 0.1, 0.01234, 0.00001, '0.01234'],
    ['0.012345 in tenths', 0.1, 0.012345, 0.00001, '0.01234'],
    ['123456', 1, 123_456, 1, '123456'],
    ['a tiny one without an exponent', 1, 0.000001, 0.000001, '0.000001'],
    ['none', 1, Number.NaN, 1, null],
    ['zero', 1, 0, 1, null],
    ['infinity', 1, Number.POSITIVE_INFINITY, 1, null],
  ])('%s', (_, lot, price, tick, text) => {
    expect(priceText(price, rules(lot, tick), -1)).toBe(text);
  });

  it('of a day with a finer step never gets worse', () => {
    // The tick was 0.1 below 10,000; above it the venue takes whole prices only.
    const old = rules(0.001, 0.1);
    expect(priceText(10_000.3, old, -1)).toBe('10000');
    expect(priceText(10_000.3, old, 1)).toBe('10001');
    // Nor is a price of no grid refused: a stop would be missing for its last digit.
    expect(priceText(10_000.35, old, -1)).toBe('10000');
    expect(priceText(10_000.35, old, 1)).toBe('10001');
    expect(priceText(Number.NaN, old, 0)).toBeNull();
  });

  it('that is ten per cent worse is on the grid too', () => {
    expect(worstOf(50_000, 1, 0.1, rules(0.001, 1))).toBe(55_000);
    expect(worstOf(1.2346, -1, 0.1, rules(0.1, 0.0001))).toBe(1.1111);
  });
});

describe("an order in Hyperliquid's words", () => {
  const asset = { index: 3, instrument: rules(0.001, 1) };
  const rig = { client: { capabilities: {}, clientId: cloidOf } as VenueClient, btc: 'BTCUSDC' };
  const words = (change: object) => {
    return wireOf({ ...wish(rig, change), clientId: '0x1' }, asset);
  };

  it.each([
    [{ limitPrice: 51_000 }, { p: '51000', t: { limit: { tif: 'Ioc' } } }],
    [{ type: 'limit', limitPrice: 50_000, postOnly: true }, { t: { limit: { tif: 'Alo' } } }],
    [{ type: 'limit', limitPrice: 50_000, timeInForce: 'ioc' }, { t: { limit: { tif: 'Ioc' } } }],
    [
      {
        type: 'stop-market',
        side: -1,
        triggerPrice: 49_000,
        limitPrice: Number.NaN,
        reduceOnly: true,
      },
      {
        b: false,
        p: '44100',
        r: true,
        t: { trigger: { isMarket: true, triggerPx: '49000', tpsl: 'sl' } },
      },
    ],
    [
      { type: 'take-profit-limit', side: -1, triggerPrice: 52_000, limitPrice: 51_900 },
      { p: '51900', t: { trigger: { isMarket: false, triggerPx: '52000', tpsl: 'tp' } } },
    ],
  ])('%j', (change, expected) => {
    expect(words(change)).toMatchObject({ a: 3, s: '0.01', c: '0x1', ...expected });
  });

  it.each([
    [{ limitPrice: Number.NaN }, 'bad-order'],
    [{ type: 'trailing-stop', trailFraction: 0.01 }, 'unsupported'],
    [{ type: 'limit', limitPrice: 1, timeInForce: 'fok' }, 'unsupported'],
    [{ type: 'limit', limitPrice: 1, timeInForce: 'gtd' }, 'unsupported'],
  ])('there are none for %j', (change, code) => {
    expect(words(change)).toMatchObject({ kind: 'refused', code });
  });
});

describe("Hyperliquid's sentences", () => {
  it.each([
    ['Price must be divisible by tick size. asset=3', 'bad-tick'],
    ['Order must have minimum value of $10. asset=0', 'below-min-notional'],
    ['Insufficient margin to place order. asset=4', 'insufficient-margin'],
    ['Reduce only order would increase position. asset=4', 'reduce-only'],
    ['Post only order would have immediately matched, bbo was 1.2@1.3. asset=1', 'would-cross'],
    ['Order could not immediately match against any resting orders. asset=1', 'no-liquidity'],
    ['Invalid TP/SL price. asset=2', 'would-trigger'],
    ['No liquidity available for market order.', 'no-liquidity'],
    ['Order was never placed, already canceled, or filled. asset=0', 'not-found'],
    ['User or API Wallet 0x0123 does not exist.', 'auth'],
    ['Must deposit before performing actions. User: 0x12', 'auth'],
    [
      'Too many cumulative requests sent (10001 > 10000) for cumulative volume traded $0.',
      'throttled',
    ],
    ['Cannot set scheduled cancel time until enough volume traded. Required: $1', 'unsupported'],
  ])('%s', (sentence, code) => {
    expect(bySentence(sentence)).toMatchObject({ kind: 'refused', code });
  });

  it.each(['', 'Something new happened', 'Duplicate cloid', 'Invalid nonce: duplicate nonce 17'])(
    '%j is not known to have had no effect',
    (sentence) => expect(bySentence(sentence)).toMatchObject({ kind: 'unknown' }),
  );
});

describe("what Hyperliquid's documentation shows", () => {
  /** `Query order status by oid or cloid` of the info endpoint. */
  const STATUS = {
    status: 'order',
    order: {
      order: {
        coin: 'ETH',
        side: 'A',
        limitPx: '2412.7',
        sz: '0.0',
        oid: 1,
        timestamp: 1724361546645,
        triggerCondition: 'N/A',
        isTrigger: false,
        triggerPx: '0.0',
        children: [],
        isPositionTpsl: false,
        reduceOnly: true,
        orderType: 'Market',
        origSz: '0.0076',
        tif: 'FrontendMarket',
        cloid: null,
      },
      status: 'filled',
      statusTimestamp: 1724361546645,
    },
  };

  it('is read: an order', () => {
    expect(orderStatusOf(STATUS, nothing)).toMatchObject({
      clientId: null,
      venueOrderId: '1',
      symbol: 'ETHUSDC',
      side: -1,
      type: 'market',
      status: 'filled',
      qty: 0.0076,
      filledQty: 0.0076,
      triggerPrice: Number.NaN,
      reduceOnly: true,
    });
    expect(orderStatusOf({ status: 'unknownOid' }, nothing)).toBeNull();
    expect(() => orderStatusOf({ status: 'what' }, nothing)).toThrow(/what/);
  });

  it.each([
    ['marginCanceled', 'cancelled'],
    ['reduceOnlyCanceled', 'cancelled'],
    ['scheduledCancel', 'cancelled'],
    ['tickRejected', 'rejected'],
    ['triggered', 'open'],
    ['somethingNew', 'unknown'],
  ])('an order that is %s is %s', (status, ours) => {
    const said = { status: 'order', order: { ...STATUS.order, status } };
    const order = orderStatusOf(
      { ...said, order: { ...said.order, order: { ...STATUS.order.order, sz: '0.0076' } } },
      nothing,
    );
    expect(order).toMatchObject({ status: ours, filledQty: 0 });
  });

  it('is read: a fill, a liquidation, funding; the history at the start is passed over', () => {
    const fill = {
      closedPnl: '0.0',
      coin: 'AVAX',
      crossed: false,
      dir: 'Open Long',
      hash: '0xa166e3fa63c25663024b03f2e0da011a00307e4017465df020210d3d432e7cb8',
      oid: 90542681,
      px: '18.435',
      side: 'B',
      startPosition: '26.86',
      sz: '93.53',
      time: 1681222254710,
      fee: '0.01',
      feeToken: 'USDC',
      tid: 118906512037719,
    };
    expect(fillOf(fill)).toEqual({
      tradeId: '118906512037719',
      venueOrderId: '90542681',
      clientId: null,
      symbol: 'AVAXUSDC',
      qty: 93.53,
      price: 18.435,
      feeUsd: 0.01,
      maker: true,
      atMs: 1681222254710,
      forced: null,
    });
    const liquidation = { liquidatedUser: '0x1', markPx: '18', method: 'market' };
    expect(fillOf({ ...fill, liquidation }).forced).toBe('liquidation');
    const said = (channel: string, data: unknown) =>
      userMessageOf(JSON.stringify({ channel, data }), nothing);
    expect(said('userFills', { isSnapshot: true, user: '0x1', fills: [fill] })).toEqual([]);
    expect(said('userFills', { user: '0x1', fills: [fill] })).toHaveLength(1);
    const funding = {
      time: 1681222254710,
      coin: 'ETH',
      usdc: '-3.625312',
      szi: '49.1',
      fundingRate: '0',
    };
    expect(said('user', { funding })).toEqual([
      { kind: 'funding', symbol: 'ETHUSDC', atMs: 1681222254710, amountUsd: -3.625312 },
    ]);
  });
});

describe('a client of Hyperliquid', () => {
  let server: LocalVenue;
  let account: HyperliquidAccount;
  const clients: VenueClient[] = [];

  beforeEach(async () => {
    const about = { user: ASTER_USER, agents: [ASTER_SIGNER] };
    ({ server, account } = await startHyperliquidAccount(
      { symbols: { BTCUSDC: {}, ETHUSDC: {} } },
      about,
    ));
    account.book.setPrice('BTCUSDC', 50_000);
    account.book.setPrice('ETHUSDC', 2500);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await server.stop();
  });

  function open(change: object = {}) {
    const tape = tapeOf();
    const client = openHyperliquidClient({
      ...COMMON,
      keys: { account: ASTER_USER, privateKey: new Secret(DEMO_KEY) },
      symbols: ['BTCUSDC', 'ETHUSDC'],
      hosts: server.hosts,
      tell: tape.tell,
      stateFolder: null,
      ...change,
    });
    clients.push(client);
    return { client, ...tape, btc: 'ETHUSDC' };
  }

  it('trades the second coin of the universe by its place in it', async () => {
    const rig = open();
    await rig.client.connect();
    const outcome = await rig.client.submit(wish(rig, { limitPrice: 2600 }));
    expect(outcome).toMatchObject({ kind: 'accepted' });
    expect(account.book.qty('ETHUSDC')).toBe(0.01);
    expect(account.taken).toEqual([...account.taken].sort((a, b) => a - b));
    const [eth] = await rig.client.instruments(['ETHUSDC']);
    expect(eth).toMatchObject({ makerFeeBps: 1.5, takerFeeBps: 4.5, minNotionalUsd: 10 });
  });

  it('is refused a key that the account has not approved', async () => {
    const rig = open({
      keys: {
        account: ASTER_SIGNER.toLowerCase().replace(/.$/, 'f'),
        privateKey: new Secret(DEMO_KEY),
      },
    });
    await expect(rig.client.connect()).rejects.toThrow(InputError);
    const keys = { account: '0x1', privateKey: new Secret(DEMO_KEY) };
    expect(() => open({ keys })).toThrow(/hyperliquid account: must be an address/);
  });

  it("takes the venue's scheduled cancel only where it is allowed", async () => {
    const rig = open();
    await rig.client.connect();
    const refusedThere = await rig.client.deadMan('BTCUSDC', 60_000);
    expect(refusedThere).toMatchObject({ kind: 'refused', code: 'unsupported' });
    const before = server.requests.length;
    expect(await rig.client.deadMan('BTCUSDC', 1000)).toMatchObject({ code: 'unsupported' });
    expect(server.requests.length).toBe(before);
    account.mayScheduleCancel = true;
    expect(await rig.client.deadMan('BTCUSDC', 60_000)).toMatchObject({ kind: 'accepted' });
    expect(account.scheduledMs - Date.now()).toBeGreaterThan(50_000);
    await rig.client.deadMan('BTCUSDC', 0);
    expect(account.scheduledMs).toBeNaN();
    expect(server.requests.at(-1)!.body).toContain('{"type":"scheduleCancel"}');
  });

  it('can still cancel when its address has no actions left', async () => {
    const rig = open();
    await rig.client.connect();
    const resting = wish(rig, { type: 'limit', limitPrice: 2000 });
    await rig.client.submit(resting);
    account.actionsLeft = 0;
    const outcome = await rig.client.submit(wish(rig, { limitPrice: 2600 }));
    expect(outcome).toMatchObject({ kind: 'refused', code: 'throttled' });
    expect(await rig.client.cancel('ETHUSDC', resting)).toMatchObject({ kind: 'accepted' });
  });

  it('sends actions that expire before their outcome is looked for', async () => {
    const rig = open();
    await rig.client.connect();
    await rig.client.submit(wish(rig, { limitPrice: 2600 }));
    const { expiresAfter } = JSON.parse(server.requests.at(-1)!.body);
    const aheadMs = expiresAfter - Date.now();
    expect(aheadMs).toBeGreaterThan(4000);
    expect(aheadMs).toBeLessThan(rig.client.capabilities.requestLifeMs);
  });
});
