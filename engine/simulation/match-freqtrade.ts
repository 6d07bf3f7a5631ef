// The `freqtrade` rules: fills as that project's backtests decide them, to compare with its results and
// to reproduce what its users know. Facts of optimize/backtesting.py and strategy/interface.py, 2024-10.
//
//   a touched limit fills; a stop at its price, at the open only when the whole candle lies beyond it
//   order of exits in one candle: stop loss, liquidation > return on investment > trailing stop
//   a return that came into force with this very candle: at the open when that is better
//   a trailing stop follows the candle's good extreme first, unless the candle had hit it already, and
//   then meets the bad one: the optimism that match-worst.ts refuses
//
// The tighter of fixed and trailing stop is the stop; it is a trailing one once it has been raised.

import { HIGH, LOW, OPEN, OPEN_MS } from './bar.ts';
import type { Floor, Meeting } from './floor.ts';
import { meetFavour, meetStop } from './match-worst.ts';
import type { Resting } from './resting.ts';
import { isEntry, isStopKind } from './rules.ts';

export function matchFreqtrade(meeting: Meeting, floor: Floor): void {
  const { book, leg } = meeting;
  let fixed: Resting | null = null;
  let trailing: Resting | null = null;
  for (let k = 0; k < book.count; k++) {
    const slot = book.slots[k]!;
    if (!slot.awake || !slot.arrived || slot.gone) continue;
    const { type } = slot.order;
    if (isEntry(slot.order)) enter(slot, meeting, floor);
    else if (type === 'trailing-stop') trailing = slot;
    else if (type === 'stop-limit') {
      meetStop(slot, meeting, floor);
      meetFavour(slot, false, meeting, floor);
    } else if (type === 'stop-market') fixed = tighter(slot, fixed);
  }
  const trails = trailing !== null && follow(trailing, fixed, meeting);
  if (!trails) {
    if (fixed !== null && isHit(fixed, meeting)) {
      stop(fixed, stopRate(fixed, meeting), floor);
      return;
    }
    if (liquidates(meeting, floor)) return;
  }
  for (let k = 0; k < book.count; k++) {
    const slot = book.slots[k]!;
    if (!slot.awake || !slot.arrived || slot.gone) continue;
    if (isEntry(slot.order) || isStopKind(slot.order.type)) continue;
    if (reaches(slot, meeting)) floor.fill(slot, profitRate(slot, meeting), true);
  }
  if (trails && floor.held(leg) !== 0) {
    stop(trailing!, trailRate(trailing!, meeting, floor.openedNow(leg)), floor);
  }
}

function enter(slot: Resting, meeting: Meeting, floor: Floor): void {
  const { order, terms } = slot;
  if (order.type !== 'limit') {
    meetStop(slot, meeting, floor);
    meetFavour(slot, true, meeting, floor);
  } else if (order.side > 0 ? meeting.bar[LOW]! <= terms.limitPrice : touchesHigh(slot, meeting)) {
    floor.fill(slot, terms.limitPrice, true);
  }
}

function touchesHigh({ terms }: Resting, { bar }: Meeting): boolean {
  return bar[HIGH]! >= terms.limitPrice;
}

function stop(slot: Resting, price: number, floor: Floor): void {
  slot.triggered = true;
  floor.fill(slot, price, false);
}

/** Of two stops the one that price comes to first. */
function tighter(slot: Resting, than: Resting | null): Resting {
  if (than === null) return slot;
  const [a, b] = [slot.triggerPrice, than.triggerPrice];
  return (slot.order.side < 0 ? a > b : a < b) ? slot : than;
}

/** Liquidated where a stop would be filled; true when it was. */
function liquidates({ leg, bar }: Meeting, floor: Floor): boolean {
  const price = floor.liquidationAt(leg);
  const isLong = floor.held(leg) > 0;
  if (price !== price || !(isLong ? bar[LOW]! <= price : bar[HIGH]! >= price)) return false;
  const isBeyond = isLong ? bar[HIGH]! < price : bar[LOW]! > price;
  floor.liquidate(leg, isBeyond ? bar[OPEN]! : price);
  return true;
}

