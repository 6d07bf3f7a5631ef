// A seat: one strategy, with its parameters, on every leg of a panel. It owns the view that the
// strategy is shown there (one object per leg, reused for every candle) and checks what comes back.

import { isoText } from '../config/instant.ts';
import { InputError } from '../errors.ts';
import type { Panel } from '../market/panel.ts';
import type { Action, Asks, PortfolioView, Strategy, Vote } from './contract.ts';
import { calling, featuresOf, LegView, threwText } from './leg-view.ts';
import { type ParameterRecord, resolveParameters } from './parameters.ts';
import type { Answer, Prompt } from './question.ts';
import type { TargetReader, Targets } from './targets.ts';

/** Who takes part in a run, as the loader hands it over. */
export interface SeatSpec {
  readonly id: string;
  readonly weight: number;
  readonly strategy: Strategy;
  readonly parameters: ParameterRecord;
  /** Its targets where they are known before the run: they are looked up instead of asked for. */
  readonly targets?: Targets;
}

/** What was said last, and the words of the vote, or why there is none. */
export interface Saying {
  /** null = it abstained; undefined = it has not been asked. */
  action: Action | null | undefined;
  confidence: number;
  words: string | undefined;
}

export class Seat {
  readonly id: string;
  readonly weight: number;
  readonly strategy: Strategy;
  /** Base candles that a leg must have shown since its listing or its last long hole. */
  readonly warmupCandles: number;
  readonly views: readonly LegView[];
  /** How it asks a model; null = it does not. */
  readonly asks: Asks | null;
  readonly #portfolio: PortfolioView | null;
  /** What it wants, where that is known before the run. */
  readonly targets: TargetReader | null;
  /** The words that came with what it said at a row, where it was asked ahead; null = it was not. */
  wordsAhead: ((leg: number, i: number) => string | undefined) | null = null;
  /** The last target that `decideUntil` came to. */
  target: number | undefined = undefined;
  buys = 0;
  sells = 0;
  holds = 0;
  abstentions = 0;
  vetoes = 0;

  /** `portfolio` is shown to `analyze` only when the strategy declared that it reads it. */
  constructor(panel: Panel, decisionMs: number, spec: SeatSpec, portfolio: PortfolioView) {
    this.id = spec.id;
    this.weight = spec.weight;
    this.strategy = spec.strategy;
    const parameters = resolveParameters(
      spec.strategy,
      spec.parameters,
      `parameters of ${spec.id}`,
    );
    const resolved = { ...spec, parameters };
    this.views = panel.legs.map((_, leg) => new LegView(panel, leg, decisionMs, resolved));
    this.warmupCandles = warmupCandles(resolved, decisionMs, panel.intervalMs);
    this.#portfolio = spec.strategy.reads === 'portfolio' ? portfolio : null;
    this.targets = spec.targets?.reader() ?? null;
    this.asks = spec.strategy.asks ?? null;
  }

