// What the screen of a paper session shows, read off its kernel. Nothing here changes the kernel: it
// may be looked at between any two events, as often as one likes.

import type { BreakerState } from '../engine/execution/breaker.ts';
import type { Order } from '../engine/execution/order.ts';
import type { Kernel } from '../engine/kernel.ts';
import type { Clock } from '../live/clock.ts';
import type { Note } from '../live/note.ts';
import type { SessionPlan } from '../live/recovery.ts';
import { usd } from '../reports/format.ts';
import type { LiveBreaker, LiveEvent, LivePosition, LiveState, LiveVote } from '../reports/live.ts';
import { price, qty } from '../reports/run/numbers.ts';

/** What the kernel does not know: the session around it. */
export interface Surroundings {
  readonly name: string;
  /** `swarm of 4 agents`. */
  readonly strategy: string;
  /** `replay:candles.duckdb`. */
  readonly feed: string;
  /** Times real time; Infinity or null = as fast as it goes. */
  readonly speed: number | null;
  readonly isRecovering: boolean;
  /** First row that may be decided on, as in the session's market. */
  readonly firstRow: number;
  /** Of the config's `decision.consensus`. */
  readonly actThreshold: number;
  /** Since this process took the session up, ms. */
  readonly elapsedMs: number;
  /** Now, on the feed's clock, UTC ms. */
  readonly feedNowMs: number;
  readonly counts: LiveState['counts'];
  /** What happened to the feed and what people said, oldest first. */
  readonly events: readonly LiveEvent[];
  /** Folder of the journal. */
  readonly journal: string;
}

const MOST_EVENTS = 5;

/** A session as its screen sees it: what it notes is kept until it is shown. */
export interface SessionAround {
  note(note: Note, kernel: Kernel): void;
  state(kernel: Kernel, counts: LiveState['counts'], isRecovering: boolean): LiveState;
}

/** What surrounds the kernel of a session that `clock` (the machine's) sees begin now. */
export function surroundings(plan: SessionPlan, clock: Clock): SessionAround {
  const { config, market, loaded, feed, folder } = plan;
  const events: LiveEvent[] = [];
  const startMs = clock.monotonicMs();
  return {
    note({ code, leg, text }, { panel, nowMs }) {
      const what = leg >= 0 ? nameOf(panel, leg) : '';
      events.push({ tsMs: nowMs, text: [code, what, text].filter(Boolean).join(' ') });
      if (events.length > MOST_EVENTS) events.shift();
    },
    state: (kernel, counts, isRecovering) =>
      liveState(kernel, {
        name: config.name,
        strategy: loaded.label,
        feed: feed.name,
        speed: plan.speed ?? 1,
        isRecovering,
        firstRow: market.firstRow,
        actThreshold: config.decision.consensus.actThreshold,
        elapsedMs: clock.monotonicMs() - startMs,
        feedNowMs: feed.clock.nowMs(),
        counts,
        events,
        journal: folder,
      }),
  };
}

/** The state to be shown; everything in it is a copy. */
export function liveState(kernel: Kernel, around: Surroundings): LiveState {
  const { panel, portfolio, standing, seats, row, trades, fills } = kernel;
  const { firstRow, speed, events, ...shown } = around;
  const closeMs = row > 0 ? panel.openMs[row - 1]! + panel.intervalMs : Number.NaN;
  const isSolo = seats.length === 1 && seats[0]!.strategy.decide !== undefined;
  return {
    name: shown.name,
    strategy: shown.strategy,
    feed: shown.feed,
    speed: Number.isFinite(speed) ? speed : null,
    isRecovering: shown.isRecovering,
    marketMs: closeMs,
    rows: Math.max(0, row - firstRow),
    expectedRows: panel.capacity - firstRow,
    elapsedMs: shown.elapsedMs,
    cashUsd: portfolio.cashUsd,
    equityUsd: portfolio.equityUsd,
    drawdown: portfolio.drawdown,
    fills: fills.length,
    trades: trades.length,
    positions: positionsOf(kernel),
    agents: isSolo ? [] : seats.map(({ id }) => id),
    actThreshold: shown.actThreshold,
    votes: votesOf(kernel, isSolo),
    breakers: breakersOf(kernel),
    feedAgeMs: shown.feedNowMs - closeMs,
    isStale: standing.isStale,
    isPaused: standing.isPaused,
    isHalted: standing.isHalted,
    counts: { ...shown.counts },
    events: newest([...events, ...fillEvents(kernel), ...breakerEvents(kernel)]),
    journal: shown.journal,
  };
}

