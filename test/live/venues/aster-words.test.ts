// Aster's words against its documentation: codes, orders, and the samples of its pages.

import { describe, expect, it } from 'vitest';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { byCode } from '../../../live/venues/aster/codes.ts';
import { clientIdOf, paramsOf } from '../../../live/venues/aster/orders.ts';
import { fillsOf, orderOf, userMessageOf } from '../../../live/venues/aster/parse.ts';
import { concernOf, REFUSALS, UNKNOWNS, wayOf } from '../../../live/venues/codes.ts';
import type { VenueClient } from '../../../live/venues/port.ts';
import { wish } from './rig.ts';

const RULES = { symbol: 'BTCUSDT', tickSize: 0.1, lotSize: 0.001 } as Instrument;

describe("Aster's codes", () => {
  it.each([
    // The table of the reliability notes, read in the venue's documentation.
    [-2018, 'insufficient-margin', 'order', 'refusal'],
    [-2019, 'insufficient-margin', 'order', 'refusal'],
    [-4164, 'below-min-notional', 'ours', 'refusal'],
    [-1111, 'bad-tick', 'ours', 'refusal'],
    [-4014, 'bad-tick', 'ours', 'refusal'],
    [-4023, 'bad-lot', 'ours', 'refusal'],
    [-4131, 'price-band', 'order', 'refusal'],
    [-2025, 'too-many-orders', 'order', 'not-taken'],
    [-2027, 'leverage', 'order', 'refusal'],
    [-2022, 'reduce-only', 'state', 'refusal'],
    [-2021, 'would-trigger', 'order', 'refusal'],
    [-2023, 'liquidating', 'state', 'refusal'],
    [-2011, 'not-found', 'state', 'refusal'],
    [-2013, 'not-found', 'state', 'refusal'],
    [-1002, 'auth', 'account', 'not-taken'],
    [-1022, 'auth', 'account', 'not-taken'],
    [-2014, 'auth', 'account', 'not-taken'],
    [-2015, 'auth', 'account', 'not-taken'],
    [-1003, 'throttled', 'pace', 'not-taken'],
    [-1015, 'throttled', 'pace', 'not-taken'],
    [-1021, 'clock-skew', 'pace', 'not-taken'],
    [-4225, 'clock-skew', 'pace', 'not-taken'],
    [-1102, 'bad-order', 'ours', 'refusal'],
    [-1121, 'bad-order', 'ours', 'refusal'],
    [-4061, 'bad-order', 'ours', 'refusal'],
  ] as const)('%i is refused as %s', (code, said, concern, way) => {
    expect(byCode(code, '')).toMatchObject({ kind: 'refused', code: said });
    expect(concernOf(said)).toBe(concern);
    expect(wayOf(said)).toBe(way);
  });

  it.each([-1000, -1001, -1006, -1007, -1016, -4116, -9999, 4711, Number.NaN])(
    'F21 %i is unknown',
    (code) => expect(byCode(code, '')).toMatchObject({ kind: 'unknown' }),
  );

  it('that change nothing because it is so already are no error', () => {
    for (const code of [-4046, -4059]) expect(byCode(code, '')).toBeNull();
  });

  it('are told in words whose way is known to the router', () => {
    for (const code of Object.keys(REFUSALS)) {
      expect(['refusal', 'not-taken']).toContain(wayOf(code as keyof typeof REFUSALS));
    }
    for (const code of UNKNOWNS) expect(wayOf(code as never)).toBe('unknown');
  });
});

