// What a table of unknown origin holds, judged by its names and first rows, and by what the person said.
//
// A guess is made only of what the cells show and is put into words before it is used; where two
// readings fit, nothing is taken for granted: the file is refused with the flag that decides.

import { InputError, nearest, type Problem } from '../../engine/errors.ts';
import { intervalName, isInterval } from '../../engine/interval.ts';
import { decimal } from './times.ts';
import { isNaive, orderOfDates, type TimeUnit, timeReader, unitOf } from './zone.ts';

/** What the person said of a file (flags of `data import`). */
export interface Hints {
  /** `time`, `open`, ... to the name or number (from 1) of a column. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  readonly timeUnit?: TimeUnit | undefined;
  readonly timeZone?: string | undefined;
  /** Candles are stamped by their close. */
  readonly closeTime?: boolean | undefined;
  /** The name of an outside series that the file is. */
  readonly column?: string | undefined;
  /** Of candles. */
  readonly interval?: string | undefined;
}

/** The first rows of a table, all as text; `names` is null when there is no header. */
export interface Sample {
  readonly names: readonly string[] | null;
  readonly rows: readonly (readonly string[])[];
}

export interface Guess {
  readonly kind: 'candles' | 'series';
  /** Column of the time, and of the time of day where that is apart. */
  readonly time: number;
  readonly timeOfDay: number | null;
  /** Columns of open, high, low, close, volume, or of the value. */
  readonly values: readonly number[];
  readonly timeOf: (cell: string) => number;
  /** Candles are stamped by their close. */
  readonly isClose: boolean;
  readonly interval: string | null;
  /** The guess in words. */
  readonly text: string;
}

const FIELDS = ['open', 'high', 'low', 'close', 'volume'] as const;
const NAMES: Readonly<Record<string, readonly string[]>> = {
  time: [
    'time',
    'ts',
    'timestamp',
    'datetime',
    'date',
    'open_time',
    'opentime',
    'unix',
    't',
    'dt',
    'begin',
    'start',
    'candle_begin_time',
    'close_time',
    'closetime',
    'end',
    '',
  ],
  open: ['open', 'o', 'open_price', 'first'],
  high: ['high', 'h', 'high_price', 'max'],
  low: ['low', 'l', 'low_price', 'min'],
  close: ['close', 'c', 'close_price', 'last'],
  volume: [
    'volume',
    'v',
    'vol',
    'base_volume',
    'volume_base',
    'basevolume',
    'volumefrom',
    'tick_volume',
    'tickvol',
  ],
};
const CLOSE_NAMES = /^(close_?time|end|candle_end_time)$/;
/** Orders in which venues write prices without a header. */
const ORDERS = [
  ['open', 'high', 'low', 'close'],
  ['open', 'close', 'high', 'low'],
  ['low', 'high', 'open', 'close'],
] as const;

