// One suite over every client that speaks over a wire, whose venue fails: what is known of a request
// afterwards, and what leaves while nothing may. Drift has no wire here and the paper venue none at all.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VenueFault } from '../../../data/venues/contract.ts';
import type { RestFault } from '../../support/venues/faults.ts';
import { clausesOf } from './clauses.ts';
import { WIRED } from './other-rigs.ts';
import { accepted, fillOf, nameOf, submitting, type WiredRig } from './rig.ts';

/** What a venue, or a machine before it, does instead of answering. */
const SILENCES: readonly [string, RestFault, RegExp][] = [
  ['answers nothing', { kind: 'hang' }, /^timeout$/],
  ['resets the connection', { kind: 'reset' }, /^connection-lost$/],
  ['says 503', { kind: 'status', status: 503 }, /^server-error$/],
  ['says 502 with a page', { kind: 'status', status: 502, body: '<html>' }, /^server-error$/],
  ['says 408', { kind: 'status', status: 408, body: '' }, /^timeout$/],
  ['shows a page with status 200', { kind: 'html' }, /^unparsable$/],
  ['stops in the middle of its answer', { kind: 'truncated' }, /^unparsable$/],
  ['answers null', { kind: 'body', body: 'null' }, /^unparsable$/],
  ['answers with another shape', { kind: 'body', body: '{"status":"ok"}' }, /^unparsable$/],
  ['answers without end', { kind: 'huge', bytes: 5_000_000 }, /^unparsable$/],
];