describe("an order in Aster's words", () => {
  const words = (change: object) =>
    paramsOf(
      {
        ...wish(
          { client: { capabilities: {}, clientId: clientIdOf } as VenueClient, btc: 'BTCUSDT' },
          change,
        ),
        clientId: 'x',
      },
      RULES,
    );
  const plain = {
    symbol: 'BTCUSDT',
    side: 'BUY',
    quantity: '0.01',
    newClientOrderId: 'x',
    newOrderRespType: 'RESULT',
  };

  it.each([
    [{}, { type: 'MARKET' }],
    [{ limitPrice: 50_000.5 }, { type: 'LIMIT', price: '50000.5', timeInForce: 'IOC' }],
    [
      { type: 'limit', limitPrice: 50_000 },
      { type: 'LIMIT', price: '50000', timeInForce: 'GTC' },
    ],
    [
      { type: 'limit', limitPrice: 1, postOnly: true },
      { type: 'LIMIT', price: '1', timeInForce: 'GTX' },
    ],
    [
      { type: 'limit', limitPrice: 1, timeInForce: 'fok' },
      { type: 'LIMIT', price: '1', timeInForce: 'FOK' },
    ],
    [
      { type: 'stop-market', triggerPrice: 49_000, side: -1, reduceOnly: true },
      {
        type: 'STOP_MARKET',
        stopPrice: '49000',
        side: 'SELL',
        reduceOnly: 'true',
        workingType: 'MARK_PRICE',
      },
    ],
    [
      { type: 'stop-limit', triggerPrice: 49_000, limitPrice: 48_900.1 },
      {
        type: 'STOP',
        stopPrice: '49000',
        price: '48900.1',
        timeInForce: 'GTC',
        workingType: 'MARK_PRICE',
      },
    ],
    [
      { type: 'take-profit-market', triggerPrice: 51_000 },
      { type: 'TAKE_PROFIT_MARKET', stopPrice: '51000', workingType: 'MARK_PRICE' },
    ],
    [
      { type: 'trailing-stop', trailFraction: 0.0125, activationPrice: 51_000 },
      {
        type: 'TRAILING_STOP_MARKET',
        callbackRate: '1.25',
        activationPrice: '51000',
        workingType: 'MARK_PRICE',
      },
    ],
  ])('%j', (change, expected) => {
    expect(words(change)).toEqual({ ...plain, ...expected });
  });

  it.each([
    [{ type: 'limit', limitPrice: 1, timeInForce: 'gtd', expiresMs: 1 }, 'unsupported'],
    [{ type: 'trailing-stop', trailFraction: 0.06 }, 'unsupported'],
    [{ type: 'trailing-stop', trailFraction: 0.0005 }, 'unsupported'],
    [{ type: 'trailing-stop', trailFraction: Number.NaN }, 'unsupported'],
    [{ postOnly: true }, 'unsupported'],
  ])('there are none for %j', (change, code) => {
    expect(words(change)).toMatchObject({ kind: 'refused', code });
  });

  it('has an id of the documented letters that need no escape', () => {
    for (const key of ['bot.7-3', 'bot:BTC:1', 'ü', 'x'.repeat(37), 'autoclose-9', 'adl_x']) {
      expect(clientIdOf(key)).toMatch(/^[.A-Za-z0-9_-]{1,36}$/);
      expect(clientIdOf(key)).not.toMatch(/^(autoclose|adl_)/);
    }
    expect(clientIdOf('bot.7-3')).toBe('bot.7-3');
  });
});

