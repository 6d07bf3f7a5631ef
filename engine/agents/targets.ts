// What a strategy that decides alone wants at every row, asked for ahead of a run: of each leg only the
// rows at which it says something else than before, and what. A run looks targets up, and passes over
// rows at which nothing new is said.
//
//   row      0  1  2  3  4  5  6  7          rows     0  2  4  6  7
//   said     .  .  1  1  .  .  0  .          wanted   .  1  .  0  .          (. = kept)
//                                            stirs    0  2  6

import { NumberList } from '../columns.ts';
import { assert } from '../errors.ts';
import type { Panel } from '../market/panel.ts';
import type { AskedRows } from './asked-rows.ts';
import { type Foreseen, Inquiry } from './foresight.ts';
import type { Seat, SeatSpec } from './seat.ts';

/** In place of a target, which is finite: it is kept; nobody is asked. */
const KEPT = Number.NaN;
const UNASKED = Number.POSITIVE_INFINITY;

/** Of one leg; both of one length. */
interface Changes {
  readonly rows: NumberList;
  readonly wanted: NumberList;
}

export class Targets implements Foreseen {
  /** Rows at which another target is said on some leg, or asking begins or ends: ascending. */
  readonly stirs = new NumberList();
  readonly #legs: readonly Changes[];

  constructor({ legs }: Panel) {
    this.#legs = legs.map(() => ({ rows: new NumberList(), wanted: new NumberList() }));
  }

  get bytes(): number {
    const lists = [this.stirs, ...this.#legs.flatMap(({ rows, wanted }) => [rows, wanted])];
    return lists.reduce((sum, { values }) => sum + values.byteLength, 0);
  }

  foresee(panel: Panel, spec: SeatSpec, decisionInterval: string | null, firstRow: number): void {
    this.stirs.clear();
    for (const { rows, wanted } of this.#legs) {
      rows.clear();
      wanted.clear();
    }
    const inquiry = new Inquiry(panel, spec, decisionInterval, firstRow);
    inquiry.each(0, panel.length, (seat, rows, from, to) => this.#ask(seat, rows, from, to));
    if (inquiry.failure !== null) throw inquiry.failure.error;
    // Legs are asked one after the other.
    if (this.#legs.length > 1) this.stirs.sortOut();
  }

  /** For one run, whose rows come in order. */
  reader(): TargetReader {
    return new TargetReader(this.#legs);
  }

  #ask(seat: Seat, asked: AskedRows, from: number, to: number): void {
    const { leg, everyFrom } = asked;
    let i = from;
    for (; i < to && i <= everyFrom; i++) {
      const isWarm = asked.sees(i);
      if (isWarm !== null) this.#note(leg, i, isWarm ? (seat.decide(leg, i) ?? KEPT) : UNASKED);
    }
    while (i < to) {
      const last = lastOf(this.#legs[leg]!);
      i = seat.decideUntil(leg, i, to, last === last ? last : undefined);
      if (i < to) this.#note(leg, i++, seat.target ?? KEPT);
    }
  }

  #note(leg: number, i: number, target: number): void {
    const changes = this.#legs[leg]!;
    const { rows, wanted } = changes;
    const last = lastOf(changes);
    if (rows.length > 0 && (last === target || (last !== last && target !== target))) return;
    rows.push(i);
    wanted.push(target);
    // Who falls silent wants nothing new.
    if (target !== target && rows.length > 1 && last !== UNASKED) return;
    const { stirs } = this;
    if (stirs.length === 0 || stirs.values[stirs.length - 1] !== i) stirs.push(i);
  }
}

function lastOf({ wanted }: Changes): number {
  return wanted.length === 0 ? KEPT : wanted.values[wanted.length - 1]!;
}

export class TargetReader {
  readonly #legs: readonly Changes[];
  /** Of each leg: changes up to the row that was looked up last. */
  readonly #passed: Int32Array;

  constructor(legs: readonly Changes[]) {
    this.#legs = legs;
    this.#passed = new Int32Array(legs.length);
  }

  /** The target at a row; undefined = it is kept. */
  at(leg: number, i: number): number | undefined {
    const target = this.#look(leg, i);
    assert(target !== UNASKED, 'only rows that were asked about are looked up');
    return target === target ? target : undefined;
  }

  /** Whether a target is said at a row that is not `target`. */
  isOther(leg: number, i: number, target: number): boolean {
    const said = this.#look(leg, i);
    return said === said && said !== UNASKED && said !== target;
  }

  /** The first row from `i` on, at which a target other than 0 is said, at which none is; `i` = none is there. */
  speaksUntil(leg: number, i: number): number {
    const said = this.#look(leg, i);
    if (said !== said || said === UNASKED || said === 0) return i;
    const { rows } = this.#legs[leg]!;
    const passed = this.#passed[leg]!;
    return passed < rows.length ? rows.values[passed]! : Number.POSITIVE_INFINITY;
  }

  #look(leg: number, i: number): number {
    const { rows, wanted } = this.#legs[leg]!;
    let passed = this.#passed[leg]!;
    while (passed < rows.length && rows.values[passed]! <= i) passed++;
    this.#passed[leg] = passed;
    return passed === 0 ? UNASKED : wanted.values[passed - 1]!;
  }
}
