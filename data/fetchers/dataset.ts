// One dataset brought from its source into the store: what is missing is asked, page by page.
//
//   asked before --> missing stretches --> [last rows again] page, page, page --> one commit each
//                                           |  holes are asked a second time
//
// A page and the note of how far it reaches are one transaction: killed anywhere, the store holds
// whole pages and knows which. The rows before a stretch are asked again and must be equal; a source
// that corrected them is told, and --replace takes its word.

import { assert, InputError } from '../../engine/errors.ts';
import { intervalMs } from '../../engine/interval.ts';
import { ofKey } from '../history.ts';
import { missingFrom, type Range, reachBefore, withoutRange, withRange } from '../ranges.ts';
import type { FetchRecord } from '../store.ts';
import type { FetchedPage, HistorySource, Subject } from './contract.ts';
import type { Door } from './door.ts';
import { subjectText, writeRows } from './rows.ts';

export interface DatasetJob {
  readonly fetcher: string;
  readonly source: HistorySource;
  readonly subject: Subject;
  /** On the grid for candles. */
  readonly fromMs: number;
  /** Infinite = as far as there is. */
  readonly toMs: number;
  readonly replace: boolean;
}

export interface Watch {
  nowMs(): number;
  /** Rows that came since the last call. */
  onRows?(rows: number, subject: Subject): void;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a dataset; kept up to date while it is fetched. */
export interface DatasetTally {
  readonly subject: Subject;
  added: number;
  unchanged: number;
  replaced: number;
  /** Of the rows that came; NaN without any. */
  firstMs: number;
  lastMs: number;
  /** Stretches without candles inside what came, and how many candles they would be. */
  holes: Range[];
  missing: number;
  /** How far the source's clock is ahead of ours, ms; NaN when it does not tell. */
  skewMs: number;
  readonly notes: string[];
}

const HOUR_MS = 3_600_000;
/** Holes asked a second time, a dataset: a market where nobody trades has thousands. */
const MOST_HOLES_ASKED = 20;

export function newTally(subject: Subject): DatasetTally {
  const none = { added: 0, unchanged: 0, replaced: 0, missing: 0 };
  const unknown = { firstMs: Number.NaN, lastMs: Number.NaN, skewMs: Number.NaN };
  return { subject, ...none, ...unknown, holes: [], notes: [] };
}

/** Fetches what is missing of a job's range into the store; `tally` says how it goes. */
export async function fetchDataset(
  job: DatasetJob,
  door: Door,
  watch: Watch,
  tally: DatasetTally,
): Promise<void> {
  const work = new DatasetFetch(job, door, watch, tally);
  await work.run();
}

/** The stretches of a job that are to be asked, overlap included. */
export function stretchesOf(
  { source, subject, fromMs, toMs }: DatasetJob,
  record: Pick<FetchRecord, 'asked'> | undefined,
): Range[] {
  const asked = record?.asked ?? [];
  const backMs = source.overlapRows * stepOf(subject);
  return missingFrom(asked, [fromMs, toMs]).map(([from, to]) => {
    return [Math.max(reachBefore(asked, from), from - backMs), to] as const;
  });
}

function stepOf({ interval }: Subject): number {
  return interval === null ? HOUR_MS : intervalMs(interval);
}

class DatasetFetch {
  readonly #job: DatasetJob;
  readonly #door: Door;
  readonly #watch: Watch;
  readonly #tally: DatasetTally;
  #asked: readonly Range[] = [];
  #holes: readonly Range[] = [];
  #sinceMs: number;
  /** Time of the row before the next one; NaN when a hole before it would mean nothing. */
  #beforeMs = Number.NaN;
  #holesAsked = 0;
  #mended = 0;

  constructor(job: DatasetJob, door: Door, watch: Watch, tally: DatasetTally) {
    this.#job = job;
    this.#door = door;
    this.#watch = watch;
    this.#tally = tally;
    this.#sinceMs = job.fromMs;
  }

