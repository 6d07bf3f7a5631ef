// Every fetcher, by the name that is typed. To add one, write its file and a line here (the recipe is
// in data/README.md).

import { InputError, nearest } from '../../engine/errors.ts';
import { aster } from './aster.ts';
import { binanceSpot, binanceUsdm } from './binance.ts';
import { ccxtFetcher } from './ccxt.ts';
import type { Fetcher } from './contract.ts';
import { drift } from './drift.ts';
import { feargreed } from './feargreed.ts';
import { hyperliquid } from './hyperliquid.ts';
import { visionSpot, visionUsdm } from './vision.ts';

export const FETCHERS: readonly Fetcher[] = Object.freeze([
  aster,
  hyperliquid,
  binanceUsdm,
  binanceSpot,
  visionUsdm,
  visionSpot,
  drift,
  feargreed,
]);

/** The fetcher of a name, `ccxt:EXCHANGE` among them. InputError with the nearest name. */
export function fetcherOf(name: string): Fetcher {
  const found =
    ccxtFetcher(name) ?? FETCHERS.find((one) => one.name === name || one.aliases.includes(name));
  if (found !== undefined) return found;
  const names = FETCHERS.map((one) => one.name);
  const rule = `must be one of ${names.join(', ')}, or ccxt:EXCHANGE`;
  throw new InputError({ key: 'source', rule, value: name, nearest: nearest(name, names) });
}
