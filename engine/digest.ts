// A streaming hash of numbers: the digest of a run inside the core, where there is no SHA-256.
//
// Two independent 32-bit lanes with murmur3's finaliser over the raw bits of each double, so that
// a difference in the last bit anywhere changes the digest. It finds accidents, not attackers: at
// the edges (result files, journals) SHA-256 is used instead.

const scratch = new Float64Array(1);
const bits = new Uint32Array(scratch.buffer);

export class Digest {
  #a = 0x9e3779b9 | 0;
  #b = 0x85ebca6b | 0;
  #count = 0;

  /** Mixes one number in. -0 counts as 0; every NaN is the same NaN. */
  number(x: number): void {
    scratch[0] = x === 0 ? 0 : x;
    const low = x === x ? bits[0]! : 0;
    const high = x === x ? bits[1]! : 0x7ff80000;
    this.#a = mixA(this.#a, low, high);
    this.#b = mixB(this.#b, low, high);
    this.#count++;
  }

  /** Mixes every `step`-th of `values` from `from` to `to` in: `number` in a loop that keeps its lanes at hand. */
  column(values: { readonly [row: number]: number }, from: number, to: number, step = 1): void {
    let a = this.#a;
    let b = this.#b;
    let count = this.#count;
    for (let i = from; i < to; i += step) {
      const x = values[i]!;
      scratch[0] = x === 0 ? 0 : x;
      const low = x === x ? bits[0]! : 0;
      const high = x === x ? bits[1]! : 0x7ff80000;
      a = mixA(a, low, high);
      b = mixB(b, low, high);
      count++;
    }
    this.#a = a;
    this.#b = b;
    this.#count = count;
  }

  /** Mixes a text in, by UTF-16 code units and length. */
  text(value: string): void {
    this.number(value.length);
    for (let i = 0; i < value.length; i++) this.number(value.charCodeAt(i));
  }

  /** 16 hex digits of what was mixed in so far; more may follow. */
  hex(): string {
    const a = finish(this.#a ^ this.#count);
    const b = finish(this.#b ^ a);
    return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
  }

  /** The last 13 of those digits as a whole number, which a double holds: for one of each row. */
  last52(): number {
    const a = finish(this.#a ^ this.#count);
    const b = finish(this.#b ^ a);
    return (a & 0xfffff) * 2 ** 32 + (b >>> 0);
  }
}

function mixA(lane: number, low: number, high: number): number {
  let a = Math.imul(lane ^ low, 0xcc9e2d51);
  a = (a << 15) | (a >>> 17);
  a = Math.imul(a ^ high, 0x1b873593);
  return (((a << 13) | (a >>> 19)) + 0x52dce729) | 0;
}

function mixB(lane: number, low: number, high: number): number {
  let b = Math.imul(lane ^ high, 0x2545f491);
  b = (b << 17) | (b >>> 15);
  b = Math.imul(b ^ low, 0x38495ab5);
  return (((b << 11) | (b >>> 21)) + 0x3c6ef372) | 0;
}

function finish(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
