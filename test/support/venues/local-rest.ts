// The HTTP half of a local venue: right answers, metered by the minute as documented, and the faults
// that are in line for the next requests.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dialect, Market, Reply, SeenRequest } from './dialect.ts';
import type { RestFault } from './faults.ts';

const MINUTE_MS = 60_000;
/** Requests after a 429 in one minute before the IP is banned; the documentation gives no number. */
const IGNORED_MOST = 10;
const BAN_MS = 120_000;

/** What is said of a request that nobody has heard; a fault stands before it. */
const UNHEARD: Reply = { status: 503, body: {}, weight: 0 };

interface Waiting {
  readonly fault: RestFault;
  readonly path: string | undefined;
  /** The request is lost on its way: nothing of it is carried out. */
  readonly isUnheard: boolean;
  times: number;
}

export class LocalRest {
  readonly requests: SeenRequest[] = [];
  dateSkewMs: number | null = 0;
  readonly #dialect: Dialect;
  readonly #market: Market;
  readonly #limit: number;
  #faults: Waiting[] = [];
  #bannedUntilMs = Number.NEGATIVE_INFINITY;
  #minute = 0;
  #weight = 0;
  #ignored = 0;

  constructor(dialect: Dialect, market: Market, weightLimit: number) {
    this.#dialect = dialect;
    this.#market = market;
    this.#limit = weightLimit;
  }

  fail(fault: RestFault, times: number, path: string | undefined, isUnheard: boolean): void {
    this.#faults.push({ fault, times, path, isUnheard });
  }

  heal(): void {
    this.#faults = [];
    this.#bannedUntilMs = Number.NEGATIVE_INFINITY;
  }

  ban(untilMs: number): void {
    this.#bannedUntilMs = untilMs;
  }

  get isBanned(): boolean {
    return this.#market.nowMs() < this.#bannedUntilMs;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://local');
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const seen: SeenRequest = {
      atMs: this.#market.nowMs(),
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      rawQuery: url.search.slice(1),
      headers: request.headers,
      body: Buffer.concat(parts).toString('utf8'),
      weight: 0,
      status: 0,
    };
    this.requests.push(seen);
    const waiting = this.#faultOf(seen);
    const fault = waiting?.fault ?? null;
    if (fault?.kind === 'late') {
      response.socket?.destroy();
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
    }
    const reply = waiting?.isUnheard ? UNHEARD : this.#answer(seen);
    await this.#write(response, seen, reply, fault);
  }

  #answer(seen: SeenRequest): Reply {
    return this.#banned() ?? this.#metered(this.#dialect.answer(this.#market, seen), seen);
  }

  #banned(): Reply | null {
    const leftMs = this.#bannedUntilMs - this.#market.nowMs();
    if (!(leftMs > 0)) return null;
    const headers = { 'Retry-After': `${Math.ceil(leftMs / 1000)}` };
    return { status: 418, body: { code: -1003, msg: 'IP banned.' }, weight: 0, headers };
  }

  /** Counts weight by the server's minute; 429 above the limit, 418 for who goes on and on. */
  #metered(reply: Reply, seen: SeenRequest): Reply {
    const nowMs = this.#market.nowMs();
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute !== this.#minute) [this.#minute, this.#weight, this.#ignored] = [minute, 0, 0];
    seen.weight = reply.weight;
    this.#weight += reply.weight;
    if (this.#weight <= this.#limit) {
      return { ...reply, headers: { ...reply.headers, ...this.#used() } };
    }
    this.#ignored++;
    if (this.#ignored > IGNORED_MOST) {
      this.ban(nowMs + BAN_MS);
      return this.#banned()!;
    }
    const left = `${Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1000)}`;
    const body = { code: -1003, msg: 'Too many requests.' };
    return { status: 429, body, weight: 0, headers: { 'Retry-After': left, ...this.#used() } };
  }

  #used(): Record<string, string> {
    const { weightHeader } = this.#dialect;
    return weightHeader === null ? {} : { [weightHeader]: String(this.#weight) };
  }

  /** `path` of a fault may have a method before it: `POST /fapi/v3/order`. */
  #faultOf({ method, path }: SeenRequest): Waiting | null {
    const one = this.#faults.find((each) => {
      return each.path === undefined || each.path === path || each.path === `${method} ${path}`;
    });
    if (one === undefined) return null;
    one.times--;
    if (one.times <= 0) this.#faults = this.#faults.filter((each) => each !== one);
    return one;
  }

  async #write(
    response: ServerResponse,
    seen: SeenRequest,
    reply: Reply,
    fault: RestFault | null,
  ): Promise<void> {
    const right = JSON.stringify(reply.body);
    const end = (status: number, body: string, headers: Readonly<Record<string, string>>) => {
      seen.status = status;
      response.sendDate = false;
      if (this.dateSkewMs !== null) {
        const date = new Date(this.#market.nowMs() + this.dateSkewMs);
        response.setHeader('Date', date.toUTCString());
      }
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(body);
    };
    const headers = reply.headers ?? {};
    switch (fault?.kind) {
      case undefined:
        return end(reply.status, right, headers);
      case 'status': {
        const retry = fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter };
        return end(fault.status, fault.body ?? '{"code":-1,"msg":"told to"}', retry);
      }
      case 'html': {
        const page = '<!doctype html><title>Just a moment</title>';
        return end(200, page, { 'Content-Type': 'text/html' });
      }
      case 'truncated':
        return end(200, right.slice(0, Math.floor(right.length / 2)), headers);
      case 'body':
        return end(200, fault.body, headers);
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        return end(reply.status, right, headers);
      case 'hang':
      case 'late':
        return;
      case 'reset':
        response.socket?.destroy();
        return;
      case 'huge':
        return end(200, `["${'x'.repeat(fault.bytes)}"]`, headers);
    }
  }
}
