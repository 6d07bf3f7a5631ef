// Smart order routing: one parent quantity split over venues so that it is expected to cost least.
//
// Cost of x USD at a venue: fee x + k x sqrt(x / depth), the square-root law of impact (Toth et al.
// 2011, "Anomalous price impact"; I = Y sigma sqrt(Q / V), so k plays Y sigma and depth plays V).
// The alternative, linear impact x / depth, is what a book of even density gives; measured impact
// of parent orders is concave, and small shares are not free. The cost is convex, so the
// cheapest split has one marginal cost, fee + 1.5 k sqrt(x / depth), at every venue that gets any.
// Invariant: never more than the parent, whole lots, no share below its venue's smallest order.

import type { Problem } from '../errors.ts';
import { InputError } from '../errors.ts';
import type { Instrument } from '../market/instrument.ts';
import { qtyOfLots } from '../market/instrument.ts';

/** A venue that may take a share. */
export interface RouteVenue {
  /** Its lot size and smallest order are kept. */
  readonly instrument: Instrument;
  /** What the impact is measured against, USD >= 0; a venue without depth gets nothing. */
  readonly depthUsd: number;
  /**
   * Everything that is proportional to the notional, in bps: the fee, and where they matter the
   * half-spread and the gap between this venue's price and the common one. May be negative.
   */
  readonly feeBps: number;
}

export interface RouteShare {
  /** Index in the list of venues. */
  readonly venue: number;
  readonly lots: number;
  /** Base units, > 0. */
  readonly qty: number;
  readonly notionalUsd: number;
  readonly costUsd: number;
  /** What the next dollar would cost here. */
  readonly marginalBps: number;
}

export interface RouteSplit {
  /** By venue, those that get something. */
  readonly shares: readonly RouteShare[];
  readonly routedQty: number;
  /** Below a lot, or what no venue may take: to be booked as missed. Base units >= 0. */
  readonly missedQty: number;
  readonly costUsd: number;
  /** Expected cost over the routed notional; NaN when nothing is routed. */
  readonly costBps: number;
  /** The same for each venue taking the whole parent; NaN where it cannot take anything. */
  readonly singleBps: readonly number[];
}

/** Every subset of the venues is priced, so there is a limit to how many: 2^8 - 1 = 255 fills. */
export const MAX_ROUTE_VENUES = 8;
/** Halvings of an interval below 1 unit in the last place of what it holds: always the same bits. */
const HALVINGS = 80;
/** A remainder of many lots goes out in parts of a sixteenth. */
const PARTS = 16;
const MAX_LOTS = 1e12;

/** A venue's curve: rate + k sqrt(x / depth), rates as fractions. */
interface Curve {
  readonly index: number;
  readonly instrument: Instrument;
  readonly depthUsd: number;
  readonly rate: number;
  readonly k: number;
}

interface Plan {
  /** Whole lots per curve. */
  readonly lots: readonly number[];
  readonly missedQty: number;
  readonly costUsd: number;
  /** The cost, with what is missed at the dearest marginal cost. */
  readonly score: number;
}

/**
 * The cheapest split of `qty` > 0 base units at the common `price`, in USD. `impactCoefficient`
 * >= 0 is the impact of a share as large as the depth, a fraction.
 *
 * A share below its venue's smallest order is dropped, and the others take it: of all subsets of
 * venues the cheapest is taken, hence never a split that is dearer than a single venue. What is
 * missed is charged at the dearest marginal cost of any venue, so not trading is never the cheap
 * way. Ties go to the subset of the earlier venues. Throws InputError with all problems.
 */
