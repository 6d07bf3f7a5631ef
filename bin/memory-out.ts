// `--memory-out FILE`: what agents remember at the end of a run or a session, kept for the next one.

import type { Remembered } from '../engine/agents/memory.ts';
import type { Config } from '../engine/config/schema.ts';

const KEY = '--memory-out';

/** Before anything runs. Throws InputError for a place where it could not be kept. */
export async function checkMemoryOut(file: string | undefined, config: Config): Promise<void> {
  if (file === undefined) return;
  const { checkMemoryPlace } = await import('../data/runs/memory-file.ts');
  checkMemoryPlace(file, config.decision.memory.enabled, KEY);
}

/** Afterwards; says so on stderr. */
export async function keepMemory(
  file: string | undefined,
  remembered: readonly Remembered[],
): Promise<void> {
  if (file === undefined) return;
  const { writeMemory } = await import('../data/runs/memory-file.ts');
  writeMemory(file, remembered, KEY);
  process.stderr.write(
    `memory of ${remembered.length} trades in ${file}: --set decision.memory.load=${file}\n`,
  );
}
