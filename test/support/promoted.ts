// A promotion of a config that may trade here and now, as `promote` would have signed it.

import { decisionConfigDigest } from '../../data/runs/canonical.ts';
import { sessionDigest } from '../../data/runs/code-digest.ts';
import { memoryDigest } from '../../data/runs/memory-file.ts';
import { strategyDigest } from '../../data/runs/strategy-digest.ts';
import type { Config } from '../../engine/config/schema.ts';
import { loadSeats } from '../../engine/host/load.ts';
import { DAY_MS } from '../../engine/interval.ts';
import type { PromotionBody } from '../../live/promotion/document.ts';
import { body as sampleBody } from '../live/promotion/sample.ts';

/** Wants to be long at every close. */
export const BULL = `import { defineStrategy } from 'sapphire';
export default defineStrategy({ name: 'bull', analyze: (view) => view.vote('BUY', 0.9, 'always') });
`;

/** What it pins, of this code and of the strategies that are found in `root`. */
export async function pinsOf(config: Config, root: string): Promise<PromotionBody['pins']> {
  const { files, remembered = [] } = await loadSeats(config.decision, root);
  const memory = memoryDigest(remembered);
  return {
    ...sampleBody().pins,
    decisionConfigDigest: decisionConfigDigest(config),
    strategyDigest: strategyDigest(files),
    codeDigest: sessionDigest(),
    node: process.versions.node,
    ...(memory === null ? {} : { memoryDigest: memory }),
  };
}

/** One that may trade today, but for what is changed. */
export function promotedBody(
  config: Config,
  pins: PromotionBody['pins'],
  changes: Partial<PromotionBody> = {},
): PromotionBody {
  const nowMs = Date.now();
  return sampleBody({
    name: config.name,
    strategy: 'swarm of 1 agent',
    config: config as unknown as PromotionBody['config'],
    pins,
    issuedAt: new Date(nowMs - 1000).toISOString(),
    expiresAt: new Date(nowMs + DAY_MS).toISOString(),
    capitalUsd: 100_000,
    ...changes,
  });
}
