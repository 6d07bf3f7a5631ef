// Values that do not go together: each sound by itself, together without a sense. All of them are told
// before a run starts, beside whatever else is wrong with the config.
//
// A rule names the keys it reads and is silent where one of them is at fault already: what is checked
// there is a default, which nobody wrote. Rules that need a model of the world come from above, see
// `more` of checkConfig.

import { InputError, nearest, type Problem } from '../errors.ts';
import { intervalMs } from '../interval.ts';
import { parseInstant } from './instant.ts';
import { modelProblems } from './models.ts';
import { newsProblems } from './news.ts';
import type { Config } from './schema.ts';

export interface Rule {
  /** Values or branches that it reads, as full paths. */
  readonly keys: readonly string[];
  find(config: Config): Problem[];
}

const risk = 'decision.risk';

const RULES: readonly Rule[] = [
  {
    keys: ['decision.consensus.holdThreshold', 'decision.consensus.actThreshold'],
    find: ({ decision: { consensus } }) => {
      const { holdThreshold, actThreshold } = consensus;
      if (holdThreshold <= actThreshold) return [];
      const rule = `must not be above decision.consensus.actThreshold (${actThreshold})`;
      return [{ key: 'decision.consensus.holdThreshold', rule, value: holdThreshold }];
    },
  },
  {
    keys: ['decision.interval', 'world.interval'],
    find: ({ decision, world }) => multipleOf('decision.interval', decision.interval, world),
  },
  {
    keys: [`${risk}.atrStop.interval`, 'world.interval'],
    find: ({ decision, world }) =>
      multipleOf(`${risk}.atrStop.interval`, decision.risk.atrStop.interval, world),
  },
  {
    keys: ['world.from', 'world.to'],
    find: ({ world }) => inOrder(world.from, 'world.from', world.to, 'world.to'),
  },
  {
    keys: ['world.outages.listed', 'world.venue', 'world.fallbacks'],
    find: ({ world }) => Object.entries(world.outages.listed).flatMap(outageOf(world)),
  },
  {
    keys: ['world.venues', 'world.venue', 'world.fallbacks'],
    find: ({ world: { venues, venue, fallbacks } }) => {
      if (venue === null) return [];
      const known = [venue, ...fallbacks];
      return Object.keys(venues)
        .filter((name) => !known.includes(name))
        .map((name) => notAVenue(`world.venues.${name}`, name, known));
    },
  },
  {
    keys: ['world.fills.path', 'world.fills.rules'],
    find: ({ world: { fills } }) => {
      if (fills.path !== 'finer' || fills.rules !== 'freqtrade') return [];
      const rule =
        'must not be finer under world.fills.rules freqtrade, which knows no finer candles';
      return [{ key: 'world.fills.path', rule, value: fills.path }];
    },
  },
  {
    keys: ['world.fees.schedule', 'world.fees.tiers'],
    find: ({ world: { fees } }) => {
      if (fees.schedule === null || Object.keys(fees.tiers).length === 0) return [];
      const rule = 'must be null where world.fees.tiers says what is paid';
      return [{ key: 'world.fees.schedule', rule, value: fees.schedule }];
    },
  },
  {
    keys: [`${risk}.maxPositionFraction`, 'world.margin.leverage', 'world.margin.enabled'],
    find: ({ decision, world: { margin } }) => {
      const value = decision.risk.maxPositionFraction;
      if (!margin.enabled || value <= margin.leverage) return [];
      const rule = `must not be above world.margin.leverage (${margin.leverage}): no venue takes that`;
      return [{ key: `${risk}.maxPositionFraction`, rule, value }];
    },
  },
  {
    keys: [`${risk}.takeProfit`],
    find: ({
      decision: {
        risk: { takeProfit },
      },
    }) => {
      if (!takeProfit.enabled || Object.keys(takeProfit.ladder).length > 0) return [];
      const rule = `needs a rung in ${risk}.takeProfit.ladder`;
      return [{ key: `${risk}.takeProfit.enabled`, rule, value: true }];
    },
  },
  {
    keys: [`${risk}.sizing.rule`, `${risk}.atrStop`, `${risk}.stopLoss`, `${risk}.trailingStop`],
    find: ({ decision: { risk: given } }) => {
      const { sizing, atrStop, stopLoss, trailingStop } = given;
      const trails = trailingStop.enabled && trailingStop.activation === 0;
      const isStopped = atrStop.enabled || stopLoss.enabled || trails;
      if (sizing.rule !== 'fixed-risk' || isStopped) return [];
      const rule =
        'needs a stop to size by: atrStop, stopLoss, or a trailingStop without activation';
      return [{ key: `${risk}.sizing.rule`, rule, value: sizing.rule }];
    },
  },
  {
    keys: [`${risk}.bandit.enabled`, `${risk}.bandit.arms`, 'decision.strategy'],
    find: ({
      decision: {
        strategy,
        risk: { bandit },
      },
    }) => {
      if (!bandit.enabled || bandit.arms !== 'agent' || strategy === null) return [];
      const rule = `must be symbol where decision.strategy (${strategy}) decides alone`;
      return [{ key: `${risk}.bandit.arms`, rule, value: bandit.arms }];
    },
  },
  {
    keys: ['decision.memory.enabled', 'decision.consensus.weighting', 'decision.strategy'],
    find: ({ decision: { strategy, memory, consensus } }) => {
      if (strategy === null) return [];
      const rule = (value: unknown) =>
        `must be ${value} where decision.strategy (${strategy}) decides alone: nobody votes`;
      const found: Problem[] = [];
      const { weighting } = consensus;
      if (memory.enabled) {
        found.push({ key: 'decision.memory.enabled', rule: rule(false), value: true });
      }
      if (weighting !== 'static') {
        const key = 'decision.consensus.weighting';
        found.push({ key, rule: rule('static'), value: weighting });
      }
      return found;
    },
  },
  {
    keys: ['decision.memory', `${risk}.sizing`],
    find: ({ decision }) => {
      const { enabled, load } = decision.memory;
      if (enabled) return [];
      const found: Problem[] = [];
      const rule = 'needs decision.memory.enabled';
      const { winRateSource } = decision.risk.sizing;
      if (winRateSource === 'memory') {
        found.push({ key: `${risk}.sizing.winRateSource`, rule, value: winRateSource });
      }
      if (load !== null) found.push({ key: 'decision.memory.load', rule, value: load });
      return found;
    },
  },
  {
    keys: ['decision.execution.obfuscation'],
    find: ({
      decision: {
        execution: { obfuscation },
      },
    }) => {
      const { delayMinMs, delayMaxMs } = obfuscation;
      if (delayMaxMs >= delayMinMs) return [];
      const key = 'decision.execution.obfuscation.delayMaxMs';
      return [{ key, rule: `must be delayMinMs (${delayMinMs}) or more`, value: delayMaxMs }];
    },
  },
  {
    keys: ['decision.models'],
    find: ({ decision }) => modelProblems(decision.models),
  },
  {
    keys: ['world.news.sources'],
    find: ({ world }) => newsProblems(world.news.sources),
  },
];

