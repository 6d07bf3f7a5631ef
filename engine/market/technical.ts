// The long tail: indicators and candlestick patterns of the package `technicalindicators` as
// columns, computed by its streaming classes one candle at a time, so that the rules of
// indicator.ts hold for them too. The package is imported in this file and nowhere else in the core.
//
// Where indicators/ has one of the same name, take that: it is ten times faster and has no quirks.
// The package rounds RSI and MFI to two decimals and ADL to whole units, leaves its ADX at NaN for
// good after a stretch in which nothing moved, and lets rounding add up in its SMA. Its hammer,
// hanging man, shooting star and tweezer patterns compare gains and losses as texts, so that they
// can misjudge the trend before them. Numbers are passed on as the package gives them.

import * as library from 'technicalindicators';
import { InputError, nearest } from '../errors.ts';
import type { CandleColumns } from './column.ts';
import type { Feature, Indicator } from './indicator.ts';
import {
  defineIndicator,
  featureOf,
  Parameters,
  type PriceSource,
} from './indicators/definition.ts';

/** Values for the parameters of an indicator, by the package's names; the rest are defaults. */
export type TechnicalParameters = Readonly<Record<string, number | boolean | string>>;

type Values = Record<string, number | boolean | string>;
type Numbers = Record<string, number>;

interface Stream {
  nextValue(tick: unknown): unknown;
}

interface Kind {
  /** A class of the package. */
  readonly type: unknown;
  /** Fed with one value a candle (and so has a `source`) instead of whole candles. */
  readonly values?: boolean;
  readonly defaults: Readonly<Values>;
  /** `value` alone where the package gives a plain number. */
  readonly outputs: readonly string[];
  /** Candles to the first row on which every output is a number. */
  readonly warmup: (p: Numbers) => number;
}

const VALUE = ['value'];

/** Fed with values; warm after `period` + `extra`. */
function ofValues(type: unknown, period: number, extra = 0): Kind {
  const warmup = (p: Numbers) => p['period']! + extra;
  return { type, values: true, defaults: { period }, outputs: VALUE, warmup };
}

/** Fed with candles; warm after `period` + `extra`. */
function ofCandles(type: unknown, period: number, extra = 0): Kind {
  const warmup = (p: Numbers) => p['period']! + extra;
  return { type, defaults: { period }, outputs: VALUE, warmup };
}

/** Fed with candles, without parameters. */
function plain(type: unknown, warmup: number, outputs: readonly string[] = VALUE): Kind {
  return { type, defaults: {}, outputs, warmup: () => warmup };
}

