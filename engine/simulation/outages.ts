// When a venue cannot be reached: listed in the config, or drawn from the seed. Its matching goes on;
// what it answers, and what we send, waits or is refused until the outage is over.

import { parseInstant } from '../config/instant.ts';
import type { WorldConfig } from '../config/schema.ts';
import { InputError, type Problem } from '../errors.ts';
import { DAY_MS, MINUTE_MS } from '../interval.ts';
import { random } from '../random.ts';

export type OutageAnswer = 'refused' | 'timeout';

export interface Outage {
  readonly venue: string;
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly answer: OutageAnswer;
}

/** All outages of a run, by venue and time. Throws InputError for those that cannot be. */
export function outagesOf(
  world: WorldConfig,
  venues: readonly string[],
  fromMs: number,
  toMs: number,
  seed: number,
): Outage[] {
  const all = [...listed(world, venues), ...drawn(world, venues, fromMs, toMs, seed)];
  return all.sort((a, b) => (a.venue < b.venue ? -1 : a.venue > b.venue ? 1 : a.fromMs - b.fromMs));
}

function listed({ outages }: WorldConfig, venues: readonly string[]): Outage[] {
  const problems: Problem[] = [];
  const found: Outage[] = [];
  for (const [id, given] of Object.entries(outages.listed)) {
    const key = `world.outages.listed.${id}`;
    const venue = given.venue ?? venues[0]!;
    if (!venues.includes(venue)) {
      const rule = `must be a venue of the run (${venues.join(', ')})`;
      problems.push({ key: `${key}.venue`, rule, value: venue });
    }
    if (given.from === null || given.to === null) {
      problems.push({ key, rule: 'must say from when to when', value: given.from ?? given.to });
      continue;
    }
    const fromMs = parseInstant(given.from, `${key}.from`);
    const toMs = parseInstant(given.to, `${key}.to`);
    if (!(toMs > fromMs)) {
      problems.push({
        key,
        rule: 'must end after it begins',
        value: `${given.from} to ${given.to}`,
      });
    }
    found.push({ venue, fromMs, toMs, answer: given.answer });
  }
  if (problems.length > 0) throw new InputError(problems);
  return found;
}

/** A Poisson process per venue: exponential gaps and lengths. Every second one times out. */
function drawn(
  { outages }: WorldConfig,
  venues: readonly string[],
  fromMs: number,
  toMs: number,
  seed: number,
): Outage[] {
  const { perMonth, meanMinutes } = outages;
  if (perMonth === 0) return [];
  return venues.flatMap((venue) => {
    const draw = random(seed, `outages/${venue}`);
    const found: Outage[] = [];
    let atMs = fromMs;
    for (;;) {
      atMs += Math.ceil((-Math.log(1 - draw()) * 30 * DAY_MS) / perMonth);
      if (!(atMs < toMs)) return found;
      const endMs = atMs + Math.ceil(-Math.log(1 - draw()) * meanMinutes * MINUTE_MS);
      const answer: OutageAnswer = draw() < 0.5 ? 'refused' : 'timeout';
      found.push({ venue, fromMs: atMs, toMs: endMs, answer });
      atMs = endMs;
    }
  });
}

/** Looks outages up by venue number; times are asked in any order. */
export class OutageCalendar {
  readonly #byVenue: readonly (readonly Outage[])[];
  readonly isEmpty: boolean;

  constructor(outages: readonly Outage[], venues: readonly string[]) {
    this.#byVenue = venues.map((venue) => outages.filter((one) => one.venue === venue));
    this.isEmpty = outages.length === 0;
  }

  /** The outage of a venue at an instant, or null. */
  at(venue: number, atMs: number): Outage | null {
    for (const outage of this.#byVenue[venue]!) {
      if (outage.fromMs > atMs) return null;
      if (atMs < outage.toMs) return outage;
    }
    return null;
  }

  /** The first instant from `atMs` on at which the venue can be reached. */
  reachableMs(venue: number, atMs: number): number {
    let ms = atMs;
    for (const outage of this.#byVenue[venue]!) {
      if (outage.fromMs <= ms && ms < outage.toMs) ms = outage.toMs;
    }
    return ms;
  }
}
