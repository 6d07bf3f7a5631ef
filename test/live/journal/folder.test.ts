// Claims about a folder of journal files: one history, linked from file to file.

import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFolder } from '../../../live/journal/folder.ts';
import { differences, manifestOf } from '../../../live/journal/manifest.ts';
import { JournalReader } from '../../../live/journal/reader.ts';
import { beginFile, resumeFile, rotate } from '../../../live/journal/rotate.ts';
import { BadDisk } from './bad-disk.ts';
import { begin, FIRST, identity, inFolder, recovered, SECOND, START_MS, tick } from './support.ts';

const THIRD = 'journal-000003.ndjson';

/** Three files of one history: rotated once, then restarted. */
async function threeFiles(folder: string): Promise<void> {
  let writer = await begin(folder, { markEvery: 3 });
  writer.append(tick(1));
  writer.append(tick(2));
  writer = await rotate(writer, identity, START_MS + 2, { markEvery: 3 });
  expect(writer.isMarkDue).toBe(false);
  writer.append(tick(3));
  await writer.close();
  const { tail } = await recovered(folder);
  writer = await beginFile(folder, identity, START_MS + 3, tail);
  writer.append(tick(4));
  await writer.close();
}

describe('a folder', () => {
  it('reads as one history: numbers, stamps and counts go on through its files', async () => {
    await inFolder(async (folder) => {
      await threeFiles(folder);
      const { lines, tail } = await recovered(folder);
      expect(lines.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual([
        '0 manifest',
        '1 in',
        '2 in',
        '3 stop',
        '4 manifest',
        '5 in',
        '6 manifest',
        '7 in',
      ]);
      expect(tail).toMatchObject({ seq: 7, inputs: 4, lines: 2, stopCode: null });
      expect(tail!.manifest.parent).toMatchObject({ file: SECOND, lastSeq: 5 });
      const files = [FIRST, SECOND, THIRD];
      expect(readdirSync(folder).sort()).toEqual([...files, 'journal.reserve']);
    });
  });

  it('goes on in the same file after a crash, behind the tail that was cut', async () => {
    await inFolder(async (folder) => {
      const writer = await begin(folder);
      writer.append(tick(1));
      await writer.close();
      const path = join(folder, FIRST);
      writeFileSync(path, '{"s":2,"k":"in","t":17500', { flag: 'a' });
      const { tail } = await recovered(folder);
      expect(tail!.cutBytes).toBe(25);
      const again = await resumeFile(tail!);
      again.append(tick(2));
      await again.close();
      const { lines } = await recovered(folder);
      expect(lines.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual([
        '0 manifest',
        '1 in',
        '2 in',
      ]);
    });
  });

  it('is not gone on from while its newest file has a torn tail', async () => {
    await inFolder(async (folder) => {
      await (await begin(folder)).close();
      writeFileSync(join(folder, FIRST), '{"s":', { flag: 'a' });
      const reader = new JournalReader(join(folder, FIRST));
      const tail = reader.verify();
      const next = beginFile(folder, identity, START_MS, tail);
      await expect(next).rejects.toThrow('recoverFolder has cut the torn tail');
    });
  });

  it('never stamps a new file behind the end of the old one', async () => {
    await inFolder(async (folder) => {
      const writer = await begin(folder);
      writer.append(tick(500));
      await writer.close();
      const { tail } = await recovered(folder);
      const next = await beginFile(folder, identity, START_MS - 3_600_000, tail);
      expect(next.tsMs).toBe(START_MS + 500);
      await next.close();
      expect((await recovered(folder)).lines).toHaveLength(3);
    });
  });

  it('is empty when the machine died before the first manifest was durable', async () => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, `${FIRST}.new`), '{"s":0,"k":"mani');
      expect(await recovered(folder)).toEqual({ lines: [], tail: null });
      await (await begin(folder)).close();
      expect((await recovered(folder)).lines).toHaveLength(1);
    });
  });

  it('keeps what it has when the next file cannot be begun', async () => {
    await inFolder(async (folder) => {
      const disk = new BadDisk();
      const writer = await begin(folder, { disk });
      writer.append(tick(1));
      await writer.flush();
      disk.room = 400;
      const failed = { code: 'journal-failed', errno: 'ENOSPC' };
      const options = { disk };
      await expect(rotate(writer, identity, START_MS + 1, options)).rejects.toMatchObject(failed);
      const { tail } = await recovered(folder);
      expect(tail).toMatchObject({ stopCode: 'rotated', seq: 2 });
    });
  });

  it.each([
    ['the oldest file is gone', 'journal-link', (at: string) => rmSync(join(at, FIRST))],
    ['a middle file is gone', 'journal-link', (at: string) => rmSync(join(at, SECOND))],
    [
      'two files changed places',
      'journal-link',
      (at: string) => {
        renameSync(join(at, SECOND), join(at, 'kept'));
        renameSync(join(at, THIRD), join(at, SECOND));
        renameSync(join(at, 'kept'), join(at, THIRD));
      },
    ],
    [
      'a file stands there twice',
      'journal-link',
      (at: string) => copyFileSync(join(at, SECOND), join(at, THIRD)),
    ],
    [
      'a file that is not the newest lost a line',
      'journal-link',
      (at: string) => {
        const path = join(at, FIRST);
        const text = readFileSync(path, 'utf8');
        writeFileSync(path, text.slice(0, text.lastIndexOf('{"s":3')));
      },
    ],
    [
      'a file that is not the newest has a torn tail',
      'journal-damaged',
      (at: string) => writeFileSync(join(at, SECOND), '{"s":', { flag: 'a' }),
    ],
    [
      'a file that is not the newest is empty',
      'journal-damaged',
      (at: string) => writeFileSync(join(at, SECOND), ''),
    ],
  ])('is refused when %s', async (_, code, hurt) => {
    await inFolder(async (folder) => {
      await threeFiles(folder);
      hurt(folder);
      await expect(recovered(folder)).rejects.toMatchObject({ code, exitCode: 2 });
    });
  });

  it('is refused by name when it does not exist', () => {
    const read = () => [...readFolder('/nowhere/at/all')];
    expect(read).toThrow('/nowhere/at/all: must be a folder that exists');
  });

  it('is not changed by reading it', async () => {
    await inFolder(async (folder) => {
      await threeFiles(folder);
      const path = join(folder, THIRD);
      writeFileSync(path, 'torn', { flag: 'a' });
      const before = readFileSync(path);
      expect([...readFolder(folder)]).toHaveLength(8);
      expect(readFileSync(path).equals(before)).toBe(true);
    });
  });
});

describe('a manifest', () => {
  it('says in what a session differs from the one that wrote it', () => {
    const written = manifestOf(identity, null);
    expect(differences(written, manifestOf(identity, null))).toEqual([]);
    const { config } = identity;
    const now = {
      ...identity,
      config: { ...config, seed: config.seed + 1 },
      code: '0.1.1+1234567',
      node: 'v26.0.0',
      data: {},
    };
    const different = differences(written, manifestOf(now, null));
    expect(different).toEqual(['config', 'code', 'node', 'seed', 'data']);
  });
});