// Defaults are the package's where it has some, else the customary ones. Renko, volume profile and
// Fibonacci retracement have no value per candle; crossings need two lines. They are not here.
const KINDS: Readonly<Record<string, Kind>> = {
  sma: ofValues(library.SMA, 14),
  ema: ofValues(library.EMA, 14),
  wma: ofValues(library.WMA, 14),
  wema: ofValues(library.WEMA, 14),
  rsi: ofValues(library.RSI, 14, 1),
  roc: ofValues(library.ROC, 12, 1),
  sd: ofValues(library.SD, 20),
  sum: ofValues(library.Sum, 14),
  highest: ofValues(library.Highest, 14),
  lowest: ofValues(library.Lowest, 14),
  averagegain: ofValues(library.AverageGain, 14, 1),
  averageloss: ofValues(library.AverageLoss, 14, 1),
  trix: { ...ofValues(library.TRIX, 18), warmup: (p) => 3 * p['period']! - 1 },
  macd: {
    type: library.MACD,
    values: true,
    defaults: {
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    },
    outputs: ['MACD', 'signal', 'histogram'],
    warmup: (p) => p['slowPeriod']! + p['signalPeriod']! - 1,
  },
  bollingerbands: {
    type: library.BollingerBands,
    values: true,
    defaults: { period: 20, stdDev: 2 },
    outputs: ['upper', 'middle', 'lower', 'pb'],
    warmup: (p) => p['period']!,
  },
  stochasticrsi: {
    type: library.StochasticRSI,
    values: true,
    defaults: { rsiPeriod: 14, stochasticPeriod: 14, kPeriod: 3, dPeriod: 3 },
    outputs: ['stochRSI', 'k', 'd'],
    warmup: (p) => p['rsiPeriod']! + p['stochasticPeriod']! + p['kPeriod']! + p['dPeriod']! - 2,
  },
  kst: {
    type: library.KST,
    values: true,
    defaults: {
      ROCPer1: 10,
      ROCPer2: 15,
      ROCPer3: 20,
      ROCPer4: 30,
      SMAROCPer1: 10,
      SMAROCPer2: 10,
      SMAROCPer3: 10,
      SMAROCPer4: 15,
      signalPeriod: 9,
    },
    outputs: ['kst', 'signal'],
    warmup: (p) => {
      const lengths = [1, 2, 3, 4].map((k) => p[`ROCPer${k}`]! + p[`SMAROCPer${k}`]!);
      return Math.max(...lengths) + p['signalPeriod']! - 1;
    },
  },
  atr: ofCandles(library.ATR, 14, 1),
  cci: ofCandles(library.CCI, 20),
  williamsr: ofCandles(library.WilliamsR, 14),
  mfi: ofCandles(library.MFI, 14, 2),
  forceindex: ofCandles(library.ForceIndex, 1, 1),
  truerange: plain(library.TrueRange, 2),
  obv: plain(library.OBV, 2),
  adl: plain(library.ADL, 1),
  vwap: plain(library.VWAP, 1),
  heikinashi: plain(library.HeikinAshi, 1, ['open', 'high', 'low', 'close']),
  adx: {
    ...ofCandles(library.ADX, 14),
    outputs: ['adx', 'pdi', 'mdi'],
    warmup: (p) => 2 * p['period']!,
  },
  psar: { ...plain(library.PSAR, 1), defaults: { step: 0.02, max: 0.2 } },
  stochastic: {
    type: library.Stochastic,
    defaults: { period: 14, signalPeriod: 3 },
    outputs: ['k', 'd'],
    warmup: (p) => p['period']! + p['signalPeriod']! - 1,
  },
  awesomeoscillator: {
    type: library.AwesomeOscillator,
    defaults: { fastPeriod: 5, slowPeriod: 34 },
    outputs: VALUE,
    warmup: (p) => p['slowPeriod']!,
  },
  keltnerchannels: {
    type: library.KeltnerChannels,
    defaults: { maPeriod: 20, atrPeriod: 10, useSMA: false, multiplier: 1 },
    outputs: ['upper', 'middle', 'lower'],
    warmup: (p) => Math.max(p['maPeriod']!, p['atrPeriod']! + 1),
  },
  chandelierexit: {
    type: library.ChandelierExit,
    defaults: { period: 22, multiplier: 3 },
    outputs: ['exitLong', 'exitShort'],
    warmup: (p) => p['period']! + 1,
  },
  ichimokucloud: {
    type: library.IchimokuCloud,
    defaults: { conversionPeriod: 9, basePeriod: 26, spanPeriod: 52, displacement: 26 },
    outputs: ['conversion', 'base', 'spanA', 'spanB'],
    warmup: (p) =>
      Math.max(p['conversionPeriod']!, p['basePeriod']!, p['spanPeriod']!, p['displacement']!),
  },
};

/** The names `technical` knows. */
export const TECHNICAL_NAMES: readonly string[] = Object.freeze(Object.keys(KINDS));

/**
 * An indicator of the package `technicalindicators` (names in TECHNICAL_NAMES, parameters as its
 * documentation has them): `technical('cci', { period: 20 })`. Those with several outputs need
 * `output`: `technical('stochastic', { period: 14 }, 'k')`. Those over single values take a
 * `source` (`close` unless given). Throws InputError, with the nearest name, for a name, parameter
 * or output that does not exist. NaN until every output is a number.
 */
