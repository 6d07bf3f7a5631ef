// The venues that can be traded at, by id: which secrets each needs, and how it is opened with them.
// Adding one is a folder and a line here; a rig in test/live/venues/rig.ts runs the contract over it.

import type { VenueHosts } from '../../data/venues/contract.ts';
import { InputError, nearest } from '../../engine/errors.ts';
import { TRAILS } from './aster/orders.ts';
import { PAUSED } from './drift/instruction.ts';
import { Lent } from './lent.ts';
import type { ClientOptions } from './options.ts';
import type { Tell, VenueClient } from './port.ts';
import type { Secret } from './secret.ts';

/** Names as in the environment. The first list is what a new user has; any list is enough. */
export interface TradedVenue {
  readonly secrets: readonly (readonly string[])[];
  /** What may be given beside them. */
  readonly options?: readonly string[];
  /** How closely and how far a trailing stop of its own may follow, fractions; null = it has none. */
  readonly trails: readonly [least: number, most: number] | null;
  /** Imports the venue's folder; `secretOf` has all names of one of the lists. */
  open(secretOf: SecretOf, options: OpenOptions): Promise<VenueClient>;
}

/** null = it is not there. */
export type SecretOf = (name: string) => Secret | null;
export type OpenOptions = ClientOptions & { readonly hosts?: Partial<VenueHosts> };

export const TRADED_VENUES: Readonly<Record<string, TradedVenue>> = Object.freeze({
  aster: {
    secrets: [
      ['ASTER_USER', 'ASTER_PRIVATE_KEY'],
      ['ASTER_API_KEY', 'ASTER_SECRET_KEY'],
    ],
    trails: TRAILS,
    async open(secretOf: SecretOf, options: OpenOptions) {
      const { openAsterClient } = await import('./aster/client.ts');
      const privateKey = secretOf('ASTER_PRIVATE_KEY');
      const keys =
        privateKey === null
          ? {
              kind: 'v1' as const,
              apiKey: secretOf('ASTER_API_KEY')!,
              secretKey: secretOf('ASTER_SECRET_KEY')!,
            }
          : { kind: 'v3' as const, user: secretOf('ASTER_USER')!.reveal(), privateKey };
      return openAsterClient({ ...options, keys });
    },
  },
  hyperliquid: {
    secrets: [['HYPERLIQUID_ACCOUNT', 'HYPERLIQUID_PRIVATE_KEY']],
    options: ['HYPERLIQUID_VAULT'],
    trails: null,
    async open(secretOf: SecretOf, options: OpenOptions) {
      const { openHyperliquidClient } = await import('./hyperliquid/client.ts');
      const vault = secretOf('HYPERLIQUID_VAULT')?.reveal();
      const keys = {
        account: secretOf('HYPERLIQUID_ACCOUNT')!.reveal(),
        privateKey: secretOf('HYPERLIQUID_PRIVATE_KEY')!,
        ...(vault === undefined ? {} : { vault }),
      };
      return openHyperliquidClient({ ...options, keys });
    },
  },
});

/** Why the others cannot be opened by id. */
const OFF: Readonly<Record<string, string>> = Object.freeze({
  drift: PAUSED,
  symphony:
    'is opened by its own hand (live/venues/symphony): it needs a collateral, and answers no question about orders or positions',
});

/** A venue by id. Throws InputError with the reason, or the nearest id. */
export function tradedVenue(id: string, key = 'venue'): TradedVenue {
  if (Object.hasOwn(TRADED_VENUES, id)) return TRADED_VENUES[id]!;
  if (Object.hasOwn(OFF, id)) throw new InputError({ key, rule: OFF[id]!, value: id });
  const ids = Object.keys(TRADED_VENUES);
  const rule = `must be one of ${ids.join(', ')}`;
  throw new InputError({ key, rule, value: id, nearest: nearest(id, ids) });
}

/** A venue to be opened, for these symbols of its own. */
export interface ToOpen {
  readonly id: string;
  readonly symbols: readonly string[];
  readonly hosts: Partial<VenueHosts>;
}

/**
 * Opens several venues, all or none. They open asynchronously and who listens comes later, all at once:
 * what they say before that is kept for it.
 */
export async function openClients(
  venues: readonly ToOpen[],
  secretOf: SecretOf,
  options: Omit<OpenOptions, 'symbols' | 'tell' | 'hosts'>,
): Promise<(id: string, tell: Tell) => VenueClient> {
  const open = new Map<string, { readonly client: VenueClient; readonly lent: Lent }>();
  try {
    for (const { id, symbols, hosts } of venues) {
      const lent = new Lent();
      const own = { ...options, symbols, hosts, tell: lent.tell };
      open.set(id, { lent, client: await tradedVenue(id).open(secretOf, own) });
    }
  } catch (error) {
    for (const { client } of open.values()) await client.close();
    throw error;
  }
  return (id, tell) => {
    const { client, lent } = open.get(id)!;
    lent.to(tell);
    return client;
  };
}

/** Every name under which a venue looks for something. */
export function secretNames({ secrets, options = [] }: TradedVenue): readonly string[] {
  return [...new Set([...secrets.flat(), ...options])];
}

/** The names that are missing for the first of the venue's lists; empty when one list is whole. */
export function missingSecrets({ secrets }: TradedVenue, secretOf: SecretOf): readonly string[] {
  const isWhole = secrets.some((names) => names.every((name) => secretOf(name) !== null));
  return isWhole ? [] : secrets[0]!.filter((name) => secretOf(name) === null);
}
