// What the tests of a session share: a plan over a history, a disk that does not wait, folders to
// copy and cut, and the same run as a backtest.

import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedSeats } from '../../engine/host/load.ts';
import { type Run, type RunInput, runDigest, runLoop } from '../../engine/research/backtest.ts';
import { machineClock } from '../../live/clock.ts';
import { ReplayFeed } from '../../live/feeds/replay.ts';
import { type Disk, type DiskFile, machineDisk } from '../../live/journal/disk.ts';
import { marketOf } from '../../live/market.ts';
import type { SessionOutcome, SessionPlan } from '../../live/recovery.ts';
import { PaperVenue } from '../../live/venues/paper.ts';

/** The machine's, without the wait for the platter: a test cuts files itself. */
export const hastyDisk: Disk = Object.freeze({
  create: async (path: string) => hasty(await machineDisk.create(path)),
  open: async (path: string) => hasty(await machineDisk.open(path)),
  rename: (from: string, to: string) => machineDisk.rename(from, to),
  remove: (path: string) => machineDisk.remove(path),
});

function hasty(file: DiskFile): DiskFile {
  return {
    write: (bytes, position) => file.write(bytes, position),
    datasync: async () => {},
    truncate: (length) => file.truncate(length),
    close: () => file.close(),
  };
}

/** A paper session over a history, as `sapphire paper --feed replay:` makes it. */
export function planOf(
  input: RunInput,
  folder: string,
  changes: Partial<SessionPlan> = {},
): SessionPlan {
  const { panel, config, seats, solo, firstRow } = input;
  const market = marketOf(panel, firstRow);
  const loaded: LoadedSeats = { seats, solo, files: [], label: 'test' };
  return {
    folder,
    identity: { sessionId: 'paper-1', code: '0.0.0+test', node: 'v24.0.0', data: { all: 'd' } },
    config,
    market,
    loaded,
    feed: replayOf(input),
    openPort: (answer) => {
      const finer = panel.legs.map((leg) => leg.finer);
      return new PaperVenue(market, config, finer, answer);
    },
    wallMs: () => 0,
    rotateMs: Number.POSITIVE_INFINITY,
    disk: hastyDisk,
    markEvery: 100,
    ...changes,
  };
}

export function replayOf({ panel, firstRow }: RunInput, speed = Number.POSITIVE_INFINITY) {
  return new ReplayFeed(panel, { name: 'replay:test', speed, firstRow, clock: machineClock });
}

export interface Digests {
  readonly digest: string;
  readonly decisionDigest: string;
}

export function digestsOf({ digest, decisionDigest }: Digests): Digests {
  return { digest, decisionDigest };
}

/** Both digests of the run as a backtest, and the run. */
export function backtestOf(input: RunInput): Digests & { readonly run: Run } {
  const run = runLoop(input);
  const { kernel } = run;
  return { digest: runDigest(kernel), decisionDigest: kernel.desk.decisions.hex(), run };
}

/** A folder that is removed when the work is done. */
export async function inRoom<T>(work: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'sapphire-session-'));
  try {
    return await work(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Copies a session's folder without its lock, as another machine would get it. */
export function copied(from: string, to: string): string {
  cpSync(from, to, { recursive: true, filter: (path) => !/writer\.|reserve$/.test(path) });
  return to;
}

/** Cuts the newest journal file of a folder to a share (0 to 1) of what follows its first line. */
export function cutAt(folder: string, bytes: number): void {
  truncateSync(newest(folder), bytes);
}

export function newest(folder: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  return join(folder, names.sort().at(-1)!);
}

export function bytesOf(folder: string): number {
  return statSync(newest(folder)).size;
}

/** What a session came to, beside its digests. */
export function figuresOf({ kernel, code }: SessionOutcome) {
  const { portfolio, fills, row } = kernel;
  return { code, rows: row, fills: fills.length, equityUsd: portfolio.equityUsd };
}