export function technical(
  name: string,
  parameters: TechnicalParameters = {},
  output?: string,
): Feature {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name]! : undefined;
  if (!kind) throw unknownName('technical', 'an indicator', name, TECHNICAL_NAMES);
  const { outputs } = kind;
  const at = output === undefined && outputs.length === 1 ? 0 : outputs.indexOf(output ?? '');
  const checked = new Parameters(name);
  const rule = `must be one of ${outputs.join(', ')}`;
  checked.rule('output', rule, output, at >= 0, output && nearest(output, outputs));
  const values = merge(checked, kind, parameters);
  checked.check();
  const text = Object.entries(values).map((entry) => entry.join('='));
  const spec = defineIndicator(
    `technical.${name}(${text.join(',')})`,
    outputs,
    kind.warmup(values as Numbers),
    (input, columns) => new Technical(input, columns, kind, values),
  );
  return featureOf(spec, at);
}

/** The defaults overlaid by what was given; what is wrong is noted in `checked`. */
function merge(checked: Parameters, kind: Kind, given: TechnicalParameters): Values {
  const defaults: Values = kind.values ? { source: 'close', ...kind.defaults } : kind.defaults;
  for (const key of Object.keys(given)) {
    const names = Object.keys(defaults);
    const rule = names.length > 0 ? `must be one of ${names.join(', ')}` : 'takes no parameters';
    if (!Object.hasOwn(defaults, key)) checked.rule(key, rule, key, false, nearest(key, names));
  }
  const values: Values = {};
  for (const [key, standard] of Object.entries(defaults)) {
    const value = given[key] ?? standard;
    values[key] = value;
    if (key === 'source') checked.source(value as PriceSource);
    else if (typeof standard === 'boolean') {
      checked.rule(key, 'must be true or false', value, typeof value === 'boolean');
    } else if (/per(iod)?\d?$|displacement/i.test(key)) checked.period(key, value as number);
    else checked.positive(key, value as number);
  }
  const { fastPeriod, slowPeriod } = values;
  if (fastPeriod !== undefined) {
    const rule = `must be below slowPeriod (${slowPeriod})`;
    checked.rule('fastPeriod', rule, fastPeriod, !(fastPeriod >= slowPeriod!));
  }
  return Object.freeze(values);
}

class Technical implements Indicator {
  readonly #input: CandleColumns;
  readonly #outputs: readonly Float64Array[];
  readonly #kind: Kind;
  readonly #values: Values;
  #stream: Stream;
  #seen = 0;

  constructor(input: CandleColumns, outputs: readonly Float64Array[], kind: Kind, values: Values) {
    this.#input = input;
    this.#outputs = outputs;
    this.#kind = kind;
    this.#values = values;
    this.#stream = open(kind, values);
  }

  /** The package's streams cannot be rewound, so a new one is opened. */
  reset(): void {
    this.#stream = open(this.#kind, this.#values);
    this.#seen = 0;
  }

  run(from: number, to: number): void {
    const { open, high, low, close, volume } = this.#input;
    const source = this.#kind.values ? this.#input[this.#values['source'] as PriceSource] : null;
    const names = this.#kind.outputs;
    const warmup = this.#kind.warmup(this.#values as Numbers);
    const single = names[0] === 'value';
    for (let i = from; i < to; i++) {
      const hole = close[i] !== close[i];
      // A new object each time: some of the package's classes keep the candle they were given.
      const result = hole
        ? undefined
        : this.#stream.nextValue(
            source
              ? source[i]
              : { open: open[i], high: high[i], low: low[i], close: close[i], volume: volume[i] },
          );
      if (!hole) this.#seen++;
      const known = result !== undefined && result !== null && this.#seen >= warmup;
      for (let k = 0; k < names.length; k++) {
        const value = known ? (single ? result : (result as Values)[names[k]!]) : Number.NaN;
        this.#outputs[k]![i] = Number.isFinite(value) ? (value as number) : Number.NaN;
      }
    }
  }
}

