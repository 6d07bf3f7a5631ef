// Drift's program as its published source says it, as far as orders go: what it refuses, with which code,
// before the market is met. No keepers are needed here: what can trade does so at once.

import type { DriftAnswer, DriftProgram } from '../../../live/venues/drift/client.ts';
import type { DriftMarket, DriftParams } from '../../../live/venues/drift/orders.ts';
import { Book, type BookOrder, type BookRefusal, type BookType } from './book.ts';

const IOC = 1;
const MOST_OPEN = 32;
const CODES: Partial<Record<BookRefusal, number>> = {
  margin: 6003,
  'would-cross': 6057,
  'reduce-only': 6064,
};

export class LocalProgram implements DriftProgram {
  readonly book: Book;
  /** Instructions that arrived. */
  count = 0;
  /** What happens to the next instruction on its way: its answer is lost, or it is. */
  next: 'fine' | 'unanswered' | 'lost' = 'fine';
  readonly #market: DriftMarket;
  readonly #symbol: string;
  readonly #nowMs: () => number;

  constructor(symbol: string, market: DriftMarket, nowMs: () => number, wallet: number) {
    this.#symbol = symbol;
    this.#market = market;
    this.#nowMs = nowMs;
    this.book = new Book(nowMs, wallet);
  }

  async place(params: DriftParams): Promise<DriftAnswer> {
    return this.#carry(() => this.#place(params));
  }

  async cancelByUserId(slot: number): Promise<DriftAnswer> {
    return this.#carry(() => (this.book.cancel(this.#inSlot(slot)) === 'not-found' ? 6061 : null));
  }

  async cancelAll(marketIndex: number): Promise<DriftAnswer> {
    return this.#carry(() => {
      if (marketIndex === this.#market.index) this.book.cancelAll(this.#symbol);
      return null;
    });
  }

  #carry(work: () => number | null): DriftAnswer {
    const way = this.next;
    this.next = 'fine';
    if (way === 'lost') return { kind: 'unknown', text: 'blockhash expired' };
    this.count++;
    const code = work();
    if (way === 'unanswered') return { kind: 'unknown', text: 'blockhash expired' };
    return code === null
      ? { kind: 'done', signature: `tx${this.count}` }
      : { kind: 'failed', code };
  }

  #inSlot(slot: number): BookOrder | undefined {
    return this.book.open().find(({ clientId }) => clientId === String(slot));
  }

  /** null = it was placed. */
  #place(params: DriftParams): number | null {
    const { userOrderId, baseAssetAmount, maxTs, reduceOnly } = params;
    if (this.#inSlot(userOrderId) !== undefined) return 6071;
    if (this.book.open().length >= MOST_OPEN) return 6060;
    if (baseAssetAmount % this.#market.stepSize !== 0n) return 6048;
    if (baseAssetAmount < this.#market.minOrderSize) return 6056;
    if (Number(maxTs) * 1000 <= this.#nowMs()) return 6298;
    const side = 'long' in params.direction ? 1 : -1;
    const trigger = params.triggerPrice === null ? Number.NaN : Number(params.triggerPrice) / 1e6;
    const isUp = 'above' in params.triggerCondition;
    const price = this.book.price(this.#symbol);
    // The oracle has passed it already: a keeper triggers it in the next block.
    const isThrough = isUp ? price >= trigger : price <= trigger;
    const placed = this.book.place({
      clientId: String(userOrderId),
      symbol: this.#symbol,
      side,
      type: isThrough ? 'market' : typeOf(params, side === 1 ? isUp : !isUp),
      qty: Number(baseAssetAmount) / 1e9,
      price: params.price > 0n ? Number(params.price) / 1e6 : Number.NaN,
      trigger: isThrough ? Number.NaN : trigger,
      trailFraction: Number.NaN,
      tif: 'mustPostOnly' in params.postOnly ? 'gtx' : params.bitFlags & IOC ? 'ioc' : 'gtc',
      reduceOnly,
    });
    return typeof placed === 'string' ? CODES[placed]! : null;
  }
}

/** `isStop`: the trigger lies on the side to which the order goes. */
function typeOf({ orderType }: DriftParams, isStop: boolean): BookType {
  if ('limit' in orderType) return 'limit';
  const kind = isStop ? 'stop' : 'take-profit';
  return 'triggerLimit' in orderType ? `${kind}-limit` : `${kind}-market`;
}
