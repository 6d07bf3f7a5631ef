// One byte for a client id: `userOrderId` 1 to 255, unique among the open orders of a sub-account alone
// (error 6071 otherwise). Which order a slot stands for is known only here; slots go round, so that one
// that was just left is taken again last.

const SLOTS = 255;
/** Open orders of a sub-account. */
const MOST_OPEN = 32;

export class Slots {
  readonly #bySlot = new Map<number, string>();
  #last = 0;

  /** A free slot for `clientId`; null when the account is full. */
  take(clientId: string): number | null {
    if (this.#bySlot.size >= MOST_OPEN) return null;
    do this.#last = (this.#last % SLOTS) + 1;
    while (this.#bySlot.has(this.#last));
    this.#bySlot.set(this.#last, clientId);
    return this.#last;
  }

  /** The slot of an order that may be open; null = there is none. */
  slotOf(clientId: string): number | null {
    for (const [slot, one] of this.#bySlot) if (one === clientId) return slot;
    return null;
  }

  clientIdOf(slot: number): string | null {
    return this.#bySlot.get(slot) ?? null;
  }

  /** The order has ended: its slot may stand for another. */
  free(slot: number): void {
    this.#bySlot.delete(slot);
  }
}
