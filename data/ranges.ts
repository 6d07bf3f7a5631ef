// Sets of instants as ranges `from <= t < to`, sorted, apart from each other: what has been asked, and
// what is left to ask.

/** `from <= t < to`, UTC ms. */
export type Range = readonly [fromMs: number, toMs: number];

/** The set with one range more; ranges that touch become one. */
export function withRange(ranges: readonly Range[], [fromMs, toMs]: Range): Range[] {
  if (!(fromMs < toMs)) return [...ranges];
  const apart = ranges.filter(([from, to]) => to < fromMs || from > toMs);
  const joined = ranges.filter(([from, to]) => to >= fromMs && from <= toMs);
  const from = Math.min(fromMs, ...joined.map((one) => one[0]));
  const to = Math.max(toMs, ...joined.map((one) => one[1]));
  return [...apart, [from, to] as const].sort((a, b) => a[0] - b[0]);
}

/** The set without what lies in one range. */
export function withoutRange(ranges: readonly Range[], [fromMs, toMs]: Range): Range[] {
  if (!(fromMs < toMs)) return [...ranges];
  return ranges.flatMap(([from, to]): Range[] => {
    const left: Range[] = [];
    if (from < Math.min(to, fromMs)) left.push([from, Math.min(to, fromMs)]);
    if (Math.max(from, toMs) < to) left.push([Math.max(from, toMs), to]);
    return left;
  });
}

/** The parts of `fromMs <= t < toMs` that the set does not have; `toMs` may be infinite. */
export function missingFrom(ranges: readonly Range[], [fromMs, toMs]: Range): Range[] {
  const missing: Range[] = [];
  let nextMs = fromMs;
  for (const [from, to] of ranges) {
    if (to <= nextMs) continue;
    if (from >= toMs) break;
    if (from > nextMs) missing.push([nextMs, from]);
    nextMs = to;
  }
  if (nextMs < toMs) missing.push([nextMs, toMs]);
  return missing;
}

/** Where the range of the set that ends just at `atMs` begins; `atMs` when none does. */
export function reachBefore(ranges: readonly Range[], atMs: number): number {
  return ranges.find(([, to]) => to === atMs)?.[0] ?? atMs;
}
