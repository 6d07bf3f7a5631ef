// The HTTP client against a server that fails on demand, in virtual time: every wait is counted.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WeightBudget } from '../../../data/venues/budget.ts';
import { VenueFault } from '../../../data/venues/contract.ts';
import { type HttpTuning, retryAfterMs, VenueHttp } from '../../../data/venues/http.ts';
import { objectOf, timeOf } from '../../../data/venues/said.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import type { RestFault } from '../../support/venues/faults.ts';
import type { LocalVenue } from '../../support/venues/local-venue.ts';
import { VirtualPace } from '../../support/venues/pace.ts';

const START_MS = Date.UTC(2025, 0, 6);

let pace: VirtualPace;
let server: LocalVenue;

beforeEach(async () => {
  pace = new VirtualPace(START_MS);
  server = await startAsterServer({ symbols: {}, nowMs: () => pace.nowMs() });
});
afterEach(() => server.stop());

function clientOf(tuning: HttpTuning = {}) {
  const budget = new WeightBudget({ perMinute: 2400, reserveFraction: 0.25 }, pace);
  return new VenueHttp('aster', server.hosts.restUrl, pace, budget, {
    random: () => 0.5,
    timeoutMs: 500,
    ...tuning,
  });
}

function timeFrom(http: VenueHttp, signal?: AbortSignal): Promise<number> {
  const request = { path: '/fapi/v3/time', weight: 1 };
  return http.ask(
    request,
    ({ json }) => timeOf(objectOf(json, 'time')['serverTime'], 'time'),
    signal,
  );
}

async function faultOf(promise: Promise<unknown>): Promise<VenueFault> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VenueFault);
  return error as VenueFault;
}

const PASSING: readonly (readonly [string, RestFault, string])[] = [
  ['500', { kind: 'status', status: 500 }, 'unreachable'],
  ['502', { kind: 'status', status: 502, body: '<html>' }, 'unreachable'],
  ['503', { kind: 'status', status: 503 }, 'overloaded'],
  ['429', { kind: 'status', status: 429 }, 'overloaded'],
  ['a page for eyes', { kind: 'html' }, 'bad-reply'],
  ['half of the JSON', { kind: 'truncated' }, 'bad-reply'],
  ['JSON of another shape', { kind: 'body', body: '{"serverTime":"soon"}' }, 'bad-reply'],
  ['200 with an error inside', { kind: 'body', body: '{"code":-1000,"msg":"no"}' }, 'bad-reply'],
  ['a way to another place', { kind: 'status', status: 302 }, 'bad-reply'],
  ['a connection reset', { kind: 'reset' }, 'unreachable'],
  ['no answer', { kind: 'hang' }, 'unreachable'],
  ['a body without end', { kind: 'huge', bytes: 100_000 }, 'bad-reply'],
];

