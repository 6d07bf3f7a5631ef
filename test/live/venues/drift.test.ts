// Drift at the level of its instruction: parameters, slots, codes, and bytes written down by hand from the
// program's published layout.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { openDriftClient } from '../../../live/venues/drift/client.ts';
import { driftOutcome } from '../../../live/venues/drift/codes.ts';
import { loadDrift } from '../../../live/venues/drift/instruction.ts';
import { type DriftParams, driftParamsOf, unitsOf } from '../../../live/venues/drift/orders.ts';
import { Slots } from '../../../live/venues/drift/slots.ts';
import type { VenueClient } from '../../../live/venues/port.ts';
import { LocalProgram } from '../../support/venues/drift-program.ts';
import { wish } from './rig.ts';

const SOL = { index: 0, stepSize: 10_000_000n, tickSize: 100n, minOrderSize: 20_000_000n };
const UNTIL_MS = 1_775_000_000_000;
const rig = { client: { capabilities: {}, clientId: (key) => key } as VenueClient, btc: 'SOLUSDC' };
const words = (change: object) => driftParamsOf(wish(rig, change), SOL, 7, UNTIL_MS);

describe("an order in Drift's words", () => {
  it('is whole units of the documented precision', () => {
    // BASE 1e9, PRICE 1e6.
    expect(words({ type: 'limit', qty: 1.5, limitPrice: 123.45 })).toMatchObject({
      orderType: { limit: {} },
      baseAssetAmount: 1_500_000_000n,
      price: 123_450_000n,
      userOrderId: 7,
      maxTs: 1_775_000_000n,
      bitFlags: 0,
      triggerPrice: null,
    });
    expect(unitsOf(0.1 + 0.2, 9)).toBeNull();
    expect(unitsOf(1e-9, 9)).toBe(1n);
    expect(unitsOf(2 ** 64, 0)).toBeNull();
  });

  it.each([
    [
      { qty: 1.5, limitPrice: 130 },
      { orderType: { limit: {} }, bitFlags: 1 },
    ],
    [
      { type: 'limit', qty: 1, limitPrice: 120, postOnly: true },
      { postOnly: { mustPostOnly: {} } },
    ],
    [
      { type: 'stop-market', side: -1, qty: 1, triggerPrice: 110, reduceOnly: true },
      {
        orderType: { triggerMarket: {} },
        triggerCondition: { below: {} },
        triggerPrice: 110_000_000n,
      },
    ],
    [
      { type: 'take-profit-limit', side: -1, qty: 1, triggerPrice: 150, limitPrice: 149 },
      { orderType: { triggerLimit: {} }, triggerCondition: { above: {} }, price: 149_000_000n },
    ],
    [
      { type: 'limit', qty: 1, limitPrice: 120, timeInForce: 'gtd', expiresMs: UNTIL_MS - 60_000 },
      { maxTs: 1_774_999_940n },
    ],
  ])('%j', (change, expected) => expect(words(change)).toMatchObject(expected));

  it.each([
    [{ qty: 1.5 }, 'bad-order'],
    [{ type: 'trailing-stop' }, 'unsupported'],
    [{ type: 'limit', limitPrice: 1, timeInForce: 'fok' }, 'unsupported'],
    [{ type: 'limit', limitPrice: 120, qty: 0.005 }, 'bad-lot'],
    [{ type: 'limit', limitPrice: 120, qty: 1.005 }, 'bad-lot'],
    [{ type: 'limit', limitPrice: 120, qty: 0.01 }, 'below-min-notional'],
    [{ limitPrice: 120, qty: 1, postOnly: true }, 'unsupported'],
    [{ type: 'limit', limitPrice: 120.00001, qty: 1 }, 'bad-tick'],
  ])('there are none for %j', (change, code) => {
    expect(words(change)).toMatchObject({ kind: 'refused', code });
  });
});

describe('a slot', () => {
  it('stands for one open order, goes round, and is refused to the thirty-third', () => {
    const slots = new Slots();
    const taken = Array.from({ length: 32 }, (_, k) => slots.take(`c${k}`));
    expect(taken).toEqual(Array.from({ length: 32 }, (_, k) => k + 1));
    expect(slots.take('one more')).toBeNull();
    slots.free(3);
    expect(slots.take('next')).toBe(33);
    expect(slots.clientIdOf(3)).toBeNull();
    for (let k = 0; k < 300; k++) {
      const slot = slots.take('again') ?? 0;
      if (slot > 0) slots.free(slot);
    }
    slots.free(33);
    for (let k = 0; k < 300; k++) {
      const slot = slots.take('round')!;
      expect(slot).toBeGreaterThanOrEqual(1);
      expect(slot).toBeLessThanOrEqual(255);
      expect(taken.includes(slot) && slot !== 3).toBe(false);
      slots.free(slot);
    }
  });
});

