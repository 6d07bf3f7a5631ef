// A client to the venue of venue.ts over its bad network. What comes back of a request, and when, is up to
// the network; reads end when the session does.

import { VenueFault } from '../../../data/venues/contract.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import type { RefusalCode, UnknownCode } from '../../../live/venues/codes.ts';
import type {
  BalanceReport,
  Capabilities,
  FillReport,
  FundingReport,
  OrderName,
  OrderReport,
  OrderRequest,
  Outcome,
  PositionReport,
  Pulse,
  Tell,
  VenueClient,
} from '../../../live/venues/port.ts';
import { LAG_MS, LIFE_MS, type SimVenue, TIMEOUT_MS, type TruthOrder } from './venue.ts';

export const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  orderTypes: ['market', 'limit', 'stop-market', 'trailing-stop'],
  timesInForce: ['gtc', 'ioc', 'fok', 'gtd'],
  postOnly: true,
  reduceOnly: true,
  marketBound: 'taken',
  clientIds: 'open-orders',
  resends: false,
  batch: 1,
  amend: false,
  subAccounts: false,
  deadMan: {
    scope: 'symbol',
    shortestMs: 1000,
    firesADay: Number.POSITIVE_INFINITY,
    takesStops: true,
  },
  reportsOrders: true,
  reportsPositions: true,
  reportsFunding: true,
  setsMargin: true,
  userStream: true,
  reportsMarks: true,
  hasGrid: true,
  requestLifeMs: LIFE_MS,
  visibilityLagMs: LAG_MS,
});

const GARBAGE = ['server-error', 'unparsable', 'unknown'] as const;

export class SimClient implements VenueClient {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly venue: SimVenue;
  readonly #tell: Tell;
  #isOpen = false;
  #isUp = true;
  /** Its process was killed: nothing leaves any more, and nobody waits for what comes. */
  #isDead = false;
  /** The numbers that it told last: none of them may be NaN when an entry leaves. */
  freeUsd = Number.NaN;
  skewMs = Number.NaN;
  /** Told of each entry before it leaves. */
  onEntry: (request: OrderRequest) => void = () => {};
  /** What the stream did not say while it was down. */
  #missed = 0;

  constructor(id: string, venue: SimVenue, tell: Tell, capabilities: Capabilities = CAPABILITIES) {
    this.id = id;
    this.venue = venue;
    this.#tell = tell;
    this.capabilities = capabilities;
    venue.clients.push(this);
  }

  /** kill -9: what has left is on its way, and that is all. */
  die(): void {
    this.#isDead = true;
    this.#isOpen = false;
    this.venue.clients.splice(this.venue.clients.indexOf(this), 1);
  }

  clientId(key: string): string {
    return `c-${key}`;
  }

  // ---- the network -------------------------------------------------------------------------------------