describe('the HTTP client', () => {
  it.each(PASSING)('asks again after %s and gives the right answer', async (_, fault) => {
    server.fail(fault, 2);
    const value = await timeFrom(clientOf({ timeoutMs: 200, maxBytes: 50_000 }));
    expect(value).toBe(pace.nowMs());
    expect(server.requests).toHaveLength(3);
  });

  it.each(PASSING)(
    'gives up after five times %s, with a retryable fault',
    async (_, fault, code) => {
      server.fail(fault, 99);
      const error = await faultOf(timeFrom(clientOf({ timeoutMs: 100, maxBytes: 50_000 })));
      expect(error).toMatchObject({ venue: 'aster', code, retryable: true, exitCode: 5 });
      expect(error.message).toMatch(/^aster: [a-z-]+: \/fapi\/v3\/time \(5 times\): /);
      expect(server.requests).toHaveLength(5);
    },
  );

  it.each([400, 401, 403, 404, 422])('does not ask again after %i', async (status) => {
    server.fail({ kind: 'status', status, body: '{"code":-1121,"msg":"Invalid symbol."}' }, 99);
    const error = await faultOf(timeFrom(clientOf()));
    expect(error).toMatchObject({ code: 'refused', retryable: false });
    expect(error.message).toContain(`status ${status}, {"code":-1121,"msg":"Invalid symbol."}`);
    expect(server.requests).toHaveLength(1);
  });

  it('waits with full jitter, from 0..1 s doubling to 0..30 s', async () => {
    server.fail({ kind: 'status', status: 500 }, 99);
    await faultOf(timeFrom(clientOf({ maxAttempts: 9, random: () => 0.999 })));
    expect(pace.sleeps).toEqual([999, 1998, 3996, 7992, 15984, 29970, 29970, 29970]);
    const other = clientOf({ maxAttempts: 3, random: () => 0 });
    await faultOf(timeFrom(other));
    expect(pace.sleeps.slice(8)).toEqual([0, 0]);
  });

  it('draws its jitter from the machine when none is given', async () => {
    server.fail({ kind: 'status', status: 500 }, 4);
    const budget = new WeightBudget({ perMinute: 2400, reserveFraction: 0.25 }, pace);
    await timeFrom(new VenueHttp('aster', server.hosts.restUrl, pace, budget));
    expect(pace.sleeps).toHaveLength(4);
    pace.sleeps.forEach((ms, i) => {
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThan(1000 * 2 ** i);
    });
  });

  it.each([
    ['7', 7000],
    [new Date(START_MS + 9000).toUTCString(), 9000],
  ])('sends nothing before a 429 said it may: Retry-After %s', async (retryAfter, waitMs) => {
    server.fail({ kind: 'status', status: 429, retryAfter });
    const http = clientOf();
    await Promise.all([timeFrom(http), timeFrom(http).catch(() => null)]);
    const [first, ...later] = server.requests.map(({ atMs }) => atMs);
    expect(first).toBe(START_MS);
    // The second was on its way already, at most; none left in between.
    const early = later.filter((atMs) => atMs > START_MS && atMs < START_MS + waitMs);
    expect(early).toEqual([]);
    expect(later.at(-1)).toBeGreaterThanOrEqual(START_MS + waitMs);
  });

  it('does not let one wait for a pause of an hour', async () => {
    server.fail({ kind: 'status', status: 429, retryAfter: '3600' });
    const http = clientOf();
    const error = await faultOf(timeFrom(http));
    expect(error).toMatchObject({ code: 'overloaded', retryable: true });
    expect((await faultOf(timeFrom(http))).message).toMatch(/asks for a pause, 3\d{3} s more/);
    expect(server.requests).toHaveLength(1);
    pace.pass(3_600_000);
    expect(await timeFrom(http)).toBe(pace.nowMs());
  });

  it('sends nothing at all during a ban, whatever the wall clock does', async () => {
    server.ban(START_MS + 300_000);
    const http = clientOf();
    const error = await faultOf(timeFrom(http));
    expect(error).toMatchObject({ code: 'banned', retryable: true });
    pace.set(3_600_000);
    for (let i = 0; i < 59; i++) {
      pace.pass(5000);
      expect((await faultOf(timeFrom(http))).code).toBe('banned');
    }
    expect(server.requests).toHaveLength(1);
    pace.pass(5000);
    expect(await timeFrom(http)).toBe(pace.nowMs());
    expect(server.requests).toHaveLength(2);
  });

  it('is silent for 2 minutes after a ban without an end, twice as long the next time', async () => {
    const http = clientOf();
    server.fail({ kind: 'status', status: 418 }, 2);
    await faultOf(timeFrom(http));
    expect((await faultOf(timeFrom(http))).message).toContain('nothing is sent for 120 s more');
    pace.pass(120_000);
    await faultOf(timeFrom(http));
    expect((await faultOf(timeFrom(http))).message).toContain('nothing is sent for 240 s more');
    expect(server.requests).toHaveLength(2);
    pace.pass(240_000);
    await timeFrom(http);
    server.fail({ kind: 'status', status: 418 });
    await faultOf(timeFrom(http));
    expect((await faultOf(timeFrom(http))).message).toContain('nothing is sent for 120 s more');
  });

  it('does not sit out a ban of a year, but the longest that is documented', async () => {
    const http = clientOf();
    server.fail({ kind: 'status', status: 418, retryAfter: '31536000' });
    await faultOf(timeFrom(http));
    expect((await faultOf(timeFrom(http))).message).toContain('259200 s more');
  });

  it('is never banned by a venue that counts, however much is asked at once', async () => {
    const small = await startAsterServer({
      symbols: {},
      nowMs: () => pace.nowMs(),
      weightLimit: 60,
    });
    try {
      const budget = new WeightBudget({ perMinute: 2400, reserveFraction: 0.25 }, pace);
      const http = new VenueHttp('aster', small.hosts.restUrl, pace, budget, { random: () => 0.9 });
      const asked = Array.from({ length: 70 }, () => timeFrom(http).catch(() => null));
      await Promise.all(asked);
      for (let i = 0; i < 100; i++) await timeFrom(http).catch(() => null);
      expect(small.requests.filter(({ status }) => status === 418)).toEqual([]);
    } finally {
      await small.stop();
    }
  });

  it('slows down when the used-weight header says that others spend', async () => {
    const busy = createServer((_, response) => {
      response.writeHead(200, { 'X-MBX-USED-WEIGHT-1M': '2400', Date: new Date().toUTCString() });
      response.end(`{"serverTime":${START_MS}}`);
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    const { port } = busy.address() as AddressInfo;
    const budget = new WeightBudget({ perMinute: 2400, reserveFraction: 0.25 }, pace);
    const other = new VenueHttp('aster', `http://127.0.0.1:${port}`, pace, budget);
    await timeFrom(other);
    await timeFrom(other);
    // 600 into the reserve, and 1: 601 at 15 a second.
    expect(pace.monotonicMs()).toBe(Math.ceil(601 / 0.015));
    await new Promise((resolve) => busy.close(resolve));
  });

  it('ends with the reason of whoever gave up, in a wait or in a request', async () => {
    const gone = new Error('gone');
    await expect(timeFrom(clientOf(), AbortSignal.abort(gone))).rejects.toBe(gone);
    expect(server.requests).toHaveLength(0);
    server.fail({ kind: 'hang' });
    const control = new AbortController();
    const asked = timeFrom(clientOf(), control.signal);
    setTimeout(() => control.abort(gone), 30);
    await expect(asked).rejects.toBe(gone);
    expect(server.requests).toHaveLength(1);
  });

  it('calls a venue that is not there unreachable, and says why', async () => {
    server.refuse(true);
    const error = await faultOf(timeFrom(clientOf()));
    expect(error).toMatchObject({ code: 'unreachable', retryable: true });
    expect(error.message).toMatch(/other side closed|ECONNRESET|socket/);
    server.refuse(false);
    expect(await timeFrom(clientOf())).toBe(pace.nowMs());
  });

  it('stops reading a body at its cap, good JSON or not', async () => {
    const body = JSON.stringify({ serverTime: START_MS, more: 'x'.repeat(60_000) });
    server.fail({ kind: 'body', body }, 6);
    expect(await timeFrom(clientOf({ maxBytes: 70_000 }))).toBe(START_MS);
    const error = await faultOf(timeFrom(clientOf({ maxBytes: 50_000 })));
    expect(error.code).toBe('bad-reply');
    expect(error.message).toContain('must be at most 50000 bytes long');
  });

  it('shows no more than a line of a body', async () => {
    const body = `secret\n${'x'.repeat(10_000)}`;
    server.fail({ kind: 'status', status: 400, body });
    const error = await faultOf(timeFrom(clientOf()));
    expect(error.message.length).toBeLessThan(250);
    expect(error.message).not.toContain('\n');
  });
});

describe('Retry-After', () => {
  const at = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), START_MS);

  it.each([
    ['0', 0],
    ['120', 120_000],
    ['', null],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['99999999999', 99_999_999_999_000],
  ])('of %j is %j ms', (text, ms) => {
    expect(at({ 'retry-after': text })).toBe(ms);
  });

  it('as a date is counted from the date of the reply, not from our clock', () => {
    const date = new Date(START_MS - 3_600_000).toUTCString();
    const until = new Date(START_MS - 3_600_000 + 30_000).toUTCString();
    expect(at({ 'retry-after': until, date })).toBe(30_000);
    expect(at({ 'retry-after': until })).toBe(0);
    expect(at({})).toBe(null);
  });
});
