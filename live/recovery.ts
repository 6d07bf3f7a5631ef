// Start-up, which is recovery: an empty journal is a short one.
//
//   lock -> lines verified, torn tail cut -> the session run again over them, every answer, intent
//   and mark compared -> a writer -> the feed goes on behind the last closed row
//
// The paper venue is rebuilt by the same pass. What the journal holds of a row that did not close is
// compared when the feed brings that row again. A difference is refused (Divergence), never mended.

import { mkdirSync } from 'node:fs';
import { isoText } from '../engine/config/instant.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import { type Command, type Event, isModelEvent } from '../engine/event.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import { DAY_MS } from '../engine/interval.ts';
import type { Kernel } from '../engine/kernel.ts';
import { runDigest } from '../engine/research/backtest.ts';
import { machineClock } from './clock.ts';
import type { Feed } from './feeds/feed.ts';
import { Inbox, isMarketEvent, type MarketEvent } from './inbox.ts';
import { CarriedJournal, type Rotation } from './journal/carried.ts';
import type { Disk } from './journal/disk.ts';
import { recoverFolder } from './journal/folder.ts';
import type { Line } from './journal/line.ts';
import { JournalLock } from './journal/lock.ts';
import { differences, type Identity, type Manifest, manifestOf } from './journal/manifest.ts';
import type { Tail } from './journal/reader.ts';
import { beginFile, type FileOptions, resumeFile, rotate } from './journal/rotate.ts';
import { freshKernel, type Market } from './market.ts';
import type { ModelPort } from './models/port.ts';
import { note } from './note.ts';
import type { RowCounts } from './rows.ts';
import { Session } from './session.ts';
import type { Onlooker } from './session-parts.ts';
import type { OpenPort } from './venues/port.ts';

/** All that a session is made of. */
export interface SessionPlan extends Onlooker {
  /** Where its journal lies; made when it is missing. */
  readonly folder: string;
  /** `sessionId` counts for a new journal only. */
  readonly identity: Omit<Identity, 'config' | 'market' | 'feed'>;
  readonly config: Config;
  readonly market: Market;
  readonly loaded: LoadedSeats;
  readonly feed: Feed;
  readonly openPort: OpenPort;
  /** Who answers agents that ask models. */
  readonly models?: ModelPort;
  readonly disk?: Disk;
  readonly graceMs?: number;
  readonly staleMs?: number;
  /** Times real time, for the record: `trial.json` says it. Infinity = as fast as it goes. */
  readonly speed?: number;
  /** The wall clock of the record, UTC ms; the machine's. */
  readonly wallMs?: () => number;
  /** A person's words while it runs. */
  readonly commands?: Commands;
  /** Inputs between two marks. */
  readonly markEvery?: number;
  /** ms of stamps that one file of the journal holds: eight days. */
  readonly rotateMs?: number;
}

/** A day more than a trial, so that seven days are one file. */
const ROTATE_MS = 8 * DAY_MS;

/** Where a person's words come from while a session runs. */
export interface Commands {
  /** `say` hands one over; called once, when the session begins. Resolves once `signal` aborts. */
  listen(say: (command: Command) => void, signal: AbortSignal): Promise<void>;
}

export interface SessionOutcome {
  /** Why it ended: `ended` (the feed has no more), `interrupted`, `<lane>-lane-full`. */
  readonly code: string;
  readonly kernel: Kernel;
  readonly digest: string;
  readonly decisionDigest: string;
  /** Rows that were recovered, before it went on. */
  readonly recoveredRows: number;
  /** Bytes of a torn tail that were cut. */
  readonly cutBytes: number;
  readonly counts: Readonly<RowCounts>;
}

/**
 * Runs a session to its end, from wherever its journal stands. `signal` stops it cleanly. Throws
 * JournalRefusal (2; 7 when another process writes), InputError for a journal of something else (2),
 * JournalFault (3) and Divergence (1); then nothing was sent that is not in the journal.
 */