// ---- take-profit ------------------------------------------------------------------------------

/** A limit's price; without one the trigger of what takes profit at the market. */
function profitPrice({ terms, triggerPrice }: Resting): number {
  return terms.limitPrice === terms.limitPrice ? terms.limitPrice : triggerPrice;
}

/** A return on investment must be exceeded, not met. */
function reaches(slot: Resting, { bar }: Meeting): boolean {
  const price = profitPrice(slot);
  return slot.order.side < 0 ? bar[HIGH]! > price : bar[LOW]! < price;
}

/** At its price, held inside the candle when the whole of it lies beyond. */
function profitRate(slot: Resting, { bar }: Meeting): number {
  const price = profitPrice(slot);
  const open = bar[OPEN]!;
  const { side, sendMs } = slot.order;
  if (sendMs === bar[OPEN_MS]! && (side < 0 ? open > price : open < price)) return open;
  return Math.min(Math.max(price, bar[LOW]!), bar[HIGH]!);
}

// ---- stops ------------------------------------------------------------------------------------

function isHit({ order, triggerPrice, triggered }: Resting, { bar }: Meeting): boolean {
  return triggered || (order.side < 0 ? bar[LOW]! <= triggerPrice : bar[HIGH]! >= triggerPrice);
}

/** The open for one that the whole candle lies beyond, or that was hit before and had no volume. */
function stopRate({ order, triggerPrice, triggered }: Resting, { bar }: Meeting): number {
  const isBeyond = order.side < 0 ? bar[HIGH]! < triggerPrice : bar[LOW]! > triggerPrice;
  return triggered || isBeyond ? bar[OPEN]! : triggerPrice;
}

/** Moves the trailing stop by the candle's good extreme; true when it is the stop and is hit. */
function follow(slot: Resting, fixed: Resting | null, meeting: Meeting): boolean {
  if (slot.triggered) return true;
  const { bar } = meeting;
  const sells = slot.order.side < 0;
  if (!isHit(slot, meeting) && !(fixed !== null && isHit(fixed, meeting))) {
    const { trailFraction, trailDistance, activationPrice } = slot.terms;
    const extreme = sells ? bar[HIGH]! : bar[LOW]!;
    const waits = sells ? extreme <= activationPrice : extreme >= activationPrice;
    const behind = trailFraction === trailFraction ? extreme * trailFraction : trailDistance;
    const next = sells ? extreme - behind : extreme + behind;
    const { triggerPrice } = slot;
    const isFirst = triggerPrice !== triggerPrice;
    if (!waits && (isFirst || (sells ? next > triggerPrice : next < triggerPrice))) {
      slot.triggerPrice = next;
    }
  }
  // NaN, while it waits for its activation, is never tighter.
  return isHit(slot, meeting) && (fixed === null || isTighter(slot, fixed));
}

function isTighter({ order, triggerPrice }: Resting, than: Resting): boolean {
  return order.side < 0 ? triggerPrice > than.triggerPrice : triggerPrice < than.triggerPrice;
}

/**
 * In the candle of the entry: price moved just enough to arm the stop and came straight back. The
 * candle's bad extreme bounds it.
 */
function trailRate(slot: Resting, meeting: Meeting, isEntryCandle: boolean): number {
  if (!isEntryCandle) return stopRate(slot, meeting);
  const { bar } = meeting;
  const sells = slot.order.side < 0;
  const { trailFraction, trailDistance, activationPrice } = slot.terms;
  const open = bar[OPEN]!;
  const armed = activationPrice === activationPrice ? activationPrice : open;
  const behind = trailFraction === trailFraction ? open * trailFraction : trailDistance;
  const rate = sells ? armed - behind : armed + behind;
  return sells ? Math.max(bar[LOW]!, rate) : Math.min(bar[HIGH]!, rate);
}