describe("what Aster's documentation shows", () => {
  /** `Query Order` of the V3 page. */
  const ORDER = {
    avgPrice: '0.00000',
    clientOrderId: 'abc',
    cumQuote: '0',
    executedQty: '0',
    orderId: 1917641,
    origQty: '0.40',
    origType: 'TRAILING_STOP_MARKET',
    price: '0',
    reduceOnly: false,
    side: 'BUY',
    positionSide: 'SHORT',
    status: 'NEW',
    stopPrice: '9300',
    closePosition: false,
    symbol: 'BTCUSDT',
    time: 1579276756075,
    timeInForce: 'GTC',
    type: 'TRAILING_STOP_MARKET',
    activatePrice: '9020',
    priceRate: '0.3',
    updateTime: 1579276756075,
    workingType: 'CONTRACT_PRICE',
    priceProtect: false,
  };

  it('is read: an order', () => {
    expect(orderOf(ORDER)).toMatchObject({
      clientId: 'abc',
      venueOrderId: '1917641',
      type: 'trailing-stop',
      status: 'open',
      qty: 0.4,
      limitPrice: Number.NaN,
      triggerPrice: 9300,
      updatedMs: 1579276756075,
    });
  });

  it.each([
    ['a state that nobody has heard of', { status: 'NEW_ADL' }, { status: 'unknown' }],
    ['a liquidation', { clientOrderId: 'autoclose-77' }, { forced: 'liquidation' }],
    ['a deleveraging', { clientOrderId: 'adl_autoclose' }, { forced: 'auto-deleverage' }],
  ])('%s is neither filled nor rejected, but what it is', (_, change, expected) => {
    expect(orderOf({ ...ORDER, ...change })).toMatchObject(expected);
  });

  it.each([
    [{ origQty: 0.4 }, /origQty must be a decimal string/],
    [{ executedQty: 'NaN' }, /executedQty must be a decimal string/],
    [{ side: 'LONG' }, /side must be BUY or SELL/],
    [{ orderId: 2 ** 53 }, /below 2\^53/],
    [{ updateTime: -1 }, /updateTime must be UTC ms/],
  ])('is refused when it is not as shown: %j', (change, why) => {
    expect(() => orderOf({ ...ORDER, ...change })).toThrow(why);
  });

  it('is read: a trade, whose fee is paid whatever its sign', () => {
    const trade = {
      buyer: false,
      commission: '-0.07819010',
      commissionAsset: 'USDT',
      id: 698759,
      maker: false,
      orderId: 25851813,
      price: '7819.01',
      qty: '0.002',
      quoteQty: '15.63802',
      realizedPnl: '-0.91539999',
      side: 'SELL',
      positionSide: 'SHORT',
      symbol: 'BTCUSDT',
      time: 1569514978020,
    };
    expect(fillsOf([trade])).toEqual([
      {
        tradeId: 'BTCUSDT:698759',
        venueOrderId: '25851813',
        clientId: null,
        symbol: 'BTCUSDT',
        qty: -0.002,
        price: 7819.01,
        feeUsd: 0.0781901,
        maker: false,
        atMs: 1569514978020,
        forced: null,
      },
    ]);
    const inCoin = fillsOf([{ ...trade, commissionAsset: 'ASTER' }]);
    expect(inCoin[0]!.feeUsd).toBeNaN();
  });

  it('is read: funding, a margin call, a changed setting, the end of a key', () => {
    const said = (event: object) => userMessageOf(JSON.stringify(event));
    const B = [{ a: 'USDT', wb: '122624.12345678', cw: '100.12345678', bc: '-1.5' }];
    const funding = {
      e: 'ACCOUNT_UPDATE',
      E: 1564745798939,
      T: 1,
      a: { m: 'FUNDING_FEE', B, P: [] },
    };
    expect(said(funding)).toEqual([
      { kind: 'balance', asset: 'USDT', walletUsd: 122624.12345678 },
      { kind: 'funding', symbol: '', atMs: 1564745798939, amountUsd: -1.5 },
    ]);
    expect(said({ e: 'MARGIN_CALL', E: 1587727187525, p: [] })).toMatchObject([
      { kind: 'alert', code: 'margin-call' },
    ]);
    expect(said({ e: 'ACCOUNT_CONFIG_UPDATE', ac: { s: 'BTCUSDT', l: 25 } })).toEqual([
      { kind: 'leverage', symbol: 'BTCUSDT', leverage: 25 },
    ]);
    expect(said({ e: 'ACCOUNT_CONFIG_UPDATE', ai: { j: true } })).toMatchObject([
      { kind: 'alert', code: 'settings' },
    ]);
    expect(said({ e: 'listenKeyExpired', E: 1576653824250 })).toBe('expired');
  });
});
