// A paper session beside a backtest of the very candles that it saw: are the signals the same, and how
// far is what happened from what the simulator says would have happened?
//
// Signals depend on candles alone and must be equal one by one. Fills, costs and equity may differ;
// every difference is paired, measured and given the name of its cause (fill-pairs.ts).

import { Kernel } from '../kernel.ts';
import type { Panel } from '../market/panel.ts';
import { SimulatedVenue } from '../simulation/venue.ts';
import { quantile } from '../statistics/moments.ts';
import { answeringOf, answerRow, closeOf, kernelOptions, type RunInput } from './backtest.ts';
import { FILL_CAUSES, type FillCause, type FillPair, pairFills, type Side } from './fill-pairs.ts';
import { Hand, NO_WORDS } from './hand.ts';
import { compareSignals } from './signals.ts';

/** The first answer that is not the same. */
export interface SignalDifference {
  readonly closeMs: number;
  readonly venue: string;
  readonly symbol: string;
  /** What was said in the session, and what the model says now; in words. */
  readonly paper: string;
  readonly model: string;
}

export interface ShadowFacts {
  readonly signalsEqual: boolean;
  /** Instrument-candles on which agents were asked and compared. */
  readonly candles: number;
  readonly firstDifference: SignalDifference | null;
  /** Instrument-candles on which only one of the two was asked, the other being halted. */
  readonly unasked: number;
  /** Answers of the session by strategies that read more than the market: heard, not compared. */
  readonly uncompared: number;
  readonly fills: readonly FillPair[];
  /** Over pairs that filled in both, of |errorBps|; NaN without any. */
  readonly fillErrorBps: { readonly median: number; readonly p95: number };
  /** Mean of errorBps with its sign, weighted by notional: positive = the model is too kind. */
  readonly fillBiasBps: number;
  readonly causes: Readonly<Record<FillCause, number>>;
  /** Final equity of the session minus the model's, bps of the cash both began with. */
  readonly equityGapBps: number;
  /** At each close from the first one that counts. */
  readonly closeMs: Float64Array;
  readonly paperUsd: Float64Array;
  readonly modelUsd: Float64Array;
  /** What could not be compared, or not on the same terms; in words. Empty = nothing. */
  readonly warnings: readonly string[];
}

/**
 * The loop of a backtest, with everything written down that it does. Its digests are those of
 * `runLoop`, which keeps nothing of why an order was made.
 */
export function runModel(input: RunInput): Side {
  const { panel, config } = input;
  const instruments = panel.legs.map((leg) => leg.instrument);
  const hand = new Hand(instruments, input.seats, panel.length);
  const seats = hand.signals.overheard();
  const kernel = new Kernel(kernelOptions({ ...input, seats }, panel));
  const venue = new SimulatedVenue(panel, config.world, config.seed, kernel);
  const { tray } = kernel;
  const answering = answeringOf(input, kernel);
  const note = () => {
    for (let k = 0; k < tray.length; k++) {
      const intent = tray.at(k);
      if (intent.kind === 'submit-order') hand.submitted(intent.order, false);
    }
  };
  for (let i = 0; i < panel.length; i++) {
    if (answering !== null) answerRow(answering, closeOf(panel, i), kernel, kernel, venue, note);
    if (venue.isBusy(i)) venue.meet(i);
    kernel.onRow(i);
    hand.closed(kernel, NO_WORDS);
    if (tray.length === 0) continue;
    answering?.take(tray);
    venue.take(tray, kernel.nowMs);
    // Only now: answers that came at once may have left more.
    note();
    tray.clear();
  }
  return { hand, kernel };
}

export interface ShadowOptions {
  /** Rows that both have closed. */
  readonly rows: number;
  /** First of them that may have been decided on. */
  readonly firstRow: number;
  /** What happened inside candles is not known to the model. */
  readonly isBlind: boolean;
  /** The session could not be followed to its end: where and why. */
  readonly broken: SignalDifference | null;
  readonly warnings: readonly string[];
}

/** Compares the two. Both ran over the same rows of the same legs with the same seats. */
export function compareRuns(session: Side, model: Side, options: ShadowOptions): ShadowFacts {
  const { rows, firstRow, isBlind, broken, warnings } = options;
  const { panel, portfolio, equityUsd } = session.kernel;
  const { candles, unasked, first } = compareSignals(
    session.hand.signals,
    model.hand.signals,
    panel.legs.length,
    rows,
    (row) => session.hand.isHalted(row) || model.hand.isHalted(row),
  );
  const firstDifference = first === null ? broken : differenceAt(session, model, first);
  const fills = pairFills(session, model, rows, isBlind);
  const begin = Math.min(firstRow, rows);
  const closeMs = closes(panel, begin, rows);
  const paperUsd = equityUsd.slice(begin, rows);
  const modelUsd = model.kernel.equityUsd.slice(begin, rows);
  const gapUsd = rows > begin ? paperUsd.at(-1)! - modelUsd.at(-1)! : 0;
  return {
    signalsEqual: firstDifference === null,
    candles,
    firstDifference,
    unasked,
    uncompared: session.hand.signals.uncompared,
    fills,
    ...errorsOf(fills),
    causes: countCauses(fills),
    equityGapBps: (gapUsd / portfolio.cashUsd) * 10_000,
    closeMs,
    paperUsd,
    modelUsd,
    warnings,
  };
}

function differenceAt(
  session: Side,
  model: Side,
  at: { readonly row: number; readonly leg: number; readonly seat: number },
): SignalDifference {
  const { row, leg, seat } = at;
  const { panel } = session.kernel;
  const { venue, symbol } = panel.legs[leg]!.instrument;
  const { signals } = session.hand;
  const { id } = signals.seats[seat]!;
  return {
    closeMs: panel.openMs[row]! + panel.intervalMs,
    venue,
    symbol,
    paper: `${id}: ${signals.textAt(seat, leg, row)}`,
    model: `${id}: ${model.hand.signals.textAt(seat, leg, row)}`,
  };
}

function closes({ openMs, intervalMs }: Panel, from: number, rows: number): Float64Array {
  return openMs.slice(from, rows).map((ms) => ms + intervalMs);
}

function errorsOf(fills: readonly FillPair[]): Pick<ShadowFacts, 'fillErrorBps' | 'fillBiasBps'> {
  const both = fills.filter(({ errorBps }) => errorBps === errorBps);
  const sizes = Float64Array.from(both, ({ errorBps }) => Math.abs(errorBps));
  let weightUsd = 0;
  let weighted = 0;
  for (const { errorBps, paperQty, paperPrice } of both) {
    weightUsd += paperQty * paperPrice;
    weighted += errorBps * paperQty * paperPrice;
  }
  return {
    fillErrorBps: {
      median: quantile(sizes, 0.5) ?? Number.NaN,
      p95: quantile(sizes, 0.95) ?? Number.NaN,
    },
    fillBiasBps: both.length === 0 ? Number.NaN : weighted / weightUsd,
  };
}

function countCauses(fills: readonly FillPair[]): Record<FillCause, number> {
  const causes = Object.fromEntries(Object.keys(FILL_CAUSES).map((cause) => [cause, 0]));
  for (const { cause } of fills) causes[cause]!++;
  return causes as Record<FillCause, number>;
}