  async run(): Promise<void> {
    const { subject, source } = this.#job;
    const record = ofKey(await this.#door.fetched(), subject);
    this.#asked = record?.asked ?? [];
    this.#holes = record?.holes ?? [];
    this.#sinceMs = Math.min(record?.fromMs ?? Number.POSITIVE_INFINITY, this.#job.fromMs);
    await this.#checkArchives();
    const stretches = stretchesOf(this.#job, { asked: this.#asked });
    for (const [fromMs, toMs] of stretches) {
      this.#beforeMs = await this.#rowBefore(fromMs);
      for await (const page of source.pages(subject, fromMs, toMs, this.#watch.signal)) {
        await this.#take(page, fromMs, toMs);
        this.#watch.signal?.throwIfAborted();
      }
    }
    await this.#conclude(stretches[0]?.[0] === this.#job.fromMs);
  }

  /** Archives that were issued anew since they were stored: told, or asked for once more. */
  async #checkArchives(): Promise<void> {
    const { source, subject, replace } = this.#job;
    if (source.reissued === undefined) return;
    const stored = ofKey(await this.#door.datasets(), subject);
    const again = await source.reissued(subject, stored?.sources ?? [], this.#watch.signal);
    if (again.length > 0 && !replace) {
      const rule = 'has another checksum than when it was stored: --replace fetches it again';
      throw new InputError(again.map(({ file }) => ({ key: file, rule })));
    }
    for (const { fromMs, toMs } of again) this.#asked = withoutRange(this.#asked, [fromMs, toMs]);
  }

  /** The stored row before a stretch that goes on without asking it again; NaN else. */
  async #rowBefore(fromMs: number): Promise<number> {
    const { source, subject } = this.#job;
    if (source.overlapRows > 0 || reachBefore(this.#asked, fromMs) === fromMs) return Number.NaN;
    const stored = ofKey(await this.#door.datasets(), subject);
    return stored !== undefined && stored.toMs < fromMs ? stored.toMs : Number.NaN;
  }

  async #take(page: FetchedPage, fromMs: number, toMs: number): Promise<void> {
    const tally = this.#tally;
    if (!Number.isNaN(page.skewMs)) tally.skewMs = page.skewMs;
    if (page.note !== undefined) tally.notes.push(page.note);
    const { columns, holes } = await this.#mend(page.columns);
    const rows = columns[0]!.length;
    const reachMs = Math.min(page.nextMs, toMs);
    if (rows === 0 && !(reachMs > fromMs)) return;
    const asked = withRange(this.#asked, [fromMs, reachMs]);
    const known = holes.reduce(withRange, this.#holes);
    const { subject, fetcher, replace } = this.#job;
    const { spelling, ...key } = subject;
    const record = { ...key, fetcher, spelling, fromMs: this.#sinceMs, asked, holes: known };
    const outcome = await this.#door.commit(async (store) => {
      const written = rows === 0 ? null : await writeRows(store, this.#job, page, columns, replace);
      await store.writeFetched(record);
      return written;
    });
    [this.#asked, this.#holes] = [asked, known];
    tally.holes.push(...holes);
    if (outcome === null) return;
    tally.added += outcome.added;
    tally.unchanged += outcome.unchanged;
    tally.replaced += outcome.conflicts;
    if (!(columns[0]![0]! >= tally.firstMs)) tally.firstMs = columns[0]![0]!;
    if (!(columns[0]!.at(-1)! <= tally.lastMs)) tally.lastMs = columns[0]!.at(-1)!;
    this.#watch.onRows?.(rows, subject);
  }

  /** The rows, with what a second question brought, and the holes that remain. */
  async #mend(
    columns: readonly Float64Array[],
  ): Promise<{ columns: readonly Float64Array[]; holes: Range[] }> {
    const { subject, source } = this.#job;
    if (subject.interval === null) return { columns, holes: [] };
    const holes: Range[] = [];
    let rows = columns;
    for (const [fromMs, toMs] of this.#holesIn(columns[0]!)) {
      const isAsked = source.holesAreAsked && this.#holesAsked < MOST_HOLES_ASKED;
      const found: (readonly Float64Array[])[] = [];
      if (isAsked) {
        this.#holesAsked++;
        for await (const page of source.pages(subject, fromMs, toMs, this.#watch.signal)) {
          if (page.columns[0]!.length > 0) found.push(page.columns);
        }
      }
      const times = found.flatMap(([timesMs]) => [...timesMs!]);
      this.#mended += times.length;
      rows = found.reduce(joined, rows);
      holes.push(...holesBetween([fromMs - stepOf(subject), ...times, toMs], stepOf(subject)));
    }
    for (const [from, to] of holes) this.#tally.missing += (to - from) / stepOf(subject);
    return { columns: rows, holes };
  }

  #holesIn(timesMs: Float64Array): Range[] {
    if (timesMs.length === 0) return [];
    const before = Number.isNaN(this.#beforeMs) ? [] : [this.#beforeMs];
    this.#beforeMs = timesMs.at(-1)!;
    return holesBetween([...before, ...timesMs], stepOf(this.#job.subject));
  }

  /** Candles that a source has never heard of are not asked for again; funding may still come. */
  async #tellNothing(): Promise<void> {
    const { subject, fetcher, fromMs, toMs } = this.#job;
    if (subject.kind !== 'candles' && subject.kind !== 'series') {
      this.#tally.notes.push('has nothing in this range');
      return;
    }
    const known = ofKey(await this.#door.fetched(), subject);
    if (known !== undefined) await this.#door.commit((store) => store.dropFetched(known));
    const rule = `${fetcher} must have it from ${timeText(fromMs)} to ${timeText(toMs)}, has nothing`;
    throw new InputError({ key: subjectText(subject), rule });
  }

  async #conclude(isFromStart: boolean): Promise<void> {
    const { source, subject, fromMs, toMs, fetcher } = this.#job;
    const { firstMs, lastMs, notes, skewMs } = this.#tally;
    const serverMs = this.#watch.nowMs() + (Number.isNaN(skewMs) ? 0 : skewMs);
    const keptMs = source.earliestMs(subject, serverMs);
    const stepMs = stepOf(subject);
    if (this.#mended > 0) {
      const rows = this.#mended === 1 ? '1 row was' : `${this.#mended} rows were`;
      notes.push(`${rows} missing from an answer and came when asked again`);
    }
    if (keptMs >= toMs && Number.isNaN(firstMs)) {
      const rule = `${fetcher} keeps nothing from before ${timeText(keptMs)}: ask for later ones`;
      throw new InputError({ key: subjectText(subject), rule, value: `to ${timeText(toMs)}` });
    }
    if (isFromStart && firstMs >= fromMs + stepMs) {
      const isKept = keptMs > fromMs;
      const begin = `begins ${timeText(firstMs)}`;
      notes.push(isKept ? `${fetcher} keeps nothing from before ${timeText(keptMs)}` : begin);
    }
    if (Number.isNaN(lastMs) && this.#asked.length === 0) await this.#tellNothing();
    const isOld = serverMs - lastMs > Math.max(3 * stepMs, 26 * HOUR_MS);
    if (toMs === Number.POSITIVE_INFINITY && isOld) {
      notes.push(`ends ${timeText(lastMs)}, long ago: delisted, halted, or not published yet`);
    }
  }
}

function holesBetween(timesMs: readonly number[], stepMs: number): Range[] {
  const holes: Range[] = [];
  for (let i = 1; i < timesMs.length; i++) {
    const fromMs = timesMs[i - 1]! + stepMs;
    if (timesMs[i]! > fromMs) holes.push([fromMs, timesMs[i]!]);
  }
  return holes;
}

/** Two tables of rising times that have none in common, as one. */
function joined(a: readonly Float64Array[], b: readonly Float64Array[]): readonly Float64Array[] {
  const times = [...a[0]!, ...b[0]!];
  assert(new Set(times).size === times.length, 'a hole has no rows of its surroundings');
  const order = times.map((_, row) => row).sort((i, k) => times[i]! - times[k]!);
  return a.map((column, j) => {
    const all = [...column, ...b[j]!];
    return Float64Array.from(order, (row) => all[row]!);
  });
}

/** `2025-01-31 08:00`, UTC. */
export function timeText(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 16).replace('T', ' ') : 'now';
}
