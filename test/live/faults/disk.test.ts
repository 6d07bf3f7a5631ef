// F46 and F47 in a whole session: a disk that fails, is full, or drops what was not flushed.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import type { Disk, DiskFile } from '../../../live/journal/disk.ts';
import { JournalFault } from '../../../live/journal/refusal.ts';
import { runSession } from '../../../live/recovery.ts';
import { randomWorld } from '../../engine/random-world.ts';
import { BadDisk } from '../journal/bad-disk.ts';
import { backtestOf, digestsOf, hastyDisk, inRoom, planOf } from '../support.ts';
import { idsIn, LONG, linesIn, rowsIn, watched } from './support.ts';

const input = randomWorld(9, { solo: false, rows: 120, stops: true });
const wanted = digestsOf(backtestOf(input));

describe('F46 F47 a disk that fails', () => {
  /** Runs until row 60 on a good disk, which then fails as told; gives what came of it. */
  const failing = async (folder: string, fail: (disk: BadDisk) => void) => {
    const disk = new BadDisk();
    const sent: number[] = [];
    const plan = planOf(input, folder, {
      disk,
      onRow: ({ row }) => {
        if (row === 60) fail(disk);
      },
    });
    const failure: unknown = await runSession(
      watched(plan, (intents) => {
        for (const one of intents) if (one.kind === 'submit-order') sent.push(one.order.id);
      }),
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(JournalFault);
    return { failure: failure as JournalFault, sent, disk };
  };

  it.each([
    ['F46', 'EIO at fdatasync', 'EIO', 'syncFails'],
    ['F47', 'EIO at a write', 'EIO', 'writeFails'],
    ['F47', 'a file system that became read-only', 'EROFS', 'writeFails'],
    ['F47', 'a quota', 'EDQUOT', 'writeFails'],
    ['F47', 'no more file handles', 'EMFILE', 'writeFails'],
    ['F47', 'ENOSPC at fdatasync', 'ENOSPC', 'syncFails'],
  ] as const)(
    '%s %s ends the session with exit code 3 and sends nothing more',
    async (_, __, errno, which) => {
      await inRoom(async (folder) => {
        const { failure, sent } = await failing(folder, (disk) => {
          disk[which] = errno;
        });
        expect(failure).toMatchObject({ code: 'journal-failed', exitCode: 3, errno });
        // Whatever was sent stands in the file: nothing left before its line was durable.
        const written = idsIn(folder);
        expect(sent).toEqual(written.slice(0, sent.length));
        // With a disk that works it goes on, to the same end.
        expect(digestsOf(await runSession(planOf(input, folder)))).toEqual(wanted);
      });
    },
  );

  it('F47 a full disk leaves a stop in the room that was kept', async () => {
    await inRoom(async (folder) => {
      const { failure } = await failing(folder, (disk) => {
        disk.room = 100;
      });
      expect(failure).toMatchObject({ exitCode: 3, errno: 'ENOSPC' });
      expect(linesIn(folder).at(-1)).toMatchObject({ kind: 'stop', code: 'failed' });
      expect(digestsOf(await runSession(planOf(input, folder)))).toEqual(wanted);
    });
  });

  it('F47 a disk that takes a few bytes at a time is written to the end', async () => {
    await inRoom(async (folder) => {
      const disk = new BadDisk();
      disk.takes = 997;
      const outcome = await runSession(planOf(input, folder, { disk }));
      expect(digestsOf(outcome)).toEqual(wanted);
      expect(rowsIn(folder)).toHaveLength(input.panel.length);
    });
  });

  it('F46 a disk that drops what was not flushed loses nothing that was acted on', async () => {
    const draw = random(46, 'power cuts');
    for (let k = 0; k < (LONG ? 200 : 10); k++) {
      await inRoom(async (folder) => {
        const row = 5 + Math.floor(draw() * 110);
        const sent: number[] = [];
        const disk = new LosingDisk();
        const cut = new Error('power cut');
        const plan = planOf(input, folder, {
          disk,
          onRow: (kernel) => {
            if (kernel.row !== row) return;
            disk.isOff = true;
            throw cut;
          },
        });
        const failure: unknown = await runSession(
          watched(plan, (intents) => {
            for (const one of intents) if (one.kind === 'submit-order') sent.push(one.order.id);
          }),
        ).catch((error: unknown) => error);
        expect(failure).toBe(cut);
        disk.lose();
        const written = idsIn(folder);
        expect(sent, `cut in row ${row}`).toEqual(written.slice(0, sent.length));
        expect(digestsOf(await runSession(planOf(input, folder)))).toEqual(wanted);
      });
    }
  });
});

/** A disk that drops on a power cut what was not flushed: `lose` cuts files back to that. */
class LosingDisk implements Disk {
  readonly #kept = new Map<string, number>();
  readonly #names = new Map<string, string>();
  rename = async (from: string, to: string) => {
    await hastyDisk.rename(from, to);
    this.#names.set(from, to);
  };
  remove = (path: string) => hastyDisk.remove(path);
  create = async (path: string) => {
    this.#kept.set(path, 0);
    return this.#wrap(path, await hastyDisk.create(path));
  };
  open = async (path: string) => this.#wrap(path, await hastyDisk.open(path));
  /** The power is gone: nothing is kept any more. */
  isOff = false;

  #wrap(path: string, file: DiskFile): DiskFile {
    let length = 0;
    return {
      write: async (bytes, position) => {
        if (this.isOff) return bytes.length;
        const taken = await file.write(bytes, position);
        length = Math.max(length, position + taken);
        return taken;
      },
      datasync: async () => {
        if (!this.isOff) this.#kept.set(path, length);
      },
      truncate: (to) => file.truncate(to),
      close: () => file.close(),
    };
  }

  lose(): void {
    for (const [path, length] of this.#kept) {
      const name = this.#names.get(path) ?? path;
      if (!name.endsWith('.ndjson')) continue;
      writeFileSync(name, readFileSync(name).subarray(0, length));
    }
  }
}