/** The guess; InputError with every question that is open, when there are any. */
export function guessOf(file: string, sample: Sample, hints: Hints): Guess {
  const asked: Problem[] = [];
  const ask = (rule: string) => asked.push({ key: file, rule });
  const { names, rows } = sample;
  const width = names?.length ?? rows[0]?.length ?? 0;
  if (rows.length === 0) throw new InputError({ key: file, rule: 'must have rows' });
  const said = columnsSaid(file, sample, width, hints.columns ?? {});
  const cellsOf = (at: number) => rows.map((row) => row[at] ?? '');
  const isSeries = hints.column !== undefined;

  const timeAt = said.get('time') ?? timeColumn(sample, width);
  if (timeAt === null) ask('its time is not to be found: say it with --columns time=NAME');
  const dayAt = timeAt === null ? null : timeOfDayColumn(sample, timeAt);
  const times =
    timeAt === null ? [] : joined(cellsOf(timeAt), dayAt === null ? null : cellsOf(dayAt));
  const unit = hints.timeUnit ?? unitIn(times);
  if (timeAt !== null && unit === 'unknown') {
    ask('its times are of no known form: say it with --time-unit s|ms|us|ns|iso|dmy|mdy');
  }
  if (unit === 'either') {
    ask('its dates may be day/month or month/day: say it with --time-unit dmy or --time-unit mdy');
  }
  const isNumber = ['s', 'ms', 'us', 'ns', 'mixed'].includes(unit);
  const naive = !isNumber && times.some(isNaive);
  if (naive && hints.timeZone === undefined) {
    ask('its times have no offset: say whose they are, with --time-zone UTC or Europe/Berlin');
  }
  const known =
    unit === 'unknown' || unit === 'either' || unit === 'mixed' ? null : (unit as TimeUnit);
  const timeOf = timeReader(known, naive ? (hints.timeZone ?? null) : null);
  const stamps = times.map(timeOf);
  if (asked.length === 0 && stamps.every(Number.isNaN)) {
    ask('its times cannot be read: say what they are, with --columns time=NAME or --time-unit');
  }

  const values = isSeries
    ? valueColumns(sample, width, said, [timeAt, dayAt], ask)
    : priceColumns(sample, width, said, [timeAt, dayAt], ask);
  const timeName = names?.[timeAt ?? 0]?.trim().toLowerCase().replaceAll(' ', '_') ?? '';
  const isClose = hints.closeTime ?? (CLOSE_NAMES.test(timeName) || endsIn999(stamps));
  const interval = isSeries ? null : (hints.interval ?? commonInterval(stamps));
  if (!isSeries && interval === null && asked.length === 0) {
    ask('its interval is not to be seen: say it with --interval, for example --interval 1h');
  }
  if (asked.length > 0 || timeAt === null) throw new InputError(asked);

  const nameOf = (at: number) => names?.[at] || `column ${at + 1}`;
  const zone = isNumber ? unit : naive ? `text, ${hints.timeZone}` : 'text, UTC';
  const fields = isSeries ? ['value'] : FIELDS;
  const parts = [
    names === null ? 'no header' : 'a header',
    `time = ${nameOf(timeAt)}${dayAt === null ? '' : ` and ${nameOf(dayAt)}`} (${zone})`,
    ...values.map((at, k) => `${fields[k]} = ${nameOf(at)}`),
    ...(isSeries ? [] : [`stamped by the ${isClose ? 'close' : 'open'}`, `${interval} candles`]),
  ];
  return {
    kind: isSeries ? 'series' : 'candles',
    time: timeAt,
    timeOfDay: dayAt,
    values,
    timeOf,
    isClose: isClose && !isSeries,
    interval,
    text: parts.join(', '),
  };
}

/** Columns the person named, by name or number; throws for what is not there. */
function columnsSaid(
  file: string,
  { names }: Sample,
  width: number,
  columns: Readonly<Record<string, string>>,
): Map<string, number> {
  const said = new Map<string, number>();
  const problems: Problem[] = [];
  for (const [field, name] of Object.entries(columns)) {
    const known = ['time', 'value', ...FIELDS];
    if (!known.includes(field)) {
      const rule = `must say one of ${known.join(', ')}`;
      problems.push({ key: '--columns', rule, value: field, nearest: nearest(field, known) });
      continue;
    }
    const byName = names?.indexOf(name) ?? -1;
    const at = byName !== -1 ? byName : /^\d+$/.test(name) ? Number(name) - 1 : -1;
    if (at >= 0 && at < width) said.set(field, at);
    else {
      const rule = `must be a column of ${file} (${names?.join(', ') ?? `1 to ${width}`})`;
      problems.push({ key: '--columns', rule, value: name, nearest: nearest(name, names ?? []) });
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return said;
}

function plainNames({ names }: Sample): string[] {
  return (names ?? []).map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/^<(.*)>$/, '$1')
      .replaceAll(' ', '_'),
  );
}

/** The place of the first of some names that is there, as it is written or in another case. */
function placeOf(sample: Sample, wanted: readonly string[]): number | undefined {
  const plain = plainNames(sample);
  const places = wanted.flatMap((name) => [sample.names?.indexOf(name) ?? -1, plain.indexOf(name)]);
  return places.find((at) => at !== -1);
}

function timeColumn(sample: Sample, width: number): number | null {
  const plain = plainNames(sample);
  const named = placeOf(sample, NAMES['time']!);
  // A column called `time` may hold only the time of day beside one called `date`.
  const date = plain.indexOf('date');
  if (named !== undefined && date !== -1 && isTimesOfDay(sample, named)) return date;
  if (named !== undefined) return named;
  const isTime = (cell: string) => unitIn([cell]) !== 'unknown';
  for (let at = 0; at < width; at++)
    if (sample.rows.every((row) => isTime(row[at] ?? ''))) return at;
  return null;
}

function timeOfDayColumn(sample: Sample, timeAt: number): number | null {
  const width = sample.rows[0]!.length;
  for (let at = 0; at < width; at++) if (at !== timeAt && isTimesOfDay(sample, at)) return at;
  return null;
}

function isTimesOfDay({ rows }: Sample, at: number): boolean {
  return rows.every((row) => /^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(row[at] ?? ''));
}

/** A date and the time of day beside it as one text. */
export function joined(dates: readonly string[], times: readonly string[] | null): string[] {
  if (times === null) return [...dates];
  return dates.map(
    (date, k) =>
      `${date.replace(/^(\d{4})\.(\d\d)\.(\d\d)$/, '$1-$2-$3')} ${times[k]!.padStart(5, '0')}`,
  );
}

