// Claims about logs that are written by rows and read by columns.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrowingRows, NumberList, Room } from '../../engine/columns.ts';
import { Digest } from '../../engine/digest.ts';

const AT = Object.freeze({ a: 0, b: 1, c: 2 });

/** `count` rows (k, -k, 1 / k), written as a log writes them. */
function written(count: number, room?: Room): GrowingRows<keyof typeof AT> {
  const rows = new GrowingRows(AT, room);
  for (let k = 1; k <= count; k++) {
    const row = rows.next();
    const into = rows.block(row);
    const at = rows.at(row);
    into[at + AT.a] = k;
    into[at + AT.b] = -k;
    into[at + AT.c] = 1 / k;
  }
  return rows;
}

describe('rows that grow', () => {
  it.each([0, 1, 1023, 1024, 1025, 5000])('give %i rows back, column by column', (count) => {
    const { a, b, c } = written(count).flat();
    const ks = Array.from({ length: count }, (_, k) => k + 1);
    expect([...a]).toEqual(ks);
    expect([...b]).toEqual(ks.map((k) => -k));
    expect([...c]).toEqual(ks.map((k) => 1 / k));
  });

  it('have the digest of their columns, one after the other', () => {
    for (const count of [0, 7, 1024, 3000]) {
      const rows = written(count);
      const [mixed, plain] = [new Digest(), new Digest()];
      rows.mixInto(mixed);
      for (const column of Object.values(rows.flat())) for (const x of column) plain.number(x);
      expect(mixed.hex()).toBe(plain.hex());
    }
  });

  it('borrow their blocks: what the run before wrote is not seen', () => {
    const room = new Room();
    written(3000, room);
    room.clear();
    const again = written(1500, room);
    expect(again.column('a').length).toBe(1500);
    expect(again.column('a')[1499]).toBe(1500);
  });
});

describe('room', () => {
  /** A run that borrows one column of so many rows; where it lay. */
  const lent = (room: Room, rows: number): ArrayBufferLike => {
    const column = room.column(rows);
    expect(column.length).toBe(rows);
    room.clear();
    return column.buffer;
  };

  it('lends the same again, a few rows longer or shorter', () => {
    const room = new Room();
    const first = lent(room, 5000);
    expect(lent(room, 5100)).toBe(first);
    expect(lent(room, 4097)).toBe(first);
    expect(lent(room, 9000)).not.toBe(first);
    const [one, other] = [room.column(5000), room.column(5000)];
    expect(one.buffer).not.toBe(other.buffer);
  });

  it('lets go of sizes that nobody has asked for in a while, and so does not grow with them', () => {
    const room = new Room();
    const sizes = Array.from({ length: 40 }, (_, k) => 2000 * (k + 1));
    const buffers = sizes.map((rows) => lent(room, rows));
    expect(lent(room, sizes.at(-1)!)).toBe(buffers.at(-1));
    expect(lent(room, sizes[0]!)).not.toBe(buffers[0]);
  });
});

describe('a list of numbers', () => {
  it('holds what was pushed since it was cleared last', () => {
    const list = new NumberList(2);
    const values = fc.array(fc.double({ noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(values, (pushed) => {
        list.clear();
        for (const value of pushed) list.push(value);
        expect([...list.values.subarray(0, list.length)]).toEqual(pushed);
      }),
      { numRuns: 50, seed: 20261130 },
    );
  });
});
