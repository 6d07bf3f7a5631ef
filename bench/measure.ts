// How a figure is taken: a few runs to warm up, then an odd number of counted ones, the median
// quoted and the best beside it. Ratios are taken between medians of the same process.

export interface Measured {
  readonly name: string;
  /** Instrument-candles a run handles. */
  readonly candles: number;
  readonly runs: number;
  readonly medianMs: number;
  readonly bestMs: number;
  readonly candlesPerSecond: number;
}

/** Times several pieces of work in turn (A B C A B C ...), so that drift of the machine hits all. */
export function measureInTurn(
  works: Readonly<Record<string, () => void>>,
  candles: number,
  runs: number,
  warmups = 8,
): Measured[] {
  const names = Object.keys(works);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let k = -warmups; k < runs; k++) {
    for (const name of names) {
      const startMs = performance.now();
      works[name]!();
      const ms = performance.now() - startMs;
      if (k >= 0) times.get(name)!.push(ms);
    }
  }
  return names.map((name) => {
    const sorted = times.get(name)!.sort((a, b) => a - b);
    const medianMs = sorted[sorted.length >> 1]!;
    return {
      name,
      candles,
      runs,
      medianMs,
      bestMs: sorted[0]!,
      candlesPerSecond: (candles * 1000) / medianMs,
    };
  });
}
