// The four kinds of failure and how each is written down.
//
//   bad input        the person's     InputError: every problem at once; the command exits with 2
//   broken invariant ours             InvariantError: the process stops, exit 3
//   refusal          risk says no     a value with a code (engine/risk/refusal.ts), never thrown
//   the world        venue, feed      an event with a code (engine/event.ts)
//
// Messages name the key, the rule and the value; codes are kebab-case and are what tests assert.

/** One thing wrong with what a person gave us. */
export interface Problem {
  /** Where: a config path, a flag, or `file:line`. */
  readonly key: string;
  /** The rule that does not hold, for example `must be 0 to 1`. */
  readonly rule: string;
  /** The value that was, when there is one worth showing. */
  readonly value?: unknown;
  /** The closest valid name, when the problem is a misspelt one. */
  readonly nearest?: string | undefined;
}

/** Bad input: holds every problem found, because fixing them one run at a time is no fun. */
export class InputError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const list = 'key' in problems ? [problems] : [...problems];
    super(list.map(problemText).join('\n'), options);
    this.name = 'InputError';
    this.problems = Object.freeze(list);
  }
}

/** Something that cannot happen has happened: a defect in this project, never in the input. */
export class InvariantError extends Error {
  constructor(rule: string) {
    super(`broken invariant: ${rule}`);
    this.name = 'InvariantError';
  }
}

/** States a rule that must hold; throws InvariantError when it does not. */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new InvariantError(rule);
}

/** One line: `risk.maxPosition: must be 0 to 1, was 7 (did you mean risk.maxPositionFraction?)`. */
export function problemText(problem: Problem): string {
  const was = problem.value === undefined ? '' : `, was ${valueText(problem.value)}`;
  const hint = problem.nearest === undefined ? '' : ` (did you mean ${problem.nearest}?)`;
  return `${problem.key}: ${problem.rule}${was}${hint}`;
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The candidate nearest to a misspelt word by edit distance, or undefined when none is close. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, change));
    }
    previous = current;
  }
  return previous[b.length]!;
}
