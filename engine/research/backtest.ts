// Two hands that feed the same kernel with history.
//
//   runLoop     plain numbers into the first door: the fast one, nothing allocated per candle
//   runEvents   event objects into the second door and an empty panel that grows row by row: what
//               live and replay do; it must give the same digests (`--verify`)

import type { Ballots } from '../agents/ballots.ts';
import { isForeseeable } from '../agents/foresight.ts';
import { Hearing } from '../agents/hearing.ts';
import type { Remembered } from '../agents/memory.ts';
import type { Reply, ReplyBook } from '../agents/question.ts';
import type { SeatSpec } from '../agents/seat.ts';
import { Targets } from '../agents/targets.ts';
import type { Room } from '../columns.ts';
import type { Config } from '../config/schema.ts';
import { Digest } from '../digest.ts';
import { InputError } from '../errors.ts';
import type { Event, ModelEvent } from '../event.ts';
import type { KernelOptions } from '../kernel/options.ts';
import { Kernel } from '../kernel.ts';
import { emptyPanel, type Panel } from '../market/panel.ts';
import { cashElsewhere } from '../simulation/account.ts';
import { Answering, type OnMiss, type ReplySink } from '../simulation/answering.ts';
import type { VenueSink } from '../simulation/sink.ts';
import { SimulatedVenue } from '../simulation/venue.ts';

/** What is run: a config whose strategies are loaded, over a panel. */
export interface RunInput {
  readonly panel: Panel;
  readonly config: Config;
  readonly seats: readonly SeatSpec[];
  readonly solo: boolean;
  /** First row that may be decided on; the rows before it only warm indicators. */
  readonly firstRow: number;
  /** Where the run borrows its columns; without it they are its own. */
  readonly room?: Room;
  /** Length of the spans whose votes are kept for people to look at; without it none are. */
  readonly voteSpanMs?: number;
  /** What another run remembered, oldest first; counts where memory is on. */
  readonly remembered?: readonly Remembered[] | undefined;
  /** What voters say together, where it is known before the run; one strategy's targets are in its seat. */
  readonly ballots?: Ballots | Hearing;
  /** Recorded replies to what agents ask models; without it nothing was recorded. */
  readonly replies?: ReplyBook | undefined;
  /** In place of the config's, for whoever is about to record what is missing. */
  readonly onMiss?: OnMiss;
}

/** A kernel that has seen every row, and the venue it traded with. */
export interface Run {
  readonly kernel: Kernel;
  readonly venue: SimulatedVenue;
  /** Null where nobody asks a model. */
  readonly answering: Answering | null;
}

/** Progress of long runs: rows done. Called a few times a second at most. */
export type OnProgress = (rows: number, total: number) => void;

const PROGRESS_ROWS = 65_536;

/** Runs the whole panel through the first door. */
export function runLoop(input: RunInput, onProgress?: OnProgress): Run {
  const { panel } = input;
  const kernel = new Kernel(kernelOptions(input, panel));
  const { world, seed } = input.config;
  const venue = new SimulatedVenue(panel, world, seed, kernel);
  const { tray } = kernel;
  const rows = panel.length;
  const answering = answeringOf(input, kernel);
  let told = 0;
  for (let i = 0; i < rows; i++) {
    if (answering !== null) answerRow(answering, closeOf(panel, i), kernel, kernel, venue);
    if (venue.isBusy(i)) venue.meet(i);
    if (kernel.mayRest && tray.length === 0) {
      const until = kernel.restsUntil;
      const next = until > i ? kernel.rest(venue.restsUntil(i + 1, until)) : i;
      if (next > i) {
        i = next - 1;
        continue;
      }
    }
    kernel.onRow(i);
    if (tray.length > 0) {
      answering?.take(tray);
      venue.take(tray, kernel.nowMs);
      tray.clear();
    }
    if (onProgress && i >= told) {
      onProgress(i, rows);
      told = i + PROGRESS_ROWS;
    }
  }
  const { consensus, askedRow } = kernel.decider;
  consensus.credit(askedRow + 1);
  return { kernel, venue, answering };
}

