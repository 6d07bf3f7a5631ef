// The WebSocket half of a local venue: who listens to what, what is said to them, and the ways in
// which it is said late, twice, in the wrong order or not at all.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Dialect, Listener, Market } from './dialect.ts';
import type { WireCandle } from './faults.ts';

const SECOND_MS = 1000;

export class LocalStream {
  readonly heard: string[] = [];
  opened = 0;
  repeat = 1;
  delayMs = 0;
  isFrozen = false;
  readonly muted = new Set<string>();
  readonly #dialect: Dialect;
  readonly #market: Market;
  readonly #pingEveryMs: number;
  readonly #idleMs: number;
  // No pong by itself: a frozen venue answers none.
  readonly #wss = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #listeners = new Set<Listener>();
  #tick: NodeJS.Timeout | undefined;
  #held: (() => void)[] | null = null;

  constructor(dialect: Dialect, market: Market, pingEveryMs: number, idleMs: number) {
    this.#dialect = dialect;
    this.#market = market;
    this.#pingEveryMs = pingEveryMs;
    this.#idleMs = idleMs;
  }

  get connections(): number {
    return this.#listeners.size;
  }

  start(): void {
    const everyMs = Math.min(SECOND_MS, this.#pingEveryMs, this.#idleMs);
    this.#tick = setInterval(() => this.#keepAlive(), everyMs);
    this.#tick.unref();
  }

  stop(): void {
    clearInterval(this.#tick);
    this.drop();
    this.#wss.close();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://local');
    this.#wss.handleUpgrade(request, socket, head, (stream) => {
      const now = performance.now();
      const listener: Listener = {
        socket: stream,
        topics: new Set(),
        isCombined: false,
        lastSentMs: now,
        lastPongMs: now,
        heardAtMs: [],
      };
      stream.on('error', () => stream.terminate());
      if (!this.#dialect.connected(listener, url)) {
        stream.close(1008, 'not a stream');
        return;
      }
      this.opened++;
      this.#listeners.add(listener);
      stream.on('close', () => this.#listeners.delete(listener));
      stream.on('pong', () => {
        listener.lastPongMs = performance.now();
      });
      stream.on('ping', (data) => {
        if (!this.isFrozen) stream.pong(data);
      });
      stream.on('message', (data) => this.#hear(listener, String(data)));
    });
  }

  drop(code?: number): void {
    for (const { socket } of this.#listeners) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
  }

  push(symbol: string, wire: WireCandle, closed: boolean): void {
    if (this.muted.has(symbol)) return;
    const topic = this.#dialect.topic(symbol);
    for (const listener of this.#listeners) {
      if (!listener.topics.has(topic)) continue;
      const text = this.#dialect.candleText(this.#market, symbol, wire, closed, listener);
      for (let i = 0; i < this.repeat; i++) this.#send(listener, text);
    }
  }

  tellTopic(topic: string, text: string): void {
    for (const listener of this.#listeners) {
      if (!listener.topics.has(topic)) continue;
      for (let i = 0; i < this.repeat; i++) this.#send(listener, text);
    }
  }

  say(text: string): void {
    for (const listener of this.#listeners) this.#send(listener, text);
  }

  hold(): void {
    this.#held ??= [];
  }

  release(order: 'in-order' | 'reversed'): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const send of order === 'reversed' ? held.reverse() : held) send();
  }

  #send(listener: Listener, text: string): void {
    const send = () => {
      const { socket } = listener;
      if (this.isFrozen || socket.readyState !== socket.OPEN) return;
      listener.lastSentMs = performance.now();
      socket.send(text);
    };
    if (this.#held !== null) this.#held.push(send);
    else if (this.delayMs > 0) setTimeout(send, this.delayMs);
    else send();
  }

  #hear(listener: Listener, text: string): void {
    this.heard.push(text);
    const now = performance.now();
    listener.heardAtMs = [...listener.heardAtMs.filter((at) => now - at < SECOND_MS), now];
    const replies = this.#dialect.heard(this.#market, listener, text);
    if (replies === null) listener.socket.close(1008, 'too many requests');
    else for (const reply of replies) this.#send(listener, reply);
  }

  #keepAlive(): void {
    const now = performance.now();
    for (const listener of this.#listeners) {
      const { hasProtocolPing } = this.#dialect;
      const since = hasProtocolPing ? listener.lastPongMs : listener.lastSentMs;
      if (now - since >= this.#idleMs) {
        listener.socket.close(1000, 'idle');
      } else if (
        hasProtocolPing &&
        !this.isFrozen &&
        now - listener.lastPongMs >= this.#pingEveryMs
      ) {
        listener.socket.ping();
      }
    }
  }
}
