// Moods: scores of headlines, and tables with several values a day, as outside series.
//
// A score of -1 to 1 becomes a mood of 0 to 100 (50 = neutral), the mean of what was published in the
// 24 hours up to each headline, so that the agents that read fear and greed can read it. A stamp
// without a time of day is known only when its day is over. Stamps without a zone are taken as UTC.

import { DAY_MS } from '../../engine/interval.ts';
import type { Fault, ImportedTable, Importer } from './contract.ts';
import { readRows } from './csv.ts';
import { headlinesIn, layoutOf, quotesIn, tradesIn } from './layout.ts';
import { endOfDays } from './times.ts';

export const headlines: Importer = {
  name: 'headlines',

  recognises: (file) => file.format === 'csv' && headlinesIn(file.head[0] ?? []) !== null,

  async read(file) {
    const { time, score } = headlinesIn(file.head[0]!)!;
    const raw = readRows(file, { kind: 'series', headerRows: 1, time, values: [score] });
    return moodTable(raw);
  },
};

export const severalSeries: Importer = {
  name: 'several-series',

  recognises: (file) => file.format === 'csv' && severalIn(file.head[0] ?? []) !== null,

  async read(file) {
    const { time, values } = severalIn(file.head[0]!)!;
    const raw = readRows(file, { kind: 'series', headerRows: 1, time, values });
    return severalTables(
      raw,
      values.map((at) => file.head[0]![at]!),
    );
  },
};

/** A mood from -1 to 1 scores; rows without a score tell nothing and are left out. */
export function moodTable({ timeMs, columns, ...rest }: ImportedTable): ImportedTable {
  const score = columns[0]!;
  const published = endOfDays(timeMs);
  const faults: Fault[] = [...rest.faults];
  const kept: number[] = [];
  for (let i = 0; i < score.length; i++) {
    const value = score[i]!;
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(published[i]!)) {
      faults.push({ at: rest.numberOf(i), rule: 'must have a time from 1973 to 2103' });
    } else if (value < -1 || value > 1) {
      faults.push({ at: rest.numberOf(i), rule: `must have a score of -1 to 1, has ${value}` });
    } else kept.push(i);
  }
  kept.sort((a, b) => published[a]! - published[b]! || a - b);
  const times: number[] = [];
  const moods: number[] = [];
  let [from, sum] = [0, 0];
  for (const [k, row] of kept.entries()) {
    sum += score[row]!;
    while (published[kept[from]!]! <= published[row]! - DAY_MS) sum -= score[kept[from++]!]!;
    const mood = 50 + (50 * sum) / (k + 1 - from);
    // Of several at one instant the last counts all of them.
    if (times.at(-1) === published[row]) moods.pop();
    else times.push(published[row]!);
    moods.push(Math.min(100, Math.max(0, mood)));
  }
  return {
    ...rest,
    kind: 'series',
    timeMs: Float64Array.from(times),
    columns: [Float64Array.from(moods)],
    unit: 'row',
    numberOf: (row) => row + 1,
    faults,
  };
}

/** One series a column, called `venue.column`; rows without a value are left out of a series. */
export function severalTables(raw: ImportedTable, names: readonly string[]): ImportedTable {
  const timeMs = endOfDays(raw.timeMs);
  const tables = raw.columns.map((column, k): ImportedTable => {
    const rows = Array.from(column.keys()).filter((row) => !Number.isNaN(column[row]!));
    return {
      ...raw,
      kind: 'series',
      suffix: names[k]!.trim().replace(/[^\w-]+/g, '-'),
      timeMs: Float64Array.from(rows, (row) => timeMs[row]!),
      columns: [Float64Array.from(rows, (row) => column[row]!)],
      numberOf: (row) => raw.numberOf(rows[row]!),
    };
  });
  const [first, ...also] = tables.filter((table) => table.timeMs.length > 0);
  return { ...(first ?? raw), also };
}

/** A time called `ts` and nothing but numbers of unknown meaning: time and the other columns. */
export function severalIn(names: readonly string[]): { time: number; values: number[] } | null {
  const lower = names.map((name) => name.trim().toLowerCase());
  const time = lower.indexOf('ts');
  const isKnown = [layoutOf, tradesIn, quotesIn, headlinesIn].some((find) => find(names) !== null);
  const isText = lower.some((name) => ['text', 'title', 'open', 'price', 'bid'].includes(name));
  if (time === -1 || names.length < 3 || isKnown || isText) return null;
  return { time, values: [...names.keys()].filter((at) => at !== time) };
}
