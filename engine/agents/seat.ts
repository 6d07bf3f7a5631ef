// A seat: one strategy, with its parameters, on every leg of a panel. It owns the view that the
// strategy is shown there (one object per leg, reused for every candle) and checks what comes back.

import { isoText } from '../config/instant.ts';
import { InputError } from '../errors.ts';
import type { CandleColumns, Column } from '../market/column.ts';
import type { Headlines } from '../market/headlines.ts';
import type { Feature } from '../market/indicator.ts';
import { type Panel, seriesOfLeg } from '../market/panel.ts';
import type { Action, Asks, MemoryView, PortfolioView, Strategy, View, Vote } from './contract.ts';
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

class MutableVote implements Vote {
  action: Action = 'HOLD';
  confidence = 0;
  reason: string | undefined = undefined;
}

class LegView implements View {
  i = 0;
  readonly intervalMs: number;
  readonly venue: string;
  readonly symbol: string;
  readonly columns: CandleColumns;
  readonly features: Readonly<Record<string, Column>>;
  readonly series: Readonly<Record<string, Column | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: typed where the strategy is defined
  readonly parameters: any;
  readonly state: unknown;
  memory: MemoryView | null = null;
  /** Why it abstained last, and at which row. */
  abstained = '';
  abstainedAt = -1;
  /** The last answer of `analyze`. */
  said: Vote | null = null;
  readonly #vote = new MutableVote();
  readonly #headlines: Headlines;
  readonly #openMs: Float64Array;
  readonly #baseMs: number;

  constructor(panel: Panel, leg: number, decisionMs: number, seat: SeatSpec) {
    const { instrument, candles, features } = panel.legs[leg]!;
    const { strategy, parameters } = seat;
    this.#openMs = panel.openMs;
    this.#headlines = panel.headlines;
    this.#baseMs = panel.intervalMs;
    this.intervalMs = decisionMs;
    this.venue = instrument.venue;
    this.symbol = instrument.symbol;
    this.columns = candles;
    const columns: Record<string, Column> = {};
    for (const [name, feature] of Object.entries(featuresOf(seat))) {
      columns[name] = features.column(feature, decisionMs);
    }
    this.features = columns;
    const series: Record<string, Column | undefined> = {};
    for (const name of strategy.series ?? []) series[name] = seriesOfLeg(panel, leg, name);
    this.series = series;
    this.parameters = parameters;
    this.state = calling(seat, 'state', () => strategy.state?.());
  }

  get closeMs(): number {
    return this.#openMs[this.i]! + this.#baseMs;
  }

  vote(action: Action, confidence: number, reason?: string): Vote {
    const vote = this.#vote;
    vote.action = action;
    vote.confidence = confidence;
    vote.reason = reason;
    return vote;
  }

  abstain(reason: string): null {
    this.abstained = reason;
    this.abstainedAt = this.i;
    return null;
  }

  headlines(most: number, withinMs: number): readonly string[] {
    return this.#headlines.newest(this.closeMs, most, withinMs);
  }
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

  /** Counts a vote, or an abstention. */
  #heard(leg: number, vote: Vote | null | undefined): Vote | null {
    if (vote === null || vote === undefined) return this.abstain();
    this.views[leg]!.said = vote;
    const { action, confidence } = vote;
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
      throw this.#bad(leg, 'confidence', 'must be 0 to 1', confidence);
    }
    if (action === 'HOLD') this.holds++;
    else if (action === 'BUY') this.buys++;
    else if (action === 'SELL') this.sells++;
    else throw this.#bad(leg, 'action', 'must be BUY, SELL or HOLD', action);
    return vote;
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

  /** The words of its last vote on a leg; undefined where it gave none, or its answers are recalled. */
  reasonOn(leg: number): string | undefined {
    const { said } = this.views[leg]!;
    return typeof said?.reason === 'string' ? said.reason : undefined;
  }

  /** Why it abstained on a leg at row `i`, where it said so. */
  abstentionOn(leg: number, i: number): string | undefined {
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

function featuresOf(seat: SeatSpec): Readonly<Record<string, Feature>> {
  const { strategy, parameters } = seat;
  return calling(seat, 'features', () => strategy.features?.(parameters) ?? {});
}

/** Calls a person's code; what it throws becomes bad input that names the strategy. */
function calling<T>(seat: SeatSpec, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(
      { key: `strategy ${seat.id}: ${what}`, rule: threwText(cause) },
      { cause },
    );
  }
}

/** What was thrown, and where in the person's file: `threw TypeError: ... (my.ts:12:5)`. */
function threwText(cause: unknown): string {
  if (!(cause instanceof Error)) return `threw ${cause}`;
  const place = /([^/\\\s()]+\.ts)(?:\?[^:\s]*)?:(\d+):(\d+)/.exec(cause.stack ?? '');
  const where = place ? ` (${place[1]}:${place[2]}:${place[3]})` : '';
  return `threw ${cause.name}: ${cause.message}${where}`;
}
