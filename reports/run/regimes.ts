// What the market was like when a trade was entered, from closes of the UTC days before that day:
//
//   rising | falling    the last close against that of seven days before
//   lively | calm       mean size of the seven daily log returns, against its median over the run
//
// The first is known at the entry; the median is hindsight, to sort trades with and not to trade on.

import { DAY_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { quantile } from '../../engine/statistics/moments.ts';

const LOOK_BACK = 7;
/** Not eight days of the symbol before it. */
export const UNKNOWN = 'unknown yet';

/** A function that names the regime of a trade's entry. */
export function regimeNamer(result: RunResult): (trade: Trade) => string {
  const legs = result.prices.map(({ close }) => dayCloses(result.equity.closeMs, close));
  const moves = legs.map((closes) => {
    const known = [...closes.keys()].flatMap((day) => {
      const move = meanMove(closes, day + 1);
      return move === null ? [] : [move];
    });
    return quantile(known, 0.5);
  });
  return ({ leg, entryMs }) => {
    const closes = legs[leg];
    const day = Math.floor(entryMs / DAY_MS);
    const move = closes === undefined ? null : meanMove(closes, day);
    if (closes === undefined || move === null) return UNKNOWN;
    const isRising = closes.get(day - 1)! >= closes.get(day - 1 - LOOK_BACK)!;
    const isLively = move > moves[leg]!;
    return `${isRising ? 'rising' : 'falling'}, ${isLively ? 'lively' : 'calm'}`;
  };
}

/** Last close of each UTC day, by days since 1970; a close at midnight is the last of its day. */
function dayCloses(closeMs: ArrayLike<number>, close: ArrayLike<number>): Map<number, number> {
  const closes = new Map<number, number>();
  let day = Number.NaN;
  let last = Number.NaN;
  for (let row = 0; row < closeMs.length; row++) {
    const of = Math.ceil(closeMs[row]! / DAY_MS) - 1;
    if (of !== day) {
      if (last === last) closes.set(day, last);
      day = of;
      last = Number.NaN;
    }
    if (close[row] === close[row]) last = close[row]!;
  }
  if (last === last) closes.set(day, last);
  return closes;
}

/** Mean size of the daily log returns of the days before `day`; null where a close is missing. */
function meanMove(closes: ReadonlyMap<number, number>, day: number): number | null {
  let sum = 0;
  for (let k = 1; k <= LOOK_BACK; k++) {
    const [now, before] = [closes.get(day - k), closes.get(day - k - 1)];
    if (now === undefined || before === undefined) return null;
    sum += Math.abs(Math.log(now / before));
  }
  return sum / LOOK_BACK;
}