describe.each(WIRED)('the client of $id', ({ open }) => {
  let rig: WiredRig;
  const { submit, limit } = submitting(() => rig);
  const clause = clausesOf(() => rig);

  beforeEach(async () => {
    rig = await open({ timeoutMs: 700 });
    await rig.client.connect();
  });
  afterEach(() => rig.stop());

  it.each(SILENCES)(
    'F20 does not know what became of an order when it %s',
    async (_, fault, code) => {
      rig.server.fail(fault, 1, rig.submitPath);
      const { request, outcome } = await limit(49_000);
      expect(outcome).toMatchObject({ kind: 'unknown' });
      expect('code' in outcome && outcome.code).toMatch(code);
      // It was sent once, taken once, and the question for it tells, where it can be asked.
      expect(rig.orderRequests()).toBe(1);
      expect(rig.book.log).toHaveLength(1);
      if (!rig.client.capabilities.reportsOrders) return;
      expect(await rig.client.order(rig.btc, request.clientId)).toMatchObject({ status: 'open' });
    },
  );

  it.each(SILENCES)('does not know either when nothing arrived and it %s', async (_, fault) => {
    rig.server.fail(fault, 1, rig.submitPath, true);
    const { request, outcome } = await limit(49_000);
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(rig.orderRequests()).toBe(1);
    expect(rig.book.log).toEqual([]);
    if (!rig.client.capabilities.reportsOrders) return;
    expect(await rig.client.order(rig.btc, request.clientId)).toBeNull();
  });

  clause('is told of an order that is carried out late', ['a user stream'], async () => {
    rig.server.fail({ kind: 'late', ms: 300 }, 1, rig.submitPath);
    const { request, outcome } = await submit();
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(await rig.client.order(rig.btc, request.clientId)).toBeNull();
    await rig.told(fillOf(request.clientId));
    expect(rig.book.log).toHaveLength(1);
  });

  clause('sees nothing of an order that is not shown yet', ['reports of orders'], async () => {
    rig.lag(600_000);
    rig.server.fail({ kind: 'reset' }, 1, rig.submitPath);
    const { request, outcome } = await limit(49_000);
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(await rig.client.order(rig.btc, request.clientId)).toBeNull();
    rig.lag(0);
    expect(await rig.client.order(rig.btc, request.clientId)).not.toBeNull();
    const { requestLifeMs, visibilityLagMs } = rig.client.capabilities;
    expect(requestLifeMs).toBeGreaterThan(1000);
    expect(visibilityLagMs).toBeGreaterThanOrEqual(1000);
  });

  clause('sends the same bytes again without a second order', ['resends'], async () => {
    rig.server.fail({ kind: 'reset' }, 1, rig.submitPath);
    const { request } = await submit();
    expect(await rig.client.resend(request.clientId)).toMatchObject({ kind: 'unknown' });
    expect(rig.book.log).toHaveLength(1);
    rig.server.fail({ kind: 'reset' }, 1, rig.submitPath, true);
    const { request: lost } = await submit();
    expect(rig.book.log).toHaveLength(1);
    accepted(await rig.client.resend(lost.clientId));
    expect(rig.book.log).toHaveLength(2);
    expect(await rig.client.resend(rig.client.clientId('never'))).toMatchObject({
      kind: 'refused',
      code: 'not-found',
    });
  });

  it('knows that nothing left when nobody could be reached', async () => {
    await rig.server.stop();
    // On a connection that was kept alive the first one may have left.
    expect((await limit(49_000)).outcome.kind).not.toBe('accepted');
    const { outcome } = await limit(49_000);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'connection-refused' });
  });

  it('sends nothing of its own accord again, and no bytes that may be taken twice', async () => {
    if (rig.client.capabilities.resends) return;
    rig.server.fail({ kind: 'reset' }, 1, rig.submitPath);
    const { request } = await submit();
    expect(await rig.client.resend(request.clientId)).toMatchObject({ code: 'unsupported' });
    expect(rig.orderRequests()).toBe(1);
    expect(rig.book.log).toHaveLength(1);
  });

  it('does not know whether a cancel arrived, and asks', async () => {
    const { request, outcome: taken } = await limit(49_000);
    rig.server.fail({ kind: 'reset' }, 1, rig.cancelPath);
    const outcome = await rig.client.cancel(rig.btc, nameOf(rig.client, request, taken));
    expect(outcome).toMatchObject({ kind: 'unknown', code: 'connection-lost' });
    expect(rig.book.open()).toEqual([]);
    if (!rig.client.capabilities.reportsOrders) return;
    const asked = await rig.client.order(rig.btc, request.clientId);
    expect(asked).toMatchObject({ status: 'cancelled' });
  });

  it('is quiet when it is told to be, and says for how long', async () => {
    const slow: RestFault = { kind: 'status', status: 429, retryAfter: '30' };
    rig.server.fail(slow, 1, rig.submitPath, true);
    const { outcome } = await limit(49_000);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'throttled' });
    const before = rig.server.requests.length;
    const { outcome: next } = await limit(49_000);
    expect(next).toMatchObject({ kind: 'refused', code: 'throttled' });
    expect('retryAfterMs' in next && next.retryAfterMs).toBeGreaterThan(25_000);
    expect(rig.server.requests.length).toBe(before);
  });

  it('F23 sends nothing at all while it is banned', async () => {
    rig.server.fail({ kind: 'status', status: 418, retryAfter: '180' }, 1, rig.submitPath, true);
    expect((await limit(49_000)).outcome).toMatchObject({ kind: 'refused', code: 'banned' });
    const before = rig.server.requests.length;
    const { request, outcome } = await limit(49_000);
    expect(outcome).toMatchObject({ kind: 'refused', code: 'banned' });
    if (rig.client.capabilities.clientIds !== 'none') {
      expect(await rig.client.cancel(rig.btc, request)).toMatchObject({ code: 'banned' });
    }
    await expect(rig.client.balances()).rejects.toThrow(VenueFault);
    expect(rig.server.requests.length).toBe(before);
  });

  clause('asks a read again that failed in passing', ['reports of positions'], async () => {
    rig.server.fail({ kind: 'status', status: 500 }, 2);
    expect(await rig.client.balances()).toHaveLength(1);
  });
});
