// Who answers the agents that ask: the router over the providers of the config, or the stand-in.

import { join } from 'node:path';
import type { Config } from '../engine/config/schema.ts';
import type { ModelPort } from '../live/models/port.ts';

/** `port` null: no provider has a key; `missing` are the variables that would give one. */
export interface OpenedModels {
  readonly port: ModelPort | null;
  readonly missing: readonly string[];
}

export async function modelPort(
  models: Config['decision']['models'],
  standIn: boolean,
): Promise<OpenedModels> {
  if (standIn) {
    const { StandIn } = await import('../live/models/stand-in.ts');
    return { port: new StandIn(), missing: [] };
  }
  const { modelSecrets, openRouter } = await import('../live/models/list.ts');
  const { machineClock } = await import('../live/clock.ts');
  const { openSecrets } = await import('../live/secrets/open.ts');
  const { homedir } = await import('node:os');
  const { router, missing } = openRouter({
    models,
    secretOf: await openSecrets(modelSecrets(models), {
      env: process.env,
      clock: machineClock,
      isRehearsal: false,
    }),
    clock: machineClock,
    stateFolder: join(homedir(), '.sapphire'),
    random: Math.random,
  });
  const lacks = missing.map(({ keyName }) => keyName);
  return { port: router.name === 'no model' ? null : router, missing: lacks };
}
