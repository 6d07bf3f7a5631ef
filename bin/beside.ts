// What runs read beside their candles: what models answered (a tape), and what another run remembered.
// Both are data that a run depends on, and so part of the digest of its data; the candles alone tell to
// which family a trial belongs, so that another recording is another trial and not a new beginning.

import { resolve } from 'node:path';
import { sha256 } from '../data/digest.ts';
import type { Trial } from '../data/runs/ledger.ts';
import { memoryDigest } from '../data/runs/memory-file.ts';
import type { Tape } from '../data/tapes.ts';
import type { Remembered } from '../engine/agents/memory.ts';
import type { RecordedReply } from '../engine/agents/reply-book.ts';
import { asksModels, type Seated } from '../engine/agents/seating.ts';
import type { Config } from '../engine/config/schema.ts';
import type { Panel } from '../engine/market/panel.ts';
import type { TapeLabel } from '../engine/research/model-exposure.ts';

export interface Beside {
  /** Null where no tape is named, or nobody asks. */
  readonly tape: Tape | null;
  /** Oldest first; empty where nothing is loaded. */
  readonly remembered: readonly Remembered[];
}

/** As much of it as a digest takes. */
interface Digested extends Pick<Beside, 'remembered'> {
  readonly tape: Pick<Tape, 'digest'> | null;
}

export const NOTHING_BESIDE: Beside = Object.freeze({ tape: null, remembered: [] });

/** What a config names; `asks`: somebody may ask a model. Throws InputError for what cannot be read. */
export async function besideOf(
  { world }: Pick<Config, 'world'>,
  asks: boolean,
  remembered: readonly Remembered[] | undefined,
  cwd: string,
): Promise<Beside> {
  return { tape: asks ? await tapeAt(world.tape.file, cwd) : null, remembered: remembered ?? [] };
}

async function tapeAt(file: string | null, cwd: string): Promise<Tape | null> {
  if (file === null) return null;
  const { readTape } = await import('../data/tapes.ts');
  return readTape(resolve(cwd, file));
}

/** As a run takes it. */
export function inputBeside({ tape, remembered }: Beside) {
  return { replies: tape ?? undefined, remembered };
}

/** As other threads take it. */
export function answersOf(tape: Tape | null): readonly RecordedReply[] | null {
  if (tape === null) return null;
  return tape.rows.map(({ digest, text, reply }) => ({ digest, text, reply }));
}

/** The digest of all that a config with these seats reads; `candles` is that of its candles and series. */
export function dataDigestWith(
  candles: string,
  { tape, remembered }: Digested,
  { decision }: Pick<Config, 'decision'>,
  seated: Pick<Seated, 'seats'>,
): string {
  const answered = tape !== null && asksModels(seated) ? withTape(candles, tape) : candles;
  const remembers = decision.strategy === null && decision.memory.load !== null;
  const memory = remembers ? memoryDigest(remembered) : null;
  return memory === null ? answered : sha256(`${answered} memory ${memory}`);
}

export function withTape(dataDigest: string, tape: Pick<Tape, 'digest'>): string {
  return sha256(`${dataDigest} ${tape.digest}`);
}

/** Both digests as the ledger has them. */
export function ledgerDigests(
  candles: string,
  dataDigest: string,
): Pick<Trial, 'dataDigest' | 'candlesDigest'> {
  return { dataDigest, candlesDigest: candles === dataDigest ? undefined : candles };
}

/** From the first row that is decided on to the end, for the ledger. */
export function ledgerSpan(
  { openMs, intervalMs }: Pick<Panel, 'openMs' | 'intervalMs'>,
  firstRow: number,
): Pick<Trial, 'fromMs' | 'toMs'> {
  return { fromMs: openMs[firstRow], toMs: openMs.at(-1)! + intervalMs };
}

export function labelOf(tape: Tape): TapeLabel {
  const { digest, rows, models, knowledgeMs } = tape;
  return {
    ...{ digest, answers: rows.length, knowledgeMs },
    models: models.map(({ model, version, answers }) => ({ model, version, answers })),
  };
}
