// Claims about the writer: what a flush has acknowledged is on disk, and a failure is final.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../../engine/event.ts';
import { BadDisk } from './bad-disk.ts';
import { begin, FIRST, inFolder, linesOf, recovered, START_MS, tick } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const stop = (tsMs: number, inputs: number) =>
  ({ kind: 'stop', tsMs, code: 'disk-full', inputs, outputs: 0 }) as const;

describe('a line', () => {
  it('is JSON whose hash anyone can compute from the bytes before it', async () => {
    await inFolder(async (folder) => {
      const writer = await begin(folder);
      writer.append(tick(1));
      await writer.close();
      const [first, second] = readFileSync(join(folder, FIRST), 'utf8').split('\n');
      const { h, ...rest } = JSON.parse(second!);
      const event = { kind: 'row-closed', openMs: 1 };
      expect(rest).toEqual({ s: 1, k: 'in', t: START_MS + 1, e: event });
      const linked = `${JSON.parse(first!).h}"}\n${second!.slice(0, second!.lastIndexOf(',"h"'))}`;
      expect(h).toBe(createHash('sha256').update(linked).digest('base64url').slice(0, 22));
    });
  });

  it('reads back with its cause, marks and counts', async () => {
    await inFolder(async (folder) => {
      const writer = await begin(folder, { markEvery: 2 });
      const causeSeq = writer.append(tick(1));
      const intent = { kind: 'halt', code: 'drawdown' } as const;
      writer.append({ kind: 'out', tsMs: START_MS + 1, causeSeq, intent });
      expect(writer.isMarkDue).toBe(false);
      writer.append(tick(2));
      expect(writer.isMarkDue).toBe(true);
      writer.append({ kind: 'mark', tsMs: START_MS + 2, inputs: writer.inputs, digest: 'abc' });
      expect(writer.isMarkDue).toBe(false);
      writer.appendStop(START_MS + 3, 'interrupted');
      await writer.close();
      const { lines, tail } = linesOf(join(folder, FIRST));
      expect(lines.slice(1)).toEqual([
        { ...tick(1), seq: 1, tsMs: START_MS + 1 },
        { kind: 'out', seq: 2, tsMs: START_MS + 1, causeSeq: 1, intent },
        { ...tick(2), seq: 3, tsMs: START_MS + 2 },
        { kind: 'mark', seq: 4, tsMs: START_MS + 2, inputs: 2, digest: 'abc' },
        { kind: 'stop', seq: 5, tsMs: START_MS + 3, code: 'interrupted', inputs: 2, outputs: 1 },
      ]);
      expect(tail).toMatchObject({ stopCode: 'interrupted', inputs: 2, outputs: 1, cutBytes: 0 });
    });
  });

  it('is not appended when its stamp goes back or its record cannot be read back', async () => {
    await inFolder(async (folder) => {
      const writer = await begin(folder);
      writer.append(tick(5));
      expect(() => writer.append(tick(4))).toThrow('stamps never go back');
      const broken = { kind: 'row-closed', tsMs: START_MS + 6 } as Event;
      expect(() => writer.append({ kind: 'in', event: broken })).toThrow('broken invariant');
      expect(() => writer.append(tick(5.5))).toThrow('a stamp is whole ms');
      writer.append(tick(6));
      await writer.close();
      expect(linesOf(join(folder, FIRST)).lines.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    });
  });

  it('is refused behind a stop', async () => {
    await inFolder(async (folder) => {
      const writer = await begin(folder);
      writer.appendStop(START_MS, 'done');
      expect(() => writer.append(tick(1))).toThrow('a stop is the last line');
      await writer.close();
    });
  });
});

describe('a flush', () => {
  it('writes everything and syncs once, and the file gets its name only when that is done', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      const writer = await begin(folder, { disk });
      // The reserve, then the manifest, then the name.
      const made = ['create', 'write', 'datasync'];
      expect(disk.calls).toEqual([...made, ...made, 'rename']);
      for (let k = 1; k <= 50; k++) writer.append(tick(k));
      expect(writer.durableSeq).toBe(0);
      disk.calls.length = 0;
      await writer.flush();
      expect(disk.calls).toEqual(['write', 'datasync']);
      expect(writer.durableSeq).toBe(50);
      await writer.flush();
      expect(disk.calls, 'nothing waits, nothing is done').toHaveLength(2);
      await writer.close();
    });
  });

  it('goes on after a short write until every byte is taken', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      disk.takes = 101;
      const writer = await begin(folder, { disk });
      for (let k = 1; k <= 20; k++) writer.append(tick(k));
      await writer.close();
      expect(linesOf(join(folder, FIRST)).lines).toHaveLength(21);
    });
  });

  it('is shared by calls that overlap, and none returns before its own lines are durable', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      const writer = await begin(folder, { disk });
      disk.calls.length = 0;
      const done: Promise<void>[] = [];
      for (let k = 1; k <= 30; k++) {
        const seq = writer.append(tick(k));
        done.push(writer.flush().then(() => expect(writer.durableSeq).toBeGreaterThanOrEqual(seq)));
        if (k % 10 === 0) await Promise.resolve();
      }
      await Promise.all(done);
      expect(disk.calls.filter((call) => call === 'datasync')).toHaveLength(2);
      await writer.close();
      expect(linesOf(join(folder, FIRST)).lines).toHaveLength(31);
    });
  });

  it.each(['write', 'flush'] as const)(
    'that fails in its %s is never tried again',
    async (step) => {
      await inFolder(async (folder) => {
        const disk = new BadDisk();
        const writer = await begin(folder, { disk });
        writer.append(tick(1));
        await writer.flush();
        writer.append(tick(2));
        if (step === 'write') disk.writeFails = 'EIO';
        else disk.syncFails = 'EIO';
        const failed = { code: 'journal-failed', errno: 'EIO', exitCode: 3 };
        await expect(writer.flush()).rejects.toMatchObject(failed);
        // The disk would take it now: nobody asks.
        disk.calls.length = 0;
        const dead = { code: 'journal-dead', exitCode: 3 };
        expect(() => writer.append(tick(3))).toThrow('no more is written');
        await expect(writer.flush()).rejects.toMatchObject(dead);
        await expect(writer.lastWords([])).resolves.toBe(false);
        expect(disk.calls).toEqual([]);
        expect(writer.fault).toMatchObject(failed);
        await writer.close();
        expect(writer.durableSeq).toBe(1);
      });
    },
  );

  it('that fails fails for everybody who waits for it', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      const writer = await begin(folder, { disk });
      disk.syncFails = 'EIO';
      writer.append(tick(1));
      const first = writer.flush();
      writer.append(tick(2));
      const results = await Promise.allSettled([first, writer.flush()]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await writer.close();
    });
  });
});

