// Slots in the order in which they came: the newest at one end, the oldest leaves at the other.

export class Queue {
  /** A ring; what is in it ends at `newest`, going up. */
  readonly slots: Int32Array;
  newest: number;
  length = 0;

  /** At most `depth` slots. */
  constructor(depth: number) {
    this.slots = new Int32Array(depth);
    this.newest = depth - 1;
  }

  push(slot: number): void {
    this.newest = (this.newest + 1) % this.slots.length;
    this.slots[this.newest] = slot;
    this.length++;
  }

  /** The oldest one leaves. */
  shift(): void {
    this.length--;
  }
}
