// Who sits down: from the `decision` part of a config to seats, by the same rules wherever strategies come
// from, so that a trial of a sweep and a backtest of the same config have the same seats.
//
//   agents, weights, parameters + strategies by name  ->  seats, all problems at once

import type { DecisionConfig } from '../config/schema.ts';
import { InputError, type Problem } from '../errors.ts';
import type { Strategy } from './contract.ts';
import { resolveParameters } from './parameters.ts';
import type { SeatSpec } from './seat.ts';

export interface Seated {
  readonly seats: readonly SeatSpec[];
  /** One strategy sets targets, and nobody votes. */
  readonly solo: boolean;
}

/** The strategy of a name or path; `key` of the config asks for it. Throws InputError for none. */
export type StrategyOf = (name: string, key: string) => Strategy;

/** The names that a config has strategies by, with the key that asks for each, in the order of seats. */
export function namesOf(
  decision: DecisionConfig,
): { readonly name: string; readonly key: string }[] {
  if (decision.strategy !== null) return [{ name: decision.strategy, key: 'decision.strategy' }];
  return Object.entries(decision.agents).map(([id, { use }]) => {
    return { name: use ?? id, key: keyOf(id) };
  });
}

/** The seats that a config asks for. Throws InputError with every problem. */
export function seatsOf(decision: DecisionConfig, strategyOf: StrategyOf): Seated {
  if (decision.strategy !== null) {
    const strategy = strategyOf(decision.strategy, 'decision.strategy');
    const parameters = resolveParameters(strategy, decision.parameters, 'decision.parameters');
    const seat: SeatSpec = { id: strategy.name, weight: 1, strategy, parameters };
    refuseModelsAlone([seat], decision);
    return { seats: [seat], solo: strategy.decide !== undefined };
  }
  const seats: SeatSpec[] = [];
  const problems: Problem[] = [];
  for (const [id, agent] of Object.entries(decision.agents)) {
    const key = keyOf(id);
    try {
      const strategy = asOne(strategyOf(agent.use ?? id, key), agent.model);
      if (!strategy.analyze && !strategy.asks) {
        throw new InputError({ key, rule: `${strategy.name} has no analyze, so it cannot vote` });
      }
      const parameters = resolveParameters(strategy, agent.parameters, `${key}.parameters`);
      seats.push({ id, weight: agent.weight, strategy, parameters });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  refuseModelsAlone(seats, decision);
  if (!seats.some((seat) => seat.weight > 0 && votes(seat))) {
    const rule = 'must hold an agent with a weight above 0';
    throw new InputError({ key: 'decision.agents', rule });
  }
  return { seats, solo: false };
}

/** True when somebody asks a model. */
export function asksModels({ seats }: Pick<Seated, 'seats'>): boolean {
  return seats.some(({ strategy }) => strategy.asks !== undefined);
}

function keyOf(id: string): string {
  return `decision.agents.${id}`;
}

/** One that can do without a model asks only where the config names one. */
function asOne(strategy: Strategy, model: string | null): Strategy {
  const { analyze, asks, ...rest } = strategy;
  if (!analyze || !asks) return strategy;
  return model === null ? { ...rest, analyze } : { ...rest, asks };
}

/** A second opinion is heard beside the vote. */
function votes({ strategy }: SeatSpec): boolean {
  return strategy.asks?.kind !== 'second-opinion';
}

/** Whatever they say together, models that vote must not reach the threshold by themselves. */
function refuseModelsAlone(seats: readonly SeatSpec[], { consensus }: DecisionConfig): void {
  const voters = seats.filter(votes);
  const models = voters.filter(({ strategy }) => strategy.asks);
  const sum = (of: readonly SeatSpec[]) => of.reduce((total, { weight }) => total + weight, 0);
  const [held, total] = [sum(models), sum(voters)];
  const share = total > 0 ? held / total : 0;
  if (models.length === 0 || share < consensus.actThreshold) return;
  const who = models.map(({ id, weight }) => `${id} ${weight}`).join(', ');
  const rule =
    `must leave agents that ask models (${who}) less than decision.consensus.actThreshold ` +
    `(${consensus.actThreshold}) of all weights, so that models alone never act; ` +
    `they have ${held} of ${total}`;
  throw new InputError({ key: 'decision.agents', rule, value: Number(share.toPrecision(3)) });
}
