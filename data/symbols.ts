// Which symbol a person means where it is called otherwise: kPEPE, 1000PEPE and PEPE are one asset in
// three units, and every venue has its own.
//
// What is meant is never taken in silence: whoever asks here says what was taken, and how many times
// the price of the symbol that was typed it counts.

import { InputError, type Problem } from '../engine/errors.ts';
import { assetOf } from './names.ts';

/** A symbol as it was typed, and as it is called where it was looked for. */
export interface Alias {
  readonly said: string;
  readonly symbol: string;
}

/**
 * The symbols among `known` that `said` may mean: itself; else those of the same asset in the same
 * unit; else those of the same asset; else the same in capitals. USDT and USDC are one dollar, USD is
 * another market; a bare asset is any of them. Empty when there is none.
 */
export function meantBy(said: string, known: Iterable<string>): readonly string[] {
  const names = [...new Set(known)];
  const found = names.includes(said) ? [said] : sameAsset(said, names);
  const capitals = said.toUpperCase();
  return found.length > 0 || capitals === said ? found : meantBy(capitals, names);
}

function sameAsset(said: string, names: readonly string[]): readonly string[] {
  const wanted = assetOf(said);
  const dollar = dollarOf(said);
  const same = names.filter((name) => {
    return assetOf(name).base === wanted.base && (dollar === null || dollarOf(name) === dollar);
  });
  const sameUnit = same.filter((name) => assetOf(name).factor === wanted.factor);
  return sameUnit.length > 0 ? sameUnit : same;
}

/** Price of a symbol over that of the one that was typed: 1000 for 1000PEPE, where PEPE was. */
export function factorOf({ said, symbol }: Alias): number {
  return assetOf(symbol).factor / assetOf(said).factor;
}

/** `PEPE is 1000PEPEUSDT of binance-usdm: factor 1000, a price of 1,000 PEPE`. */
export function aliasText(alias: Alias, venue: string): string {
  const { base, factor } = assetOf(alias.symbol);
  const unit = factor === 1 ? `1 ${base}` : `${factor.toLocaleString('en-US')} ${base}`;
  return `${alias.said} is ${alias.symbol} of ${venue}: factor ${factorOf(alias)}, a price of ${unit}`;
}

/**
 * What each of `said` means among `known`, in their order; null for one that means nothing. InputError
 * for one that means several, and for two that mean the same.
 */
export function aliasesOf(
  key: string,
  said: readonly string[],
  known: Iterable<string>,
): readonly (Alias | null)[] {
  const names = [...known];
  const problems: Problem[] = [];
  const taken = new Map<string, string>();
  const found = said.map((one): Alias | null => {
    const meant = meantBy(one, names);
    if (meant.length > 1) {
      problems.push({ key, rule: `may mean ${meant.join(' or ')}: say which`, value: one });
    }
    if (meant.length !== 1) return null;
    const symbol = meant[0]!;
    const other = taken.get(symbol);
    if (other !== undefined) {
      problems.push({ key, rule: `must name ${symbol} once: ${other} is the same`, value: one });
    }
    taken.set(symbol, one);
    return { said: one, symbol };
  });
  if (problems.length > 0) throw new InputError(problems);
  return found;
}

/** USDT and USDC are one; null for a symbol that names no dollar. */
function dollarOf(symbol: string): string | null {
  const [, dollar] = /(USDT|USDC|USD)(?:[-_](?:PERP|SWAP))?$/.exec(symbol) ?? [];
  return dollar === undefined ? null : dollar === 'USD' ? 'USD' : 'stable';
}
