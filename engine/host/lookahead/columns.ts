// Which column it is that a strategy reads too far: one column at a time is given another future.
//
//   read ahead   the strategy is shown one column, feature or series that is another after the row;
//                kernel, venue and everything else stay as they are
//   made ahead   one candle column is another after the row and all features are computed anew: a
//                feature that is another up to the row was made from later candles
//
// An answer that changes even earlier than the row in question is the better find: the search begins
// again there.

import type { SeatSpec } from '../../agents/seat.ts';
import { intervalOr } from '../../interval.ts';
import type { CandleArrays, Column } from '../../market/column.ts';
import { buildPanel, Panel, seriesOfLeg } from '../../market/panel.ts';
import type { RunInput } from '../../research/backtest.ts';
import { endingAt } from '../../research/lookahead.ts';
import {
  type Difference,
  firstDifference,
  type Heard,
  hear,
  type Other,
  panelWith,
  type Subject,
} from './cuts.ts';
import { type Alter, CHANGES, type Change, changed, covered, SIGNED, type Target } from './veil.ts';

/** What was read too far. */
export interface Cause {
  /**
   * A candle column, a declared feature, or an outside series that is read ahead; a feature that is
   * made of later candles; or how long the history is.
   */
  readonly kind: 'column' | 'feature' | 'series' | 'made-feature' | 'length';
  /** `close`, or the name under which the feature or the series is declared. */
  readonly name: string;
  /** Of a feature made ahead: the candle columns whose later rows it depends on. */
  readonly columns: readonly string[];
  /** Rows ahead of the one that is decided on, the nearest that matters; null = all together do. */
  readonly candlesAhead: number | null;
  /** The last row of the history matters, too. */
  readonly toTheEnd: boolean;
}

export interface Found {
  /** The first row at which anything that was tried made a difference. */
  readonly difference: Difference;
  /** Empty when no single column explains it. */
  readonly causes: readonly Cause[];
}

const CANDLES = ['open', 'high', 'low', 'close', 'volume'] as const;
type CandleColumn = (typeof CANDLES)[number];

/** More often than this an earlier row is not looked for. */
const MAX_RESTARTS = 8;

/** Searches at a difference; `seat` is the one to blame, null = any of them. */
export async function causesOf(
  subject: Subject,
  whole: Heard,
  at: Difference,
  seat: number | null,
): Promise<Found> {
  let difference = at;
  for (let restarts = 0; ; restarts++) {
    const search = new Search(subject, whole, difference.row, seat, restarts < MAX_RESTARTS);
    const causes = await search.causes();
    if (search.earlier === null) return { difference, causes };
    difference = search.earlier;
  }
}

class Search {
  /** A difference at an earlier row, which ends the search. */
  earlier: Difference | null = null;
  readonly #subject: Subject;
  readonly #whole: Heard;
  readonly #row: number;
  readonly #seat: number | null;
  readonly #wantsEarlier: boolean;

  constructor(
    subject: Subject,
    whole: Heard,
    row: number,
    seat: number | null,
    wantsEarlier: boolean,
  ) {
    this.#subject = subject;
    this.#whole = whole;
    this.#row = row;
    this.#seat = seat;
    this.#wantsEarlier = wantsEarlier;
  }

  async causes(): Promise<Cause[]> {
    const causes: Cause[] = [];
    for (const target of this.#targets()) {
      const cause = await this.#readAhead(target);
      if (this.earlier) return [];
      if (cause) causes.push(cause);
    }
    causes.push(...(await this.#madeAhead()));
    if (this.earlier) return [];
    return causes.length > 0 ? causes : await this.#length();
  }

  /** All that the strategies in question are shown, candle columns first. */
  #targets(): Target[] {
    const { panel } = this.#subject.input;
    const names = { features: new Set<string>(), series: new Set<string>() };
    for (const { strategy, parameters } of this.#blamed()) {
      for (const name of Object.keys(strategy.features?.(parameters) ?? {})) {
        names.features.add(name);
      }
      for (const name of strategy.series ?? []) {
        if (panel.legs.some((_, leg) => seriesOfLeg(panel, leg, name))) names.series.add(name);
      }
    }
    return [
      ...['close', 'open', 'high', 'low', 'volume', 'openMs'].map((name) => {
        return { kind: 'column' as const, name };
      }),
      ...[...names.features].map((name) => ({ kind: 'feature' as const, name })),
      ...[...names.series].map((name) => ({ kind: 'series' as const, name })),
    ];
  }

  #blamed(): readonly SeatSpec[] {
    const { seats } = this.#subject.input;
    return this.#seat === null ? seats : [seats[this.#seat]!];
  }

