// Strategies that know the future, each in its own way, as files that a person could have written.
//
// All of them behave until `LEAK_ROW` and leak from there on, so that the first offence is known by
// hand. What they leak is a number and not a yes or no: any other future gives another answer.

/** The first row at which a leak shows. */
export const LEAK_ROW = 20;

/** A strategy that is flat until LEAK_ROW and then answers with an expression over `view`. */
function leaky(expression: string, more = '', head = ''): string {
  return `import { defineStrategy, sma } from 'sapphire';
${head}
export default defineStrategy({
  name: 'leaky',
  ${more}
  decide: (view) => {
    const { i, columns, features, series, closeMs, symbol } = view;
    if (i < ${LEAK_ROW} || symbol !== 'ETHUSDT') return 0;
    return ${expression};
  },
});
`;
}

const WHOLE_MEAN = `const scaled = {
  indicator: {
    key: 'scaled(close)',
    outputs: ['value'],
    warmupCandles: 1,
    create: (input, [out]) => ({
      run(from, to) {
        const known = Array.from(input.close).filter((close) => close === close);
        const mean = known.reduce((sum, close) => sum + close, 0) / known.length;
        for (let i = from; i < to; i++) out[i] = input.close[i] / mean;
      },
      reset() {},
    }),
  },
  output: 0,
};`;

const NEEDS = `function needs(next) {
  if (!next) throw new RangeError('no next candle');
  return 1;
}`;

export interface Leak {
  readonly title: string;
  readonly source: string;
  /** What the verb must say: name, kind, and how far ahead. */
  readonly column: string;
  readonly cause: Readonly<Record<string, unknown>>;
}

const next = (name: string): Leak => ({
  title: `reads the next ${name}`,
  source: leaky(`(columns.${name}[i + 1] || 0) / 1e6`),
  column: name,
  cause: { kind: 'column', candlesAhead: 1, toTheEnd: false },
});

export const LEAKS: readonly Leak[] = [
  ...['open', 'high', 'low', 'close', 'volume'].map(next),
  {
    title: 'compares the next close, and says yes or no',
    source: leaky('columns.close[i + 1] > columns.close[i] ? 1 : 0'),
    column: 'close',
    cause: { kind: 'column', candlesAhead: 1, toTheEnd: false },
  },
  {
    title: 'reads three closes ahead',
    source: leaky('(columns.close[i + 3] || 0) / 1e6'),
    column: 'close',
    cause: { kind: 'column', candlesAhead: 3, toTheEnd: false },
  },
  {
    title: 'reads the maximum of the whole column',
    source: leaky('columns.close[i] < Math.max(...Array.from(columns.close)) ? 1 : 0'),
    column: 'close',
    cause: { kind: 'column', toTheEnd: true },
  },
  {
    title: 'keeps the maximum of the whole column in its module',
    source: leaky(
      '(peak ??= Math.max(...Array.from(columns.close).filter((x) => x === x))) / 1e6',
      '',
      'let peak;',
    ),
    column: 'close',
    cause: { kind: 'column', toTheEnd: true },
  },
  {
    title: 'reads whether there is a next candle',
    source: leaky('columns.openMs[i + 1] > 0 ? 1 : 0'),
    column: 'openMs',
    cause: { kind: 'column', candlesAhead: 1 },
  },
  {
    title: 'reads a feature of the next candle',
    source: leaky('(features.mean[i + 1] || 0) / 1e6', 'features: () => ({ mean: sma(3) }),'),
    column: 'mean',
    cause: { kind: 'feature', candlesAhead: 1, toTheEnd: false },
  },
  {
    title: 'has a feature that is made from the whole history',
    source: leaky('features.scaled[i] / 2', 'features: () => ({ scaled }),', WHOLE_MEAN),
    column: 'scaled',
    cause: { kind: 'made-feature', columns: ['close'] },
  },
  {
    title: 'reads the next value of an outside series',
    source: leaky('(series.sentiment[i + 1] || 0) / 100', "series: ['sentiment'],"),
    column: 'sentiment',
    cause: { kind: 'series', candlesAhead: 1, toTheEnd: false },
  },
  {
    title: 'fails where there is no next candle',
    source: leaky('needs(i + 2 >= columns.close.length || columns.close[i + 1] > 0)', '', NEEDS),
    column: 'close',
    cause: { kind: 'column', candlesAhead: 1 },
  },
  {
    title: 'knows how long the history is',
    source: leaky('i / columns.close.length'),
    column: 'of 60 rows',
    cause: { kind: 'length' },
  },
];
