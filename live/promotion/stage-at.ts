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
  const now = read(pathIn(dir), stagesOf(body).length);
  if (now === null) return enter(dir, body, 1, null);
  const here = at(dir, body, now, null);
  const came = existsSync(here.folder) ? await record(here.folder) : null;
  if (came === null) return here;
  const step = stepOf(here.stage, came, body.maxDrawdown, now.stage === 1);
  if (step === 'stay' || step === 'halt') return { ...here, step };
  return enter(dir, body, now.stage + (step === 'up' ? 1 : -1), step);
}

/**
 * After a stage that has lost its limit, by a person's word: the first stage, in a journal of its own. Writes
 * it down.
 */
export function beginAgain(dir: string, body: PromotionBody): StageAt {
  return enter(dir, body, 1, null);
}

/** A stage that is come back to has a journal of its own again. */
function enter(dir: string, body: PromotionBody, stage: number, step: Step | null): StageAt {
  let turn = 0;
  while (existsSync(at(dir, body, { stage, turn }, null).folder)) turn++;
  write(pathIn(dir), { stage, turn });
  return at(dir, body, { stage, turn }, step);
}

function at(
  dir: string,
  body: PromotionBody,
  { stage: number, turn }: Kept,
  step: Step | null,
): StageAt {
  const stage = stagesOf(body)[number - 1]!;
  const name = turn === 0 ? `stage-${number}` : `stage-${number}-again-${turn}`;
  const capitalUsd = stage.share * capitalOf(body);
  return { number, stage, folder: join(dir, name), capitalUsd, step };
}

function pathIn(dir: string): string {
  return join(dir, 'stage.json');
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