/** The class wants its history at once; it is given none and then fed candle by candle. */
function open(kind: Kind, values: Values): Stream {
  const none = { values: [], open: [], high: [], low: [], close: [], volume: [] };
  return new (kind.type as new (input: unknown) => Stream)({ ...values, ...none });
}

/** Candlestick patterns and the number of candles each looks at. */
const PATTERNS: ReadonlyMap<string, number> = new Map([
  ...names(
    1,
    'doji dragonflydoji gravestonedoji bullishmarubozu bearishmarubozu bullishspinningtop ' +
      'bearishspinningtop bullishhammerstick bearishhammerstick bullishinvertedhammerstick ' +
      'bearishinvertedhammerstick',
  ),
  ...names(
    2,
    'bullishengulfingpattern bearishengulfingpattern bullishharami bearishharami ' +
      'bullishharamicross bearishharamicross darkcloudcover piercingline',
  ),
  ...names(
    3,
    'abandonedbaby downsidetasukigap morningstar morningdojistar eveningstar eveningdojistar ' +
      'threeblackcrows threewhitesoldiers',
  ),
  ...names(
    5,
    'hammerpattern hammerpatternunconfirmed hangingman hangingmanunconfirmed shootingstar ' +
      'shootingstarunconfirmed tweezertop tweezerbottom bullish bearish',
  ),
]);

function names(candles: number, list: string): [string, number][] {
  return list.split(' ').map((name) => [name, candles]);
}

/** The names `pattern` knows. */
export const PATTERN_NAMES: readonly string[] = Object.freeze([...PATTERNS.keys()]);

/**
 * A candlestick pattern of the package (names in PATTERN_NAMES, `bullish` and `bearish` being any of
 * theirs): 1 on the candle that completes it, else 0. It looks at the last 1 to 5 candles that exist,
 * the pattern's own length, and is NaN before there are as many. Throws InputError with the nearest
 * name for one that does not exist.
 */
export function pattern(name: string): Feature {
  const candles = PATTERNS.get(name);
  if (!candles) throw unknownName('pattern', 'a pattern', name, PATTERN_NAMES);
  const find = (library as unknown as Record<string, Finder>)[name]!;
  return featureOf(
    defineIndicator(
      `pattern.${name}()`,
      VALUE,
      candles,
      (input, [out]) => new Pattern(input, out!, find, candles),
    ),
  );
}

interface CandleWindow {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
}

type Finder = (window: CandleWindow) => boolean;

class Pattern implements Indicator {
  readonly #input: CandleColumns;
  readonly #out: Float64Array;
  readonly #find: Finder;
  readonly #candles: number;
  /** The last candles, oldest first: exactly as many as the pattern needs. */
  readonly #window: CandleWindow;
  #seen = 0;

  constructor(input: CandleColumns, out: Float64Array, find: Finder, candles: number) {
    this.#input = input;
    this.#out = out;
    this.#find = find;
    this.#candles = candles;
    const column = () => new Array<number>(candles).fill(0);
    this.#window = { open: column(), high: column(), low: column(), close: column() };
  }

  reset(): void {
    this.#seen = 0;
  }

  run(from: number, to: number): void {
    const { open, high, low, close } = this.#input;
    const window = this.#window;
    const candles = this.#candles;
    for (let i = from; i < to; i++) {
      this.#out[i] = Number.NaN;
      if (close[i] !== close[i]) continue;
      shift(window.open, open[i]!);
      shift(window.high, high[i]!);
      shift(window.low, low[i]!);
      shift(window.close, close[i]!);
      if (this.#seen < candles) this.#seen++;
      if (this.#seen === candles) this.#out[i] = this.#find(window) ? 1 : 0;
    }
  }
}

function shift(column: number[], newest: number): void {
  for (let k = 1; k < column.length; k++) column[k - 1] = column[k]!;
  column[column.length - 1] = newest;
}

function unknownName(key: string, what: string, name: string, known: readonly string[]) {
  const rule = `must be ${what} of technicalindicators`;
  return new InputError({ key, rule, value: name, nearest: nearest(name, known) });
}
