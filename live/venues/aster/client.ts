// Aster with an account: orders, reports and the user stream over /fapi/v3 (or V1 for old keys).
//
//   connect: clock -> one-way mode, right to trade -> rules of the symbols -> stream up
//
// A write is sent once. Fills and order states come by the stream, and with the answers that say them;
// both tell the same, in any order.

import { HOSTS } from '../../../data/venues/aster/hosts.ts';
import type { VenueHosts } from '../../../data/venues/contract.ts';
import { Quiet } from '../../../data/venues/quiet.ts';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { type Nonces, noncesFor, VolatileNonces } from '../nonces.ts';
import { Mouth, openedClient } from '../opened.ts';
import { type ClientOptions, drawn } from '../options.ts';
import type { Capabilities, VenueClient } from '../port.ts';
import { Resends } from '../resends.ts';
import { Scrubber, Secret } from '../secret.ts';
import { VenueTime } from '../venue-time.ts';
import { Account } from './account.ts';
import { clientIdOf, TYPES } from './orders.ts';
import { userMessageOf } from './parse.ts';
import { asterReads } from './reads.ts';
import { type AsterKeys, type AsterSigner, signerAddress, v1Signer, v3Signer } from './sign.ts';
import { asterUserTalk } from './stream.ts';
import { asterWrites, BATCH } from './writes.ts';

const ID = 'aster';

export interface AsterOptions extends ClientOptions {
  readonly keys: AsterKeys;
  readonly hosts?: Partial<VenueHosts>;
}

/**
 * Opens Aster for an account; nothing is sent before `connect`. Throws InputError for keys that are none,
 * JournalRefusal (exit code 7) when another process signs with the same wallet.
 */
export function openAsterClient(options: AsterOptions): VenueClient {
  const { keys, clock, random = drawn } = options;
  const hosts = { ...HOSTS, ...options.hosts };
  const time = new VenueTime(clock);
  const scrubber = new Scrubber(secretsOf(keys));
  const { scrub } = scrubber;
  // What the stream says may also hold its key, which the venue gives out again and again.
  const streamScrubber = new Scrubber(secretsOf(keys));
  const quiet = options.quiet ?? new Quiet(clock, random);
  const rules = new Map<string, Instrument>();
  const mouth = new Mouth(options.tell);
  const { tell, known } = mouth;
  const { signer, nonces } = signerOf(options, time.nowMs);
  const account = new Account({
    ...options,
    hosts,
    signer,
    pace: clock,
    quiet,
    scrub,
    onAuth: (text) => tell({ kind: 'alert', code: 'auth', text }),
    onSkew: async () => void (await reads.ping().catch(() => null)),
  });
  const reads = asterReads({ account, time, hosts, pace: clock, quiet, rules });
  const isV3 = signer.version === 'v3';
  const resends = isV3 ? new Resends() : null;
  const writes = asterWrites({ account, rules, known, resends, canAmend: isV3, tell });
  const talk = asterUserTalk(account, hosts.streamUrl, (key) =>
    streamScrubber.add(new Secret(key)),
  );
  return openedClient({
    id: ID,
    capabilities: capabilitiesOf(signer),
    clientId: clientIdOf,
    options,
    mouth,
    reads,
    writes,
    talk: { ...talk, parse: userMessageOf },
    scrub: streamScrubber.scrub,
    release() {
      account.close();
      nonces.close();
    },
  });
}

function signerOf(
  { keys, stateFolder, clock }: AsterOptions,
  nowMs: () => number,
): { readonly signer: AsterSigner; readonly nonces: Nonces } {
  const perMs = 1000;
  const passing = new VolatileNonces({ perMs, nowMs });
  if (keys.kind === 'v1') return { signer: v1Signer(keys, nowMs), nonces: passing };
  // Bad keys are found before anything is locked.
  v3Signer(keys, passing);
  const address = signerAddress(keys.privateKey);
  const nonces = noncesFor(ID, address, stateFolder, { perMs, nowMs, clock });
  return { signer: v3Signer(keys, nonces), nonces };
}

function capabilitiesOf(signer: AsterSigner): Capabilities {
  const isV3 = signer.version === 'v3';
  return Object.freeze({
    orderTypes: Object.keys(TYPES) as Capabilities['orderTypes'],
    timesInForce: ['gtc', 'ioc', 'fok'] as const,
    postOnly: true,
    reduceOnly: true,
    marketBound: 'taken' as const,
    clientIds: 'open-orders' as const,
    resends: isV3,
    batch: BATCH,
    amend: isV3,
    subAccounts: false,
    deadMan: {
      scope: 'symbol' as const,
      shortestMs: 1000,
      firesADay: Number.POSITIVE_INFINITY,
      takesStops: true,
    },
    reportsOrders: true,
    reportsPositions: true,
    reportsFunding: true,
    setsMargin: true,
    userStream: true,
    reportsMarks: true,
    hasGrid: true,
    requestLifeMs: signer.requestLifeMs,
    visibilityLagMs: 5000,
  });
}

function secretsOf(keys: AsterKeys): readonly Secret[] {
  return keys.kind === 'v3' ? [keys.privateKey] : [keys.apiKey, keys.secretKey];
}