export function closeOf({ openMs, intervalMs }: Panel, i: number): number {
  return openMs[i]! + intervalMs;
}

/** What replays answers of models to a kernel; null where nobody asks one. */
export function answeringOf(input: RunInput, { decider }: Kernel): Answering | null {
  if (decider.parking === null) return null;
  const { onMiss } = input.config.world.tape;
  return new Answering(input.replies ?? null, input.onMiss ?? onMiss);
}

/** Tells a kernel, by way of `sink`, what is due up to a row's close, before the venue meets it. */
export function answerRow(
  answering: Answering,
  closeMs: number,
  kernel: Kernel,
  sink: ReplySink,
  venue: SimulatedVenue,
  onTray?: () => void,
): void {
  const { tray } = kernel;
  while (answering.deliver(closeMs, sink)) {
    if (tray.length === 0) continue;
    answering.take(tray);
    venue.take(tray, kernel.nowMs);
    onTray?.();
    tray.clear();
  }
}

/**
 * The same run with what is said known ahead of it, where that is the same in every run: rows at which
 * nothing comes of it are then passed over. Targets of a strategy that decides alone are asked for all at
 * once, unless it throws; voters window by window.
 */
export function foreseen(input: RunInput): RunInput {
  const { panel, config, seats, solo, firstRow } = input;
  const { interval } = config.decision;
  if (!seats.every(({ strategy }) => isForeseeable(strategy))) return input;
  if (!solo) return { ...input, ballots: new Hearing(panel, seats, interval, firstRow) };
  const seat = seats[0]!;
  try {
    const targets = new Targets(panel);
    targets.foresee(panel, seat, interval, firstRow);
    return { ...input, seats: [{ ...seat, targets }] };
  } catch (error) {
    // At a row that the run may never come to: it is asked as it goes along.
    if (error instanceof InputError) return input;
    throw error;
  }
}

/** Runs the same history as events through the second door, into a panel that starts empty. */
export function runEvents(input: RunInput, onEvent?: (event: Event) => void): Run {
  const { panel: world, config } = input;
  const instruments = world.legs.map((leg) => leg.instrument);
  const names = Object.keys(world.series);
  const { maxHoleCandles } = config.world;
  const own = emptyPanel(
    instruments,
    world.intervalMs,
    maxHoleCandles,
    names,
    world.length,
    world.legs.map((leg) => leg.primary),
  );
  const kernel = new Kernel(kernelOptions(input, own));
  const send = (event: Event) => {
    onEvent?.(event);
    kernel.apply(event);
  };
  const venue = new SimulatedVenue(world, config.world, config.seed, eventSink(send));
  const answering = answeringOf(input, kernel);
  const sink = replySink(send);
  for (let i = 0; i < world.length; i++) {
    if (answering !== null) answerRow(answering, closeOf(world, i), kernel, sink, venue);
    venue.meet(i);
    sendCandles(world, i, send);
    const closeMs = closeOf(world, i);
    sendSeries(world, names, i, closeMs, send);
    send({ kind: 'row-closed', tsMs: closeMs, openMs: world.openMs[i]! });
    answering?.take(kernel.tray);
    venue.take(kernel.tray, kernel.nowMs);
    kernel.tray.clear();
  }
  return { kernel, venue, answering };
}

