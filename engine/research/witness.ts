// Listening to strategies: a seat whose strategy answers as its own does, in somebody's hearing.
//
//   kernel --asks--> [ ear hears who, where, what ] --> strategy's own answer, unchanged
//
// What is heard is never touched, and the row is read before the strategy is asked: nothing keeps
// one from writing to its view.

import type { Strategy, View, Vote } from '../agents/contract.ts';
import type { SeatSpec } from '../agents/seat.ts';

/** What was asked: a vote, a target, or one of the two vetoes. */
export type Question = 'analyze' | 'decide' | 'veto' | 'vetoHolding';

/** An answer as it was given: a vote, a target, a veto's code, or nothing. */
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
  return { ...seat, strategy: heard };
}

/** An answer in words: `BUY 0.7`, `target 1`, `nothing`. */
export function answerText(answer: Answer): string {
  if (answer === null || answer === undefined) return 'nothing';
  if (typeof answer === 'number') return `target ${answer}`;
  if (typeof answer === 'string') return answer;
  return `${answer.action} ${answer.confidence}`;
}

/** `binance-usdm BTCUSDT` */
export function legName({ venue, symbol }: { readonly venue: string; readonly symbol: string }) {
  return `${venue} ${symbol}`;
}
