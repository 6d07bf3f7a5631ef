// Who answers the agents that ask: the router over the providers of the config, or the stand-in.

import { join } from 'node:path';
import { asksModels } from '../engine/agents/seating.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, InvariantError } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { ModelPort } from '../live/models/port.ts';
import { besideOf } from './beside.ts';

/** `port` null: no provider has a key; `missing` are the variables that would give one. */
interface OpenedModels {
  readonly port: ModelPort | null;
  readonly missing: readonly string[];
}

async function modelPort(
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

/** The port over the providers of a config, or the stand-in. Throws InputError where there is none. */
export async function anyPort(
  models: Config['decision']['models'],
  standIn: boolean,
): Promise<ModelPort> {
  const { port, missing } = await modelPort(models, standIn);
  if (port !== null) return port;
  const rule = `must reach a model: set ${missing.join(' or ')}, or try --stand-in`;
  throw new InputError({ key: 'decision.models.order', rule });
}

/** The same for who asks nobody: where no provider has a key, one that has no price either. */
export async function countingPort(
  models: Config['decision']['models'],
  standIn: boolean,
): Promise<ModelPort> {
  const { port, missing } = await modelPort(models, standIn);
  if (port !== null) return port;
  const nobody = async (): Promise<never> => {
    throw new InvariantError('nobody is asked without a key');
  };
  const name = `nobody yet (set ${missing.join(' or ')})`;
  return { name, knowledgeMs: Number.NaN, ask: nobody, close: async () => {} };
}

/** Who answers in a session: over a stored range the tape of the config, if it names one. */
export async function sessionModels(
  config: Config,
  loaded: LoadedSeats,
  isStored: boolean,
  standIn: boolean,
): Promise<{ readonly port: ModelPort | null; readonly tapeDigest: string | null }> {
  if (!asksModels(loaded)) return { port: null, tapeDigest: null };
  const { tape } = await besideOf(config, isStored && !standIn, [], process.cwd());
  if (tape === null) {
    return { port: await anyPort(config.decision.models, standIn), tapeDigest: null };
  }
  const { tapePort } = await import('../live/models/desk.ts');
  const { unanswered } = await import('../engine/simulation/answering.ts');
  const refuse = (question: Parameters<typeof unanswered>[0]): never => {
    throw unanswered(question, true);
  };
  const { onMiss } = config.world.tape;
  const find = tape.find.bind(tape);
  const port = tapePort(find, tape.knowledgeMs, onMiss === 'refuse' ? refuse : null);
  return { port, tapeDigest: tape.digest };
}
