// Symbols of a venue that lists them, by its own names or by any of their assets' (PEPE for kPEPE).

import { InputError } from '../../engine/errors.ts';
import { type Alias, aliasesOf, aliasText } from '../symbols.ts';
import type { Listing, PagedHistory } from '../venues/paged.ts';
import type { Found } from './contract.ts';

/**
 * What a venue lists of the symbols. InputError, with the nearest names, for what it has under no name,
 * and for what may be several. The list of all symbols is only asked for where one is not known.
 */
export async function findListed(
  venue: string,
  history: PagedHistory,
  spellings: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Found[]> {
  try {
    return (await history.listing(spellings, signal)).map((one) => foundOf(venue, one));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const aliases = aliasesOf(venue, spellings, await history.symbols(signal));
    const known = aliases.filter((alias): alias is Alias => alias !== null);
    if (known.length < spellings.length) throw error;
    const symbols = known.map(({ symbol }) => symbol);
    const listed = await history.listing(symbols, signal);
    return listed.map((one, k) => {
      const isOther = known[k]!.said !== one.symbol;
      return { ...foundOf(venue, one), alias: isOther ? aliasText(known[k]!, venue) : null };
    });
  }
}

function foundOf(venue: string, { symbol, status, instrument }: Listing): Found {
  const note = instrument === null ? `is not trading at ${venue} (${status})` : null;
  return { spelling: symbol, venue, symbol, instrument, note };
}
