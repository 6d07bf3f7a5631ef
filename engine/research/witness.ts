// Listening to strategies: a seat whose strategy answers as its own does, in somebody's hearing.
//
//   kernel --asks--> [ ear hears who, where, what ] --> strategy's own answer, unchanged
//
// What is heard is never touched, and the row is read before the strategy is asked: nothing keeps
// one from writing to its view.

import type { Asks, Strategy, View, Vote } from '../agents/contract.ts';
import { numbersText, type Prompt } from '../agents/question.ts';
import type { SeatSpec } from '../agents/seat.ts';
import { Digest } from '../digest.ts';
import type { Column } from '../market/column.ts';

/** What was asked: a vote, a target, one of the two vetoes, or what to ask a model. */
export type Question = 'analyze' | 'decide' | 'veto' | 'vetoHolding' | 'prompt';

/** An answer as it was given: a vote, a target, a veto's code, a model's question, or nothing. */
export type Answer = Vote | number | string | null | undefined;

/** Somebody who listens; `seat` is the number of the seat among all of the run. */
export interface Ear {
  /** Somebody is about to be asked at a row; it may throw instead of answering. */
  asked?(seat: number, row: number): void;
  heard(seat: number, row: number, view: View, question: Question, answer: Answer): void;
}

/** The seat with a strategy that answers as its own does, in hearing of `ear`. */
export function overheard(seat: SeatSpec, k: number, ear: Ear): SeatSpec {
  const own = seat.strategy;
  const heard: { -readonly [K in keyof Strategy]: Strategy[K] } = { ...own };
  const listen = <T extends Answer>(view: View, question: Question, answer: () => T): T => {
    const row = view.i;
    ear.asked?.(k, row);
    const said = answer();
    ear.heard(k, row, view, question, said);
    return said;
  };
  if (own.analyze) {
    heard.analyze = (view, portfolio) =>
      listen(view, 'analyze', () => own.analyze!(view, portfolio));
  }
  if (own.decide) {
    heard.decide = (view) => listen(view, 'decide', () => own.decide!(view));
  }
  if (own.veto) {
    heard.veto = (view, portfolio, side) =>
      listen(view, 'veto', () => own.veto!(view, portfolio, side));
  }
  if (own.vetoHolding) {
    heard.vetoHolding = (view, portfolio) =>
      listen(view, 'vetoHolding', () => own.vetoHolding!(view, portfolio));
  }
  const { asks } = own;
  if (asks) {
    const prompt: Asks['prompt'] = (view, side, portfolio) => {
      ear.asked?.(k, view.i);
      const row = view.i;
      const said = asks.prompt(view, side, portfolio);
      ear.heard(k, row, view, 'prompt', said && promptText(said));
      return said;
    };
    heard.asks = { ...asks, prompt };
  }
  return { ...seat, strategy: heard };
}

function promptText({ system, user, numbers }: Prompt): string {
  return `${user} ${numbersText(numbers)} ${system}`;
}

/** An answer in words: `BUY 0.7`, `target 1`, `nothing`. */
export function answerText(answer: Answer): string {
  if (answer === null || answer === undefined) return 'nothing';
  if (typeof answer === 'number') return `target ${answer}`;
  if (typeof answer === 'string') return answer;
  return `${answer.action} ${answer.confidence}`;
}

function saidText(question: Question, answer: Answer): string {
  if (question === 'prompt') return answer === null ? 'asks nothing' : `asks "${answer}"`;
  const isVeto = question === 'veto' || question === 'vetoHolding';
  return isVeto ? `${question} ${answer}` : answerText(answer);
}

/** `binance-usdm BTCUSDT` */
export function legName({ venue, symbol }: { readonly venue: string; readonly symbol: string }) {
  return `${venue} ${symbol}`;
}

// ---- writing it down ------------------------------------------------------------------------------

/** What one seat said over a whole run. */
export interface SeatTally {
  answers: number;
  /** A BUY, a SELL or a target. */
  decisions: number;
  /** It did not always say the same. */
  varied: boolean;
}

/** An answer at the row in focus. */
export interface Said {
  readonly seat: number;
  readonly leg: string;
  readonly text: string;
}

const NUMBERS = { HOLD: 0, BUY: 4, SELL: -4 } as const;