export function smartRoute(
  qty: number,
  price: number,
  venues: readonly RouteVenue[],
  impactCoefficient: number,
): RouteSplit {
  check(qty, price, venues, impactCoefficient);
  const curves = venues.flatMap(({ instrument, depthUsd, feeBps }, index): Curve[] => {
    if (depthUsd === 0) return [];
    return [{ index, instrument, depthUsd, rate: feeBps / 10_000, k: impactCoefficient }];
  });
  const dearest = Math.max(...curves.map((curve) => marginal(curve, qty * price)));
  const singleBps = venues.map(() => Number.NaN);
  let best: Plan | undefined;
  let bestOf: readonly Curve[] = [];
  for (let members = 1; members < 1 << curves.length; members++) {
    const some = curves.filter((_, k) => (members >> k) & 1);
    const plan = planOf(some, qty, price, dearest);
    if (plan === undefined) continue;
    if (some.length === 1) {
      const [curve] = some as [Curve];
      const routedUsd = qtyOfLots(curve.instrument, plan.lots[0]!) * price;
      singleBps[curve.index] = (plan.costUsd / routedUsd) * 10_000;
    }
    if (best === undefined || plan.score < best.score) {
      best = plan;
      bestOf = some;
    }
  }
  return splitOf(best, bestOf, qty, price, singleBps);
}

/** What `usd` at a venue is expected to cost, USD. */
function cost({ rate, k, depthUsd }: Curve, usd: number): number {
  return usd * (rate + k * Math.sqrt(usd / depthUsd));
}

function marginal({ rate, k, depthUsd }: Curve, usd: number): number {
  return rate + 1.5 * k * Math.sqrt(usd / depthUsd);
}

/** The split over exactly these venues; undefined when a share is below its smallest order. */
function planOf(
  curves: readonly Curve[],
  qty: number,
  price: number,
  dearest: number,
): Plan | undefined {
  const lots = fill(curves, qty * price).map((usd, k) => {
    return lotsWithin(curves[k]!.instrument, usd / price, qty);
  });
  let leftQty = qty;
  lots.forEach((each, k) => {
    leftQty -= qtyOfLots(curves[k]!.instrument, each);
  });
  leftQty = handOut(curves, lots, leftQty, qty, price);
  let costUsd = 0;
  let isAny = false;
  for (let k = 0; k < curves.length; k++) {
    if (lots[k] === 0) continue;
    const curve = curves[k]!;
    const usd = qtyOfLots(curve.instrument, lots[k]!) * price;
    if (usd < curve.instrument.minNotionalUsd) return undefined;
    costUsd += cost(curve, usd);
    isAny = true;
  }
  if (!isAny) return undefined;
  return { lots, missedQty: leftQty, costUsd, score: costUsd + leftQty * price * dearest };
}

/** Dollars per venue so that the marginal costs are one: the water level is found by halving. */
function fill(curves: readonly Curve[], totalUsd: number): number[] {
  if (curves.length === 1) return [totalUsd];
  if (curves[0]!.k === 0) {
    // Without impact the cheapest takes all, the earlier of two that are alike.
    const cheapest = Math.min(...curves.map(({ rate }) => rate));
    const first = curves.findIndex(({ rate }) => rate === cheapest);
    return curves.map((_, k) => (k === first ? totalUsd : 0));
  }
  const held = (level: number) => curves.map((curve) => usdAt(curve, level));
  let low = Math.min(...curves.map(({ rate }) => rate));
  let high = Math.min(...curves.map((curve) => marginal(curve, totalUsd)));
  for (let n = 0; n < HALVINGS; n++) {
    const middle = low + (high - low) / 2;
    if (held(middle).reduce((sum, usd) => sum + usd, 0) <= totalUsd) low = middle;
    else high = middle;
  }
  // From below: the shares never add up to more than the parent.
  return held(low);
}

function usdAt({ rate, k, depthUsd }: Curve, level: number): number {
  const root = Math.max(0, level - rate) / (1.5 * k);
  return depthUsd * root * root;
}

/**
 * Hands out what rounding down left, each time to the venue where the next part costs least per
 * dollar; changes `lots` and returns what is below every lot. A part is one lot, or, while many are
 * left because another venue's lot is coarse, a sixteenth of what is left.
 */
