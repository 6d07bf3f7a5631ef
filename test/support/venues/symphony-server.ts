// A local Symphony, as its documentation says it: batches for ten subscribers, no ids of ours, no lists.
// What one subscriber comes to hold stands in a book that nobody can ask. Its faults are those of
// local-venue.ts.

import { Book, type BookOrder } from './book.ts';
import type { Dialect, Reply, SeenRequest } from './dialect.ts';
import { LocalVenue } from './local-venue.ts';

const SUBSCRIBERS = 10;

export class SymphonyAgent {
  /** Batches that are open, with what one subscriber ordered. */
  readonly open = new Map<string, BookOrder | null>();
  readonly book: Book;
  /** Opens and swaps that were carried out. */
  opened = 0;
  /** Its key is not taken any more. */
  isRevoked = false;
  /** Subscribers whose account fails. */
  failing = 0;
  #count = 0;
  readonly #apiKey: string;
  readonly #agentId: string;
  readonly #collateralUsd: number;

  /** `collateralUsd`: what one subscriber has. */
  constructor(apiKey: string, agentId: string, collateralUsd: number) {
    this.#apiKey = apiKey;
    this.#agentId = agentId;
    this.#collateralUsd = collateralUsd;
    this.book = new Book(Date.now, collateralUsd);
  }

  answer(request: SeenRequest): Reply {
    const say = (status: number, body: unknown): Reply => ({ status, body, weight: 1 });
    if (request.method === 'GET') return say(200, {});
    const isKnown = request.headers['x-api-key'] === this.#apiKey && !this.isRevoked;
    if (!isKnown) return say(401, { message: 'Unauthorized' });
    const body = JSON.parse(request.body);
    if (body.agentId !== this.#agentId) return say(404, { message: 'Agent not found' });
    const successful = SUBSCRIBERS - this.failing;
    const batchId = `batch-${++this.#count}`;
    if (request.path === '/agent/batch-close') {
      const isOpen = this.open.has(body.batchId);
      this.#close(body.batchId);
      const counts = isOpen ? { successful, skipped: 0 } : { successful: 0, skipped: SUBSCRIBERS };
      return say(200, { batchId, ...counts, failed: 0, results: [] });
    }
    if (!/^\/agent\/batch-(open|swap)$/.test(request.path)) return say(404, {});
    if (!(body.weight > 0 && body.weight <= 100)) return say(400, { message: 'weight' });
    this.opened++;
    this.open.set(batchId, request.path === '/agent/batch-open' ? this.#open(body) : null);
    return say(200, { message: 'ok', batchId, successful, failed: this.failing, results: [] });
  }

  #open({ symbol, action, weight, leverage, orderOptions }: BatchOpen): BookOrder | null {
    const { book } = this;
    const { triggerPrice } = orderOptions;
    const price = triggerPrice > 0 ? triggerPrice : book.price(symbol);
    const qty = ((weight / 100) * this.#collateralUsd * leverage) / price;
    const placed = book.place({
      ...PLAIN,
      symbol,
      side: action === 'LONG' ? 1 : -1,
      type: triggerPrice > 0 ? 'limit' : 'market',
      qty: Math.round(qty * 1e8) / 1e8,
      price: triggerPrice > 0 ? triggerPrice : Number.NaN,
    });
    return typeof placed === 'string' ? null : placed;
  }

  /** Whatever has become of it: an order that waits is taken back, a position closed. */
  #close(batchId: string): void {
    const order = this.open.get(batchId);
    this.open.delete(batchId);
    if (!order) return;
    this.book.cancel(order);
    if (!(order.filled > 0)) return;
    const { symbol, side, filled: qty } = order;
    const back = side > 0 ? -1 : 1;
    this.book.place({ ...PLAIN, symbol, side: back, type: 'market', qty, reduceOnly: true });
  }
}

interface BatchOpen {
  readonly symbol: string;
  readonly action: 'LONG' | 'SHORT';
  readonly weight: number;
  readonly leverage: number;
  readonly orderOptions: { readonly triggerPrice: number };
}

const PLAIN = {
  clientId: null,
  price: Number.NaN,
  trigger: Number.NaN,
  trailFraction: Number.NaN,
  tif: 'gtc',
  reduceOnly: false,
} as const;

export async function startSymphonyServer(
  apiKey: string,
  agentId: string,
  collateralUsd = 1000,
): Promise<{ readonly server: LocalVenue; readonly agent: SymphonyAgent }> {
  const agent = new SymphonyAgent(apiKey, agentId, collateralUsd);
  const dialect: Dialect = {
    streamPath: '',
    weightLimit: 1e9,
    weightHeader: null,
    hasProtocolPing: false,
    idleMs: 60_000,
    answer: (_market, request) => agent.answer(request),
    connected: () => false,
    heard: () => null,
    topic: () => '',
    candleText: () => '',
  };
  const server = await new LocalVenue(dialect, { symbols: {} }).start();
  return { server, agent };
}
