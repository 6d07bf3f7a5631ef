// What one seat votes at every row of every leg, asked for ahead of a run and looked up in it, and in
// every other run in which it would say the same: by ballots.ts.
//
// Only for strategies that read the market alone: they say the same in every run over the same
// candles, whatever is done with it. Vetoes read the account and are always asked.

import type { Panel } from '../market/panel.ts';
import type { AskedRows } from './asked-rows.ts';
import type { Action } from './contract.ts';
import { type Foreseen, inOrder } from './foresight.ts';
import type { Seat, SeatSpec } from './seat.ts';

/** What was said at a row; what was said with a number has it beside it. */
export const UNASKED = 0;
export const ABSTAINED = 1;
export const HOLD = 2;
export const BUY = 3;
export const SELL = 4;
const SAID: Readonly<Record<Action, number>> = { HOLD, BUY, SELL };

export class Opinions implements Foreseen {
  /** By leg and row, one of the codes above. */
  readonly said: readonly Uint8Array[];
  /** By leg and row: confidence; of no meaning where nothing was said. */
  readonly value: readonly Float64Array[];

  constructor({ legs, length }: Panel) {
    this.said = legs.map(() => new Uint8Array(length));
    this.value = legs.map(() => new Float64Array(length));
  }

  get bytes(): number {
    const columns = [...this.said, ...this.value];
    return columns.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  foresee(panel: Panel, spec: SeatSpec, decisionInterval: string | null, firstRow: number): void {
    for (const said of this.said) said.fill(UNASKED);
    inOrder(panel, spec, decisionInterval, firstRow, (seat, rows, from, to) => {
      this.#ask(seat, rows, from, to);
    });
  }

  #ask(seat: Seat, rows: AskedRows, from: number, to: number): void {
    const { leg, everyFrom } = rows;
    const said = this.said[leg]!;
    const value = this.value[leg]!;
    for (let i = from; i < to; i++) {
      if (i < everyFrom && rows.sees(i) !== true) continue;
      const vote = seat.analyze(leg, i);
      if (vote === null) said[i] = ABSTAINED;
      else {
        said[i] = SAID[vote.action];
        value[i] = vote.confidence;
      }
    }
  }
}
