// Sessions that do not go as the simulator says: a paper venue whose answers are altered on the way,
// a feed that is late for some rows, a person who says something after a row; and a small one to try
// them on.

import type { Config } from '../../engine/config/schema.ts';
import type { Command } from '../../engine/event.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import type { RunInput } from '../../engine/research/backtest.ts';
import type { FillPair } from '../../engine/research/fill-pairs.ts';
import type { Feed } from '../../live/feeds/feed.ts';
import type { VenueEvent } from '../../live/inbox.ts';
import { runSession, type SessionPlan } from '../../live/recovery.ts';
import type { OpenConfig } from '../../live/replay.ts';
import { readShadow } from '../../live/shadow.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { FREE, inputOf, type Partly, targets } from '../support/run.ts';
import { inRoom, planOf, replayOf } from './support.ts';

/** The same config and strategies as were run: they were never in a file. */
export function openOf({ config, seats, solo }: RunInput): OpenConfig {
  const loaded = { seats, solo, files: [], label: 'test' };
  return async () => ({ config, loaded });
}

/** What is said instead of each answer of the venue. */
export type Alter = (event: VenueEvent) => readonly VenueEvent[];

export function altered(input: RunInput, alter: Alter): Partial<SessionPlan> {
  const { openPort } = planOf(input, '');
  return {
    openPort: (answer, view) =>
      openPort((event) => {
        for (const one of alter(event)) answer(one);
      }, view),
  };
}

/** The plan's feed with a clock that is `lateMs` behind the close of the rows from `from` to `to`. */
export function lateFeed(input: RunInput, from: number, to: number, lateMs: number): Feed {
  const feed = replayOf(input);
  const { openMs, intervalMs } = input.panel;
  const isLate = (ms: number) => ms >= openMs[from]! + intervalMs && ms < openMs[to]! + intervalMs;
  const { clock } = feed;
  const nowMs = () => clock.nowMs() + (isLate(clock.nowMs()) ? lateMs : 0);
  return {
    name: feed.name,
    clock: { ...clock, nowMs },
    isOver: (afterMs) => feed.isOver(afterMs),
    run: (inbox, afterMs, signal) => feed.run(inbox, afterMs, signal),
  };
}

/** A person who speaks when a row (its number) has been decided on. */
export function saying(words: Readonly<Record<number, Command>>): Partial<SessionPlan> {
  let say: (command: Command) => void = () => {};
  return {
    commands: {
      listen: async (heard) => {
        say = heard;
      },
    },
    onRow: ({ row }) => {
      const word = words[row - 1];
      if (word !== undefined) say(word);
    },
  };
}

/** Runs a session and its shadow backtest. */
export function shadowOf(input: RunInput, changes: Partial<SessionPlan> = {}) {
  return inRoom(async (folder) => {
    await runSession(planOf(input, folder, changes));
    return readShadow(folder, openOf(input));
  });
}

// Long from the open of row 1 (100) to that of row 4 (102), short from that of row 6 (105) to that of
// row 9 (100); all equity, 10 000 USD at first, and nothing costs anything.
export const CHART = '100 101 103 102 104 105 101 99 100 104';
export const TEN: Partly<Config> = { ...FREE, world: { ...FREE.world, cashUsd: 10_000 } };
export const trader = () => inputOf(panelOf({ A: CHART }), [targets('1 . . 0 . -1 . . 0')], TEN);
export const openMs = (row: number) => START_MS + row * HOUR_MS;

/** Of every pair: what the order was for, and why it differs. */
export const causesOf = ({ fills }: { readonly fills: readonly FillPair[] }) =>
  fills.map(({ purpose, cause }) => `${purpose} ${cause}`);
