// What the verbs that trade at venues have in common: other hosts for tests and mirrors, and keys.

import type { Command } from 'commander';
import type { VenueHosts } from '../data/venues/contract.ts';
import { nearest, type Problem } from '../engine/errors.ts';
import type { SecretOf } from '../live/venues/list.ts';

export interface HostFlags {
  readonly restUrl?: readonly string[];
  readonly streamUrl?: readonly string[];
}

/** By venue id; a venue that is not named has its own hosts. */
export type HostsByVenue = Readonly<Record<string, Partial<VenueHosts>>>;

/** Collects the values of a flag that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export function addHostFlags(command: Command): Command {
  const which = 'URL of the (first) venue, or VENUE=URL; may be repeated';
  return command
    .option('--rest-url <url>', `another host, a testnet or a proxy: ${which}`, collect)
    .option('--stream-url <url>', `another host of its stream: ${which}`, collect);
}

/** The hosts that were given for these venues, the first of which needs no name. */
export function hostsOf(
  { restUrl = [], streamUrl = [] }: HostFlags,
  venues: readonly string[],
  problems: Problem[],
): HostsByVenue {
  const hosts: Record<string, { -readonly [K in keyof VenueHosts]?: VenueHosts[K] }> = {};
  const read = (key: string, host: keyof VenueHosts, schemes: readonly string[], text: string) => {
    const [, name = venues[0]!, url = text] = /^([a-z0-9-]+)=(.*)$/.exec(text) ?? [];
    if (!venues.includes(name)) {
      const rule = `must be for a venue of this command (${venues.join(', ')})`;
      problems.push({ key, rule, value: name, nearest: nearest(name, venues) });
      return;
    }
    const { protocol = '' } = URL.parse(url) ?? {};
    const rule = `must be a URL of ${schemes.join(' or ')}//`;
    if (!schemes.includes(protocol)) problems.push({ key, rule, value: url });
    hosts[name] = { ...hosts[name], [host]: url };
  };
  for (const text of restUrl) read('--rest-url', 'restUrl', ['https:', 'http:'], text);
  for (const text of streamUrl) read('--stream-url', 'streamUrl', ['wss:', 'ws:'], text);
  return hosts;
}

/**
 * The keys of these venues that are there. `isRehearsal`: see live/secrets/open.ts. Throws InputError and
 * SecretFault for one that should be there and cannot be had.
 */
export async function secretsAt(
  venues: readonly string[],
  isRehearsal: boolean,
): Promise<SecretOf> {
  const { machineClock: clock } = await import('../live/clock.ts');
  const { openSecrets } = await import('../live/secrets/open.ts');
  const { secretNames, tradedVenue } = await import('../live/venues/list.ts');
  const names = venues.flatMap((id) => secretNames(tradedVenue(id)));
  return openSecrets(names, { env: process.env, clock, isRehearsal });
}
