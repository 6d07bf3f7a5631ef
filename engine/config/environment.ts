// The environment names of the original system, so that a .env file of its users goes on working.
//
// Each is a layer of its own between the file and the flags. A name whose target is not part of the
// run (MOMENTUM_THRESHOLD without a momentum strategy) sets nothing; one that is empty counts as
// not set, because that is what `NAME=` in a .env file means. A name of a feature that is off here turns
// it on, unless the file or a flag says in so many words whether it is. Others are left alone.

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
  /** A feature that the original always had and that is off here: naming it turns it on. */
  readonly enables?: string;
}

const sizing = 'decision.risk.sizing';
const trailing = 'decision.risk.trailingStop';
const delever = 'decision.risk.delever';
const models = 'decision.models';
const at = (path: string) => () => [path];

/** Every name that is read, in the order in which it is applied. */
export const ENVIRONMENT: readonly Name[] = Object.freeze([
  {
    variable: 'MOMENTUM_THRESHOLD',
    perCent: true,
    paths: (decision) => parametersOf(decision, 'momentum').map((path) => `${path}.threshold`),
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
  { variable: 'MAX_DRAWDOWN', paths: at('decision.risk.limits.maxDrawdown') },
  {
    variable: 'BANDIT_EPSILON',
    paths: at('decision.risk.bandit.epsilon'),
    enables: 'decision.risk.bandit.enabled',
  },
  {
    variable: 'VOLATILITY_DELEVER_THRESHOLD',
    perCent: true,
    paths: at(`${delever}.threshold`),
    enables: `${delever}.enabled`,
  },
  {
    variable: 'AUTO_DELEVER_FACTOR',
    paths: at(`${delever}.factor`),
    enables: `${delever}.enabled`,
  },
  { variable: 'MAX_PARALLEL_AGENTS', paths: at(`${models}.parallel`) },
  { variable: 'AGENT_RETRY_ATTEMPTS', paths: at(`${models}.attempts`) },
  { variable: 'AGENT_CACHE_TTL_SECONDS', paths: at(`${models}.cacheSeconds`) },
  { variable: 'RISK_THRESHOLD', paths: at('decision.asking.riskThreshold') },
  {
    variable: 'FINGPT_MIN_RISK_SCORE',
    paths: (decision) => parametersOf(decision, 'fingpt-alpha').map((path) => `${path}.minRisk`),
  },
  {
    variable: 'LAGLLAMA_MAX_CI_SPAN',
    paths: (decision) => {
      return parametersOf(decision, 'lag-llama-visionary').map((path) => `${path}.maxSpan`);
    },
  },
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
  for (const { variable, paths, perCent, enables } of ENVIRONMENT) {
    const text = environment[variable]?.trim() ?? '';
    if (text === '') continue;
    const match = NUMBER.exec(text);
    if (match === null) {
      problems.push({ key: `env ${variable}`, rule: 'must be a number', value: text });
      continue;
    }
    // Shifting the exponent keeps 0.35 per cent at 0.0035; dividing by 100 does not.
    const value = Number(`${match[1]}e${Number(match[2] ?? 0) - (perCent ? 2 : 0)}`);
    const assignments: [path: string, value: unknown][] = paths(decision).map((path) => [
      path,
      value,
    ]);
    if (enables && !isSaid(values, enables)) assignments.push([enables, true]);
    if (assignments.length > 0) layers.push({ origin: `env ${variable}`, assignments });
  }
  if (problems.length > 0) throw new InputError(problems);
  return layers;
}

function isSaid(values: unknown, path: string): boolean {
  let place = values;
  for (const key of path.split('.')) place = isPlain(place) ? place[key] : undefined;
  return place !== undefined;
}

function decidesAlone(decision: Plain): boolean {
  return names(decision['strategy'], 'momentum');
}

/** Where the parameters of a strategy are, wherever in the run it is. */
function parametersOf(decision: Plain, strategy: string): string[] {
  const found = names(decision['strategy'], strategy) ? ['decision.parameters'] : [];
  const agents = isPlain(decision['agents']) ? decision['agents'] : {};
  for (const [id, agent] of Object.entries(agents)) {
    const use = isPlain(agent) ? (agent['use'] ?? id) : id;
    if (names(use, strategy)) found.push(`decision.agents.${id}.parameters`);
  }
  return found;
}

/** A strategy is named by its name or by the path of its file. */
function names(value: unknown, strategy: string): boolean {
  if (typeof value !== 'string') return false;
  return value.replace(/^.*[\\/]/, '').replace(/\.ts$/, '') === strategy;
}
