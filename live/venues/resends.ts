// Signed bytes of orders whose fate is not known, kept in memory alone: to be sent again as they are.

import type { WireRequest } from './wire.ts';

/** An order a minute for hours is fewer; older ones have outlived every venue's window. */
const MOST = 1000;

export class Resends {
  readonly #bytes = new Map<string, WireRequest>();

  keep(clientId: string, bytes: WireRequest): void {
    this.#bytes.set(clientId, bytes);
    if (this.#bytes.size <= MOST) return;
    const [oldest] = this.#bytes.keys();
    this.#bytes.delete(oldest!);
  }

  of(clientId: string): WireRequest | null {
    return this.#bytes.get(clientId) ?? null;
  }

  drop(clientId: string): void {
    this.#bytes.delete(clientId);
  }
}
