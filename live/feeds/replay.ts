// A stored range played again, row by row, at a multiple of real time or as fast as it is taken.
//
// Time is the range's own: a row's stamp is its close, so that the same range gives the same journal,
// byte for byte, at any speed. The next row comes when the session has nothing left to do.

import { MINUTE_MS } from '../../engine/interval.ts';
import { markAt, type Panel } from '../../engine/market/panel.ts';
import type { Clock } from '../clock.ts';
import type { Inbox, MarketEvent } from '../inbox.ts';
import { type Disorder, disordered } from './disorder.ts';
import type { Feed } from './feed.ts';

export interface ReplayOptions {
  readonly name: string;
  /** Times real time; Infinity = as fast as it is taken. Warm-up always is. */
  readonly speed: number;
  /** First row that is not warm-up. */
  readonly firstRow: number;
  /** The machine's: how long to wait between rows. */
  readonly clock: Clock;
  /** Faults of a feed, by seed. */
  readonly disorder?: Disorder;
}

/** Rows after which the process looks at signals and sockets when nothing else makes it wait. */
const BREATH_ROWS = 256;

export class ReplayFeed implements Feed {
  readonly name: string;
  readonly clock: Clock;
  readonly isStored = true;
  readonly #history: Panel;
  readonly #options: ReplayOptions;
  readonly #series: readonly string[];
  /** Of each leg: the stamp of its funding that was not said yet. */
  readonly #nextStamp: number[];
  readonly #disturb: ((row: readonly MarketEvent[]) => MarketEvent[]) | null;
  #nowMs: number;

  constructor(history: Panel, options: ReplayOptions) {
    this.name = options.name;
    this.#history = history;
    this.#options = options;
    this.#series = Object.keys(history.series);
    this.#nextStamp = history.legs.map(() => 0);
    const { disorder } = options;
    this.#disturb = disorder ? disordered(disorder, history.legs.length) : null;
    this.#nowMs = history.openMs[0] ?? 0;
    const { clock } = options;
    this.clock = Object.freeze({
      nowMs: () => this.#nowMs,
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    });
  }

  isOver(afterMs: number): boolean {
    const { openMs, length } = this.#history;
    return length === 0 || openMs[length - 1]! <= afterMs;
  }

  async run(inbox: Inbox, afterMs: number, signal: AbortSignal): Promise<void> {
    const { openMs, length, intervalMs } = this.#history;
    const { speed, firstRow, clock } = this.#options;
    let i = 0;
    while (i < length && openMs[i]! <= afterMs) i++;
    this.#skipRates(i === 0 ? Number.NEGATIVE_INFINITY : openMs[i - 1]! + intervalMs);
    const begin = Math.max(i, firstRow);
    const startMs = clock.monotonicMs();
    for (let breath = 0; i < length && !signal.aborted; i++, breath++) {
      const isPaced = speed < Number.POSITIVE_INFINITY && i >= begin;
      if (isPaced) {
        const dueMs = (openMs[i]! + intervalMs - openMs[begin]!) / speed;
        await sleepUntil(clock, startMs + dueMs, signal);
      } else if (breath % BREATH_ROWS === BREATH_ROWS - 1) await clock.sleep(0, signal);
      await inbox.idle();
      if (!signal.aborted) this.#deliver(i, inbox);
    }
  }

  /** Those stamped before `tsMs` were said in an earlier life. */
  #skipRates(tsMs: number): void {
    for (const { index: leg, funding } of this.#history.legs) {
      let k = 0;
      while (k < funding.atMs.length && funding.atMs[k]! < tsMs) k++;
      this.#nextStamp[leg] = k;
    }
  }

  #deliver(i: number, inbox: Inbox): void {
    const { openMs: times, intervalMs, legs, series } = this.#history;
    const openMs = times[i]!;
    const tsMs = openMs + intervalMs;
    this.#nowMs = tsMs;
    const row: MarketEvent[] = [];
    const say = (event: MarketEvent) => row.push(event);
    this.#sayRates(tsMs, say);
    for (const name of this.#series) {
      const value = series[name]![i]!;
      const before = i === 0 ? Number.NaN : series[name]![i - 1]!;
      if (value === value && value !== before) say({ kind: 'series', tsMs, name, value });
    }
    for (const one of this.#history.headlinesOf(i)) say({ kind: 'headline', tsMs, ...one });
    for (const { index: leg, candles } of legs) {
      const close = candles.close[i]!;
      if (close !== close) continue;
      const open = candles.open[i]!;
      const high = candles.high[i]!;
      const low = candles.low[i]!;
      const volume = candles.volume[i]!;
      say({ kind: 'candle', tsMs, leg, openMs, open, high, low, close, volume });
    }
    say({ kind: 'row-closed', tsMs, openMs });
    for (const event of this.#disturb?.(row) ?? row) inbox.push({ lane: 'market', event });
  }

  /** Funding stamped before `tsMs`. */
  #sayRates(tsMs: number, say: (event: MarketEvent) => unknown): void {
    for (const { index: leg, funding, mark } of this.#history.legs) {
      let k = this.#nextStamp[leg]!;
      for (; k < funding.atMs.length && funding.atMs[k]! < tsMs; k++) {
        const atMs = funding.atMs[k]!;
        if (atMs < this.#history.openMs[0]!) continue;
        const markPrice = markAt(mark, atMs);
        say({ kind: 'funding-rate', tsMs, leg, atMs, rate: funding.rate[k]!, markPrice });
      }
      this.#nextStamp[leg] = k;
    }
  }
}

/** In steps of at most a minute, so that a machine that slept goes on where the clock is. */
async function sleepUntil(clock: Clock, untilMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const leftMs = untilMs - clock.monotonicMs();
    if (!(leftMs > 0) || signal.aborted) return;
    await clock.sleep(Math.min(leftMs, MINUTE_MS), signal);
  }
}