describe('a full disk', () => {
  it('leaves room for what waits and the last words, wherever it fills up', async () => {
    const step = LONG ? 1 : 37;
    for (let room = 0; room < 900; room += step) {
      await inFolder(async (folder) => {
        const disk = new BadDisk();
        const writer = await begin(folder, { disk });
        writer.append(tick(1));
        await writer.flush();
        disk.room = room;
        for (let k = 2; k <= 11; k++) writer.append(tick(k));
        const failed = { code: 'journal-failed', errno: 'ENOSPC' };
        await expect(writer.flush()).rejects.toMatchObject(failed);
        expect(() => writer.append(tick(12))).toThrow('no more is written');
        await expect(writer.lastWords([tick(12), stop(START_MS + 12, 12)])).resolves.toBe(true);
        await expect(writer.lastWords([])).resolves.toBe(false);
        await writer.close();
        const { lines, tail } = await recovered(folder);
        expect(lines.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        expect(tail).toMatchObject({ stopCode: 'disk-full', cutBytes: 0 });
        expect(existsSync(join(folder, 'journal.reserve'))).toBe(false);
      });
    }
  });

  it('that fills up in the reserve too leaves a prefix and says that it failed', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      const writer = await begin(folder, { disk });
      writer.append(tick(1));
      await writer.flush();
      disk.room = 100 - 256 * 1024;
      writer.append(tick(2));
      writer.append(tick(3));
      await expect(writer.flush()).rejects.toMatchObject({ code: 'journal-failed' });
      await expect(writer.lastWords([stop(START_MS + 3, 3)])).resolves.toBe(false);
      await writer.close();
      const { lines } = await recovered(folder);
      expect(lines.map(({ seq }) => seq).slice(0, 2)).toEqual([0, 1]);
      expect(lines.length).toBeLessThan(4);
    });
  });

  it('at the flush, not the write, is not written to again: the pages may be gone', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      const writer = await begin(folder, { disk });
      disk.syncFails = 'ENOSPC';
      writer.append(tick(1));
      await expect(writer.flush()).rejects.toMatchObject({ errno: 'ENOSPC' });
      await expect(writer.lastWords([])).resolves.toBe(false);
      await writer.close();
    });
  });

  it('is found before a session begins, because the reserve is written first', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      disk.room = 1000;
      const failed = { code: 'journal-failed', errno: 'ENOSPC', exitCode: 3 };
      await expect(begin(folder, { disk })).rejects.toMatchObject(failed);
      expect((await recovered(folder)).tail).toBeNull();
    });
  });
});