/** What does not go together, by the rules here and `more`, where the keys are not at fault. */
export function contradictions(
  config: Config,
  faults: readonly Problem[],
  more: readonly Rule[],
): Problem[] {
  const sound = (key: string) => faults.every((fault) => !touches(fault.key, key));
  const rules = [...RULES, ...more].filter(({ keys }) => keys.every(sound));
  return [...whoDecides(config, faults), ...rules.flatMap(({ find }) => find(config))];
}

/** One place is the other, or holds it. */
function touches(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

function whoDecides({ decision }: Config, faults: readonly Problem[]): Problem[] {
  // A key misspelt at the top or within `decision` may well have been one of the two.
  const maybeMeant = faults.some(
    ({ key }) => /^(decision\.)?[^.]+$/.test(key) || key.startsWith('decision.agents.'),
  );
  const agents = Object.keys(decision.agents);
  if (maybeMeant || (decision.strategy === null) !== (agents.length === 0)) return [];
  const rule =
    decision.strategy === null
      ? 'needs decision.strategy, or at least one of decision.agents'
      : `has both decision.strategy (${decision.strategy}) and decision.agents ` +
        `(${agents.join(', ')}): one of them decides`;
  return [{ key: 'decision', rule }];
}

function multipleOf(key: string, interval: string | null, world: Config['world']): Problem[] {
  const base = world.interval;
  if (base === null || interval === null) return [];
  if (intervalMs(interval) % intervalMs(base) === 0) return [];
  return [{ key, rule: `must be a multiple of world.interval (${base})`, value: interval }];
}

/** Instants that cannot be read, or an end that is not after its beginning; null is not checked. */
function inOrder(from: string | null, fromKey: string, to: string | null, toKey: string) {
  const found: Problem[] = [];
  const read = (text: string | null, key: string) => {
    if (text === null) return Number.NaN;
    try {
      return parseInstant(text, key);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      found.push(...error.problems);
      return Number.NaN;
    }
  };
  if (read(from, fromKey) >= read(to, toKey)) {
    found.push({ key: toKey, rule: `must be after ${fromKey} (${from})`, value: to });
  }
  return found;
}

type Outage = Config['world']['outages']['listed'][string];

function outageOf({ venue, fallbacks }: Config['world']) {
  return ([id, outage]: [string, Outage]): Problem[] => {
    const key = `world.outages.listed.${id}`;
    const found = inOrder(outage.from, `${key}.from`, outage.to, `${key}.to`);
    for (const end of ['from', 'to'] as const) {
      if (outage[end] === null) {
        found.push({ key: `${key}.${end}`, rule: 'must be an instant', value: null });
      }
    }
    const known = venue === null ? [] : [venue, ...fallbacks];
    if (outage.venue !== null && known.length > 0 && !known.includes(outage.venue)) {
      found.push(notAVenue(`${key}.venue`, outage.venue, known));
    }
    return found;
  };
}

function notAVenue(key: string, value: string, known: readonly string[]): Problem {
  const rule = `must be a venue of the run (${known.join(', ')})`;
  return { key, rule, value, nearest: nearest(value, known) };
}