export async function runSession(plan: SessionPlan, signal?: AbortSignal): Promise<SessionOutcome> {
  mkdirSync(plan.folder, { recursive: true });
  const lock = JournalLock.take(plan.folder, plan.identity.sessionId);
  try {
    const recovered = await recover(plan);
    const code = await goOn(plan, recovered, signal);
    const { session, tail, recoveredRows } = recovered;
    const { kernel, counts } = session;
    return {
      code,
      kernel,
      digest: runDigest(kernel),
      decisionDigest: kernel.desk.decisions.hex(),
      recoveredRows,
      cutBytes: tail?.cutBytes ?? 0,
      counts,
    };
  } finally {
    lock.release();
  }
}

interface Recovered {
  readonly session: Session;
  readonly inbox: Inbox;
  readonly journal: CarriedJournal;
  readonly tail: Tail | null;
  readonly recoveredRows: number;
  /** Open of the newest row in the journal; its last lines are compared when the session goes on. */
  readonly lastOpenMs: number;
  /** Of a session whose answers come from the journal: the last event, which may not be all there. */
  readonly newest: Event | null;
}

/** Runs every recorded row again but the newest, whose last intents may not have been written. */
async function recover(plan: SessionPlan): Promise<Recovered> {
  const { config, market, loaded, feed, openPort, graceMs, staleMs } = plan;
  const { onRow, onNote, onForming, onBeat } = plan;
  const inbox = new Inbox();
  const journal = new CarriedJournal(plan.folder);
  const kernel = freshKernel(market, config, loaded);
  const session = new Session({
    kernel,
    inbox,
    journal,
    openPort,
    clock: feed.clock,
    models: plan.models ?? null,
    isStored: feed.isStored ?? false,
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(staleMs === undefined ? {} : { staleMs }),
    ...(onRow ? { onRow } : {}),
    ...(onNote ? { onNote } : {}),
    ...(onForming ? { onForming } : {}),
    ...(onBeat ? { onBeat } : {}),
  });
  let recoveredRows = 0;
  let lastOpenMs = Number.NEGATIVE_INFINITY;
  let row: MarketEvent[] = [];
  let newest: Event | null = null;
  const visit = (line: Line) => {
    if (line.kind === 'manifest') refuseOther(plan, line.manifest);
    journal.expect(line);
    if (line.kind !== 'in') return;
    const { event } = line;
    if (isMarketEvent(event)) feed.heard?.(event);
    if (session.recalls) {
      // All that the event before this one led to stands in the journal by now.
      if (newest !== null) session.relive(newest);
      newest = event;
      if (event.kind !== 'row-closed') return;
      recoveredRows++;
      lastOpenMs = event.openMs;
      return;
    }
    if (event.kind === 'command') {
      // All that the row before it led to stands in the journal, or the word would not.
      session.rerun();
      inbox.push({ lane: 'operator', command: event.command });
      return;
    }
    if (isModelEvent(event)) {
      // A model cannot be asked the same again: what it said stands in the journal.
      session.rerun();
      inbox.push({ lane: 'model', event });
      return;
    }
    if (!isMarketEvent(event)) return;
    row.push(event);
    if (event.kind !== 'row-closed') return;
    if (recoveredRows > 0) session.rerun();
    for (const one of seriesFirst(row)) inbox.push({ lane: 'market', event: one });
    row = [];
    recoveredRows++;
    lastOpenMs = event.openMs;
  };
  const tail = await recoverFolder(plan.folder, visit, plan.disk);
  // A feed says the candles of a row again that did not close; what was heard in between nobody does.
  const isSaidAgain = feed.isStored ?? false;
  for (const event of session.recalls || isSaidAgain ? [] : row) {
    if (event.kind === 'headline') inbox.push({ lane: 'market', event });
  }
  return { session, inbox, journal, tail, recoveredRows, lastOpenMs, newest };
}

/** As a feed says it: the last candle may close the row. */
function seriesFirst(row: readonly MarketEvent[]): MarketEvent[] {
  const isCandle = ({ kind }: MarketEvent) => kind === 'candle' || kind === 'row-closed';
  return [...row.filter((event) => !isCandle(event)), ...row.filter(isCandle)];
}

