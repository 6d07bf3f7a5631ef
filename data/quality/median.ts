// The middle one of some values, found without sorting them: millions of candles are looked at in blocks.

/** NaN for none; the mean of the two in the middle for an even number. A NaN counts as the largest. */
export function medianOf(values: readonly number[]): number {
  return medianInPlace(Float64Array.from(values));
}

/** The same; leaves the values in another order. */
export function medianInPlace(values: Float64Array): number {
  const middle = values.length >> 1;
  const upper = select(values, middle, numbersFirst(values));
  if (values.length === 0 || values.length % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) lower = values[i]! > lower ? values[i]! : lower;
  return (lower + upper) / 2;
}

/** Brings every NaN behind the numbers; how many numbers there are. */
function numbersFirst(values: Float64Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value) continue;
    values[i] = values[count]!;
    values[count++] = value;
  }
  return count;
}

/**
 * The value that would stand at `rank` were the first `count` sorted, with none larger before it; NaN
 * from `count` on. Hoare, Algorithm 65: Find, Communications of the ACM 4/7 (1961).
 */
function select(values: Float64Array, rank: number, count: number): number {
  if (rank >= count) return Number.NaN;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const one = values[i]!;
      values[i++] = values[j]!;
      values[j--] = one;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank]!;
}
