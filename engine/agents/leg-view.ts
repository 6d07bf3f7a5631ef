// What a strategy is shown of one leg: one object, reused for every candle. And how a person's code is
// called: what it throws becomes bad input that names the strategy and the place.

import { InputError } from '../errors.ts';
import type { CandleColumns, Column } from '../market/column.ts';
import type { Headlines } from '../market/headlines.ts';
import type { Feature } from '../market/indicator.ts';
import { type Panel, seriesOfLeg } from '../market/panel.ts';
import type { Action, MemoryView, View, Vote } from './contract.ts';
import type { SeatSpec } from './seat.ts';

class MutableVote implements Vote {
  action: Action = 'HOLD';
  confidence = 0;
  reason: string | undefined = undefined;
}

export class LegView implements View {
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

export function featuresOf(seat: SeatSpec): Readonly<Record<string, Feature>> {
  const { strategy, parameters } = seat;
  return calling(seat, 'features', () => strategy.features?.(parameters) ?? {});
}

/** Calls a person's code; what it throws becomes bad input that names the strategy. */
export function calling<T>(seat: SeatSpec, what: string, work: () => T): T {
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
export function threwText(cause: unknown): string {
  if (!(cause instanceof Error)) return `threw ${cause}`;
  const place = /([^/\\\s()]+\.ts)(?:\?[^:\s]*)?:(\d+):(\d+)/.exec(cause.stack ?? '');
  const where = place ? ` (${place[1]}:${place[2]}:${place[3]})` : '';
  return `threw ${cause.name}: ${cause.message}${where}`;
}
