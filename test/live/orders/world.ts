// A kernel that trades at venues which go wrong, in virtual time, and what must hold whatever they do.
//
//   market walks -> rows -> life (life.ts) -> intents -> OrderPort -> clients -> bad network -> venues
//
// Two halves: faults are on while rows come; then everything heals and all that was begun must end. The
// promises (broken.ts) are checked against the venues' own logs, which the code under test never sees.

import type { Strategy } from '../../../engine/agents/contract.ts';
import type { Config } from '../../../engine/config/schema.ts';
import type { Event } from '../../../engine/event.ts';
import { MINUTE_MS } from '../../../engine/interval.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { type Random, random } from '../../../engine/random.ts';
import { isMarketEvent, type VenueEvent } from '../../../live/inbox.ts';
import { freshKernel, type Market } from '../../../live/market.ts';
import type { Note } from '../../../live/note.ts';
import { limitsFor } from '../../../live/orders/limits.ts';
import { OrderPort, type OrderPortParts } from '../../../live/orders/port.ts';
import { Safety } from '../../../live/orders/safety.ts';
import { DEFAULT_LIMITS } from '../../../live/promotion/limits.ts';
import type { OrderRequest } from '../../../live/venues/port.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import { configOf, type Partly, seat, voter } from '../../support/run.ts';
import { VirtualClock } from '../../support/socket.ts';
import { brokenAtEnd, brokenByEntry } from './broken.ts';
import { SimClient } from './client.ts';
import { Life, type RowEvent, Written } from './life.ts';
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
  /** Its process is killed now and then, at any step, and started again. */
  readonly kills?: boolean;
  /** Knobs beside the drawn ones. */
  readonly more?: Partial<Knobs>;
  readonly breaker?: Partly<Config['decision']['execution']['breaker']>;
  /** A planted defect: what was halted is not after a restart. */
  readonly forgetsHalt?: boolean;
  /** Called before each row with its number. */
  readonly onRow?: (world: World, row: number) => void | Promise<void>;
}

