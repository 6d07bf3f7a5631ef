// One name for one venue, whoever says it: files of other programs and earlier stores call a market by
// other names than its live feed. Aliases are taken wherever a venue is named; what is stored, listed
// and journaled is the id.

const ALIASES: Readonly<Record<string, readonly string[]>> = Object.freeze({
  aster: ['aster-perp', 'asterdex'],
  hyperliquid: ['hyperliquid-perp'],
  drift: ['drift-perp'],
  'binance-usdm': ['binanceusdm', 'binance-perp', 'binance-futures'],
  'binance-coinm': ['binancecoinm'],
});

const IDS: ReadonlyMap<string, string> = new Map(
  Object.entries(ALIASES).flatMap(([id, names]) => names.map((name) => [name, id] as const)),
);

/** The id of a venue by any of its names; a name that is none of ours stays as it is. */
export function venueId(name: string): string {
  return IDS.get(name) ?? name;
}

/** Every name that an id was ever stored under, the id first. */
export function venueNames(id: string): readonly string[] {
  return [id, ...(ALIASES[id] ?? [])];
}