  /** Whether another future of one column alone changes an answer, and how far ahead it is read. */
  async #readAhead(target: Target): Promise<Cause | null> {
    const [from, rows] = [this.#row + 1, this.#subject.input.panel.length];
    const changes = target.kind === 'column' ? CHANGES : SIGNED;
    for (const change of changes) {
      if (!(await this.#differs(this.#showing(target, change, from, rows)))) continue;
      if (this.earlier) return null;
      const nearest = await this.#nearest(target, change, changes);
      const isAll = nearest === rows - from;
      let toTheEnd = isAll;
      for (const last of isAll ? [] : changes) {
        toTheEnd ||= await this.#differs(this.#showing(target, last, rows - 1, rows));
      }
      const candlesAhead = isAll && nearest > 1 ? null : nearest;
      return { ...target, columns: [], candlesAhead, toTheEnd };
    }
    return null;
  }

  /** The least number of later rows that must change: one in any way, else by doubling and halving. */
  async #nearest(target: Target, change: Change, changes: readonly Change[]): Promise<number> {
    const from = this.#row + 1;
    const most = this.#subject.input.panel.length - from;
    const matters = (rows: number, how: Change) =>
      this.#differs(this.#showing(target, how, from, from + rows));
    for (const how of changes) if (await matters(1, how)) return 1;
    let enough = Math.min(most, 2);
    while (enough < most && !(await matters(enough, change))) enough = Math.min(most, enough * 2);
    let few = enough >> 1;
    while (enough - few > 1) {
      const middle = (few + enough) >> 1;
      if (await matters(middle, change)) enough = middle;
      else few = middle;
    }
    return enough;
  }

  /** Features of the strategies in question that later candles change, with the columns that do. */
  async #madeAhead(): Promise<Cause[]> {
    const { input } = this.#subject;
    const { panel, config } = input;
    const decisionMs = intervalOr(config.decision.interval, panel.intervalMs);
    const rows = this.#row + 1;
    const found = new Map<string, Set<string>>();
    const compare = async (name: string, altered: Panel) => {
      const changed = this.#changedFeatures(altered, rows, decisionMs);
      for (const feature of changed) {
        const columns = found.get(feature) ?? new Set<string>();
        found.set(feature, columns.add(name));
      }
      if (changed.length === 0) return;
      const words = ['with the later rows', `with another ${name} after it`] as const;
      const shown = endingAt(altered, rows);
      await this.#differs({
        world: (seats) => ({ ...input, panel: shown, seats }),
        words,
        kind: 'cut',
      });
    };
    for (const name of CANDLES) {
      for (const change of CHANGES) {
        await compare(name, panelChanged(input, name, rows, change));
        if (this.earlier) return [];
      }
    }
    if (found.size === 0) await compare('length', panelWith(input, rows, 'missing'));
    return [...found].map(([name, columns]) => {
      const kind = 'made-feature' as const;
      return { kind, name, columns: [...columns], candlesAhead: null, toTheEnd: false };
    });
  }

  #changedFeatures(altered: Panel, rows: number, decisionMs: number): string[] {
    const { legs } = this.#subject.input.panel;
    const changed = new Set<string>();
    for (const { strategy, parameters } of this.#blamed()) {
      const declared = Object.entries(strategy.features?.(parameters) ?? {});
      for (const [name, feature] of declared) {
        legs.forEach((leg, k) => {
          const a = leg.features.column(feature, decisionMs);
          const b = altered.legs[k]!.features.column(feature, decisionMs);
          for (let i = 0; i < rows; i++) if (!Object.is(a[i], b[i])) changed.add(name);
        });
      }
    }
    return [...changed];
  }

  /** Whether it is the number of rows that is read: every column ends at the row. */
  async #length(): Promise<Cause[]> {
    const { input } = this.#subject;
    const rows = this.#row + 1;
    const ends = (column: Column) => Float64Array.from(column as Float64Array).subarray(0, rows);
    const words = ['with the later rows', 'when the history ends here'] as const;
    const other = this.#shown((_kind, _name, column) => ends(column), words);
    if (!(await this.#differs(other)) || this.earlier) return [];
    const name = `of ${input.panel.length} rows`;
    return [{ kind: 'length', name, columns: [], candlesAhead: null, toTheEnd: true }];
  }

  #showing({ kind, name }: Target, change: Change, from: number, to: number): Other {
    const words = ['with the later rows', `with another ${name} after it`] as const;
    return this.#shown((k, n, column) => {
      return k === kind && n === name ? changed(column, change, from, to) : column;
    }, words);
  }

  /** A world in which the strategies in question are shown other columns. */
  #shown(alter: Alter, words: Other['words']): Other {
    const { input } = this.#subject;
    const panel = endingAt(input.panel, this.#row + 1);
    const world = (seats: readonly SeatSpec[]): RunInput => {
      const worn = seats.map((seat, k) => {
        return this.#seat === null || this.#seat === k ? covered(seat, alter) : seat;
      });
      return { ...input, panel, seats: worn };
    };
    return { world, words, kind: 'cut' };
  }

  async #differs(other: Other): Promise<boolean> {
    const { fresh, watch } = this.#subject;
    const row = firstDifference(
      this.#whole,
      hear(other.world(await fresh()), watch),
      this.#row + 1,
    );
    if (row >= 0 && row < this.#row && this.#wantsEarlier) this.earlier = { row, other };
    // Lets the bar be drawn and Ctrl-C be heard.
    await new Promise((done) => setImmediate(done));
    return row >= 0;
  }
}

// ---- other columns -------------------------------------------------------------------------------

/** The panel with one candle column of every leg another from row `rows` on, features made anew. */
function panelChanged(
  { panel, config }: RunInput,
  name: CandleColumn,
  rows: number,
  change: Change,
): Panel {
  const inputs = panel.legs.map((leg) => {
    const { instrument, funding, mark, primary, finer } = leg;
    const candles: CandleArrays = {
      ...leg.candles,
      [name]: changed(leg.candles[name], change, rows, panel.length),
    };
    const input = { instrument, candles, funding, mark, primary };
    return finer === null ? input : { ...input, finer };
  });
  const built = buildPanel(inputs, panel.intervalMs, config.world.maxHoleCandles);
  const { intervalMs, series, length, headlines } = panel;
  return new Panel(intervalMs, built.openMs, built.legs, series, length, headlines);
}
