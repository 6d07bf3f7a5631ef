// What the verbs that trade at a venue have in common: other hosts for tests and mirrors, and keys from
// the environment.

import type { VenueHosts } from '../data/venues/contract.ts';
import type { Problem } from '../engine/errors.ts';
import type { SecretOf } from '../live/venues/list.ts';
import { Secret } from '../live/venues/secret.ts';
import type { Environment } from './output.ts';

export interface HostFlags {
  readonly restUrl?: string;
  readonly streamUrl?: string;
}

/** The hosts that were given; undefined = the venue's own. */
export function hostsOf(
  { restUrl, streamUrl }: HostFlags,
  problems: Problem[],
): Partial<VenueHosts> | undefined {
  const read = (key: string, schemes: readonly string[], text: string | undefined) => {
    if (text === undefined) return;
    const { protocol = '' } = URL.parse(text) ?? {};
    const rule = `must be a URL of ${schemes.join(' or ')}//`;
    if (!schemes.includes(protocol)) problems.push({ key, rule, value: text });
  };
  read('--rest-url', ['https:', 'http:'], restUrl);
  read('--stream-url', ['wss:', 'ws:'], streamUrl);
  if (restUrl === undefined && streamUrl === undefined) return undefined;
  return {
    ...(restUrl === undefined ? {} : { restUrl }),
    ...(streamUrl === undefined ? {} : { streamUrl }),
  };
}

/** Keys by their names; an empty one is none. */
export function secretsFrom(env: Environment): SecretOf {
  return (name) => {
    const value = env[name];
    return value === undefined || value === '' ? null : new Secret(value);
  };
}
