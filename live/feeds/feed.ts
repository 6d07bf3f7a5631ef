// What a session asks of a feed: closed candles into the inbox's market lane, row by row.
//
// For each row: series that have changed, then candles, then `row-closed` when nothing more will come
// for it. A feed that cannot know leaves `row-closed` to the grace time.

import type { Clock } from '../clock.ts';
import type { Inbox, MarketEvent } from '../inbox.ts';

export interface Feed {
  /** `replay:candles.duckdb`: what the journal's manifest says. */
  readonly name: string;
  /** Whose time the journal's stamps are. */
  readonly clock: Clock;
  /** A stored range is played again, in a time of its own. */
  readonly isStored?: boolean;
  /** Something that an earlier life of the session was told; every event of its journal, before `run`. */
  heard?(event: MarketEvent): void;
  /** True when no row opens after `afterMs` (UTC ms) and none ever will. */
  isOver(afterMs: number): boolean;
  /**
   * Delivers what opens after `afterMs` until there is nothing more or `signal` aborts; then resolves.
   * Waits for the inbox to be idle where it could run ahead.
   */
  run(inbox: Inbox, afterMs: number, signal: AbortSignal): Promise<void>;
}
