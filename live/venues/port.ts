// What a session asks of a venue, and the only way in which a venue answers: events into the inbox.
//
//   session --carryOut(intents)--> venue --answer(event)--> inbox (venue lane) --> session
//
// Nothing here is waited for. An intent is handed over only when the journal holds it durably.

import type { Intent } from '../../engine/intent.ts';
import type { VenueEvent } from '../inbox.ts';
import type { ClosedRow } from '../rows.ts';

/** Takes an answer in, or the news of a failure: an event as well, never an exception. */
export type Answer = (event: VenueEvent) => void;

export interface VenuePort {
  /** `paper`, `aster`, ... */
  readonly id: string;
  /**
   * A row is complete; it is told before the kernel sees it. A venue that trades on candles meets the
   * row now and has answered when this returns; a real one knows its market itself.
   */
  onRow?(row: ClosedRow): void;
  /** Carries intents out, in order. `nowMs`: the kernel's time, UTC ms. Returns at once. */
  carryOut(intents: readonly Intent[], nowMs: number): void;
  /**
   * Signed quantity of each leg as the venue has it, base units; null while answers are under way
   * that would change it.
   */
  positions?(): readonly number[] | null;
  /** No more answers after it resolves. A second call does nothing. */
  close(): Promise<void>;
}

/** Makes a session's port; `answer` takes its answers. */
export type OpenPort = (answer: Answer) => VenuePort;
