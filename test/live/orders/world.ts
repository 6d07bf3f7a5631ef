// A kernel that trades at venues which go wrong, in virtual time, and what must hold whatever they do.
//
//   market walks -> rows -> kernel -> intents -> OrderPort -> clients -> bad network -> venues (truth)
//
// Two halves: faults are on while rows come; then everything heals and all that was begun must end. The
// promises are checked against the venues' own logs, which the code under test never sees.

import type { Strategy } from '../../../engine/agents/contract.ts';
import type { Config } from '../../../engine/config/schema.ts';
import type { Event } from '../../../engine/event.ts';
import { isOver as hasEnded } from '../../../engine/execution/order.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { type Random, random } from '../../../engine/random.ts';
import { isMarketEvent, type VenueEvent } from '../../../live/inbox.ts';
import { freshKernel, type Market } from '../../../live/market.ts';
import type { Note } from '../../../live/note.ts';
import { limitsFor } from '../../../live/orders/guard.ts';
import { OrderPort, type OrderPortParts } from '../../../live/orders/port.ts';
import { Safety, type SafetyStore } from '../../../live/orders/safety.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { configOf, type Partly, seat, voter } from '../../support/run.ts';
import { VirtualClock } from '../../support/socket.ts';
import { SimClient } from './client.ts';
import { CALM, type Knobs, LAG_MS, SimVenue } from './venue.ts';

export interface WorldOptions {
  readonly rows?: number;
  readonly knobs?: Knobs;
  /** Two venues, the second standing in for the first. */
  readonly fallback?: boolean;
  readonly risk?: Partly<Config['decision']['risk']>;
  readonly strategy?: Strategy;
  /** Whole venues and streams fail too, for a row at a time. */
  readonly outages?: boolean;
  /** Called before each row with its number. */
  readonly onRow?: (world: World, row: number) => void | Promise<void>;
}

const CASH_USD = 10_000;
const TICKS_A_ROW = 6;
const STOPS = {
  sizing: { rule: 'fixed-fraction', notionalFraction: 0.3 },
  maxPositionFraction: 0.5,
  trailingStop: { enabled: true, buffer: 0.01, step: 0.001 },
} as const;

/** Knobs drawn from a seed: some worlds are calm in one way and terrible in another. */
export function knobsOf(draw: Random): Knobs {
  const some = (most: number) => (draw() < 0.5 ? 0 : draw() * most);
  return {
    lostRequest: some(0.3),
    lostAnswer: some(0.4),
    lateRequest: some(0.3),
    garbled: some(0.3),
    throttled: some(0.2),
    refused: some(0.3),
    lostEvent: some(0.5),
    twiceEvent: some(0.5),
    partial: some(0.8),
    failedQuery: some(0.4),
    delayMs: 20 + draw() * 400,
    lagMs: draw() < 0.5 ? 0 : draw() * (LAG_MS - 100),
  };
}

/** Says BUY, SELL or nothing, by chance. */
function whims(draw: Random, rows: number): string {
  return Array.from({ length: rows }, () => {
    const x = draw();
    return x < 0.35 ? 'b.9' : x < 0.7 ? 's.9' : '.';
  }).join(' ');
}

export class World {
  readonly seed: number;
  readonly clock = new VirtualClock(START_MS);
  readonly venues: SimVenue[];
  readonly kernel: Kernel;
  readonly port: OrderPort;
  readonly safety: Safety;
  /** Every answer, in the order in which the kernel was told. */
  readonly answers: VenueEvent[] = [];
  readonly notes: Note[] = [];
  readonly stored: { text: string | null } = { text: null };
  readonly #draw: Random;
  readonly #options: WorldOptions;
  readonly #inbox: VenueEvent[] = [];
  #isPumping = false;
  failure: unknown = null;

