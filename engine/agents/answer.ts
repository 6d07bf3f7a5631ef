// The check that every answer passes before it is one: a value of the shape that was asked for becomes
// numbers within their ranges, or it is refused whole. Used at the edge (providers) and on tapes.
//
// The invariant: whatever the text says, what comes out is bounded numbers, and words that nobody
// reads but people. Unknown keys are refused, so that nothing else can be smuggled in.

import { plainLine } from '../text.ts';
import type { Answer, AnswerShape } from './question.ts';

/** Characters of words that are kept; the rest is cut. */
export const WORDS = 500;

const NOTHING: Answer = Object.freeze({
  score: Number.NaN,
  confidence: Number.NaN,
  risk: Number.NaN,
  low: Number.NaN,
  median: Number.NaN,
  high: Number.NaN,
  coverage: Number.NaN,
  factor: Number.NaN,
  words: '',
});

/** The keys of each shape: those that must be there, and those that may be. */
export const ANSWER_KEYS: Readonly<
  Record<AnswerShape, { readonly must: readonly string[]; readonly may: readonly string[] }>
> = Object.freeze({
  /** `action` BUY, SELL or HOLD; a `score` may stand for action and confidence. */
  opinion: { must: [], may: ['action', 'confidence', 'score', 'risk', 'words'] },
  forecast: { must: ['low', 'median', 'high', 'coverage'], may: ['words'] },
  review: { must: ['factor'], may: ['words'] },
});

const SIGNS: Readonly<Record<string, number>> = { BUY: 1, SELL: -1, HOLD: 0 };

/**
 * The answer that a parsed JSON value is, or the rule that it breaks: `confidence: must be 0 to 1`.
 * Never throws.
 */
export function readAnswer(shape: AnswerShape, value: unknown): Answer | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an object';
  }
  const said = value as Readonly<Record<string, unknown>>;
  const { must, may } = ANSWER_KEYS[shape];
  for (const key of Object.keys(said)) {
    if (!must.includes(key) && !may.includes(key)) return `${key.slice(0, 40)}: is not asked for`;
  }
  for (const key of must) if (said[key] === undefined) return `${key}: must be there`;
  const { words = '' } = said;
  if (typeof words !== 'string') return 'words: must be a text';
  const answer = shape === 'opinion' ? opinionOf(said) : numbersIn(said);
  if (typeof answer === 'string') return answer;
  return { ...NOTHING, ...answer, words: plainWords(words) };
}

/** Text that is safe to print in one line: control and invisible characters out, cut to WORDS. */
export function plainWords(text: string): string {
  return plainLine(text, WORDS);
}

type Numbers = Partial<Omit<Answer, 'words'>>;

function opinionOf(said: Readonly<Record<string, unknown>>): Numbers | string {
  const { action, confidence, score, risk } = said;
  if (risk !== undefined && !isWithin(risk, 0, 1)) return 'risk: must be 0 to 1';
  const safety = risk === undefined ? {} : { risk: risk as number };
  if (score !== undefined) {
    if (action !== undefined) return 'score: must not stand beside action';
    if (!isWithin(score, -1, 1)) return 'score: must be -1 to 1';
    if (confidence !== undefined && !isWithin(confidence, 0, 1)) {
      return 'confidence: must be 0 to 1';
    }
    const sure = (confidence as number | undefined) ?? Math.abs(score as number);
    return { score: score as number, confidence: sure, ...safety };
  }
  if (typeof action !== 'string' || !Object.hasOwn(SIGNS, action)) {
    return 'action: must be BUY, SELL or HOLD';
  }
  if (!isWithin(confidence, 0, 1)) return 'confidence: must be 0 to 1';
  const sure = confidence as number;
  return { score: SIGNS[action]! * sure + 0, confidence: sure, ...safety };
}

function numbersIn(said: Readonly<Record<string, unknown>>): Numbers | string {
  const { low, median, high, coverage, factor } = said;
  if (factor !== undefined) {
    return isWithin(factor, 0, 1) ? { factor: factor as number } : 'factor: must be 0 to 1';
  }
  for (const [key, price] of Object.entries({ low, median, high })) {
    if (!isWithin(price, Number.MIN_VALUE, Number.MAX_VALUE)) return `${key}: must be above 0`;
  }
  if (!((low as number) <= (median as number) && (median as number) <= (high as number))) {
    return 'low, median, high: must ascend';
  }
  if (!isWithin(coverage, 0, 1)) return 'coverage: must be 0 to 1';
  return { low, median, high, coverage } as Numbers;
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}
