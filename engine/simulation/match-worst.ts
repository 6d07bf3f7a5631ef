// The pessimistic rule, the default: whatever a candle leaves open is answered against us.
//
//   1. liquidation and stops, entries' stops too: touched is hit, a gap fills at the open
//   2. what opens in favour of its side, limits first of all: traded through, at the limit, never better
//   3. stops of what was opened in 2
//   4. what takes profit: only for positions that were there before the candle's inside
//   5. the venue's trailing stops follow; one that must have fired since fills at the close
//
// A stop and a target in one candle: the stop. A high does not pull a stop up and then sell there.
// What woke inside the candle (see `wokeTurn`) knows neither its open nor its extremes. Every fill is
// one that an order resting at the open, or a decision at the close, would have got.

import { CLOSE, HIGH, LOW, OPEN } from './bar.ts';
import type { Floor, Meeting } from './floor.ts';
import type { Resting } from './resting.ts';
import { followTrail, isEntry, isStopKind } from './rules.ts';

export function matchWorst(meeting: Meeting, floor: Floor): void {
  const { book, leg } = meeting;
  const { slots } = book;
  liquidateAtOpen(meeting, floor);
  for (let k = 0; k < book.count; k++) meetStop(slots[k]!, meeting, floor);
  liquidateInside(meeting, floor);
  // Most books hold a stop and nothing else.
  if (book.count > 1 || !isOnlyStops(meeting)) {
    for (let k = 0; k < book.count; k++) meetFavour(slots[k]!, true, meeting, floor);
    if (floor.openedInside(leg)) {
      for (let k = 0; k < book.count; k++) meetStop(slots[k]!, meeting, floor);
      liquidateInside(meeting, floor);
    } else {
      for (let k = 0; k < book.count; k++) meetFavour(slots[k]!, false, meeting, floor);
    }
  }
  for (let k = 0; k < book.count; k++) trail(slots[k]!, meeting, floor);
}

/** No limits, be it of a stop that has been hit. */
function isOnlyStops({ book }: Meeting): boolean {
  if (book.count === 0) return true;
  const { type } = book.slots[0]!.order;
  return isStopKind(type) && type !== 'stop-limit';
}

function canTrade(slot: Resting): boolean {
  return slot.awake && slot.arrived && !slot.gone;
}

/** A stop of any kind against the candle; nothing when it has had its turn. */
export function meetStop(slot: Resting, { bar, turn }: Meeting, floor: Floor): void {
  const { order } = slot;
  if (!canTrade(slot) || !isStopKind(order.type) || slot.turn === turn) return;
  const sells = order.side < 0;
  const open = bar[OPEN]!;
  const isOld = slot.wokeTurn !== turn;
  if (isOld && order.type === 'trailing-stop') followTrail(slot, open);
  const { triggerPrice } = slot;
  if (!slot.triggered) {
    if (!(sells ? bar[LOW]! <= triggerPrice : bar[HIGH]! >= triggerPrice)) return;
    // Whether liquidation or the stop comes first: the nearer price does.
    const liquidation = floor.liquidationAt(order.leg);
    if (order.reduceOnly && (sells ? liquidation > triggerPrice : liquidation < triggerPrice)) {
      return;
    }
    slot.triggered = true;
    slot.turn = turn;
    const gapped = isOld && (sells ? open < triggerPrice : open > triggerPrice);
    const reached = gapped ? open : triggerPrice;
    if (order.type !== 'stop-limit') {
      floor.fill(slot, reached, false);
      return;
    }
    // Alive as a limit: it takes what is there if that is within the limit, at the limit's price.
    const { limitPrice } = slot.terms;
    if (sells ? reached >= limitPrice : reached <= limitPrice) floor.fill(slot, limitPrice, false);
    return;
  }
  // Triggered in an earlier candle and not filled for want of volume.
  if (order.type !== 'stop-limit') {
    slot.turn = turn;
    floor.fill(slot, open, false);
  }
}

/** A limit is a maker's only once price has gone through it. */
function tradedThrough(slot: Resting, { bar, through }: Meeting): boolean {
  const { limitPrice } = slot.terms;
  return slot.order.side > 0
    ? bar[LOW]! <= limitPrice - through
    : bar[HIGH]! >= limitPrice + through;
}

/**
 * What trades when price goes in its favour: limits, those that stops have become, take-profits.
 * `opens`: those that may open a position, else those that only close one.
 */
export function meetFavour(slot: Resting, opens: boolean, meeting: Meeting, floor: Floor): void {
  const { order } = slot;
  if (!canTrade(slot) || isEntry(order) !== opens || slot.turn === meeting.turn) return;
  if (isStopKind(order.type) && !(order.type === 'stop-limit' && slot.triggered)) return;
  const { bar } = meeting;
  if (!slot.triggered) {
    const sells = order.side < 0;
    const { triggerPrice } = slot;
    if (!(sells ? bar[HIGH]! >= triggerPrice : bar[LOW]! <= triggerPrice)) return;
    slot.triggered = true;
    slot.turn = meeting.turn;
    if (order.type === 'take-profit-market') {
      const open = bar[OPEN]!;
      const gapped = sells ? open > triggerPrice : open < triggerPrice;
      floor.fill(slot, gapped ? open : triggerPrice, false);
      return;
    }
  }
  if (order.type === 'take-profit-market') floor.fill(slot, bar[OPEN]!, false);
  else if (tradedThrough(slot, meeting)) floor.fill(slot, slot.terms.limitPrice, true);
}

/**
 * The inside of the candle is over: the best price it has seen moves the trigger. When the close lies
 * behind that trigger the stop has fired somewhere, nobody knows where: it gets the close, which is no
 * better than the trigger and is what a decision at the close would have got.
 */
function trail(slot: Resting, { bar, turn }: Meeting, floor: Floor): void {
  const { order } = slot;
  if (!canTrade(slot) || order.type !== 'trailing-stop' || slot.turn === turn) return;
  const sells = order.side < 0;
  const close = bar[CLOSE]!;
  // The extreme may have come before a position that was opened on the way.
  const best = slot.wokeTurn === turn ? close : sells ? bar[HIGH]! : bar[LOW]!;
  followTrail(slot, best);
  if (!(sells ? close <= slot.triggerPrice : close >= slot.triggerPrice)) return;
  slot.triggered = true;
  slot.turn = turn;
  floor.fill(slot, close, false);
}

/** Beyond its liquidation price already at the open: nothing else comes first. */
function liquidateAtOpen({ leg, bar }: Meeting, floor: Floor): void {
  const price = floor.liquidationAt(leg);
  if (price !== price) return;
  const open = bar[OPEN]!;
  if (floor.held(leg) > 0 ? open <= price : open >= price) floor.liquidate(leg, open);
}

function liquidateInside({ leg, bar }: Meeting, floor: Floor): void {
  const price = floor.liquidationAt(leg);
  if (price !== price) return;
  if (floor.held(leg) > 0 ? bar[LOW]! <= price : bar[HIGH]! >= price) floor.liquidate(leg, price);
}
