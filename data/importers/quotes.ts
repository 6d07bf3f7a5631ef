// Quotes and tops of books, kept as one half-spread a minute for the cost model (data/roll.ts).
//
//   named columns    ts, bid, ask: also Tardis' book snapshots (asks[0].price, bids[0].price)
//   LEAN             minute quote bars without header, 11 cells (lean.ts)
//   hftbacktest      lines of `nanoseconds {json}` with Hyperliquid's l2Book

import { InputError } from '../../engine/errors.ts';
import { spreadByMinute } from '../roll.ts';
import type { ImportedTable, Importer, SourceFile } from './contract.ts';
import { decode, readRows } from './csv.ts';
import { quotesIn } from './layout.ts';
import { decimal, timeOfNumber } from './times.ts';

/** Of the quotes, crossed ones are noise of a feed up to this share, and wrong columns beyond. */
const MOST_CROSSED = 0.01;

export const quotes: Importer = {
  name: 'quotes',

  recognises: (file) => file.format === 'csv' && quotesIn(file.head[0] ?? []) !== null,

  async read(file) {
    const { time, bid, ask } = quotesIn(file.head[0]!)!;
    const raw = readRows(file, { kind: 'spread', headerRows: 1, time, values: [bid, ask] });
    return spreadTable(file, raw);
  },
};

export const l2Book: Importer = {
  name: 'hftbacktest-l2book',

  recognises: (file) =>
    file.format === 'csv' && /^\d{16,19} \{.*"l2Book"/.test(decode(file.bytes.subarray(0, 99))),

  async read(file) {
    const lines = decode(file.bytes).split('\n');
    const [times, bids, asks, faults]: [
      number[],
      number[],
      number[],
      ImportedTable['faults'][0][],
    ] = [[], [], [], []];
    for (const [k, line] of lines.entries()) {
      if (line.trim() === '') continue;
      const top = topOf(line);
      if (top === undefined) {
        faults.push({ at: k + 1, rule: 'must be a time and whole JSON' });
      } else if (top !== null) {
        times.push(top.timeMs);
        bids.push(top.bid);
        asks.push(top.ask);
      }
    }
    return spreadTable(file, {
      kind: 'spread',
      timeMs: Float64Array.from(times),
      columns: [Float64Array.from(bids), Float64Array.from(asks)],
      unit: 'line',
      numberOf: (row) => row + 1,
      faults,
    });
  },
};

/** One half-spread a minute of a table of quotes: columns bid and ask, NaN for a missing side. */
export function spreadTable(
  file: SourceFile,
  { timeMs, columns, faults, unit, numberOf }: ImportedTable,
): ImportedTable {
  const found = [...faults];
  for (let i = 0; i < timeMs.length; i++) {
    if (!Number.isNaN(timeMs[i]!)) continue;
    found.push({ at: numberOf(i), rule: 'must have a time from 1973 to 2103' });
  }
  const empty = { kind: 'spread', timeMs: new Float64Array(0), columns: [], unit } as const;
  if (found.length > 0) return { ...empty, numberOf, faults: found };
  const order = Uint32Array.from(timeMs, (_, row) => row).sort((a, b) => timeMs[a]! - timeMs[b]!);
  const sorted = [timeMs, ...columns].map((column) => Float64Array.from(order, (k) => column[k]!));
  const [times, bid, ask] = sorted as [Float64Array, Float64Array, Float64Array];
  const { publishedMs, halfSpreadBps, crossed } = spreadByMinute(times, bid, ask);
  if (crossed > MOST_CROSSED * timeMs.length) {
    const rule = `must have bids below asks, has ${crossed} of ${timeMs.length} the other way round`;
    throw new InputError({ key: file.name, rule });
  }
  return {
    kind: 'spread',
    timeMs: publishedMs,
    columns: [halfSpreadBps],
    unit: 'row',
    numberOf: (row) => row + 1,
    faults: [],
  };
}

/** The best prices of a line; null when it is about something else, undefined when it is broken. */
function topOf(line: string): { timeMs: number; bid: number; ask: number } | null | undefined {
  const gap = line.indexOf(' ');
  try {
    const { channel, data } = JSON.parse(line.slice(gap + 1)) as Book;
    if (channel !== 'l2Book') return null;
    const [bids, asks] = data.levels;
    const timeMs = timeOfNumber(data.time ?? Number(line.slice(0, gap)));
    return { timeMs, bid: decimal(bids[0]?.px ?? ''), ask: decimal(asks[0]?.px ?? '') };
  } catch {
    return undefined;
  }
}

interface Book {
  readonly channel: string;
  readonly data: {
    readonly time?: number;
    readonly levels: readonly [readonly { px: string }[], readonly { px: string }[]];
  };
}
