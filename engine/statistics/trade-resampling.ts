// What else could have happened with these trades: another order, or another draw of them.
//
//   permutation   every trade once, in another order: the end is the same, the way there is not
//   bootstrap     as many trades, drawn with replacement: the end moves too
//
// Both deal trades as if none knew of the others; where wins and losses come in runs the true
// drawdowns are deeper, and the block bootstrap of days (headline-bootstrap.ts) is the one to read.

import { InputError } from '../errors.ts';
import type { Column } from '../market/column.ts';
import { type Random, random } from '../random.ts';
import { requireResampling } from './stationary-bootstrap.ts';

export interface TradePath {
  /** End over start; 0 or below = ruined, and the path stops there. */
  readonly growth: number;
  /** Deepest fall below the running peak, start included, a fraction <= 0. */
  readonly maxDrawdown: number;
}

export interface TradeResamples {
  /** The trades in the order in which they happened. */
  readonly actual: TradePath;
  /** One number a resample, in the order drawn: take quantiles of it. */
  readonly growth: Float64Array;
  readonly maxDrawdown: Float64Array;
  /** Share of resamples that fell at least as far as `actual`; small = the order was unlucky. */
  readonly asDeep: number;
  /** Share of resamples that ended below the start. */
  readonly lossProbability: number;
}

export interface TradeResampling {
  readonly method: 'permutation' | 'bootstrap';
  /** A whole number from 1. */
  readonly resamples: number;
  readonly seed: number;
}

/** Two orders of the same factors differ in the last bits; a fall that much smaller is the same. */
const SAME = 1e-12;

/**
 * Compounds trades in the given order. `returns`: what each trade did to the account, its P&L over
 * the equity at its entry, a fraction. NaN for a value that is not finite.
 */
export function tradePath(returns: Column, order: ArrayLike<number>): TradePath {
  let equity = 1;
  let peak = 1;
  let depth = 0;
  for (let i = 0; i < order.length; i++) {
    equity *= 1 + returns[order[i]!]!;
    if (!Number.isFinite(equity)) return { growth: Number.NaN, maxDrawdown: Number.NaN };
    if (equity > peak) peak = equity;
    else if (equity / peak - 1 < depth) depth = equity / peak - 1;
    if (equity <= 0) break;
  }
  return { growth: equity, maxDrawdown: depth };
}

/**
 * Resamples trades. Throws InputError for unusable settings; shares are NaN when there is no trade
 * or a return is not finite.
 */
export function resampleTrades(returns: Column, settings: TradeResampling): TradeResamples {
  requireResampling(settings);
  const { method, resamples, seed } = settings;
  if (method !== 'permutation' && method !== 'bootstrap') {
    const rule = 'must be permutation or bootstrap';
    throw new InputError({ key: 'method', rule, value: method });
  }
  const count = returns.length;
  const draw = random(seed, `trades-${method}`);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const actual = tradePath(returns, order);
  const growth = new Float64Array(resamples);
  const maxDrawdown = new Float64Array(resamples);
  let asDeep = 0;
  let losses = 0;
  for (let b = 0; b < resamples; b++) {
    if (method === 'permutation') shuffle(order, draw);
    else for (let i = 0; i < count; i++) order[i] = Math.floor(draw() * count);
    const path = tradePath(returns, order);
    growth[b] = path.growth;
    maxDrawdown[b] = path.maxDrawdown;
    if (path.maxDrawdown <= actual.maxDrawdown + SAME) asDeep++;
    if (path.growth < 1 - SAME) losses++;
  }
  const isDefined =
    count > 0 && Array.from({ length: count }, (_, i) => returns[i]!).every(Number.isFinite);
  return {
    actual,
    growth,
    maxDrawdown,
    asDeep: isDefined ? asDeep / resamples : Number.NaN,
    lossProbability: isDefined ? losses / resamples : Number.NaN,
  };
}

/** Fisher & Yates: every order equally likely, whatever the order before. */
function shuffle(order: Uint32Array, draw: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
}
