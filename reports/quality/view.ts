// What the page of data quality is drawn from: plain values, worked out elsewhere.

export interface QualityView {
  /** The store, as a person would type it. */
  readonly store: string;
  /** Score below which `--strict` refuses a run. */
  readonly bar: number;
  /** What findings cost, in words. */
  readonly rules: readonly (readonly [what: string, rule: string])[];
  readonly datasets: readonly DatasetView[];
}

export interface DatasetView {
  /** `binance-usdm BTCUSDT 1h`. */
  readonly name: string;
  readonly digest: string;
  readonly rows: number;
  /** What its rows are. */
  readonly unit: 'candles' | 'stamps' | 'values';
  readonly fromMs: number;
  readonly toMs: number;
  /** 0 to 100. */
  readonly score: number;
  readonly losses: readonly { readonly what: string; readonly points: number }[];
  /** What was found: a label, and a line of words. */
  readonly findings: readonly (readonly [label: string, text: string])[];
  readonly days: Days;
  /** Of the files it was made of. */
  readonly sources: number;
}

/** A calendar's days, from the first to the last. */
export interface Days {
  /** Start of the first day, UTC ms. */
  readonly fromMs: number;
  /** Share of what was due that each day has, 0 to 1; NaN where nothing was due. */
  readonly shares: ArrayLike<number>;
  /** Share of each day that the source, when it was asked, had nothing for, 0 to 1. */
  readonly absent: ArrayLike<number>;
}