  /** Carries a write out; what comes back, and when, is up to the network. */
  async #write(work: () => Outcome): Promise<Outcome> {
    const { venue } = this;
    const { clock, knobs } = venue;
    if (this.#isDead) return NEVER;
    venue.requests++;
    if (venue.mode === 'refusing') {
      await clock.sleep(venue.delay());
      return refused('connection-refused');
    }
    const isLost = venue.mode === 'down' || venue.chance(knobs.lostRequest);
    const isLate = !isLost && venue.chance(knobs.lateRequest);
    if (isLost) {
      await clock.sleep(TIMEOUT_MS);
      return unknown('timeout');
    }
    if (isLate) {
      clock.in(TIMEOUT_MS + venue.draw() * (LIFE_MS - TIMEOUT_MS), () => work());
      await clock.sleep(TIMEOUT_MS);
      return unknown('timeout');
    }
    await clock.sleep(venue.delay());
    if (venue.chance(knobs.throttled)) return refused('throttled', 500);
    const outcome = work();
    if (venue.mode === 'mute' || venue.chance(knobs.lostAnswer)) {
      await clock.sleep(TIMEOUT_MS);
      return unknown(venue.chance(0.5) ? 'timeout' : 'connection-lost');
    }
    await clock.sleep(venue.delay());
    const isDenied = outcome.kind === 'refused' && outcome.code === 'auth';
    if (isDenied && !this.#isDead) venue.wasDenied = true;
    if (isDenied) return outcome;
    if (venue.chance(knobs.garbled)) return unknown(GARBAGE[Math.floor(venue.draw() * 3)]!);
    return outcome;
  }

  async #read<T>(work: () => T, signal?: AbortSignal): Promise<T> {
    const { venue } = this;
    if (this.#isDead) return NEVER;
    venue.requests++;
    await venue.clock.sleep(venue.delay(), signal);
    const isOut = venue.mode !== 'well';
    if (isOut || signal?.aborted || venue.chance(venue.knobs.failedQuery)) {
      await venue.clock.sleep(isOut ? TIMEOUT_MS : 10, signal);
      throw new VenueFault(this.id, 'unreachable', true, 'no answer');
    }
    const found = work();
    await venue.clock.sleep(venue.delay(), signal);
    return found;
  }

  /** An event on its way along the stream. */
  pass(event: Parameters<Tell>[0]): void {
    const { venue } = this;
    if (!this.#isOpen) return;
    if (!this.#isUp || venue.mode !== 'well' || venue.chance(venue.knobs.lostEvent)) {
      this.#missed++;
      return;
    }
    const times = venue.chance(venue.knobs.twiceEvent) ? 2 : 1;
    for (let k = 0; k < times; k++) {
      venue.clock.in(venue.delay(), () => {
        if (this.#isOpen) this.#tell(event);
      });
    }
  }

  /** The stream breaks; when it is back it says what it missed first, as clients do. */
  drop(forMs: number): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#tell({ kind: 'stream', isUp: false, text: 'cut' });
    this.venue.clock.in(forMs, () => this.restore());
  }

  restore(): void {
    if (this.#isUp || !this.#isOpen) return;
    this.#isUp = true;
    for (const order of this.venue.truth)
      this.#tell({ kind: 'order', order: this.venue.report(order) });
    for (const fill of this.venue.fills) this.#tell({ kind: 'fill', fill });
    this.#tell({ kind: 'stream', isUp: true, text: `${this.#missed} missed` });
    this.#missed = 0;
  }

  // ---- the client --------------------------------------------------------------------------------------

  async connect(signal?: AbortSignal): Promise<Pulse> {
    const pulse = await this.ping(signal);
    if (!this.#isDead) this.#isOpen = true;
    return pulse;
  }

  async ping(signal?: AbortSignal): Promise<Pulse> {
    try {
      this.skewMs = await this.#read(() => this.#said(0), signal);
      return { skewMs: this.skewMs, roundTripMs: 2 };
    } catch (error) {
      this.skewMs = Number.NaN;
      throw error;
    }
  }

  /** A number as it is told: now and then it is none. */
  #said(value: number): number {
    const { nonsense } = this.venue.knobs;
    return nonsense > 0 && this.venue.chance(nonsense) ? Number.NaN : value;
  }

  async instruments(): Promise<readonly Instrument[]> {
    return this.venue.instruments;
  }

  marks(symbols: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const said = () => new Map(symbols.map((one) => [one, this.venue.prices.get(one)!]));
    return this.#read(said, signal);
  }

  submit(request: OrderRequest): Promise<Outcome> {
    if (!request.reduceOnly && !this.#isDead) this.onEntry(request);
    return this.#write(() => {
      const { denied } = this.venue.knobs;
      if (denied > 0 && !request.reduceOnly && this.venue.chance(denied)) return refused('auth');
      const taken = this.venue.take(request);
      if (taken === 'duplicate-id') return unknown(taken);
      return typeof taken === 'string' ? refused(taken) : accepted(taken.venueOrderId);
    });
  }

  submitAll(requests: readonly OrderRequest[]): Promise<readonly Outcome[]> {
    return Promise.all(requests.map((one) => this.submit(one)));
  }

  async resend(): Promise<Outcome> {
    return refused('unsupported');
  }

  cancel(symbol: string, name: OrderName): Promise<Outcome> {
    return this.#write(() => {
      const order = this.venue.find(symbol, name);
      const isOpen = order?.status === 'open' || order?.status === 'partly-filled';
      if (!order || !isOpen) return refused('not-found');
      this.venue.end(order, 'cancelled');
      return accepted(order.venueOrderId);
    });
  }