  /** The vote on one leg at row `i`; null = abstains. */
  analyze(leg: number, i: number): Vote | null {
    const view = this.views[leg]!;
    view.i = i;
    let vote: Vote | null;
    try {
      vote = this.strategy.analyze!(view, this.#portfolio);
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
    return this.#heard(leg, vote);
  }

  /**
   * The first row in `from` to `to` (not included) at which it says something else than `last`, which it
   * is then put down in; else `to`. What `analyze` of every row on the way would have said, not counted.
   */
  analyzeUntil(leg: number, from: number, to: number, last: Saying, keepsWords: boolean): number {
    const view = this.views[leg]!;
    const { strategy } = this;
    const { action, confidence, words } = last;
    let vote: Vote | null | undefined;
    let i = from;
    try {
      for (; i < to; i++) {
        view.i = i;
        vote = strategy.analyze!(view, this.#portfolio);
        if (vote === null || vote === undefined) {
          if (action !== null || (keepsWords && this.abstentionOn(leg, i) !== words)) break;
        } else {
          if (vote.action !== action || vote.confidence !== confidence) break;
          if (keepsWords && vote.reason !== words) break;
        }
      }
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
    if (i === to) return to;
    const isVote = vote !== null && vote !== undefined;
    last.action = isVote ? this.#checked(leg, vote!).action : null;
    last.confidence = isVote ? vote!.confidence : 0;
    if (keepsWords) last.words = isVote ? vote!.reason : this.abstentionOn(leg, i);
    return i;
  }

  /** Counts a vote, or an abstention. */
  #heard(leg: number, vote: Vote | null | undefined): Vote | null {
    if (vote === null || vote === undefined) return this.abstain();
    this.views[leg]!.said = vote;
    const { action } = this.#checked(leg, vote);
    if (action === 'HOLD') this.holds++;
    else if (action === 'BUY') this.buys++;
    else this.sells++;
    return vote;
  }

  #checked(leg: number, vote: Vote): Vote {
    const { action, confidence } = vote;
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
      throw this.#bad(leg, 'confidence', 'must be 0 to 1', confidence);
    }
    if (action === 'HOLD' || action === 'BUY' || action === 'SELL') return vote;
    throw this.#bad(leg, 'action', 'must be BUY, SELL or HOLD', action);
  }

  /** What it asks a model about one leg at row `i`; null = nothing. Only for one that asks. */
  prompt(leg: number, i: number, side: 1 | -1 | 0): Prompt | null {
    const view = this.views[leg]!;
    view.i = i;
    const prompt = this.#call(leg, () => this.asks!.prompt(view, side, this.#portfolio)) ?? null;
    if (prompt === null) return null;
    const { system, user } = prompt;
    if (typeof system !== 'string' || typeof user !== 'string' || user === '') {
      throw this.#bad(leg, 'prompt', 'must have system and user, both texts', prompt);
    }
    return prompt;
  }

  /** What an answer to a question of row `i` means as a vote; null = it abstains. */
  voteOf(leg: number, i: number, answer: Answer): Vote | null {
    const view = this.views[leg]!;
    view.i = i;
    return this.#heard(
      leg,
      this.#call(leg, () => this.asks!.vote!(view, answer)),
    );
  }

  /** How safe it is to act on an answer, 0 to 1; NaN = nobody says. */
  safetyOf(leg: number, i: number, answer: Answer): number {
    const { safety } = this.asks!;
    if (safety === undefined) return answer.risk;
    const view = this.views[leg]!;
    view.i = i;
    const value = this.#call(leg, () => safety(view, answer));
    if (Number.isNaN(value) || (value >= 0 && value <= 1)) return value;
    throw this.#bad(leg, 'safety', 'must be 0 to 1, or NaN', value);
  }

  /** Its vote on a leg at row `i` is not counted after all. */
  withhold(leg: number, i: number, reason: string): void {
    const view = this.views[leg]!;
    view.i = i;
    view.abstain(reason);
  }

  /** What it means as a second opinion: a share of the entry, 0 to 1, or a word that vetoes it. */
  reviewOf(leg: number, i: number, answer: Answer, side: 1 | -1): number | string {
    const view = this.views[leg]!;
    view.i = i;
    const word = this.#call(leg, () => this.asks!.review!(view, answer, side));
    if (typeof word === 'number' && word >= 0 && word <= 1) return word;
    if (typeof word === 'string' && /^[a-z0-9][a-z0-9-]{0,63}$/.test(word)) return word;
    throw this.#bad(leg, 'review', 'must return 0 to 1, or a kebab-case word', word);
  }

