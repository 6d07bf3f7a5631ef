// The tape of a run: read, checked and put into words for the facts. What it holds is data that the run
// depends on, and so part of the data's digest.

import { resolve } from 'node:path';
import { sha256 } from '../data/digest.ts';
import type { Tape } from '../data/tapes.ts';
import type { Config } from '../engine/config/schema.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { TapeLabel } from '../engine/research/model-facts.ts';

/** True when somebody asks a model in this run. */
export function asksModels({ seats }: Pick<LoadedSeats, 'seats'>): boolean {
  return seats.some(({ strategy }) => strategy.asks !== undefined);
}

/** The tape that a config names; null where it names none, or nobody asks. Throws InputError. */
export async function tapeOf(
  { world }: Config,
  loaded: Pick<LoadedSeats, 'seats'>,
  cwd: string,
): Promise<Tape | null> {
  const { file } = world.tape;
  if (file === null || !asksModels(loaded)) return null;
  const { readTape } = await import('../data/tapes.ts');
  return readTape(resolve(cwd, file));
}

export function withTape(dataDigest: string, tape: Tape): string {
  return sha256(`${dataDigest} ${tape.digest}`);
}

export function labelOf(tape: Tape): TapeLabel {
  const { digest, rows, models, knowledgeMs } = tape;
  return {
    ...{ digest, answers: rows.length, knowledgeMs },
    models: models.map(({ model, version, answers }) => ({ model, version, answers })),
  };
}
