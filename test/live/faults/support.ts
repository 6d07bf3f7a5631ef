// What the fault tests share: time that passes only when told, a feed by hand, a venue that is
// watched, and short ways to read a journal.

import type { Event } from '../../../engine/event.ts';
import type { Intent } from '../../../engine/intent.ts';
import { markAt } from '../../../engine/market/panel.ts';
import type { RunInput } from '../../../engine/research/backtest.ts';
import type { Clock } from '../../../live/clock.ts';
import type { Feed } from '../../../live/feeds/feed.ts';
import type { Inbox, MarketEvent } from '../../../live/inbox.ts';
import { readFolder } from '../../../live/journal/folder.ts';
import type { Line } from '../../../live/journal/line.ts';
import type { SessionPlan } from '../../../live/recovery.ts';
import type { CandleEvent } from '../../../live/rows.ts';
import type { OpenPort, VenuePort } from '../../../live/venues/port.ts';

export const LONG = process.env['SAPPHIRE_LONG'] === '1';

/** Two clocks, and sleepers that wake when the monotonic one has been moved far enough. */
export class HandClock implements Clock {
  /** What the wall clock is off. */
  wallErrorMs = 0;
  #nowMs: number;
  readonly #startMs: number;
  #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#nowMs + this.wallErrorMs);
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || !(ms > 0)) return Promise.resolve();
    return new Promise((wake) => {
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake });
      signal?.addEventListener('abort', () => wake());
    });
  }

  /** Time goes on to `ms`, UTC as it really is; whoever has slept long enough wakes. */
  goTo(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms);
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#nowMs);
    for (const { wake } of due) wake();
  }
}

/** A feed in a test's hand. */
export interface Hand {
  readonly inbox: Inbox;
  /** Says one event and waits until the session has nothing left to do. */
  say(event: MarketEvent): Promise<void>;
  /** Says the stored candle of a leg in row `i`, with changes. */
  candle(i: number, leg: number, changes?: Partial<CandleEvent>): Promise<void>;
  /** Says a whole row: funding known by then, its candles, then `row-closed`; one with changes if told. */
  row(i: number, other?: { leg: number; changes: Partial<CandleEvent> }): Promise<void>;
  /** Waits until the session has looked around and has nothing left to do. */
  settle(): Promise<void>;
}

/** A feed over the rows of a history that does what `script` says. */
export function byHand(
  { panel }: RunInput,
  clock: Clock,
  script: (hand: Hand) => Promise<void>,
): Feed {
  return {
    name: 'replay:test',
    clock,
    isOver: () => false,
    run: (inbox) => script(handOf(panel, inbox)),
  };
}

function handOf(panel: RunInput['panel'], inbox: Inbox): Hand {
  const settle = async () => {
    inbox.push({ lane: 'tick' });
    await inbox.idle();
  };
  const say = async (event: MarketEvent) => {
    inbox.push({ lane: 'market', event });
    await settle();
  };
  const said = panel.legs.map(() => 0);
  const sayRates = (i: number) => {
    const tsMs = panel.openMs[i]! + panel.intervalMs;
    for (const { index: leg, funding, mark } of panel.legs) {
      for (; said[leg]! < funding.atMs.length; said[leg]!++) {
        const atMs = funding.atMs[said[leg]!]!;
        if (!(atMs < tsMs)) break;
        if (atMs < panel.openMs[0]!) continue;
        const rate = funding.rate[said[leg]!]!;
        const markPrice = markAt(mark, atMs);
        const event = { kind: 'funding-rate' as const, tsMs, leg, atMs, rate, markPrice };
        inbox.push({ lane: 'market', event });
      }
    }
  };
  return {
    inbox,
    settle,
    say,
    candle: (i, leg, changes = {}) => say({ ...candleOf(panel, i, leg), ...changes }),
    async row(i, other) {
      sayRates(i);
      for (const { index } of panel.legs) {
        const known = candleOf(panel, i, index);
        if (known.close !== known.close) continue;
        const event = index === other?.leg ? { ...known, ...other.changes } : known;
        inbox.push({ lane: 'market', event });
      }
      const openMs = panel.openMs[i]!;
      await say({ kind: 'row-closed', tsMs: openMs + panel.intervalMs, openMs });
    },
  };
}

export function candleOf(panel: RunInput['panel'], i: number, leg: number): CandleEvent {
  const openMs = panel.openMs[i]!;
  const { candles } = panel.legs[leg]!;
  return {
    kind: 'candle',
    tsMs: openMs + panel.intervalMs,
    leg,
    openMs,
    open: candles.open[i]!,
    high: candles.high[i]!,
    low: candles.low[i]!,
    close: candles.close[i]!,
    volume: candles.volume[i]!,
  };
}

/** When row `i` closes, UTC ms. */
export function closeMs({ panel }: RunInput, i: number): number {
  return panel.openMs[i]! + panel.intervalMs;
}

// ---- venues ----------------------------------------------------------------------------------------

/** The plan with every intent that leaves told to `see`. */
export function watched(plan: SessionPlan, see: (intents: readonly Intent[]) => void): SessionPlan {
  const openPort: OpenPort = (answer, view) => {
    const port = plan.openPort(answer, view);
    const seen: VenuePort = {
      id: port.id,
      onRow: (row) => port.onRow?.(row),
      positions: () => port.positions?.() ?? null,
      close: () => port.close(),
      carryOut: (intents, nowMs) => {
        see(intents);
        port.carryOut(intents, nowMs);
      },
    };
    return seen;
  };
  return { ...plan, openPort };
}

// ---- journals --------------------------------------------------------------------------------------

export function linesIn(folder: string): Line[] {
  return [...readFolder(folder)];
}

export function eventsIn(folder: string): Event[] {
  return linesIn(folder).flatMap((line) => (line.kind === 'in' ? [line.event] : []));
}

/** Notes of a kind: leg and text of each. */
export function notesIn(folder: string, code: string): string[] {
  return linesIn(folder).flatMap((line) =>
    line.kind === 'note' && line.note.code === code ? [`${line.note.leg}: ${line.note.text}`] : [],
  );
}

/** Every intent with the event that led to it, and whether the feed was stale then. */
export function causedIn(folder: string) {
  let isStale = false;
  const causes = new Map<number, { readonly event: Event; readonly isStale: boolean }>();
  const caused: { intent: Intent; cause: Event; isStale: boolean }[] = [];
  for (const line of linesIn(folder)) {
    if (line.kind === 'in') {
      if (line.event.kind === 'feed-health') isStale = line.event.stale;
      causes.set(line.seq, { event: line.event, isStale });
    } else if (line.kind === 'out') {
      const cause = causes.get(line.causeSeq)!;
      caused.push({ intent: line.intent, cause: cause.event, isStale: cause.isStale });
    }
  }
  return caused;
}

/** Order ids in the order in which they were written to be sent. */
export function idsIn(folder: string): number[] {
  return linesIn(folder).flatMap((line) =>
    line.kind === 'out' && line.intent.kind === 'submit-order' ? [line.intent.order.id] : [],
  );
}

export function rowsIn(folder: string): number[] {
  return eventsIn(folder).flatMap((event) => (event.kind === 'row-closed' ? [event.openMs] : []));
}
