// A config's venues by their ids: `hyperliquid-perp`, as files of history say, is what a live feed calls
// `hyperliquid`. Configs mean the same, and have the same digest, whichever name was written.

import { venueId } from '../data/venue-id.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';

/** A merged config and where its values came from. */
export interface Named {
  readonly config: Config;
  readonly origins: ReadonlyMap<string, string>;
}

/** The same with every venue called by its id. InputError when one is given twice. */
export function withVenueIds<T extends Named>(merged: T): T {
  const { config, origins } = merged;
  const { world } = config;
  const names = Object.keys(world.venues);
  const outages = Object.entries(world.outages.listed);
  const said = [world.venue, ...world.fallbacks, ...names, ...outages.map(([, one]) => one.venue)];
  if (said.every((name) => name === null || venueId(name) === name)) return merged;
  const twice = names.find((name, k) => names.map(venueId).indexOf(venueId(name)) !== k);
  if (twice !== undefined) {
    const rule = `must name ${venueId(twice)} once`;
    throw new InputError({ key: 'world.venues', rule, value: twice });
  }
  const listed = outages.map(([id, outage]) => {
    return [
      id,
      { ...outage, venue: outage.venue === null ? null : venueId(outage.venue) },
    ] as const;
  });
  const named = {
    ...world,
    venue: world.venue === null ? null : venueId(world.venue),
    fallbacks: world.fallbacks.map(venueId),
    venues: Object.fromEntries(names.map((name) => [venueId(name), world.venues[name]!])),
    outages: { ...world.outages, listed: Object.fromEntries(listed) },
  };
  const paths = [...origins].map(([path, origin]) => [pathOf(path), origin] as const);
  return { ...merged, config: { ...config, world: named }, origins: new Map(paths) };
}

function pathOf(path: string): string {
  const [world, venues, name, ...rest] = path.split('.');
  if (world !== 'world' || venues !== 'venues' || name === undefined) return path;
  return [world, venues, venueId(name), ...rest].join('.');
}