  constructor(seed: number, options: WorldOptions = {}) {
    this.seed = seed;
    this.#options = options;
    const { rows = 10, fallback = false, risk = {}, strategy } = options;
    this.#draw = random(seed, 'world');
    const names = fallback ? ['one', 'two'] : ['one'];
    const instruments = names.map((venue) => instrumentOf('A', { venue, lotSize: 0.01 }));
    const knobs = options.knobs ?? knobsOf(random(seed, 'knobs'));
    this.venues = instruments.map((instrument, k) => {
      return new SimVenue(this.clock, random(seed, `venue ${k}`), [instrument], knobs, CASH_USD);
    });
    for (const venue of this.venues) venue.prices.set('A', 100);
    const said = strategy ?? voter('ann', whims(random(seed, 'whims'), rows));
    const market = marketFor(instruments, rows + 4);
    const config = configFor(names, risk, seed);
    const loaded = {
      seats: [seat(said)],
      solo: said.decide !== undefined,
      files: [],
      label: 'test',
    };
    this.kernel = freshKernel(market, config, loaded);
    const store: SafetyStore = {
      read: () => this.stored.text,
      write: (text) => {
        this.stored.text = text;
      },
    };
    this.safety = new Safety(store);
    const parts: OrderPortParts = {
      open: (id, tell) => new SimClient(id, this.venues[names.indexOf(id)]!, tell),
      instruments,
      clock: this.clock,
      safety: this.safety,
      primaries: instruments.map(() => 0),
      limits: () => ({
        ...limitsFor(CASH_USD, 2),
        repeatsAMinute: 100,
        refusalsAMinute: 100,
      }),
      leverage: 2,
      sessionId: 's',
      capitalUsd: CASH_USD * names.length,
      maxDrawdown: 0.9,
    };
    this.port = new OrderPort(parts, (event) => this.#take(event), {
      note: (note) => this.notes.push(note),
      say: (command) => this.#apply({ kind: 'command', tsMs: this.clock.nowMs(), command }),
      equityUsd: () => this.kernel.portfolio.equityUsd,
    });
  }

  #take(event: VenueEvent): void {
    this.#inbox.push(event);
    queueMicrotask(() => this.#pump());
  }

  /** Answers are applied one by one, each with all that it leads to. */
  #pump(): void {
    if (this.#isPumping || this.failure !== null) return;
    this.#isPumping = true;
    try {
      for (let event = this.#inbox.shift(); event !== undefined; event = this.#inbox.shift()) {
        this.answers.push(event);
        this.#apply(event);
      }
    } catch (error) {
      this.failure = error;
    } finally {
      this.#isPumping = false;
    }
  }

  #apply(event: Event): void {
    const { kernel, port } = this;
    kernel.apply(event);
    if (isMarketEvent(event) && event.kind !== 'row-closed') return;
    const intents = Array.from({ length: kernel.tray.length }, (_, k) => kernel.tray.at(k));
    kernel.tray.clear();
    port.carryOut(intents);
  }

  /** Trades through all rows with faults, heals, and waits until everything has ended. */
  async run(): Promise<this> {
    const { rows = 10, onRow } = this.#options;
    await this.clock.until(this.port.begin(), 10 * MINUTE_MS);
    for (let row = 0; row < rows; row++) {
      await onRow?.(this, row);
      await this.#walk(row);
      if (this.failure !== null) throw this.failure;
    }
    await this.heal();
    return this;
  }

  /** For the row that begins: is each venue there, does its stream hold? */
  #fail(): void {
    for (const venue of this.venues) {
      const x = this.#draw();
      venue.mode = x < 0.1 ? 'down' : x < 0.18 ? 'refusing' : x < 0.26 ? 'mute' : 'well';
      if (this.#draw() < 0.15) venue.clients[0]!.drop(1000 + this.#draw() * 90_000);
    }
  }

  async #walk(row: number): Promise<void> {
    if (this.#options.outages) this.#fail();
    const openMs = START_MS + row * MINUTE_MS;
    const paths = this.venues.map(() => [] as number[]);
    let price = this.venues[0]!.prices.get('A')!;
    for (let k = 0; k < TICKS_A_ROW; k++) {
      await this.clock.advance(MINUTE_MS / TICKS_A_ROW);
      price *= 1 + (this.#draw() - 0.5) * 0.012;
      this.venues.forEach((venue, at) => {
        const own = Math.round(price * 100) / 100;
        venue.price('A', own);
        paths[at]!.push(own);
      });
    }
    paths.forEach((path, leg) => {
      const [open, high, low, close] = [
        path[0]!,
        Math.max(...path),
        Math.min(...path),
        path.at(-1)!,
      ];
      const tsMs = openMs + MINUTE_MS;
      this.#apply({ kind: 'candle', tsMs, leg, openMs, open, high, low, close, volume: 1e6 });
    });
    this.#apply({ kind: 'row-closed', tsMs: openMs + MINUTE_MS, openMs });
  }

  /** The network and the venues are well again, for long enough. */
  async heal(): Promise<void> {
    for (const venue of this.venues) {
      venue.knobs = CALM;
      venue.mode = 'well';
      for (const client of venue.clients) client.restore();
    }
    await this.clock.advance(5 * MINUTE_MS);
    if (this.failure !== null) throw this.failure;
  }

  // ---- what must hold ----------------------------------------------------------------------------------

  /** Everything that is broken, in words; empty = all promises were kept. */
  broken(): string[] {
    return [...this.#doubled(), ...this.#lostFills(), ...this.#unequal(), ...this.#unfinished()];
  }

  /** P1: an order never led to more than it wanted, and never to two that could fill at once. */
  #doubled(): string[] {
    const found: string[] = [];
    for (const venue of this.venues) {
      const byOrder = Map.groupBy(venue.truth, ({ request }) =>
        request.clientId.replace(/\.\d+$/, ''),
      );
      for (const [id, orders] of byOrder) {
        const entries = orders.filter(({ request }) => !request.reduceOnly);
        if (entries.length > 1) found.push(`P1 ${id} was taken ${entries.length} times`);
        const filled = orders.reduce((sum, { filledQty }) => sum + filledQty, 0);
        const wanted = Math.max(...orders.map(({ request }) => request.qty));
        if (filled > wanted + 1e-9) found.push(`P1 ${id} filled ${filled} of ${wanted}`);
      }
    }
    return found;
  }

  /** P2: every fill of a venue was told exactly once. */
  #lostFills(): string[] {
    const found: string[] = [];
    const told = new Map<string, number>();
    for (const event of this.answers) {
      if (!('tradeId' in event)) continue;
      const leg = 'leg' in event ? event.leg : this.kernel.desk.log.columns.leg[event.orderId - 1]!;
      const name = `${leg} ${event.tradeId}`;
      told.set(name, (told.get(name) ?? 0) + 1);
    }
    this.venues.forEach((venue, leg) => {
      for (const { tradeId, clientId } of venue.fills) {
        const times = told.get(`${leg} ${tradeId}`) ?? 0;
        if (clientId !== null && times !== 1)
          found.push(`P2 ${leg} ${tradeId} told ${times} times`);
        if (times > 1) found.push(`P2 ${leg} ${tradeId} told ${times} times`);
      }
    });
    return found;
  }

  /** P3: kernel and venue hold the same. */
  #unequal(): string[] {
    return this.venues.flatMap((venue, leg) => {
      const theirs = venue.positions.get('A') ?? 0;
      const ours = this.kernel.portfolio.positions[leg]!.qty;
      return Math.abs(theirs - ours) < 0.005
        ? []
        : [`P3 leg ${leg}: venue ${theirs}, ours ${ours}`];
    });
  }

  /** P14: nothing is on its way or unknown any more, and a position has exactly one stop at its venue. */
  #unfinished(): string[] {
    const found: string[] = [];
    this.venues.forEach((venue, leg) => {
      const held = venue.positions.get('A') ?? 0;
      const resting = venue.open().filter(({ request }) => request.type === 'stop-market');
      const others = venue.open().filter(({ request }) => request.type !== 'stop-market');
      if (others.length > 0)
        found.push(`P14 leg ${leg}: ${others.length} orders that are no stops`);
      const covered = resting.reduce((sum, { request }) => sum + request.qty, 0);
      if (held !== 0 && Math.abs(covered - Math.abs(held)) > 0.005) {
        found.push(`P14 leg ${leg}: ${held} is covered by ${resting.length} stops of ${covered}`);
      }
      if (held === 0 && resting.length > 0) found.push(`P14 leg ${leg}: stops without a position`);
    });
    for (let id = 1; id <= this.kernel.desk.log.length; id++) {
      const order = this.kernel.desk.after(id - 1);
      if (order === undefined || hasEnded(order)) continue;
      const isStop =
        order.type === 'stop-market' &&
        (order.status === 'open' || order.status === 'partly-filled');
      if (!isStop) found.push(`P14 order ${id} ${order.purpose} ${order.type} is ${order.status}`);
    }
    return found;
  }
}

function marketFor(instruments: readonly Instrument[], rows: number): Market {
  return {
    intervalMs: MINUTE_MS,
    capacity: rows,
    firstRow: 0,
    fromMs: START_MS,
    toMs: START_MS + rows * MINUTE_MS,
    series: [],
    legs: instruments.map((instrument) => ({ instrument, primary: 0 })),
  };
}

function configFor(
  names: readonly string[],
  risk: Partly<Config['decision']['risk']>,
  seed: number,
): Config {
  const venues = Object.fromEntries(names.slice(1).map((name) => [name, { cashUsd: CASH_USD }]));
  return configOf({
    seed,
    decision: { risk: { ...STOPS, ...risk } },
    world: {
      venue: names[0]!,
      fallbacks: names.slice(1),
      venues,
      cashUsd: CASH_USD,
      takerFeeBps: 5,
      slippageBps: 0,
    },
  } as Partly<Config>);
}
