// A plain client of a stream, for tests: connects as a StreamTalk says, greets, keeps what was said.

import { WebSocket } from 'ws';
import type { Saying, StreamTalk } from '../../../data/venues/contract.ts';

export class StreamListener {
  readonly said: Saying[] = [];
  readonly socket: WebSocket;
  pongs = 0;
  closed: { readonly code: number } | null = null;

  constructor(talk: StreamTalk, symbols: readonly string[], intervalMs: number) {
    this.socket = new WebSocket(talk.url(symbols, intervalMs));
    this.socket.on('open', () => {
      for (const text of talk.hello(symbols, intervalMs)) this.socket.send(text);
    });
    this.socket.on('message', (data) => this.said.push(...talk.parse(String(data), intervalMs)));
    this.socket.on('pong', () => this.pongs++);
    this.socket.on('close', (code) => {
      this.closed = { code };
    });
    this.socket.on('error', () => {});
  }

  /** Candles said so far, as `symbol minute close closed`. */
  get candles(): Extract<Saying, { kind: 'candle' }>[] {
    return this.said.filter((one) => one.kind === 'candle');
  }

  get complaints(): string[] {
    return this.said.flatMap((one) => (one.kind === 'complaint' ? [one.text] : []));
  }

  end(): void {
    this.socket.terminate();
  }
}

/** Waits until it holds, at most two seconds of the machine; then throws with the claim. */
export async function until(holds: () => boolean, claim: string): Promise<void> {
  const endMs = performance.now() + 2000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`never happened: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
