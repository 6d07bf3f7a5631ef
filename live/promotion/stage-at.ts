// At which stage a promoted config trades now: read from what the stages before came to, so that a restart
// comes to the same one.
//
//   <dir>/stage-1/  stage-2/  stage-2b/ ...      a journal each; `stage.json` names the one that is on

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { capitalOf, type PromotionBody, type Stage, stagesOf } from './document.ts';
import { type StageRecord, type Step, stepOf } from './stages.ts';

export interface StageAt {
  /** 1, 2, ... */
  readonly number: number;
  readonly stage: Stage;
  /** The folder of its journal. */
  readonly folder: string;
  /** At all venues together. */
  readonly capitalUsd: number;
  /** What led here from the stage before; null = it is the first, or it goes on. */
  readonly step: Step | null;
}

/**
 * The stage to trade at. `record` tells what a folder's journal came to; null = nothing yet, or something
 * is still held there, and then it goes on. Writes down a change. Throws InputError for a stage.json that
 * is none of this promotion.
 */
export async function stageAt(
  dir: string,
  body: PromotionBody,
  record: (folder: string) => Promise<StageRecord | null>,
): Promise<StageAt> {
  const stages = stagesOf(body);
  const path = join(dir, 'stage.json');
  const now = read(path, stages.length);
  const at = (number: number, turn: number, step: Step | null): StageAt => {
    const stage = stages[number - 1]!;
    const name = turn === 0 ? `stage-${number}` : `stage-${number}-again-${turn}`;
    const capitalUsd = stage.share * capitalOf(body);
    return { number, stage, folder: join(dir, name), capitalUsd, step };
  };
  if (now === null) {
    write(path, { stage: 1, turn: 0 });
    return at(1, 0, null);
  }
  const here = at(now.stage, now.turn, null);
  const came = existsSync(here.folder) ? await record(here.folder) : null;
  if (came === null) return here;
  const step = stepOf(here.stage, came, body.maxDrawdown, now.stage === 1);
  if (step === 'stay' || step === 'halt') return { ...here, step };
  const number = now.stage + (step === 'up' ? 1 : -1);
  // A stage that is come back to has a journal of its own again.
  let turn = 0;
  while (existsSync(at(number, turn, null).folder)) turn++;
  write(path, { stage: number, turn });
  return at(number, turn, step);
}

interface Kept {
  readonly stage: number;
  readonly turn: number;
}

function read(path: string, most: number): Kept | null {
  if (!existsSync(path)) return null;
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    const isStage = Number.isInteger(kept.stage) && kept.stage >= 1 && kept.stage <= most;
    if (isStage && Number.isInteger(kept.turn) && kept.turn >= 0) return kept;
  } catch {
    // Told below.
  }
  const rule = `must name a stage of this promotion, 1 to ${most}: give another --dir`;
  throw new InputError({ key: path, rule });
}

function write(path: string, kept: Kept): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(kept)}\n`);
  renameSync(`${path}.new`, path);
}
