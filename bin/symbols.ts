// A config's symbols by the names they have in a store: kPEPE, 1000PEPE and PEPE are one asset, and what
// a person types need not be how the venue of the stored candles calls it. Configs mean the same, and
// have the same digest, whichever name was written; what was taken is told.

import type { DatasetRow } from '../data/store.ts';
import { aliasesOf, aliasText, meantBy } from '../data/symbols.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';

export interface NamedSymbols {
  readonly config: Config;
  /** `PEPE is 1000PEPEUSDT of binance-usdm: factor 1000, ...`, for each that is called otherwise. */
  readonly notes: readonly string[];
}

const KEY = 'world.symbols';

/**
 * The config with the stored names of its symbols. Unchanged when a venue has all of them as they are
 * written, and when no venue has them under any name: then the reading says what there is. InputError
 * when a symbol may mean several, at one venue or at different ones.
 */
export function namedSymbols(config: Config, datasets: readonly DatasetRow[]): NamedSymbols {
  const { symbols, venue, fallbacks, interval } = config.world;
  const candles = datasets.filter(
    (row) =>
      row.kind === 'candles' &&
      (venue === null ? !fallbacks.includes(row.venue) : row.venue === venue) &&
      (interval === null || row.interval === interval),
  );
  const stored = [...Map.groupBy(candles, (row) => row.venue)].map(([name, rows]) => {
    const known = new Set(rows.map((row) => row.symbol));
    return { venue: name, known, isReal: rows.some((row) => !row.synthetic) };
  });
  const isWritten = stored.some(({ known }) => symbols.every((symbol) => known.has(symbol)));
  if (symbols.length === 0 || isWritten) return { config, notes: [] };
  const fits = stored.filter(({ known }) =>
    symbols.every((symbol) => meantBy(symbol, known).length > 0),
  );
  const real = fits.filter(({ isReal }) => isReal);
  const [first, ...others] = real.length > 0 ? real : fits;
  if (first === undefined) return { config, notes: [] };
  if (others.length > 0) throw severalVenues(symbols, [first, ...others]);
  return listedSymbols(config, first.known, first.venue);
}

/**
 * The config with the names that a venue lists its symbols under; one that it has under no name stays
 * as it is. InputError when a symbol may mean several.
 */
export function listedSymbols(
  config: Config,
  known: Iterable<string>,
  venue: string,
): NamedSymbols {
  const { symbols } = config.world;
  const found = aliasesOf(KEY, symbols, known);
  const named = symbols.map((symbol, k) => found[k]?.symbol ?? symbol);
  const others = found.filter((alias) => alias !== null && alias.said !== alias.symbol);
  return {
    config: { ...config, world: { ...config.world, symbols: named } },
    notes: others.map((alias) => aliasText(alias!, venue)),
  };
}

interface Stored {
  readonly venue: string;
  readonly known: ReadonlySet<string>;
}

function severalVenues(symbols: readonly string[], fits: readonly Stored[]): InputError {
  const where = `--set world.venue=${fits[0]!.venue}`;
  return new InputError(
    symbols.map((symbol) => {
      const each = fits.map(
        ({ venue, known }) => `${meantBy(symbol, known).join(' or ')} of ${venue}`,
      );
      return {
        key: KEY,
        rule: `may mean ${each.join(', ')}: choose a venue (${where})`,
        value: symbol,
      };
    }),
  );
}
