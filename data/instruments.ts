// Trading rules assumed for imported history, whose files say nothing of ticks, lots and fees.
//
// A short table where we know better, else steps by the price's magnitude: five significant figures
// for the tick (Hyperliquid's rule, coarser than most venues) and a lot worth $0.1 to $1. Fees are
// the venues' published base tiers, without discounts. All of it is `assumed`, which every report
// says; a venue's own rules, once imported, take its place.

import type { Instrument } from '../engine/market/instrument.ts';
import { assetOf } from './names.ts';
import { venueId } from './venue-id.ts';

interface VenueTerms {
  readonly makerFeeBps: number;
  readonly takerFeeBps: number;
  readonly maxLeverage: number;
  readonly minNotionalUsd: number;
}

/** Spot has no leverage; 10/10 bps is Binance's base tier and about the middle of the field. */
const SPOT: VenueTerms = { makerFeeBps: 10, takerFeeBps: 10, maxLeverage: 1, minNotionalUsd: 5 };
/** A perpetual at a venue we know nothing of: Binance's fees, modest leverage. */
const PERP: VenueTerms = { makerFeeBps: 2, takerFeeBps: 5, maxLeverage: 20, minNotionalUsd: 5 };

const VENUES: readonly (readonly [RegExp, VenueTerms])[] = [
  [/^binance-(usdm|coinm)$/, PERP],
  [/^hyperliquid-spot$/, { ...SPOT, makerFeeBps: 4, takerFeeBps: 7, minNotionalUsd: 10 }],
  [/^hyperliquid/, { makerFeeBps: 1.5, takerFeeBps: 4.5, maxLeverage: 10, minNotionalUsd: 10 }],
  [/^aster/, { makerFeeBps: 1, takerFeeBps: 3.5, maxLeverage: 20, minNotionalUsd: 5 }],
  [/spot|coinbase|kraken/, SPOT],
  [/./, PERP],
];

/** Tick, lot and leverage of the best known perpetuals, by venue and base asset. */
const KNOWN: Readonly<Record<string, readonly [tick: number, lot: number, leverage: number]>> = {
  'binance-usdm BTC': [0.1, 0.001, 125],
  'binance-usdm ETH': [0.01, 0.001, 100],
  'binance-usdm SOL': [0.01, 0.01, 75],
  'binance-usdm DOGE': [0.00001, 1, 75],
  'hyperliquid BTC': [1, 0.00001, 40],
  'hyperliquid ETH': [0.1, 0.0001, 25],
  'hyperliquid SOL': [0.01, 0.01, 20],
  'hyperliquid DOGE': [0.00001, 1, 10],
};

/** What to assume for a symbol whose price is about `price` (quote currency, > 0). */
export function assumedInstrument(venue: string, symbol: string, price: number): Instrument {
  const id = venueId(venue);
  const terms = VENUES.find(([pattern]) => pattern.test(id))![1];
  const { base, factor } = assetOf(symbol);
  const known = factor === 1 ? KNOWN[`${id} ${base}`] : undefined;
  const [tickSize, lotSize, maxLeverage] = known ?? [
    tickByMagnitude(price),
    lotByMagnitude(price),
    terms.maxLeverage,
  ];
  return Object.freeze({
    venue,
    symbol,
    tickSize,
    lotSize,
    minNotionalUsd: terms.minNotionalUsd,
    makerFeeBps: terms.makerFeeBps,
    takerFeeBps: terms.takerFeeBps,
    maxLeverage,
    source: 'assumed' as const,
    validFromMs: 0,
  });
}

function tickByMagnitude(price: number): number {
  return powerOfTen(Math.floor(Math.log10(price)) - 4);
}

function lotByMagnitude(price: number): number {
  return powerOfTen(-Math.floor(Math.log10(price)) - 1);
}

/** The double nearest to the decimal, which 10 ** -5 is not on every machine. */
function powerOfTen(exponent: number): number {
  return Number(`1e${exponent}`);
}
