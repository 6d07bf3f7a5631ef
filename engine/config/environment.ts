// The environment names of the original system, so that a .env file of its users goes on working.
//
// Each is a layer of its own between the file and the flags. A name whose target is not part of the
// run (MOMENTUM_THRESHOLD without a momentum strategy) sets nothing; one that is empty counts as
// not set, because that is what `NAME=` in a .env file means. Names of the original's features that
// do not exist here are left alone.

import { InputError, type Problem } from '../errors.ts';
import type { Layer } from './layers.ts';
import { isPlain, type Plain } from './place.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Name {
  readonly variable: string;
  /** Where it goes, given what the file and the flags say. */
  readonly paths: (decision: Plain) => string[];
  /** The original writes it in per cent; a config never does. */
  readonly perCent?: true;
}

const sizing = 'decision.risk.sizing';
const trailing = 'decision.risk.trailingStop';
const at = (path: string) => () => [path];

/** Every name that is read, in the order in which it is applied. */
export const ENVIRONMENT: readonly Name[] = Object.freeze([
  {
    variable: 'MOMENTUM_THRESHOLD',
    perCent: true,
    paths: (decision) => momentumParameters(decision).map((path) => `${path}.threshold`),
  },
  {
    variable: 'NOTIONAL_FRACTION',
    // Deciding alone, momentum names its own size: there the rule of the votes is never asked.
    paths: (decision) => [
      `${sizing}.notionalFraction`,
      ...(decidesAlone(decision) ? ['decision.parameters.notionalFraction'] : []),
    ],
  },
  { variable: 'TRAILING_STOP_BUFFER', paths: at(`${trailing}.buffer`) },
  { variable: 'TRAILING_STEP', paths: at(`${trailing}.step`) },
  { variable: 'EXPECTED_WIN_RATE', paths: at(`${sizing}.winRate`) },
  { variable: 'REWARD_TO_RISK', paths: at(`${sizing}.rewardToRisk`) },
  { variable: 'KELLY_FRACTION_CAP', paths: at(`${sizing}.kellyFraction`) },
  { variable: 'MAX_POSITION_RISK', paths: at('decision.risk.maxPositionFraction') },
] satisfies Name[]);

const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:e([+-]?\d{1,3}))?$/i;

/**
 * One layer per variable that is set, given the values of the other layers laid over each other.
 * Throws InputError naming every variable that is not a number.
 */
export function environmentLayers(environment: Environment, values: unknown): Layer[] {
  const decision = isPlain(values) && isPlain(values['decision']) ? values['decision'] : {};
  const problems: Problem[] = [];
  const layers: Layer[] = [];
  for (const { variable, paths, perCent } of ENVIRONMENT) {
    const text = environment[variable]?.trim() ?? '';
    if (text === '') continue;
    const match = NUMBER.exec(text);
    if (match === null) {
      problems.push({ key: `env ${variable}`, rule: 'must be a number', value: text });
      continue;
    }
    // Shifting the exponent keeps 0.35 per cent at 0.0035; dividing by 100 does not.
    const value = Number(`${match[1]}e${Number(match[2] ?? 0) - (perCent ? 2 : 0)}`);
    const assignments = paths(decision).map((path) => [path, value] as const);
    if (assignments.length > 0) layers.push({ origin: `env ${variable}`, assignments });
  }
  if (problems.length > 0) throw new InputError(problems);
  return layers;
}

function decidesAlone(decision: Plain): boolean {
  return isMomentum(decision['strategy']);
}

function momentumParameters(decision: Plain): string[] {
  const found = decidesAlone(decision) ? ['decision.parameters'] : [];
  const agents = isPlain(decision['agents']) ? decision['agents'] : {};
  for (const [id, agent] of Object.entries(agents)) {
    const use = isPlain(agent) ? (agent['use'] ?? id) : id;
    if (isMomentum(use)) found.push(`decision.agents.${id}.parameters`);
  }
  return found;
}

/** A strategy is named by its name or by the path of its file. */
function isMomentum(strategy: unknown): boolean {
  return typeof strategy === 'string' && /^(?:.*[\\/])?momentum(?:\.ts)?$/.test(strategy);
}
