// Hyperliquid with an account: signed actions, reports by /info, and its stream.
//
//   connect: clock -> the account is one, the key may sign for it -> rules of the symbols -> stream up
//
// Every action expires within seconds (`expiresAfter`), so that one that is late has no effect. The
// venue's dead-man switch is there only for accounts that have traded enough, ten times a day, and takes
// protective stops with it.

import type { VenueHosts } from '../../../data/venues/contract.ts';
import { HOSTS } from '../../../data/venues/hyperliquid/hosts.ts';
import { Quiet } from '../../../data/venues/quiet.ts';
import { DAY_MS } from '../../../engine/interval.ts';
import { UNTRAILED } from '../bare.ts';
import { type Nonces, noncesFor, VolatileNonces } from '../nonces.ts';
import { Mouth, openedClient } from '../opened.ts';
import { type ClientOptions, drawn } from '../options.ts';
import type { Capabilities, OrderRequest, VenueClient } from '../port.ts';
import { Resends } from '../resends.ts';
import { Scrubber } from '../secret.ts';
import type { UserTalk } from '../user-stream.ts';
import { VenueTime } from '../venue-time.ts';
import { Exchange, LIFE_MS } from './exchange.ts';
import { type Asset, cloidOf } from './orders.ts';
import { userMessageOf } from './parse.ts';
import { hyperliquidReads } from './reads.ts';
import { type ActionSigner, actionSigner, type HyperliquidKeys } from './sign.ts';
import { BATCH, hyperliquidWrites, SHORTEST_DEADMAN_MS } from './writes.ts';

const ID = 'hyperliquid';
/** Requests that are remembered for what the stream leaves out. */
const MOST_SHAPES = 5000;

export interface HyperliquidOptions extends ClientOptions {
  readonly keys: HyperliquidKeys;
  readonly hosts?: Partial<VenueHosts>;
}

const CAPABILITIES: Capabilities = Object.freeze({
  orderTypes: UNTRAILED,
  timesInForce: ['gtc', 'ioc'] as const,
  postOnly: true,
  reduceOnly: true,
  marketBound: 'needed' as const,
  clientIds: 'open-orders' as const,
  resends: true,
  batch: BATCH,
  amend: true,
  subAccounts: true,
  deadMan: {
    scope: 'account' as const,
    shortestMs: SHORTEST_DEADMAN_MS,
    firesADay: 10,
    takesStops: true,
  },
  reportsOrders: true,
  reportsPositions: true,
  reportsFunding: true,
  setsMargin: true,
  userStream: true,
  reportsMarks: true,
  hasGrid: true,
  requestLifeMs: LIFE_MS,
  visibilityLagMs: 5000,
});

/**
 * Opens Hyperliquid for an account; nothing is sent before `connect`. Throws InputError for keys that are
 * none, JournalRefusal (exit code 7) when another process signs with the same wallet.
 */
export function openHyperliquidClient(options: HyperliquidOptions): VenueClient {
  const { keys, clock, random = drawn } = options;
  const hosts = { ...HOSTS, ...options.hosts };
  const time = new VenueTime(clock);
  const { scrub } = new Scrubber([keys.privateKey]);
  const quiet = options.quiet ?? new Quiet(clock, random);
  const assets = new Map<string, Asset>();
  const shapes = new Shapes();
  const mouth = new Mouth(options.tell);
  const { tell, known } = mouth;
  const { signer, nonces } = signerOf(options, time.nowMs);
  const { nowMs } = time;
  const exchange = new Exchange({
    ...options,
    hosts,
    signer,
    pace: clock,
    quiet,
    scrub,
    nowMs,
    onAuth: (text) => tell({ kind: 'alert', code: 'auth', text }),
    onSkew: async () => void (await reads.ping().catch(() => null)),
  });
  const shapeOf = (clientId: string) => shapes.get(clientId);
  const { account } = keys;
  const reads = hyperliquidReads({ exchange, time, signer, account, nowMs, assets, shapeOf });
  const { openOrders } = reads;
  const resends = new Resends();
  const writes = hyperliquidWrites({
    exchange,
    assets,
    known,
    resends,
    shapes,
    nowMs,
    tell,
    openOrders,
  });
  return openedClient({
    id: ID,
    capabilities: CAPABILITIES,
    clientId: cloidOf,
    options,
    mouth,
    reads,
    writes,
    talk: { ...talkOf(hosts.streamUrl, signer), parse: (text) => userMessageOf(text, shapeOf) },
    scrub,
    release() {
      exchange.close();
      nonces.close();
    },
  });
}

/** The newest so many requests. */
class Shapes extends Map<string, OrderRequest> {
  override set(clientId: string, request: OrderRequest): this {
    super.set(clientId, request);
    if (this.size > MOST_SHAPES) {
      const [oldest] = this.keys();
      this.delete(oldest!);
    }
    return this;
  }
}

function talkOf(streamUrl: string, { user }: ActionSigner): Omit<UserTalk, 'parse'> {
  const hello = ['orderUpdates', 'userFills', 'userEvents'].map((type) =>
    JSON.stringify({ method: 'subscribe', subscription: { type, user } }),
  );
  return Object.freeze({
    address: async () => streamUrl,
    hello: () => hello,
    isAnswer: (text: string) => text.startsWith('{"channel":"subscriptionResponse"'),
    ping: '{"method":"ping"}',
    // The venue closes what it has sent nothing to for 60 s; its answer to a ping counts.
    pingEveryMs: 15_000,
    silenceMs: 45_000,
    maxAgeMs: DAY_MS,
    keepEveryMs: DAY_MS,
    keep: async () => true,
  });
}

function signerOf(
  { keys, stateFolder, clock }: HyperliquidOptions,
  nowMs: () => number,
): { readonly signer: ActionSigner; readonly nonces: Nonces } {
  const perMs = 1;
  // Bad keys are found before anything is locked.
  const { signer } = actionSigner(keys, new VolatileNonces({ perMs, nowMs }));
  const nonces = noncesFor(ID, signer, stateFolder, { perMs, nowMs, clock });
  return { signer: actionSigner(keys, nonces), nonces };
}