const CASH_USD = 10_000;
const TICKS_A_ROW = 6;
/** What worlds are about is not how often something is tried. */
const LOOSE = { ...DEFAULT_LIMITS.guard, repeatsAMinute: 100, refusalsAMinute: 100 };
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
    nonsense: 0,
    denied: 0,
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
  readonly notes: Note[] = [];
  readonly stored: { text: string | null } = { text: null };
  /** The clients of the life that is lived, one for each venue. */
  clients: SimClient[] = [];
  safety!: Safety;
  /** All that may be open altogether, USD. */
  readonly mostUsd: number;
  /** Lives that were ended by force. */
  kills = 0;
  readonly #names: readonly string[];
  readonly #instruments: readonly Instrument[];
  readonly #config: Config;
  readonly #market: Market;
  readonly #strategy: Strategy;
  readonly #draw: Random;
  readonly #deaths: Random;
  readonly #options: WorldOptions;
  readonly #written = new Written();
  readonly #rows: RowEvent[][] = [];
  readonly #atOnce: string[] = [];
  #life: Life;
  /** Steps until it is killed. */
  #stepsLeft = Number.POSITIVE_INFINITY;
  failure: unknown = null;

  constructor(seed: number, options: WorldOptions = {}) {
    this.seed = seed;
    this.#options = options;
    const { rows = 10, fallback = false, strategy } = options;
    this.#draw = random(seed, 'world');
    this.#deaths = random(seed, 'deaths');
    this.#names = fallback ? ['one', 'two'] : ['one'];
    this.mostUsd = CASH_USD * this.#names.length;
    this.#instruments = this.#names.map((venue) => instrumentOf('A', { venue, lotSize: 0.01 }));
    const drawn = options.knobs ?? knobsOf(random(seed, 'knobs'));
    const knobs = { ...drawn, ...options.more };
    this.venues = this.#instruments.map((instrument, k) => {
      return new SimVenue(this.clock, random(seed, `venue ${k}`), [instrument], knobs, CASH_USD);
    });
    for (const venue of this.venues) venue.prices.set('A', 100);
    this.#strategy = strategy ?? voter('ann', whims(random(seed, 'whims'), rows));
    this.#market = marketFor(this.#instruments, rows + 4);
    this.#config = configFor(this.#names, options, seed);
    this.#life = this.#live();
  }

  get kernel(): Kernel {
    return this.#life.kernel;
  }

  get port(): OrderPort {
    return this.#life.port;
  }

  /** Every answer that the kernel was told, in order, whatever lives it was told in. */
  get answers(): VenueEvent[] {
    const isAnswer = (event: Event) => !isMarketEvent(event) && event.kind !== 'command';
    return [...this.#written.events()].filter(isAnswer) as VenueEvent[];
  }

  // ---- lives -------------------------------------------------------------------------------------------

  /** A process starts, over what the one before has left. */
  #live(): Life {
    const strategy = this.#strategy;
    const solo = strategy.decide !== undefined;
    const loaded = { seats: [seat(strategy)], solo, files: [], label: 'test' };
    const { stored, clock } = this;
    this.safety = new Safety({
      read: () => (this.#options.forgetsHalt ? null : stored.text),
      write: (text) => {
        stored.text = text;
      },
    });
    const clients: SimClient[] = [];
    this.clients = clients;
    const parts: OrderPortParts = {
      open: (id, tell) => {
        const venue = this.#names.indexOf(id);
        const client = new SimClient(id, this.venues[venue]!, tell);
        client.onEntry = (request) => this.#seeEntry(venue, request);
        clients.push(client);
        return client;
      },
      instruments: this.#instruments,
      clock,
      safety: this.safety,
      primaries: this.#instruments.map(() => 0),
      limits: () => limitsFor(CASH_USD, 1, LOOSE),
      leverage: 1,
      margin: { mode: 'cross', leverage: 20 },
      sessionId: 's',
      capitalUsd: this.mostUsd,
      maxDrawdown: 0.9,
      expiresMs: Number.POSITIVE_INFINITY,
    };
    const kernel = freshKernel(this.#market, this.#config, loaded);
    const life: Life = new Life({
      kernel,
      clients,
      openPort: (answer) =>
        new OrderPort(parts, answer, {
          note: (note) => this.notes.push(note),
          say: (command) => life.apply({ kind: 'command', tsMs: clock.nowMs(), command }),
          equityUsd: () => kernel.portfolio.equityUsd,
        }),
      written: this.#written,
      monotonicMs: () => clock.monotonicMs(),
      dies: () => --this.#stepsLeft <= 0 && this.#kill(life),
      onFailure: (error) => {
        this.failure ??= error;
      },
    });
    return life;
  }

  /** kill -9; somebody starts it again a little later. */
  #kill(life: Life): true {
    if (life.isDead) return true;
    this.kills++;
    this.#stepsLeft = Number.POSITIVE_INFINITY;
    life.die();
    this.#written.lose(this.#deaths() < 0.5 ? 0 : this.#deaths());
    this.clock.in(this.#deaths() * 20_000, () => {
      this.#life = this.#live();
      void this.#begin();
    });
    return true;
  }

  async #begin(): Promise<void> {
    const life = this.#life;
    try {
      await life.begin();
    } catch (error) {
      if (!life.isDead) this.failure ??= error;
    }
  }

  /** For the row that begins: does its process live through it, and if not, until when? */
  #doom(): void {
    const x = this.#deaths();
    if (x < 0.15) this.#stepsLeft = 1 + Math.floor(this.#deaths() * 8);
    else if (x < 0.3) {
      const life = this.#life;
      this.clock.in(this.#deaths() * MINUTE_MS, () => this.#kill(life));
    }
  }

  /** Until somebody is there who has begun. */
  async #alive(): Promise<void> {
    for (let k = 0; this.#life.isDead || !this.#life.hasBegun; k++) {
      if (this.failure !== null) throw this.failure;
      // An outage lasts a row, and no row ends before somebody is there.
      if (k === 60) for (const venue of this.venues) venue.mode = 'well';
      if (k > 1200) throw new Error('nobody has begun for twenty minutes');
      await this.clock.advance(1000);
    }
  }

  #seeEntry(venue: number, { qty }: OrderRequest): void {
    const usd = qty * this.venues[venue]!.prices.get('A')!;
    this.#atOnce.push(...brokenByEntry(this, venue, usd));
  }

  /** Everything that is broken, in words; empty = all promises were kept. */
  broken(): string[] {
    return [...this.#atOnce, ...brokenAtEnd(this)];
  }

  // ---- time --------------------------------------------------------------------------------------------

  /** Trades through all rows with faults, heals, and waits until everything has ended. */
  async run(): Promise<this> {
    const { rows = 10, onRow, kills } = this.#options;
    void this.#begin();
    await this.#alive();
    for (let row = 0; row < rows; row++) {
      if (kills) this.#doom();
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
      if (this.#draw() < 0.15) venue.clients[0]?.drop(1000 + this.#draw() * 90_000);
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
    const tsMs = openMs + MINUTE_MS;
    const candles = paths.map((path, leg): RowEvent => {
      const [high, low] = [Math.max(...path), Math.min(...path)];
      const [open, close] = [path[0]!, path.at(-1)!];
      return { kind: 'candle', tsMs, leg, openMs, open, high, low, close, volume: 1e6 };
    });
    this.#rows.push([...candles, { kind: 'row-closed', tsMs, openMs }]);
    // Whoever died over rows finds them again, as a feed brings them.
    do {
      await this.#alive();
      for (const row of this.#rows) this.#life.meet(row);
    } while (this.#life.isDead);
  }

  /** The network and the venues are well again, for long enough. */
  async heal(): Promise<void> {
    for (const venue of this.venues) {
      venue.knobs = CALM;
      venue.mode = 'well';
      for (const client of venue.clients) client.restore();
    }
    await this.#alive();
    await this.clock.advance(5 * MINUTE_MS);
    if (this.failure !== null) throw this.failure;
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
  { risk = {}, breaker = {} }: WorldOptions,
  seed: number,
): Config {
  const venues = Object.fromEntries(names.slice(1).map((name) => [name, { cashUsd: CASH_USD }]));
  return configOf({
    seed,
    decision: { risk: { ...STOPS, ...risk }, execution: { breaker } },
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