/** Hears every strategy of a run and writes down what is said at which row. */
export class Witness implements Ear {
  /** Of each row a digest of everything said until its end; 0 where nobody was asked. */
  readonly trace: Float64Array;
  /** 1 where somebody said BUY, SELL or a target. */
  readonly spoke: Uint8Array;
  readonly tallies: SeatTally[];
  readonly said: Said[] = [];
  /** The newest row at which somebody was asked. */
  lastRow = -1;
  readonly #focusRow: number;
  readonly #first: number[] = [];
  readonly #digest = new Digest();

  constructor(rows: number, seats: number, focusRow: number) {
    this.trace = new Float64Array(rows);
    this.spoke = new Uint8Array(rows);
    this.tallies = Array.from({ length: seats }, () => {
      return { answers: 0, decisions: 0, varied: false };
    });
    this.#focusRow = focusRow;
  }

  asked(seat: number, row: number): void {
    if (row !== this.lastRow) {
      this.endRow();
      this.lastRow = row;
    }
    this.#digest.number(seat);
  }

  heard(
    seat: number,
    row: number,
    view: Parameters<typeof legName>[0],
    question: Question,
    answer: Answer,
  ): void {
    const number = this.#take(answer);
    const tally = this.tallies[seat]!;
    const first = this.#first[seat];
    if (first === undefined) this.#first[seat] = number;
    else if (!Object.is(first, number)) tally.varied = true;
    tally.answers++;
    const isDecision =
      question === 'decide'
        ? answer !== undefined
        : question === 'prompt'
          ? answer !== null
          : question === 'analyze' && Math.abs(number) > 2;
    if (isDecision) {
      tally.decisions++;
      this.spoke[row] = 1;
    }
    if (row !== this.#focusRow) return;
    this.said.push({ seat, leg: legName(view), text: saidText(question, answer) });
  }

  endRow(): void {
    if (this.lastRow < 0) return;
    // 52 bits of the digest, and never 0.
    this.trace[this.lastRow] = this.#digest.last52() + 1;
  }

  /** Mixes an answer in; one number for it, beyond 2 for a BUY or a SELL. */
  #take(answer: Answer): number {
    let number = Number.NaN;
    if (typeof answer === 'number') number = answer;
    else if (typeof answer === 'string') this.#digest.text(answer);
    else if (answer) number = NUMBERS[answer.action] + answer.confidence;
    this.#digest.number(number);
    return number;
  }
}

/** The first of `rows` on which two columns differ; -1 when they do not. */
export function firstOther(a: Column, b: Column, rows: number): number {
  for (let i = 0; i < rows; i++) if (a[i] !== b[i]) return i;
  return -1;
}

/**
 * Where two runs part in what they said at a row, and in which words: `failure` is what the second one
 * broke off with, `ids` those of the seats. Null when both said the same.
 */
export function parting(
  a: readonly Said[],
  b: readonly Said[],
  failure: string | null,
  ids: readonly string[],
  [first, second]: readonly [first: string, second: string],
): (Pick<Said, 'seat' | 'leg'> & { readonly what: string }) | null {
  for (let k = 0; k < Math.max(a.length, b.length); k++) {
    const [x, y] = [a[k], b[k]];
    if (x && y && x.seat === y.seat && x.leg === y.leg && x.text === y.text) continue;
    const { seat, leg } = (x ?? y)!;
    const broke = y === undefined ? failure : null;
    const other = broke ?? (y?.seat === seat && y.leg === leg ? y.text : 'was not asked');
    const [one, then] = apart(x?.text ?? 'was not asked', other);
    const what = `${ids[seat]} on ${leg}: ${one} ${first}, ${then} ${second}`;
    return { seat, leg, what };
  }
  return null;
}

const MOST_SAID = 100;
const BEFORE = 30;

/** Two texts, of long ones what lies around their first difference: a question may fill pages. */
function apart(a: string, b: string): readonly [string, string] {
  if (a.length <= MOST_SAID && b.length <= MOST_SAID) return [a, b];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - BEFORE);
  const piece = (text: string) => {
    const cut = text.slice(from, from + MOST_SAID);
    return `${from > 0 ? '...' : ''}${cut}${from + cut.length < text.length ? '...' : ''}`;
  };
  return [piece(a), piece(b)];
}