function handOut(
  curves: readonly Curve[],
  lots: number[],
  leftQty: number,
  qty: number,
  price: number,
): number {
  let left = leftQty;
  for (;;) {
    let best = -1;
    let bestPart = 0;
    let bestRate = Number.POSITIVE_INFINITY;
    for (let k = 0; k < curves.length; k++) {
      const curve = curves[k]!;
      const fits = lotsWithin(curve.instrument, left, qty);
      if (fits === 0) continue;
      const part = Math.max(1, Math.floor(fits / PARTS));
      const before = qtyOfLots(curve.instrument, lots[k]!) * price;
      const after = qtyOfLots(curve.instrument, lots[k]! + part) * price;
      const rate = (cost(curve, after) - cost(curve, before)) / (after - before);
      if (!(rate < bestRate)) continue;
      best = k;
      bestPart = part;
      bestRate = rate;
    }
    if (best < 0) break;
    lots[best]! += bestPart;
    left -= qtyOfLots(curves[best]!.instrument, bestPart);
  }
  // Less than the last bits of the parent is the rounding of our own subtractions.
  return left <= qty * 1e-14 ? 0 : left;
}

/** Whole lots in `part` of a parent; forgives the last bits of a difference of parents' size. */
function lotsWithin({ lotSize }: Instrument, part: number, parentQty: number): number {
  return Math.max(0, Math.floor(part / lotSize + 1e-9 + (1e-15 * parentQty) / lotSize));
}

function splitOf(
  plan: Plan | undefined,
  curves: readonly Curve[],
  qty: number,
  price: number,
  singleBps: readonly number[],
): RouteSplit {
  const shares: RouteShare[] = [];
  let routedQty = 0;
  curves.forEach((curve, k) => {
    const lots = plan!.lots[k]!;
    if (lots === 0) return;
    const own = qtyOfLots(curve.instrument, lots);
    const notionalUsd = own * price;
    const costUsd = cost(curve, notionalUsd);
    const marginalBps = marginal(curve, notionalUsd) * 10_000;
    shares.push({ venue: curve.index, lots, qty: own, notionalUsd, costUsd, marginalBps });
    routedQty += own;
  });
  const costUsd = plan?.costUsd ?? 0;
  const costBps = routedQty > 0 ? (costUsd / (routedQty * price)) * 10_000 : Number.NaN;
  const missedQty = plan?.missedQty ?? qty;
  return { shares, routedQty, missedQty, costUsd, costBps, singleBps };
}

function check(qty: number, price: number, venues: readonly RouteVenue[], k: number): void {
  const problems: Problem[] = [];
  const need = (holds: boolean, key: string, rule: string, value: unknown) => {
    if (!holds) problems.push({ key, rule, value });
  };
  const isPositive = (value: number) => Number.isFinite(value) && value > 0;
  const isCount = venues.length >= 1 && venues.length <= MAX_ROUTE_VENUES;
  need(isPositive(qty), 'qty', 'must be a number above 0', qty);
  need(isPositive(price), 'price', 'must be a number above 0', price);
  need(Number.isFinite(k) && k >= 0, 'impactCoefficient', 'must be 0 or more', k);
  need(isCount, 'venues', `must be 1 to ${MAX_ROUTE_VENUES} venues`, venues.length);
  venues.forEach(({ instrument, depthUsd, feeBps }, index) => {
    const key = `venues.${index}`;
    const { lotSize, minNotionalUsd } = instrument;
    const isDepth = Number.isFinite(depthUsd) && depthUsd >= 0;
    const isLeast = Number.isFinite(minNotionalUsd) && minNotionalUsd >= 0;
    need(isDepth, `${key}.depthUsd`, 'must be 0 or more', depthUsd);
    need(Number.isFinite(feeBps), `${key}.feeBps`, 'must be a finite number', feeBps);
    // A double counts lots exactly up to here, with room for the forgiveness in `lotsWithin`.
    const isCountable = isPositive(lotSize) && !(qty / lotSize > MAX_LOTS);
    const lotRule = 'must be above 0, and the parent at most 1e12 lots';
    need(isCountable, `${key}.instrument.lotSize`, lotRule, lotSize);
    need(isLeast, `${key}.instrument.minNotionalUsd`, 'must be 0 or more', minNotionalUsd);
  });
  if (problems.length > 0) throw new InputError(problems);
}