/** A venue's answers as events. */
export function eventSink(send: (event: Event) => void): VenueSink {
  return {
    onFill: (tsMs, orderId, qty, price, feeUsd, slippageUsd, impactUsd, maker, leavesQty) =>
      send({
        kind: 'order-filled',
        tsMs,
        orderId,
        tradeId: '',
        qty,
        price,
        feeUsd,
        slippageUsd,
        impactUsd,
        maker,
        leavesQty,
      }),
    onCancel: (tsMs, orderId) =>
      send({ kind: 'order-cancelled', tsMs, orderId, code: 'cancelled' }),
    onExpire: (tsMs, orderId) => send({ kind: 'order-expired', tsMs, orderId }),
    onReject: (tsMs, orderId, code) => send({ kind: 'order-rejected', tsMs, orderId, code }),
    onUnknown: (tsMs, orderId) => send({ kind: 'order-unknown', tsMs, orderId }),
    onAccept: (tsMs, orderId) => send({ kind: 'order-accepted', tsMs, orderId }),
    onAmend: (tsMs, orderId, qty, price) =>
      send({ kind: 'order-amended', tsMs, orderId, qty, price }),
    onFunding: (tsMs, leg, amountUsd, rate, price) =>
      send({ kind: 'funding', tsMs, leg, atMs: tsMs, rate, price, amountUsd }),
    onLiquidation: (tsMs, leg, qty, price, feeUsd) =>
      send({ kind: 'liquidation', tsMs, leg, tradeId: '', qty, price, feeUsd }),
    onProbe: (tsMs, venue, ok) => send({ kind: 'venue-probe', tsMs, venue, ok }),
  };
}

/** What comes of questions, as events. */
export function replySink(send: (event: Event) => void): ReplySink {
  const replies = new Map<number, Reply>();
  return {
    replies,
    onModelReply(tsMs, id) {
      const reply = replies.get(id)!;
      replies.delete(id);
      send(replyEvent(tsMs, id, reply));
    },
    onModelDeadline: (tsMs, id) => send({ kind: 'model-deadline', tsMs, id }),
  };
}

export function replyEvent(tsMs: number, id: number, reply: Reply): ModelEvent {
  const { origin } = reply;
  if (reply.ok) return { kind: 'model-answer', tsMs, id, answer: reply.answer, origin };
  return { kind: 'agent-failed', tsMs, id, code: reply.code, origin };
}

/** Digest of what happened: orders, fills, funding, equity. */
export function runDigest(kernel: Kernel): string {
  const digest = new Digest();
  kernel.desk.log.mixInto(digest);
  kernel.fills.mixInto(digest);
  for (const value of kernel.fundingLog) digest.number(value);
  digest.column(kernel.equityUsd, 0, kernel.row);
  return digest.hex();
}

/** What a kernel over `panel` is made of: the same for every hand that feeds it. */
export function kernelOptions(input: RunInput, panel: Panel): KernelOptions {
  const { config, seats, solo, firstRow } = input;
  const { decision, world } = config;
  const { cashUsd } = world;
  const elsewhereUsd = cashElsewhere(world);
  return {
    panel,
    decision,
    cashUsd,
    elsewhereUsd,
    seed: config.seed,
    seats,
    solo,
    firstRow,
    ...(input.voteSpanMs ? { voteSpanMs: input.voteSpanMs } : {}),
    ...(input.remembered ? { remembered: input.remembered } : {}),
    ...(input.ballots ? { ballots: input.ballots } : {}),
    ...(input.room ? { room: input.room } : {}),
  };
}

function sendCandles(world: Panel, i: number, send: (event: Event) => void): void {
  const openMs = world.openMs[i]!;
  const tsMs = openMs + world.intervalMs;
  for (const { index: leg, candles } of world.legs) {
    const close = candles.close[i]!;
    if (close !== close) continue;
    const open = candles.open[i]!;
    const high = candles.high[i]!;
    const low = candles.low[i]!;
    const volume = candles.volume[i]!;
    send({ kind: 'candle', tsMs, leg, openMs, open, high, low, close, volume });
  }
}

function sendSeries(
  world: Panel,
  names: readonly string[],
  i: number,
  tsMs: number,
  send: (event: Event) => void,
): void {
  for (const name of names) {
    const value = world.series[name]![i]!;
    const before = i === 0 ? Number.NaN : world.series[name]![i - 1]!;
    if (value === value && value !== before) send({ kind: 'series', tsMs, name, value });
  }
  for (const one of world.headlinesOf(i)) send({ kind: 'headline', tsMs, ...one });
}