async function goOn(
  plan: SessionPlan,
  { session, inbox, journal, tail, lastOpenMs, recoveredRows, newest }: Recovered,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { feed } = plan;
  if (tail?.stopCode === 'ended' && feed.isOver(lastOpenMs)) {
    if (newest !== null) session.relive(newest);
    else session.rerun();
    journal.refuseRest();
    return tail.stopCode;
  }
  const { wallMs = machineClock.nowMs, speed = 1 } = plan;
  journal.goOn(await writerOf(plan, tail), feed.clock, rotationOf(plan, tail));
  const wall = () => `wall=${isoText(wallMs())}`;
  journal.note(note('began', `${wall()} feed=${feed.name} speed=${speed}`));
  if (tail !== null && tail.stopCode === null) {
    journal.note(note('recovered', `rows=${recoveredRows} cut=${tail.cutBytes}`));
  }
  if (newest !== null) session.relive(newest);
  session.onEnd = () => journal.note(note('ended', wall()));
  session.onAlive = () => journal.note(note('alive', wall()));
  const over = new AbortController();
  const interrupt = () => inbox.push({ lane: 'operator', code: 'interrupted' });
  signal?.addEventListener('abort', interrupt);
  if (signal?.aborted) interrupt();
  let failure: unknown;
  const say = (command: Command) => inbox.push({ lane: 'operator', command });
  const listening = plan.commands?.listen(say, over.signal);
  const feeding = feed.run(inbox, lastOpenMs, over.signal).then(
    async () => {
      // What it has said is taken before the end is.
      await inbox.idle();
      inbox.push({ lane: 'operator', code: 'ended' });
    },
    (error: unknown) => {
      failure = error;
      inbox.push({ lane: 'operator', code: 'feed-failed' });
    },
  );
  try {
    const code = await session.run(signal);
    if (failure !== undefined) throw failure;
    return code;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    over.abort();
    await feeding;
    await listening;
  }
}

function writerOf(plan: SessionPlan, tail: Tail | null) {
  const { folder, feed } = plan;
  const options = fileOptions(plan);
  if (tail !== null && tail.stopCode === null) return resumeFile(tail, options);
  return beginFile(folder, carriedIdentity(plan, tail), feed.clock.nowMs(), tail, options);
}

function rotationOf(plan: SessionPlan, tail: Tail | null): Rotation {
  const identity = carriedIdentity(plan, tail);
  return {
    everyMs: plan.rotateMs ?? ROTATE_MS,
    next: (writer) => rotate(writer, identity, writer.tsMs, fileOptions(plan)),
  };
}

function fileOptions({ disk, markEvery }: SessionPlan): FileOptions {
  return { ...(disk ? { disk } : {}), ...(markEvery === undefined ? {} : { markEvery }) };
}

/** The session keeps the name that it began with. */
function carriedIdentity(plan: SessionPlan, tail: Tail | null): Identity {
  const sessionId = tail?.manifest.sessionId ?? plan.identity.sessionId;
  return { ...identityOf(plan), sessionId };
}

function identityOf({ identity, config, market, feed }: SessionPlan): Identity {
  return { ...identity, config, market, feed: feed.name };
}

/** A journal is carried on by what wrote it: the same code over the same data, or not at all. */
function refuseOther(plan: SessionPlan, written: Manifest): void {
  const now = manifestOf(identityOf(plan), null);
  const found = differences(written, now).filter((one) => one !== 'session');
  if (found.length === 0) return;
  const rule =
    `must be a journal of this very session; it was written with other ${found.join(', ')}: ` +
    'give another folder, or what it began with';
  const value = found.includes('config') ? undefined : writtenAs(written, found[0]!);
  throw new InputError({ key: plan.folder, rule, value });
}

function writtenAs(written: Manifest, key: string): unknown {
  const { code, node, seed, feed } = written;
  return { code, node, seed, feed }[key];
}
