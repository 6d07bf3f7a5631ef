// The candles of a sweep: read once, shared by all threads, and known by digests, so that a worker on
// another machine can tell that its own are the same.

import { digestColumns, monthDigests } from '../data/digest.ts';
import type { History } from '../data/history.ts';
import { sha256 } from '../data/runs/canonical.ts';
import { releaseMemory } from '../data/store/garbage.ts';
import type { SeatSpec } from '../engine/agents/seat.ts';
import type { Config } from '../engine/config/schema.ts';
import type { CandleReading } from '../engine/host/remote/announcement.ts';
import { shareColumns } from '../engine/host/shared-columns.ts';
import { intervalMs, intervalName } from '../engine/interval.ts';
import type { PanelColumns } from '../engine/research/sweep/slice.ts';
import { choosePrimaries } from './legs.ts';
import { readWorld, type World } from './world.ts';

/** Opens candles: a store, or anything else that is read like one. */
export type OpenCandles = () => Promise<History>;

/** What is read beside what the base config asks for by itself. */
type Beside = Pick<CandleReading, 'candles' | 'series' | 'needsSentiment'>;

export interface SweepData {
  readonly columns: PanelColumns;
  readonly firstRow: number;
  readonly symbols: readonly string[];
  readonly leftOut: readonly string[];
  readonly isSynthetic: boolean;
  readonly dataDigest: string;
  /** Of each leg, by `venue symbol`. */
  readonly legDigests: Readonly<Record<string, string>>;
  readonly reading: CandleReading;
}

/** Reads what all trials share. Throws InputError for unknown symbols, venues, empty ranges. */
export async function readSweepData(
  open: OpenCandles,
  config: Config,
  seats: readonly SeatSpec[],
  besideOf: (baseMs: number) => Beside,
): Promise<SweepData> {
  const store = await open();
  let world: World;
  let beside: Beside;
  try {
    const [first] = choosePrimaries(await store.datasets(), config.world, store.path);
    beside = besideOf(intervalMs(first!.interval!));
    const { needsSentiment } = beside;
    const all = [...seats, furthest(beside)];
    world = await readWorld(store, config, { seats: all, needsSentiment, strict: false });
  } finally {
    store.close();
    releaseMemory();
  }
  const { panel, firstRow, symbols, leftOut, synthetic, dataDigest, legDigests } = world;
  const named = panel.legs.map(({ instrument: { venue, symbol } }, k) => {
    return [`${venue} ${symbol}`, legDigests[k]!] as const;
  });
  return {
    columns: shareColumns(panel),
    firstRow,
    symbols,
    leftOut,
    isSynthetic: synthetic,
    dataDigest,
    legDigests: Object.fromEntries(named),
    // Named one by one, because a store elsewhere may hold more than these.
    reading: {
      ...beside,
      venue: panel.legs[0]!.instrument.venue,
      interval: intervalName(panel.intervalMs),
      symbols,
    },
  };
}

/** A seat that asks for as much history as any point will, and reads what any strategy reads. */
function furthest({ candles, series }: Beside): SeatSpec {
  const strategy = { name: 'sweep', warmupCandles: candles, series, analyze: () => null };
  return { id: 'sweep', weight: 0, strategy, parameters: {} };
}

/** Digest of columns as they are now. */
export function columnsDigest({ legs, series, openMs }: PanelColumns): string {
  const parts = legs.map(({ candles, funding, mark, finer }) => {
    return digestColumns(candles, funding, { mark, finer: finer ?? undefined });
  });
  const others = Object.entries(series).map(([name, column]) => {
    return `${name} ${JSON.stringify(monthDigests([openMs, column]))}`;
  });
  return sha256([...parts, ...others].join('\n'));
}

/** Digest of everything in the data that a trial depends on, ticks, lots and fees included. */
export function groundDigest({ columns, firstRow }: Pick<SweepData, 'columns' | 'firstRow'>) {
  const legs = columns.legs.map(({ index, primary, instrument }) => [index, primary, instrument]);
  const shape = JSON.stringify([columns.intervalMs, columns.openMs.length, firstRow, legs]);
  return sha256(`${shape}\n${columnsDigest(columns)}\n`);
}
