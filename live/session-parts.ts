// What a session is made of, and who may look at it while it runs.

import type { Kernel } from '../engine/kernel.ts';
import type { Clock } from './clock.ts';
import type { Inbox } from './inbox.ts';
import type { CarriedJournal } from './journal/carried.ts';
import type { ModelPort } from './models/port.ts';
import type { Note } from './note.ts';
import type { CandleEvent, RowCounts } from './rows.ts';
import type { OpenPort } from './venues/port.ts';

export interface SessionParts extends Onlooker {
  /** One that has seen nothing, over a panel that grows. */
  readonly kernel: Kernel;
  readonly inbox: Inbox;
  readonly journal: CarriedJournal;
  readonly openPort: OpenPort;
  /** Who answers agents that ask models; null = nobody. */
  readonly models?: ModelPort | null;
  /** A stored range is played again, in a time of its own. */
  readonly isStored?: boolean;
  /** The feed's: grace times and waits. */
  readonly clock: Clock;
  /** How long after its close a row waits for late legs. */
  readonly graceMs?: number;
  /** A row that is decided on later than this after its close is too old to be traded on. */
  readonly staleMs?: number;
}

/** Whoever looks at a session while it runs; nothing it does may change anything. */
export interface Onlooker {
  /** After each row has been decided on. `isRecovering`: it is run again from the journal. */
  readonly onRow?: (kernel: Kernel, counts: Readonly<RowCounts>, isRecovering: boolean) => void;
  /** What the session notes down. */
  readonly onNote?: (note: Note, kernel: Kernel) => void;
  /** Candles that are still forming. */
  readonly onForming?: (candle: CandleEvent) => void;
  /** The session lives: its loop has come round, or it waits for its venues at the start. */
  readonly onBeat?: () => void;
}
