// The line to a Redis: opened once, or refused with a reason; when it breaks later, whoever uses it waits,
// says so, and goes on when it is back.
//
// A user name and a password stand in the address. Nothing but `shown` is ever printed of it.

import { Redis } from 'ioredis';
import { InputError } from '../../errors.ts';

export interface RedisAddress {
  /** `redis://host:port/db`, without credentials. */
  readonly shown: string;
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly isEncrypted: boolean;
  readonly username: string | null;
  readonly password: string | null;
}

const RULE = 'must be redis://[user:password@]host[:port][/db], or rediss:// for an encrypted line';
const DEFAULT_PORT = 6379;

/** Takes an address apart. Throws InputError, which shows no credentials. */
export function redisAddress(text: string, key: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isEncrypted = url?.protocol === 'rediss:';
  const db = url === null ? '' : url.pathname.replace(/^\//, '');
  const isOurs = url !== null && (isEncrypted || url.protocol === 'redis:') && url.hostname !== '';
  const rest = `${url?.search ?? ''}${url?.hash ?? ''}`;
  if (!isOurs || !/^\d{0,4}$/.test(db) || rest !== '') {
    // Whatever stands before an @ may be a password.
    const value = text.includes('@') ? `...@${text.slice(text.lastIndexOf('@') + 1)}` : text;
    throw new InputError({ key, rule: RULE, value });
  }
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const textOr = (part: string) => (part === '' ? null : decodeURIComponent(part));
  return {
    shown: `${url.protocol}//${url.hostname}:${port}${db === '' ? '' : `/${db}`}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    db: Number(db),
    isEncrypted,
    username: textOr(url.username),
    password: textOr(url.password),
  };
}

const OPENING_MS = 5000;
const LONGEST_PAUSE_MS = 2000;

export class RedisLine {
  readonly address: RedisAddress;
  /** Commands wait while the line is broken. */
  readonly client: Redis;
  /** Tells a person. */
  readonly say: (text: string) => void;
  readonly #whenBack: (() => void)[] = [];
  #isOpen = false;
  #isClosed = false;
  #isAway = false;

  private constructor(address: RedisAddress, say: (text: string) => void) {
    const { host, port, db, username, password, isEncrypted } = address;
    this.address = address;
    this.say = say;
    this.client = new Redis({
      host,
      port,
      db,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...(isEncrypted ? { tls: {} } : {}),
      lazyConnect: true,
      connectTimeout: OPENING_MS,
      maxRetriesPerRequest: null,
      retryStrategy: (times) => {
        return this.#isOpen && !this.#isClosed ? Math.min(100 * times, LONGEST_PAUSE_MS) : null;
      },
    });
    // A listener must be there; what is wrong is told once, by `close`.
    this.client.on('error', () => {});
    this.client.on('close', () => this.#lost());
    this.client.on('ready', () => this.#found());
  }

  /** Opens a line. Throws InputError naming `key` when nobody answers there, or not to us. */
  static async open(
    address: RedisAddress,
    key: string,
    say: (text: string) => void,
  ): Promise<RedisLine> {
    const line = new RedisLine(address, say);
    const { client } = line;
    let why = '';
    client.on('error', (error) => {
      why ||= error.message;
    });
    const timer = setTimeout(() => client.disconnect(), OPENING_MS);
    try {
      await client.connect();
      await client.ping();
      line.#isOpen = true;
      return line;
    } catch (cause) {
      client.disconnect();
      const rule = `must be a Redis that answers (${why || (cause as Error).message})`;
      throw new InputError({ key, rule, value: address.shown }, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Called each time the line is there again: what was kept in Redis may be gone. */
  whenBack(again: () => void): void {
    this.#whenBack.push(again);
  }

  close(): void {
    this.#isClosed = true;
    this.client.disconnect();
  }

  #lost(): void {
    if (!this.#isOpen || this.#isClosed || this.#isAway) return;
    this.#isAway = true;
    this.say(`${this.address.shown} is away: waiting until it is back`);
  }

  #found(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.say(`${this.address.shown} is back: going on`);
    for (const again of this.#whenBack) again();
  }
}
