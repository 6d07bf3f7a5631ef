// Which stored datasets a config means: the primary legs, the same assets at the fallback venues,
// and the shorter candles and mark prices that go with a leg. Nothing is read here but the list of
// datasets.

import { assetOf, sameAssets } from '../data/names.ts';
import { contentText } from '../data/schema.ts';
import type { DatasetRow } from '../data/store.ts';
import type { WorldConfig } from '../engine/config/schema.ts';
import { InputError, nearest, type Problem } from '../engine/errors.ts';
import { intervalMs } from '../engine/interval.ts';

/** A fallback's candles, and the primary leg they are the same asset as. */
export interface FallbackLeg {
  readonly row: DatasetRow;
  readonly primary: number;
}

/** The datasets of candles that a config means: one venue, one interval, in order of symbol list. */
export function choosePrimaries(
  datasets: readonly DatasetRow[],
  world: WorldConfig,
  path: string,
): readonly DatasetRow[] {
  const candles = datasets.filter((row) => row.kind === 'candles' && row.interval !== null);
  if (candles.length === 0) {
    const rule =
      'holds no candles: npm run data -- fetch aster BTCUSDT 5m, or npm run data -- demo';
    throw new InputError({ key: path, rule });
  }
  const venue = chooseVenue(candles, world);
  const here = candles.filter((row) => row.venue === venue);
  const interval = world.interval ?? finest(here, world.symbols);
  const atInterval = here.filter((row) => row.interval === interval);
  const known = atInterval.map((row) => row.symbol);
  if (atInterval.length === 0) {
    const stored = [...new Set(here.map((row) => row.interval!))];
    const wantedMs = intervalMs(interval);
    // Candles are made of shorter ones that fill them, and of no others.
    const canMake = stored.some(
      (one) => intervalMs(one) < wantedMs && wantedMs % intervalMs(one) === 0,
    );
    const rule =
      `must be an interval stored for ${venue} (${stored.join(', ')}); ` +
      (canMake ? `to store it: npm run data -- resample ${interval}; ` : '') +
      'to decide on longer candles: --set decision.interval=1h';
    throw new InputError({ key: 'world.interval', rule, value: interval });
  }
  if (world.symbols.length === 0) return atInterval;
  const unknown = world.symbols.filter((symbol) => !known.includes(symbol));
  if (unknown.length > 0) {
    const rule = `must be stored for ${venue} at ${interval} (${known.join(', ')})`;
    throw new InputError(
      unknown.map((symbol) => {
        return { key: 'world.symbols', rule, value: symbol, nearest: nearest(symbol, known) };
      }),
    );
  }
  return world.symbols.map((symbol) => atInterval.find((row) => row.symbol === symbol)!);
}

/**
 * The venue asked for, or the only one (beside the fallbacks) that has the symbols; real candles go
 * before synthetic.
 */
function chooseVenue(candles: readonly DatasetRow[], world: WorldConfig): string {
  const all = [...new Set(candles.map((row) => row.venue))];
  if (world.venue !== null) {
    if (all.includes(world.venue)) return world.venue;
    const rule = `must be a stored venue (${all.join(', ')})`;
    const near = nearest(world.venue, all);
    throw new InputError({ key: 'world.venue', rule, value: world.venue, nearest: near });
  }
  const free = all.filter((venue) => !world.fallbacks.includes(venue));
  const withAll = (interval: string | null) =>
    free.filter((venue) =>
      world.symbols.every((symbol) =>
        candles.some(
          (row) =>
            row.venue === venue &&
            row.symbol === symbol &&
            (interval === null || row.interval === interval),
        ),
      ),
    );
  const atInterval = withAll(world.interval);
  const fits = atInterval.length > 0 ? atInterval : withAll(null);
  const real = fits.filter((venue) => candles.some((row) => row.venue === venue && !row.synthetic));
  const left = real.length > 0 ? real : fits;
  if (left.length === 1) return left[0]!;
  if (left.length === 0) {
    throw noVenue([...new Set(candles.map((row) => row.symbol))], world.symbols);
  }
  const rule = `must be chosen: ${left.join(', ')} all have candles (--venue ${left[0]})`;
  throw new InputError({ key: 'world.venue', rule });
}

/** No venue has all the symbols: some are stored nowhere, or they are scattered. */
function noVenue(stored: readonly string[], wanted: readonly string[]): InputError {
  const unknown = wanted.filter((symbol) => !stored.includes(symbol));
  if (unknown.length === 0) {
    const rule = 'must all be stored for one venue';
    return new InputError({ key: 'world.symbols', rule, value: wanted.join() });
  }
  const rule = `must be stored (${stored.join(', ')})`;
  return new InputError(
    unknown.map((symbol) => {
      return { key: 'world.symbols', rule, value: symbol, nearest: nearest(symbol, stored) };
    }),
  );
}

function finest(rows: readonly DatasetRow[], symbols: readonly string[]): string {
  const wanted = symbols.length === 0 ? rows : rows.filter((row) => symbols.includes(row.symbol));
  const names = (wanted.length > 0 ? wanted : rows).map((row) => row.interval!);
  return names.reduce((a, b) => (intervalMs(b) < intervalMs(a) ? b : a));
}

/**
 * The legs of `world.fallbacks` for the primary legs: venue by venue, in order of the primaries. An
 * asset that a venue has no candles of is left out; one it counts in other units (1000PEPE for
 * PEPE), or has at other intervals only, is refused with everything else that is wrong.
 */