/** The form of all times: a unit, `mixed` units, `either` order of dates, or `unknown`. */
function unitIn(cells: readonly string[]): TimeUnit | 'mixed' | 'either' | 'unknown' {
  const units = new Set(cells.map((cell) => (cell.length === 8 ? null : unitOf(decimal(cell)))));
  units.delete(null);
  if (units.size > 1) return 'mixed';
  const [unit] = units;
  if (unit !== undefined && unit !== null) return unit;
  const texts = cells.filter((cell) => cell !== '');
  if (texts.length === 0) return 'unknown';
  const order = orderOfDates(texts);
  if (order !== null) return order;
  return texts.some((cell) => !Number.isNaN(timeReader('iso', null)(cell))) ? 'iso' : 'unknown';
}

function valueColumns(
  sample: Sample,
  width: number,
  said: ReadonlyMap<string, number>,
  taken: readonly (number | null)[],
  ask: (rule: string) => unknown,
): number[] {
  const given = said.get('value') ?? plainNames(sample).indexOf('value');
  if (given !== -1) return [given];
  const numeric = numericColumns(sample, width).filter((at) => !taken.includes(at));
  if (numeric.length === 1) return numeric;
  ask(`it has ${numeric.length} columns of numbers: say which, with --columns value=NAME`);
  return [];
}

function priceColumns(
  sample: Sample,
  width: number,
  said: ReadonlyMap<string, number>,
  taken: readonly (number | null)[],
  ask: (rule: string) => unknown,
): number[] {
  const plain = plainNames(sample);
  const found = new Map<string, number>(said);
  for (const field of FIELDS) {
    const at = placeOf(sample, NAMES[field]!);
    if (!found.has(field) && at !== undefined && !taken.includes(at)) found.set(field, at);
  }
  const volumes = plain.flatMap((name, at) => (/^vol/.test(name) ? [at] : []));
  if (!found.has('volume') && volumes.length === 1) found.set('volume', volumes[0]!);
  const missing = FIELDS.filter((field) => !found.has(field));
  if (missing.length === 0) return FIELDS.map((field) => found.get(field)!);
  const free = numericColumns(sample, width).filter(
    (at) => !taken.includes(at) && ![...found.values()].includes(at),
  );
  if (missing.length < FIELDS.length || sample.names !== null || free.length < FIELDS.length) {
    const list = missing.map((field) => `${field}=NAME`).join(',');
    ask(
      `its ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not to be found: say it with --columns ${list}`,
    );
    return [];
  }
  const fits = ORDERS.filter((order) => isCandles(sample, order, free));
  if (fits.length !== 1) {
    const why = fits.length === 0 ? 'no order of prices' : 'more than one order of prices';
    ask(`${why} fits its columns: say it with --columns open=2,high=3,low=4,close=5,volume=6`);
    return [];
  }
  const order: readonly string[] = fits[0]!;
  return FIELDS.map((field) => free[field === 'volume' ? 4 : order.indexOf(field)]!);
}

function isCandles({ rows }: Sample, order: readonly string[], free: readonly number[]): boolean {
  return rows.every((row) => {
    const at = (field: string) => decimal(row[free[order.indexOf(field)]!] ?? '');
    const [open, high, low, close] = [at('open'), at('high'), at('low'), at('close')];
    return high >= Math.max(open, close) && low <= Math.min(open, close) && low > 0;
  });
}

function numericColumns({ rows }: Sample, width: number): number[] {
  return Array.from({ length: width }, (_, at) => at).filter((at) =>
    rows.every((row) => !Number.isNaN(decimal(row[at] ?? ''))),
  );
}

/** Stamps a millisecond before a whole minute are those of closes. */
function endsIn999(stamps: readonly number[]): boolean {
  return stamps.length > 0 && stamps.every((ms) => ms % 60_000 === 59_999);
}

/** The interval that most neighbours of some opens are apart; null when it is none that is kept. */
export function commonInterval(stamps: Iterable<number>): string | null {
  return stepName(commonStep([...stamps]));
}

function commonStep(stamps: readonly number[]): number {
  const sorted = stamps.filter((ms) => !Number.isNaN(ms)).sort((a, b) => a - b);
  const counts = new Map<number, number>();
  for (let k = 1; k < sorted.length; k++) {
    const step = sorted[k]! - sorted[k - 1]!;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best = 0;
  for (const [step, count] of counts) if (count > (counts.get(best) ?? 0)) best = step;
  return best;
}

function stepName(stepMs: number): string | null {
  const name = intervalName(stepMs);
  return isInterval(name) ? name : null;
}
