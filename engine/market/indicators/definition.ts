// What every indicator file shares: its parameters checked, its spec and its features frozen.
//
// A key is canonical: defaults are written out, so `rsi()` and `rsi(14, 'close')` are one column.
// Parameters that are wrong are refused when the factory is called, all of them at once.

import { InputError, type Problem } from '../../errors.ts';
import type { CandleColumns, Column } from '../column.ts';
import type { Feature, Indicator, IndicatorSpec } from '../indicator.ts';

/** The candle column an indicator reads. */
export type PriceSource = 'open' | 'high' | 'low' | 'close' | 'volume';

const SOURCES: readonly string[] = ['open', 'high', 'low', 'close', 'volume'];

/** Windows are arrays of this many numbers: 100,000 is also the limit of TA-Lib. */
const MAX_PERIOD = 100_000;

/** Collects what is wrong with the parameters of one factory call. */
export class Parameters {
  readonly #indicator: string;
  readonly #problems: Problem[] = [];

  constructor(indicator: string) {
    this.#indicator = indicator;
  }

  /** A number of candles, whole and at least `min`. */
  period(name: string, value: number, min = 1): this {
    const rule = `must be a whole number, ${min} to ${MAX_PERIOD}`;
    return this.rule(name, rule, value, isPeriod(value, min));
  }

  source(value: PriceSource): this {
    const rule = `must be one of ${SOURCES.join(', ')}`;
    return this.rule('source', rule, value, SOURCES.includes(value));
  }

  /** A finite number above 0. */
  positive(name: string, value: number): this {
    return this.rule(name, 'must be above 0', value, value > 0 && value < Number.POSITIVE_INFINITY);
  }

  /** Any other rule, with whether it holds. */
  rule(
    name: string,
    rule: string,
    value: unknown,
    holds: boolean,
    nearest?: string | undefined,
  ): this {
    if (!holds) this.#problems.push({ key: `${this.#indicator}.${name}`, rule, value, nearest });
    return this;
  }

  /** Throws InputError with everything that did not hold. */
  check(): void {
    if (this.#problems.length > 0) throw new InputError(this.#problems);
  }
}

function isPeriod(value: number, min: number): boolean {
  return Number.isInteger(value) && value >= min && value <= MAX_PERIOD;
}

/** A frozen spec; see IndicatorSpec for what the fields mean. */
export function defineIndicator(
  key: string,
  outputs: readonly string[],
  warmupCandles: number,
  create: (input: CandleColumns, outputs: readonly Float64Array[]) => Indicator,
): IndicatorSpec {
  return Object.freeze({ key, outputs: Object.freeze([...outputs]), warmupCandles, create });
}

/** The frozen feature that reads output number `output` of `indicator`. */
export function featureOf(indicator: IndicatorSpec, output = 0): Feature {
  return Object.freeze({ indicator, output });
}

/** The column called `source`. */
export function sourceColumn(input: CandleColumns, source: PriceSource): Column {
  return input[source];
}
