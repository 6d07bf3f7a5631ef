// Reads what another run remembered, for a config that begins with it.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rememberedIn } from '../agents/memory/document.ts';
import type { Remembered } from '../agents/memory.ts';
import type { DecisionConfig } from '../config/schema.ts';
import { InputError } from '../errors.ts';

/**
 * The trades of `decision.memory.load`, a path from `cwd`; none where nothing is to be loaded. Throws
 * InputError for a file that is not there, or not whole.
 */
export function loadMemory({ memory, agents }: DecisionConfig, cwd: string): readonly Remembered[] {
  const { load } = memory;
  if (load === null) return [];
  const key = `decision.memory.load ${load}`;
  let text: string;
  try {
    text = readFileSync(resolve(cwd, load), 'utf8');
  } catch (cause) {
    const rule = (cause as { code?: string }).code === 'ENOENT' ? 'no such file' : `${cause}`;
    throw new InputError({ key, rule }, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ key, rule: 'must be JSON: it is cut off or damaged' }, { cause });
  }
  return rememberedIn(value, key, Object.keys(agents));
}