  #call<T>(leg: number, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
  }

  /** The words of its vote on a leg at row `i`, the last one; undefined where it gave none. */
  reasonOn(leg: number, i: number): string | undefined {
    const words = this.wordsAhead?.(leg, i) ?? this.views[leg]!.said?.reason;
    return typeof words === 'string' ? words : undefined;
  }

  /** Why it abstained on a leg at row `i`, where it said so. */
  abstentionOn(leg: number, i: number): string | undefined {
    if (this.wordsAhead !== null) return this.wordsAhead(leg, i);
    const { abstained, abstainedAt } = this.views[leg]!;
    return abstainedAt === i ? abstained : undefined;
  }

  /** Counts a poll without an opinion: warming up, or no data. */
  abstain(): null {
    this.abstentions++;
    return null;
  }

  /** The target exposure on one leg at row `i`; undefined = keep. */
  decide(leg: number, i: number): number | undefined {
    if (this.targets !== null) return this.targets.at(leg, i);
    const view = this.views[leg]!;
    view.i = i;
    let target: number | undefined;
    try {
      target = this.strategy.decide!(view);
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
    return this.#wanted(leg, target);
  }

  /**
   * The first row in `from` to `to` (not included) at which it wants another exposure than `before`,
   * which is then in `target`; else `to`. What `decide` of every row on the way would have said.
   */
  decideUntil(leg: number, from: number, to: number, before: number | undefined): number {
    const view = this.views[leg]!;
    const { strategy } = this;
    let target = before;
    let i = from;
    try {
      for (; i < to; i++) {
        view.i = i;
        target = strategy.decide!(view);
        if (target !== before) break;
      }
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
    this.target = this.#wanted(leg, target);
    return i;
  }

  #wanted(leg: number, target: number | undefined): number | undefined {
    if (target === undefined) return undefined;
    if (typeof target !== 'number' || !(Math.abs(target) < Number.POSITIVE_INFINITY)) {
      throw this.#bad(leg, 'target exposure', 'must be a finite number', target);
    }
    return target;
  }

  /** A reason to refuse an entry on one leg at row `i`, or null. Only for a strategy that has one. */
  veto(leg: number, i: number, portfolio: PortfolioView, side: 1 | -1): string | null {
    const view = this.views[leg]!;
    view.i = i;
    try {
      return this.#code(leg, 'veto', this.strategy.veto!(view, portfolio, side));
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
  }

  /** A reason to close the position on one leg at row `i`, or null, likewise. */
  vetoHolding(leg: number, i: number, portfolio: PortfolioView): string | null {
    const view = this.views[leg]!;
    view.i = i;
    try {
      return this.#code(leg, 'vetoHolding', this.strategy.vetoHolding!(view, portfolio));
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
  }

  /** Price at which the strategy wants to enter one leg at row `i`, NaN = at any; likewise. */
  targetPrice(leg: number, i: number, side: 1 | -1): number {
    const view = this.views[leg]!;
    view.i = i;
    let price: unknown;
    try {
      price = this.strategy.targetPrice!(view, side);
    } catch (cause) {
      throw this.#failed(leg, cause);
    }
    if (price === undefined || Number.isNaN(price)) return Number.NaN;
    if (typeof price !== 'number' || !(price > 0 && price < Number.POSITIVE_INFINITY)) {
      throw this.#bad(leg, 'target price', 'must be above 0', price);
    }
    return price;
  }

  /** A veto's own word; one that falls off its end said nothing. */
  #code(leg: number, what: string, code: string | null | undefined): string | null {
    if (code === null || code === undefined) return null;
    if (typeof code !== 'string' || code === '') {
      throw this.#bad(leg, what, 'must return a word or null', code);
    }
    return code;
  }

  #bad(leg: number, what: string, rule: string, value: unknown): InputError {
    return new InputError({ key: `${this.#place(leg)}: ${what}`, rule, value });
  }

  #failed(leg: number, cause: unknown): InputError {
    if (cause instanceof InputError) return cause;
    return new InputError({ key: this.#place(leg), rule: threwText(cause) }, { cause });
  }

  #place(leg: number): string {
    const view = this.views[leg]!;
    const candle = isoText(view.columns.openMs[view.i]!);
    return `strategy ${this.id} on ${view.symbol} at row ${view.i}, candle of ${candle}`;
  }
}

/**
 * Base candles that a seat needs before it is asked: what its strategy declares and at least the
 * longest warm-up of its features, one candle of slack for buckets that do not start with the data.
 */
export function warmupCandles(seat: SeatSpec, decisionMs: number, baseMs: number): number {
  const { strategy, parameters } = seat;
  const declared = strategy.warmupCandles;
  let candles =
    typeof declared === 'function'
      ? calling(seat, 'warmupCandles', () => declared(parameters))
      : (declared ?? 1);
  for (const feature of Object.values(featuresOf(seat))) {
    const ratio = Math.max(feature.intervalMs ?? decisionMs, baseMs) / baseMs;
    const slack = ratio > 1 ? 1 : 0;
    candles = Math.max(candles, (feature.indicator.warmupCandles + slack) * ratio);
  }
  return candles;
}
