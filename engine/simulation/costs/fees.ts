// What a venue charges one account: maker and taker bps by the volume traded before. The tier holds for
// a whole UTC day and comes from the days before it, today's trades not counted, as venues have it
// (Binance takes its snapshot at 23:59:59 UTC, Hyperliquid and Aster assess at the end of the UTC day).
//
//   | day - 30 | ... | day - 1 |  today      one sum a day, added up afresh at each new day: no drift

import { InputError, InvariantError, type Problem } from '../../errors.ts';
import { DAY_MS } from '../../interval.ts';

export interface FeeTier {
  /** The tier holds from this volume on, itself included. Some venues say "above": a difference of 0. */
  readonly fromVolumeUsd: number;
  /** Negative = a rebate. */
  readonly makerBps: number;
  readonly takerBps: number;
}

/** The fees of one account at one venue as it trades. Times must not go back by a day or more. */
export class FeeMeter {
  readonly #fromUsd: Float64Array;
  readonly #makerBps: Float64Array;
  readonly #takerBps: Float64Array;
  /** Volume by day: a ring of the days before `#day`. */
  readonly #dayUsd: Float64Array;
  #day = Number.NEGATIVE_INFINITY;
  #todayUsd = 0;
  #volumeUsd = 0;
  #tier = 0;

  /**
   * `tiers` as `checkTiers` wants them; `windowDays` (1 to 366) is how many days count. An account starts
   * without a past, hence in the first tier. Throws InputError.
   */
  constructor(tiers: readonly FeeTier[], windowDays = 30) {
    const problems = checkTiers('fees.tiers', tiers);
    if (!(Number.isInteger(windowDays) && windowDays >= 1 && windowDays <= 366)) {
      const rule = 'must be a whole number, 1 to 366';
      problems.push({ key: 'fees.windowDays', rule, value: windowDays });
    }
    if (problems.length > 0) throw new InputError(problems);
    this.#fromUsd = Float64Array.from(tiers, (tier) => tier.fromVolumeUsd);
    this.#makerBps = Float64Array.from(tiers, (tier) => tier.makerBps);
    this.#takerBps = Float64Array.from(tiers, (tier) => tier.takerBps);
    this.#dayUsd = new Float64Array(windowDays);
  }

  /** Fee of a fill at `tsMs` (UTC ms), bps of its notional; negative = a rebate. */
  feeBps(isMaker: boolean, tsMs: number): number {
    this.#open(tsMs);
    return isMaker ? this.#makerBps[this.#tier]! : this.#takerBps[this.#tier]!;
  }

  /** Counts a fill of `notionalUsd` (>= 0) at `tsMs` towards the tiers of the days to come. */
  traded(tsMs: number, notionalUsd: number): void {
    this.#open(tsMs);
    if (!(notionalUsd >= 0))
      throw new InvariantError(`a notional is 0 or more, was ${notionalUsd}`);
    this.#todayUsd += notionalUsd;
  }

  /** Index of the tier in force on the day of `tsMs`. */
  tierAt(tsMs: number): number {
    this.#open(tsMs);
    return this.#tier;
  }

  /** What decided it: the volume of the window before the day of `tsMs`. */
  volumeUsd(tsMs: number): number {
    this.#open(tsMs);
    return this.#volumeUsd;
  }

  /** A stamp of an earlier day (another leg's fill in the same row) belongs to the day that is open. */
  #open(tsMs: number): void {
    const day = Math.floor(tsMs / DAY_MS);
    if (day > this.#day) this.#turn(day);
  }

  #turn(day: number): void {
    const days = this.#dayUsd;
    const size = days.length;
    if (this.#day === Number.NEGATIVE_INFINITY) this.#day = day;
    const passed = day - this.#day;
    // After a pause longer than the window every day of it was without a trade.
    for (let back = Math.min(passed, size); back >= 1; back--) {
      days[(day - back) % size] = back === passed ? this.#todayUsd : 0;
    }
    if (passed > 0) this.#todayUsd = 0;
    this.#day = day;
    let sum = 0;
    for (let back = size; back >= 1; back--) sum += days[(day - back) % size]!;
    this.#volumeUsd = sum;
    let tier = 0;
    while (tier + 1 < this.#fromUsd.length && sum >= this.#fromUsd[tier + 1]!) tier++;
    this.#tier = tier;
  }
}

/**
 * What is wrong with a list of tiers, or with tiers keyed by name, in the order given; keys begin with
 * `path`. The rules: at least one; the first from 0, each from more than the one before; fees -100 to
 * 1000 bps; neither fee rises with volume (no venue punishes volume, so a rise is a slip of the pen); and
 * no rebate above the taker fee of its tier, which would pay for trading with oneself.
 */
export function checkTiers(
  path: string,
  tiers: readonly FeeTier[] | Readonly<Record<string, FeeTier>>,
): Problem[] {
  const problems: Problem[] = [];
  const entries = Object.entries(tiers);
  if (entries.length === 0) problems.push({ key: path, rule: 'must have at least one tier' });
  let last: FeeTier | undefined;
  for (const [name, tier] of entries) {
    const say = (key: string, rule: string, value: number) =>
      problems.push({ key: `${path}.${name}.${key}`, rule, value });
    const { fromVolumeUsd, makerBps, takerBps } = tier;
    if (last === undefined) {
      if (fromVolumeUsd !== 0) say('fromVolumeUsd', 'must be 0 in the first tier', fromVolumeUsd);
    } else if (!(fromVolumeUsd > last.fromVolumeUsd && Number.isFinite(fromVolumeUsd))) {
      const rule = `must be above the tier before, ${last.fromVolumeUsd}`;
      say('fromVolumeUsd', rule, fromVolumeUsd);
    }
    for (const key of ['makerBps', 'takerBps'] as const) {
      const fee = tier[key];
      if (!(fee >= -100 && fee <= 1000)) say(key, 'must be -100 to 1000', fee);
      else if (last !== undefined && fee > last[key]) {
        say(key, `must not be above the tier before, ${last[key]}`, fee);
      }
    }
    if (makerBps < -takerBps) {
      say('makerBps', `a rebate must not be above the taker fee, ${takerBps}`, makerBps);
    }
    last = tier;
  }
  return problems;
}