function positionsOf({ panel, portfolio, desk }: Kernel): LivePosition[] {
  const open = panel.legs.filter(({ index }) => portfolio.positions[index]!.qty !== 0);
  const stops = restingStops(desk, new Set(open.map(({ index }) => index)));
  return open.map(({ index, instrument: { venue, symbol } }) => {
    const { qty: held, entryPrice } = portfolio.positions[index]!;
    const markPrice = portfolio.lastPrice[index]!;
    return {
      venue,
      symbol,
      side: held > 0 ? 'long' : 'short',
      qty: Math.abs(held),
      entryPrice,
      markPrice,
      pnlUsd: held * (markPrice - entryPrice),
      stopPrice: stops.get(index)?.triggerPrice ?? Number.NaN,
      isTrailedByVenue: stops.get(index)?.type === 'trailing-stop',
    };
  });
}

/** The newest stop of each leg that rests, by leg; orders are looked through from the newest back. */
function restingStops(desk: Kernel['desk'], legs: ReadonlySet<number>): Map<number, Order> {
  const found = new Map<number, Order>();
  for (let k = desk.log.length - 1; k >= 0 && found.size < legs.size; k--) {
    const order = desk.after(k);
    if (order === undefined || !STOPS.includes(order.purpose)) continue;
    if (order.status === 'dormant' || !legs.has(order.leg) || found.has(order.leg)) continue;
    found.set(order.leg, order);
  }
  return found;
}

const STOPS: readonly Order['purpose'][] = ['stop', 'trailing-stop'];

/** The legs that are decided on, in their order. */
function votesOf({ panel, decider, routing }: Kernel, isSolo: boolean): LiveVote[] {
  return Array.from(routing.primaries, (leg) => {
    const { venue, symbol } = panel.legs[leg]!.instrument;
    const poll = isSolo ? null : decider.lastPoll(leg);
    return {
      venue,
      symbol,
      side: poll?.side ?? 0,
      score: poll?.score ?? Number.NaN,
      votes: poll?.votes ?? [],
      target: isSolo ? decider.lastTarget(leg) : Number.NaN,
    };
  });
}

/** Asking a breaker for its mode moves it; its state only tells, and a break may be over by now. */
function breakersOf({ routing, nowMs }: Kernel): LiveBreaker[] {
  const modeOf = ({ mode, untilMs }: BreakerState) =>
    mode === 'open' && nowMs >= untilMs ? 'half-open' : mode;
  return routing.breakers.map((breaker) => ({
    venue: breaker.name,
    mode: modeOf(breaker.toState()),
  }));
}

function breakerEvents({ routing }: Kernel): LiveEvent[] {
  return routing.breakers.flatMap(({ name, transitions }) =>
    transitions.slice(-MOST_EVENTS).map(({ atMs, from, to, cause }) => ({
      tsMs: atMs,
      text: `breaker of ${name}: ${from} to ${to} (${cause})`,
    })),
  );
}

/** The last fills; order 0 is a liquidation, which no order of ours asked for. */
function fillEvents({ fills, panel }: Kernel): LiveEvent[] {
  const { tsMs, leg, orderId, qty: filled, price: paid, feeUsd } = fills.columns;
  const first = Math.max(0, fills.length - MOST_EVENTS);
  return Array.from({ length: fills.length - first }, (_, at) => {
    const k = first + at;
    const verb = filled[k]! > 0 ? 'bought' : 'sold';
    const what = `${verb} ${qty(Math.abs(filled[k]!))} ${nameOf(panel, leg[k]!)} at ${price(paid[k]!)}`;
    const text = `${orderId[k] === 0 ? 'LIQUIDATED: ' : ''}${what}, fee ${usd(feeUsd[k]!)}`;
    return { tsMs: tsMs[k]!, text };
  });
}

/** A leg's symbol, with its venue where there are several. */
function nameOf({ legs }: Kernel['panel'], leg: number): string {
  const { venue, symbol } = legs[leg]!.instrument;
  return legs.every(({ instrument }) => instrument.venue === venue) ? symbol : `${venue} ${symbol}`;
}

/** The newest, oldest of them first. */
function newest(events: LiveEvent[]): LiveEvent[] {
  return events.sort((a, b) => a.tsMs - b.tsMs).slice(-MOST_EVENTS);
}
