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
  readonly candles: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** 0 to 100. */
  readonly score: number;
  readonly losses: readonly { readonly what: string; readonly points: number }[];
  /** What was found: a label, and a line of words. */
  readonly findings: readonly (readonly [label: string, text: string])[];
  /** Start of the first day, UTC ms, and the share of candles that each day has. */
  readonly days: { readonly fromMs: number; readonly shares: ArrayLike<number> };
  /** Of the files it was made of. */
  readonly sources: number;
}
