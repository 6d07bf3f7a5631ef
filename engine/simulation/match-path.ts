// Matching along an assumed path: open, one extreme, the other, close. Whatever price passes is met
// in the order in which it is passed; what a fill wakes is met from there on.
//
//   ohlc       O -> H -> L -> C        adaptive    the extreme nearer to the open first
//
// Neither is known to be what happened; see match-worst.ts for the default.

import { CLOSE, HIGH, highFirst, LOW, OPEN } from './bar.ts';
import type { Floor, Meeting } from './floor.ts';
import { meetStop } from './match-worst.ts';
import type { Resting } from './resting.ts';
import { followTrail, isStopKind } from './rules.ts';

export function matchPath(meeting: Meeting, floor: Floor, path: 'ohlc' | 'adaptive'): void {
  const { bar } = meeting;
  const first = highFirst(bar, path) ? HIGH : LOW;
  const open = bar[OPEN]!;
  sitOut(meeting, floor);
  // At the open itself: gaps.
  walk(open, open, meeting, floor);
  walk(open, bar[first]!, meeting, floor);
  walk(bar[first]!, bar[first === HIGH ? LOW : HIGH]!, meeting, floor);
  walk(bar[first === HIGH ? LOW : HIGH]!, bar[CLOSE]!, meeting, floor);
}

/**
 * What was woken by an order that arrived inside the candle has no place on the path: its stops meet
 * the worst of it, and what takes profit waits for the next candle.
 */
function sitOut(meeting: Meeting, floor: Floor): void {
  const { book, turn } = meeting;
  for (let k = 0; k < book.count; k++) {
    const slot = book.slots[k]!;
    if (slot.gone || !slot.awake || slot.wokeTurn !== turn) continue;
    meetStop(slot, meeting, floor);
    slot.turn = turn;
  }
}

/** Price goes straight from one corner to the next. */
function walk(from: number, to: number, meeting: Meeting, floor: Floor): void {
  const { book, leg, turn, through } = meeting;
  const isUp = to > from;
  let at = from;
  for (;;) {
    let next: Resting | null = null;
    let nextLevel = Number.NaN;
    for (let k = 0; k < book.count; k++) {
      const slot = book.slots[k]!;
      if (!slot.awake || !slot.arrived || slot.gone || slot.turn === turn) continue;
      if (slot.order.type === 'trailing-stop') followTrail(slot, at);
      const level = levelOf(slot, through);
      const needsUp = waitsForRise(slot);
      // Beyond it already: its turn is now. Else it must lie ahead on this stretch.
      const isDue = needsUp ? level <= at : level >= at;
      const isAhead = needsUp ? isUp && level <= to : !isUp && level >= to;
      if (!isDue && !isAhead) continue;
      const reached = isDue ? at : level;
      if (next === null || Math.abs(reached - at) < Math.abs(nextLevel - at)) {
        next = slot;
        nextLevel = reached;
      }
    }
    const liquidation = floor.liquidationAt(leg);
    if (liquidates(liquidation, at, to, floor.held(leg))) {
      const reached = floor.held(leg) > 0 ? Math.min(at, liquidation) : Math.max(at, liquidation);
      if (next === null || Math.abs(reached - at) <= Math.abs(nextLevel - at)) {
        floor.liquidate(leg, reached);
        at = reached;
        continue;
      }
    }
    if (next === null) break;
    at = nextLevel;
    trade(next, at, turn, floor);
  }
  for (let k = 0; k < book.count; k++) {
    const slot = book.slots[k]!;
    if (slot.order.type !== 'trailing-stop' || !slot.awake || slot.gone) continue;
    if (slot.arrived && slot.turn !== turn) followTrail(slot, to);
  }
}

/** The order has its turn at price `at`. */
function trade(slot: Resting, at: number, turn: number, floor: Floor): void {
  const { type } = slot.order;
  if (!slot.triggered) {
    slot.triggered = true;
    // As a limit it has a turn of its own, from here on.
    if (type === 'stop-limit' || type === 'take-profit-limit') {
      const { limitPrice } = slot.terms;
      const isWithin = slot.order.side > 0 ? at <= limitPrice : at >= limitPrice;
      if (!isWithin) return;
      slot.turn = turn;
      floor.fill(slot, at, false);
      return;
    }
  }
  slot.turn = turn;
  const isLimit = type === 'limit' || type === 'stop-limit' || type === 'take-profit-limit';
  if (isLimit) floor.fill(slot, slot.terms.limitPrice, true);
  else floor.fill(slot, at, false);
}

/** Price that brings the order to its turn. */
function levelOf(slot: Resting, through: number): number {
  const { order, terms, triggerPrice } = slot;
  if (!slot.triggered) return triggerPrice;
  if (terms.limitPrice !== terms.limitPrice)
    return order.side > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return order.side > 0 ? terms.limitPrice - through : terms.limitPrice + through;
}

/** True when a rising price brings it to its turn. */
function waitsForRise(slot: Resting): boolean {
  const { order } = slot;
  const buys = order.side > 0;
  if (!slot.triggered) return isStopKind(order.type) ? buys : !buys;
  // A triggered market order is due at any price; a limit waits for price to come to its side.
  return slot.terms.limitPrice !== slot.terms.limitPrice ? buys : !buys;
}

function liquidates(price: number, at: number, to: number, held: number): boolean {
  if (price !== price || held === 0) return false;
  return held > 0 ? Math.min(at, to) <= price : Math.max(at, to) >= price;
}