describe('the client of drift', () => {
  const market = { ...SOL, index: 7 };
  const open = () => {
    const program = new LocalProgram('SOLUSDC', market, Date.now, 100_000);
    program.book.setPrice('SOLUSDC', 130);
    const options = { program, markets: { SOLUSDC: market }, nowMs: Date.now, orderLifeMs: 60_000 };
    return { program, client: openDriftClient(options), btc: 'SOLUSDC' };
  };
  const RESTING = { type: 'limit', qty: 1, limitPrice: 120 } as const;

  it.each(['unanswered', 'lost'] as const)(
    'keeps the slot of an order that was %s',
    async (way) => {
      const { program, client, btc } = open();
      program.next = way;
      const request = wish({ client, btc }, RESTING);
      expect(await client.submit(request)).toMatchObject({ kind: 'unknown' });
      // Nothing is sent again: neither by the same id, nor in the same slot.
      expect(await client.submit(request)).toMatchObject({ code: 'duplicate-id' });
      const other = wish({ client, btc }, RESTING);
      expect(await client.submit(other)).toMatchObject({ kind: 'accepted' });
      const slots = program.book.open().map(({ clientId }) => clientId);
      expect(slots).toEqual(way === 'lost' ? ['2'] : ['1', '2']);
      // Taking it back is how its slot comes free, whichever of the two it was.
      const outcome = await client.cancel(btc, request);
      expect(outcome).toMatchObject(
        way === 'lost' ? { kind: 'refused', code: 'not-found' } : { kind: 'accepted' },
      );
      expect(program.book.open()).toHaveLength(1);
    },
  );

  it('sends no thirty-third order, and none without a last second', async () => {
    const { program, client, btc } = open();
    for (let k = 0; k < 32; k++) {
      expect(await client.submit(wish({ client, btc }, RESTING))).toMatchObject({
        kind: 'accepted',
      });
    }
    const before = program.count;
    const more = await client.submit(wish({ client, btc }, RESTING));
    expect(more).toMatchObject({ kind: 'refused', code: 'too-many-orders' });
    expect(program.count).toBe(before);
    expect(await client.cancelAll(btc)).toMatchObject({ kind: 'accepted' });
    expect(await client.submit(wish({ client, btc }, RESTING))).toMatchObject({ kind: 'accepted' });
  });
});

it.each([
  [6003, 'insufficient-margin'],
  [6057, 'would-cross'],
  [6064, 'reduce-only'],
  [6024, 'not-trading'],
])('program error %i is refused as %s', (code, said) => {
  expect(driftOutcome(code)).toMatchObject({ kind: 'refused', code: said });
});
it('an error for a slot in use, or one that nobody knows, is unknown', () => {
  expect(driftOutcome(6071)).toMatchObject({ kind: 'unknown', code: 'duplicate-id' });
  expect(driftOutcome(6999)).toMatchObject({ kind: 'unknown', code: 'unknown' });
});

const hasSdk = (() => {
  try {
    createRequire(import.meta.url).resolve('@drift-labs/sdk');
    return true;
  } catch {
    return false;
  }
})();
if (!hasSdk) console.warn('skipped: @drift-labs/sdk is not installed (288 MB, optional)');

it.skipIf(hasSdk)('says what to install when the package is not there', async () => {
  await expect(loadDrift()).rejects.toThrow(/npm install @drift-labs\/sdk/);
});

describe.runIf(hasSdk)('an instruction', () => {
  const authority = '11111111111111111111111111111112';
  // Anchor: the first eight bytes of SHA-256('global:<name>'), then the arguments in their order.
  const bytes = (name: string, tail: Buffer) => {
    const head = createHash('sha256').update(`global:${name}`).digest().subarray(0, 8);
    return Buffer.concat([head, tail]).toString('hex');
  };
  const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

  it('that places an order is the bytes of the published layout', async () => {
    const params = words({ type: 'limit', qty: 1.5, limitPrice: 123.45, postOnly: true });
    const { place } = await loadDrift();
    const { programId, keys, data } = await place(params as DriftParams, authority);
    expect(programId).toBe('dRiftyHA39MWEi3m9aunc5MzRF1JYuBsbn6VPcn33UH');
    expect(keys.map(({ name }) => name)).toEqual(['state', 'user', 'authority']);
    expect(keys[2]!.address).toBe(authority);
    const tail = Buffer.alloc(40);
    tail.writeUInt8(1, 0); // limit
    tail.writeUInt8(1, 1); // perp
    tail.writeUInt8(0, 2); // long
    tail.writeUInt8(7, 3); // slot
    tail.writeBigUInt64LE(1_500_000_000n, 4);
    tail.writeBigUInt64LE(123_450_000n, 12);
    tail.writeUInt16LE(0, 20); // SOL-PERP
    tail.writeUInt8(0, 22); // not reduce-only
    tail.writeUInt8(1, 23); // must post only
    tail.writeUInt8(0, 24); // no flags
    tail.writeUInt8(1, 25); // a last second
    tail.writeBigInt64LE(1_775_000_000n, 26);
    // No trigger; above; no offset, duration, start or end of an auction: six zeros.
    expect(hex(data)).toBe(bytes('place_perp_order', tail));
  });

  it('that takes orders back names a slot, or a market', async () => {
    const { cancel, cancelAll } = await loadDrift();
    const one = await cancel(7, authority);
    expect(one.keys.map(({ name }) => name)).toEqual(['state', 'user', 'authority']);
    expect(hex(one.data)).toBe(bytes('cancel_order_by_user_id', Buffer.from([7])));
    // Each argument may be none: a one before what there is. Perp is the second market type.
    const all = await cancelAll(258, authority);
    expect(hex(all.data)).toBe(bytes('cancel_orders', Buffer.from([1, 1, 1, 2, 1, 0])));
  });
});
