// What every client with a user stream does alike: it is connected in one order, tells until it is closed,
// knows its open orders, and asks for what a gap in its stream has hidden.
//
//   connect: clock -> account and keys -> rules of the symbols -> stream up

import { KnownOrders } from './known.ts';
import { type ClientOptions, drawn } from './options.ts';
import type { ClientEvent, Tell, VenueClient } from './port.ts';
import { openWithin, UserStream, type UserTalk } from './user-stream.ts';

/** Where a client's words go: to what it knows itself, and, until it is closed, to whoever listens. */
export class Mouth {
  readonly known = new KnownOrders();
  isClosed = false;
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  readonly tell = (event: ClientEvent): void => {
    this.known.hear(event);
    if (!this.isClosed) this.#tell(event);
  };
}

type Lifecycle = 'id' | 'capabilities' | 'clientId' | 'connect' | 'close';
type Write = 'submit' | 'submitAll' | 'resend' | 'cancel' | 'cancelAll' | 'amend' | 'deadMan';
type Asked = Omit<VenueClient, Lifecycle | Write | 'setMargin'>;

/** What an account can be asked. All of it may be asked again. */
export type Reads = Asked & {
  /** Throws InputError for an account that cannot be traded here, VenueFault when it cannot be asked. */
  admit(signal?: AbortSignal): Promise<void>;
};

export interface OpenedParts extends Pick<VenueClient, 'id' | 'capabilities' | 'clientId'> {
  readonly options: Pick<ClientOptions, 'clock' | 'connect' | 'symbols' | 'random'>;
  readonly mouth: Mouth;
  readonly reads: Reads;
  readonly writes: Pick<VenueClient, Write | 'setMargin'>;
  readonly talk: UserTalk;
  readonly scrub: (text: string) => string;
  /** Gives back what was taken for signing; after the stream has ended, once. */
  readonly release: () => void;
}

export function openedClient(parts: OpenedParts): VenueClient {
  const { id, capabilities, clientId, options, mouth, reads, writes, talk, scrub, release } = parts;
  const { clock, connect, symbols, random = drawn } = options;
  const stream = new UserStream({
    talk,
    clock,
    connect,
    random,
    tell: mouth.tell,
    catchUp: (sinceMs, signal) => mouth.known.catchUp(reads, symbols, sinceMs, signal),
    scrub,
  });
  const { admit, ...asked } = reads;
  return Object.freeze({
    id,
    capabilities,
    clientId,
    ...asked,
    ...writes,

    async connect(signal?: AbortSignal) {
      const pulse = await reads.ping(signal);
      await admit(signal);
      await reads.instruments(symbols, signal);
      await openWithin(stream, clock, id);
      return pulse;
    },

    async close() {
      if (mouth.isClosed) return;
      mouth.isClosed = true;
      await stream.close();
      release();
    },
  });
}
