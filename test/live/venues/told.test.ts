// One suite over every client of a venue with an order book: what it tells by itself and of money, through
// gaps, repeats and disorder, and what it must never tell.

import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RestFault } from '../../support/venues/faults.ts';
import { accepted, type BookRig, fillsTold, isUp, RIGS, stateOf, submitting } from './rig.ts';

describe.each(RIGS)('the client of $id', ({ open }) => {
  let rig: BookRig;
  const { submit, limit } = submitting(() => rig);

  beforeEach(async () => {
    rig = await open();
    await rig.client.connect();
  });
  afterEach(() => rig.stop());

  it('tells what funding was paid, since a time and when there is some', async () => {
    const atMs = Date.now() - 3_600_000;
    rig.book.pay(rig.btc, -0.5, atMs);
    rig.book.pay(rig.btc, 0.25, atMs + 1000);
    await rig.told(({ kind }) => kind === 'funding');
    expect(await rig.client.funding(atMs)).toEqual([
      { symbol: rig.btc, atMs, amountUsd: -0.5 },
      { symbol: rig.btc, atMs: atMs + 1000, amountUsd: 0.25 },
    ]);
    expect(await rig.client.funding(atMs + 1)).toHaveLength(1);
  });

  it('takes a margin for a symbol, and the same again', async () => {
    for (const leverage of [7, 7, 3]) {
      accepted(await rig.client.setMargin(rig.btc, { mode: 'isolated', leverage }));
    }
  });

  it('tells everything though events come twice and backwards', async () => {
    rig.server.repeat = 3;
    rig.server.hold();
    const { request } = await limit(49_000);
    rig.book.setPrice(rig.btc, 49_000, 0.004);
    rig.book.setPrice(rig.btc, 48_900);
    rig.server.release('reversed');
    await rig.told(stateOf(request.clientId, 'filled'));
    await rig.told(() => fillsTold(rig.events).size === 2 && true);
    const total = [...fillsTold(rig.events).values()].reduce((sum, { qty }) => sum + qty, 0);
    expect(total).toBeCloseTo(0.01, 12);
  });

  it('tells after a gap what the gap hid, before it says that it is up', async () => {
    const { request: filled } = await limit(49_000);
    const { request: gone } = await limit(48_000);
    rig.server.refuse(true);
    rig.server.drop();
    await rig.told((event) => event.kind === 'stream' && !event.isUp);
    rig.book.setPrice(rig.btc, 48_900);
    rig.book.cancel(rig.book.open()[0]);
    const before = rig.events.length;
    rig.server.refuse(false);
    await rig.told((event) => isUp(event) && rig.events.indexOf(event) >= before);
    const since = rig.events.slice(before);
    const up = since.findIndex(isUp);
    const isFilled = since.findIndex((one) => stateOf(filled.clientId, 'filled')(one));
    const isGone = since.findIndex((one) => stateOf(gone.clientId, 'cancelled')(one));
    const hasFill = since.findIndex((one) => one.kind === 'fill' && one.fill.price === 49_000);
    for (const at of [isFilled, isGone, hasFill]) {
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThan(up);
    }
  });

  it('raises an alarm when its keys are not taken any more, and shows none of them', async () => {
    rig.revoke();
    const { outcome } = await submit();
    expect(outcome).toMatchObject({ kind: 'refused', code: 'auth' });
    await rig.told((event) => event.kind === 'alert' && event.code === 'auth');
    expect(rig.book.log).toEqual([]);
  });

  it('writes down no secret, whatever the venue says back', async () => {
    const seen: unknown[] = [];
    const look = (what: unknown) => void seen.push(inspect(what, { depth: 20 }), String(what));
    for (const secret of rig.secrets) {
      for (const text of [secret, secret.toUpperCase(), `0x${secret}`]) {
        const body = rig.says(text);
        for (const fault of [
          { kind: 'status', status: 400, body },
          { kind: 'status', status: 503, body },
          { kind: 'status', status: 401, body: text },
          { kind: 'body', body },
          { kind: 'body', body: `<p>${text}` },
        ] satisfies RestFault[]) {
          rig.server.fail(fault, 1, rig.submitPath);
          look((await submit()).outcome);
          rig.server.heal();
        }
        rig.server.fail({ kind: 'status', status: 400, body }, 9);
        await rig.client.balances().catch(look);
        await rig.client.openOrders(rig.btc).catch(look);
        rig.server.heal();
        rig.server.say(`{"e":"what","text":"${text}"}`);
      }
    }
    look(rig.client);
    look(JSON.stringify(rig.client));
    look(rig.events);
    const all = seen.join('\n').toLowerCase();
    expect(all.length).toBeGreaterThan(1000);
    for (const secret of rig.secrets) expect(all).not.toContain(secret.toLowerCase());
  });

  it('tells nothing after it was closed', async () => {
    await rig.client.close();
    const before = rig.events.length;
    rig.book.setPrice(rig.btc, 49_000);
    await rig.client.close();
    expect(rig.events.length).toBe(before);
  });
});