export function chooseFallbacks(
  datasets: readonly DatasetRow[],
  world: WorldConfig,
  primaries: readonly DatasetRow[],
): FallbackLeg[] {
  const candles = datasets.filter((row) => row.kind === 'candles');
  const problems: Problem[] = [];
  const legs = world.fallbacks.flatMap((venue) => {
    const here = candles.filter((row) => row.venue === venue);
    const fault = (rule: string) => {
      problems.push({ key: 'world.fallbacks', rule, value: venue });
    };
    if (here.length === 0) {
      const all = [...new Set(candles.map((row) => row.venue))];
      const rule = `must be stored venues (${all.join(', ')})`;
      problems.push({ key: 'world.fallbacks', rule, value: venue, nearest: nearest(venue, all) });
      return [];
    }
    if (venue === primaries[0]!.venue) {
      fault('must not be the primary venue');
      return [];
    }
    const found = primaries.flatMap((row, primary): FallbackLeg[] => {
      const match = matchOf(row, here, fault);
      return match === null ? [] : [{ row: match, primary }];
    });
    const names = found.map(({ row }) => row.symbol);
    const twice = names.find((name, k) => names.indexOf(name) !== k);
    if (twice !== undefined) fault(`must have a symbol for each primary one, has one ${twice}`);
    if (found.length === 0) {
      const stored = here.map((row) => `${row.symbol} ${row.interval}`).join(', ');
      const wanted = primaries.map((row) => row.symbol).join(', ');
      fault(`must have ${primaries[0]!.interval} candles of ${wanted}; stored: ${stored}`);
    }
    return found;
  });
  if (problems.length > 0) throw new InputError(problems);
  return legs;
}

/** The candles at a fallback venue of the same asset and interval; null when it has none of it. */
function matchOf(
  wanted: DatasetRow,
  here: readonly DatasetRow[],
  fault: (rule: string) => void,
): DatasetRow | null {
  const { base, factor } = assetOf(wanted.symbol);
  const ofAsset = here.filter((row) => assetOf(row.symbol).base === base);
  if (ofAsset.length === 0) return null;
  const sameUnit = ofAsset.filter((row) => assetOf(row.symbol).factor === factor);
  if (sameUnit.length === 0) {
    const other = ofAsset[0]!.symbol;
    const rule =
      `must count an asset as ${wanted.venue} does: ${wanted.symbol} is ${factor} ${base}, ` +
      `${other} is ${assetOf(other).factor}`;
    fault(rule);
    return null;
  }
  const atInterval = sameUnit.filter((row) => row.interval === wanted.interval);
  if (atInterval.length === 0) {
    const stored = sameUnit.map((row) => `${row.symbol} ${row.interval}`).join(', ');
    fault(
      `must have ${wanted.interval} candles of ${wanted.symbol}, as the primary; stored: ${stored}`,
    );
    return null;
  }
  const [name] = sameAssets(
    wanted.symbol,
    atInterval.map((row) => row.symbol),
  );
  const match = atInterval.find((row) => row.symbol === name)!;
  if (match.synthetic !== wanted.synthetic) {
    const kinds = wanted.synthetic ? 'synthetic, as the primary is' : 'real, as the primary is';
    fault(`must be ${kinds}: ${match.symbol}`);
    return null;
  }
  return match;
}

/** The finest mark candles stored for a leg; null when there are none. */
export function chooseMark(datasets: readonly DatasetRow[], leg: DatasetRow): DatasetRow | null {
  const marks = datasets.filter((row) => row.kind === 'mark' && sameSymbol(row, leg));
  return marks.length === 0 ? null : shortest(marks);
}

/**
 * The candles for `world.fills.path` = finer: of the interval asked for, or the finest stored below
 * the leg's own. A Problem when there are none.
 */
export function chooseFiner(
  datasets: readonly DatasetRow[],
  leg: DatasetRow,
  interval: string | null,
): DatasetRow | Problem {
  const stored = datasets.filter((row) => row.kind === 'candles' && sameSymbol(row, leg));
  const baseMs = intervalMs(leg.interval!);
  if (interval !== null && !divides(intervalMs(interval), baseMs)) {
    const rule = `must divide the base candles (${leg.interval}) and be shorter`;
    return { key: 'world.fills.finerInterval', rule, value: interval };
  }
  const finer = stored.filter((row) =>
    interval === null ? divides(intervalMs(row.interval!), baseMs) : row.interval === interval,
  );
  if (finer.length > 0) return shortest(finer);
  const what = interval ?? `shorter than ${leg.interval}`;
  const rule =
    `needs candles ${interval === null ? what : `of ${what}`} for ${leg.venue} ${leg.symbol}; ` +
    `stored: ${stored.map(contentText).join(', ')}`;
  return { key: 'world.fills.path', rule, value: 'finer' };
}

function divides(ms: number, baseMs: number): boolean {
  return ms < baseMs && baseMs % ms === 0;
}

function sameSymbol(a: DatasetRow, b: DatasetRow): boolean {
  return a.venue === b.venue && a.symbol === b.symbol;
}

function shortest(rows: readonly DatasetRow[]): DatasetRow {
  return rows.reduce((a, b) => (intervalMs(b.interval!) < intervalMs(a.interval!) ? b : a));
}
