// The `freqtrade` rules: exits as that project's backtests decide them, to compare with its results and
// to reproduce what its users know. Facts of optimize/backtesting.py and strategy/interface.py, 2024-10.
//
//   stop at its price, at the open only when the whole candle lies beyond it
//   order of exits in one candle: stop loss > return on investment (take-profit) > trailing stop
//   a trailing stop follows the candle's extreme first, unless the candle had hit it already, and then
//   meets the other one: the optimism that match-worst.ts refuses
//
// Only exits differ: an entry fills as under any rule.

import { HIGH, LOW, OPEN } from './bar.ts';
import type { Floor, Meeting } from './floor.ts';
import type { Resting } from './resting.ts';
import { isEntry, isStopKind } from './rules.ts';

export function matchFreqtrade(meeting: Meeting, floor: Floor): void {
  const { book, bar, leg } = meeting;
  let stop: Resting | null = null;
  let trailing: Resting | null = null;
  let profit: Resting | null = null;
  for (let k = 0; k < book.count; k++) {
    const slot = book.slots[k]!;
    if (!slot.awake || !slot.arrived || slot.gone || isEntry(slot.order)) continue;
    if (slot.order.type === 'trailing-stop') trailing = slot;
    else if (isStopKind(slot.order.type)) stop = slot;
    else if (reaches(slot, meeting) && isNearer(slot, profit)) profit = slot;
  }
  if (stop !== null && isHit(stop, meeting)) {
    floor.fill(stop, beyond(stop, meeting) ? bar[OPEN]! : stop.triggerPrice, false);
    return;
  }
  const trails = trailing !== null && follow(trailing, stop, meeting);
  if (profit !== null) {
    const { limitPrice } = profit.terms;
    floor.fill(profit, Math.min(Math.max(limitPrice, bar[LOW]!), bar[HIGH]!), true);
  } else if (trails) {
    floor.fill(trailing!, trailRate(trailing!, meeting, floor.openedNow(leg)), false);
  }
}

/** The take-profit that price comes to first. */
function isNearer(slot: Resting, than: Resting | null): boolean {
  if (than === null) return true;
  const [a, b] = [slot.terms.limitPrice, than.terms.limitPrice];
  return slot.order.side < 0 ? a < b : a > b;
}

function reaches({ order, terms }: Resting, { bar }: Meeting): boolean {
  return order.side < 0 ? bar[HIGH]! > terms.limitPrice : bar[LOW]! < terms.limitPrice;
}

function isHit({ order, triggerPrice }: Resting, { bar }: Meeting): boolean {
  return order.side < 0 ? bar[LOW]! <= triggerPrice : bar[HIGH]! >= triggerPrice;
}

/** The whole candle lies beyond the stop. */
function beyond({ order, triggerPrice }: Resting, { bar }: Meeting): boolean {
  return order.side < 0 ? bar[HIGH]! < triggerPrice : bar[LOW]! > triggerPrice;
}

/** Moves the trailing stop by the candle's good extreme; true when its bad one then meets it. */
function follow(slot: Resting, stop: Resting | null, meeting: Meeting): boolean {
  const { bar } = meeting;
  const sells = slot.order.side < 0;
  const { trailFraction, activationPrice } = slot.terms;
  const isFree =
    !(slot.triggerPrice === slot.triggerPrice && isHit(slot, meeting)) &&
    !(stop !== null && isHit(stop, meeting));
  if (isFree) {
    const extreme = sells ? bar[HIGH]! : bar[LOW]!;
    const waits = sells ? extreme <= activationPrice : extreme >= activationPrice;
    const next = sells ? extreme * (1 - trailFraction) : extreme * (1 + trailFraction);
    const isBetter =
      slot.triggerPrice !== slot.triggerPrice ||
      (sells ? next > slot.triggerPrice : next < slot.triggerPrice);
    if (!waits && isBetter) slot.triggerPrice = next;
  }
  // Not tighter than the fixed stop: that one decides.
  if (
    stop !== null &&
    (sells ? slot.triggerPrice <= stop.triggerPrice : slot.triggerPrice >= stop.triggerPrice)
  ) {
    return false;
  }
  return slot.triggerPrice === slot.triggerPrice && isHit(slot, meeting);
}

/**
 * In the candle of the entry: price moved just enough to arm the stop and came straight back. The
 * candle's bad extreme bounds it.
 */
function trailRate(slot: Resting, meeting: Meeting, isEntryCandle: boolean): number {
  const { bar } = meeting;
  if (!isEntryCandle) return beyond(slot, meeting) ? bar[OPEN]! : slot.triggerPrice;
  const sells = slot.order.side < 0;
  const { trailFraction, activationPrice } = slot.terms;
  const open = bar[OPEN]!;
  const armed = activationPrice === activationPrice ? activationPrice : open;
  const rate = sells ? armed - open * trailFraction : armed + open * trailFraction;
  return sells ? Math.max(bar[LOW]!, rate) : Math.min(bar[HIGH]!, rate);
}