  cancelAll(symbol: string): Promise<Outcome> {
    return this.#write(() => {
      for (const order of this.venue.open()) {
        if (order.request.symbol === symbol) this.venue.end(order, 'cancelled');
      }
      return accepted('');
    });
  }

  async amend(): Promise<Outcome> {
    return refused('unsupported');
  }

  deadMan(symbol: string, ms: number): Promise<Outcome> {
    return this.#write(() => {
      this.venue.countdown(symbol, ms);
      return accepted('');
    });
  }

  setMargin(): Promise<Outcome> {
    return this.#write(() => accepted(''));
  }

  openOrders(_?: string, signal?: AbortSignal): Promise<readonly OrderReport[]> {
    const said = () => this.#visible(this.venue.open()).map((one) => this.venue.report(one));
    return this.#read(said, signal);
  }

  order(symbol: string, clientId: string, signal?: AbortSignal): Promise<OrderReport | null> {
    return this.#read(() => {
      const found = this.venue.find(symbol, { clientId });
      return found && this.#visible([found]).length > 0 ? this.venue.report(found) : null;
    }, signal);
  }

  /** What was taken just now may not be found yet. */
  #visible(orders: readonly TruthOrder[]): TruthOrder[] {
    const { clock, knobs } = this.venue;
    return orders.filter(({ atMs }) => atMs + knobs.lagMs <= clock.trueMs);
  }

  async positions(signal?: AbortSignal): Promise<readonly PositionReport[]> {
    const held = await this.#read(
      () => [...this.venue.positions].filter(([, qty]) => qty !== 0),
      signal,
    );
    return held.map(([symbol, qty]) => ({
      symbol,
      qty,
      entryPrice: Number.NaN,
      markPrice: this.venue.prices.get(symbol)!,
      liquidationPrice: Number.NaN,
      leverage: 1,
    }));
  }

  async balances(signal?: AbortSignal): Promise<readonly BalanceReport[]> {
    const equityUsd = await this.#read(() => {
      let sum = this.venue.cash;
      for (const [symbol, qty] of this.venue.positions) sum += qty * this.venue.prices.get(symbol)!;
      return this.#said(sum);
    }, signal);
    this.freeUsd = equityUsd;
    return [{ asset: 'USDT', equityUsd, freeUsd: equityUsd }];
  }

  fills(symbol: string, sinceMs: number, signal?: AbortSignal): Promise<readonly FillReport[]> {
    return this.#read(() => {
      return this.venue.fills.filter((one) => one.symbol === symbol && one.atMs >= sinceMs);
    }, signal);
  }

  funding(sinceMs: number, signal?: AbortSignal): Promise<readonly FundingReport[]> {
    return this.#read(() => this.venue.payments.filter(({ atMs }) => atMs >= sinceMs), signal);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}

/** What a process that is dead waits for. */
const NEVER = new Promise<never>(() => {});

function accepted(venueOrderId: string): Outcome {
  return { kind: 'accepted', venueOrderId };
}

function refused(code: RefusalCode, retryAfterMs = 0): Outcome {
  return { kind: 'refused', code, text: code, retryAfterMs };
}

function unknown(code: UnknownCode): Outcome {
  return { kind: 'unknown', code, text: code };
}
