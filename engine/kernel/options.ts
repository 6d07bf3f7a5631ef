// What a kernel is made of: the same for every hand that feeds it.

import type { Ballots } from '../agents/ballots.ts';
import type { Hearing } from '../agents/hearing.ts';
import type { Remembered } from '../agents/memory.ts';
import type { SeatSpec } from '../agents/seat.ts';
import type { Room } from '../columns.ts';
import type { DecisionConfig } from '../config/schema.ts';
import type { Panel } from '../market/panel.ts';

export interface KernelOptions {
  readonly panel: Panel;
  readonly decision: DecisionConfig;
  /** At the first venue of the panel. */
  readonly cashUsd: number;
  /** At the others, by name; what is not named is 0. */
  readonly elsewhereUsd?: Readonly<Record<string, number>>;
  /** Of everything that draws on the decision side. */
  readonly seed: number;
  /** The voters, or exactly one seat when `solo`. */
  readonly seats: readonly SeatSpec[];
  /** True: the one seat's `decide` sets a target exposure and nobody votes. */
  readonly solo: boolean;
  /** First row that may be decided on; the rows before it only warm indicators. */
  readonly firstRow: number;
  /** Where its columns are borrowed; without it they are its own. */
  readonly room?: Room;
  /** Length of the spans of time whose votes are kept for people to look at; without it none are. */
  readonly voteSpanMs?: number;
  /** What another run remembered, oldest first; counts where memory is on. */
  readonly remembered?: readonly Remembered[];
  /** What voters say together at every row, where that is known. */
  readonly ballots?: Ballots | Hearing;
}
