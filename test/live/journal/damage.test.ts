// Claims about damage: whatever happens to a recorded journal, what is read is a prefix of it or a
// refusal, never another history. The file's own bytes are the witness, not the hashes.

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { linkHash } from '../../../live/journal/chain.ts';
import type { Line } from '../../../live/journal/line.ts';
import { FORMAT } from '../../../live/journal/manifest.ts';
import { JournalReader } from '../../../live/journal/reader.ts';
import { JournalRefusal } from '../../../live/journal/refusal.ts';
import { record } from './recorded.ts';
import { FIRST, inFolder, linesOf, recovered } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
let bytes: Buffer;
let ends: number[];
let lines: Line[];

beforeAll(async () => {
  ({ bytes, ends } = await record());
  await withFile(bytes, (path) => {
    ({ lines } = linesOf(path));
  });
});

function withFile(content: Uint8Array, work: (path: string) => void): Promise<void> {
  return inFolder((folder) => {
    const path = join(folder, FIRST);
    writeFileSync(path, content);
    work(path);
  });
}

/** Lines of the prefix that is read; or the number of the line that is refused, negative. */
function outcome(path: string, content: Uint8Array): number {
  writeFileSync(path, content);
  try {
    const tail = new JournalReader(path).verify();
    expect(tail.bytes, 'ends at the end of a line').toBe(ends[tail.lines - 1]);
    const isPrefix = bytes.subarray(0, tail.bytes).equals(content.subarray(0, tail.bytes));
    expect(isPrefix, 'what was read was written').toBe(true);
    expect(tail.cutBytes).toBe(content.length - tail.bytes);
    return tail.lines;
  } catch (error) {
    if (!(error instanceof JournalRefusal)) throw error;
    expect(error.exitCode).toBe(2);
    return -error.line;
  }
}

/** The file's lines put together anew. */
function assembled(edit: (texts: string[]) => string[]): Buffer {
  return Buffer.from(edit(bytes.toString('latin1').split(/(?<=\n)/)).join(''), 'latin1');
}

async function outcomeOf(content: Uint8Array): Promise<number> {
  let found = 0;
  await withFile(content, (path) => {
    found = outcome(path, content);
  });
  return found;
}

describe('a recorded journal', () => {
  it('has about sixty lines with every kind, and reads back as it was written', () => {
    expect(lines.length).toBeGreaterThanOrEqual(56);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, k) => k));
    const kinds = new Set(lines.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['in', 'manifest', 'mark', 'out']);
  });

  it('is read as a prefix, or refused in its first line, wherever it is cut off', async () => {
    const step = LONG ? 1 : 13;
    await withFile(bytes, (path) => {
      for (let length = bytes.length; length >= 0; length -= step) {
        const whole = ends.filter((end) => end <= length).length;
        const content = bytes.subarray(0, length);
        expect(outcome(path, content), `cut at ${length}`).toBe(whole === 0 ? -1 : whole);
      }
    });
  }, 300_000);

  it('gives the events and intents of the prefix, decoded, after every cut in its last lines', async () => {
    await withFile(bytes, (path) => {
      for (let length = bytes.length; length > ends.at(-6)!; length -= LONG ? 1 : 5) {
        truncateSync(path, length);
        const read = linesOf(path);
        expect(isDeepStrictEqual(read.lines, lines.slice(0, read.lines.length))).toBe(true);
        expect(read.lines.length).toBe(ends.filter((end) => end <= length).length);
      }
    });
  });

  it('is refused, or cut before its last line, whichever single bit is flipped', async () => {
    const step = LONG ? 1 : 97;
    const lastLine = ends.at(-2)!;
    const counts = { refused: 0, cut: 0 };
    await withFile(bytes, (path) => {
      const content = Buffer.from(bytes);
      for (let bit = 0; bit < bytes.length * 8; bit += step) {
        const at = bit >> 3;
        content[at]! ^= 1 << (bit & 7);
        const found = outcome(path, content);
        content[at] = bytes[at]!;
        if (at >= lastLine) {
          expect(found, `bit ${bit} of the last line`).toBe(lines.length - 1);
          counts.cut++;
        } else {
          expect(found, `bit ${bit}`).toBeLessThan(0);
          const line = ends.findIndex((end) => end > at) + 1;
          expect(-found, `bit ${bit} names its line`).toBe(line);
          counts.refused++;
        }
      }
    });
    expect(counts.cut).toBeGreaterThan(0);
    expect(counts.refused + counts.cut).toBe(Math.ceil((bytes.length * 8) / step));
  }, 900_000);

  it('is refused when two neighbouring lines are swapped', async () => {
    for (let k = 1; k < lines.length - 1; k++) {
      const swapped = assembled((texts) => texts.toSpliced(k, 2, texts[k + 1]!, texts[k]!));
      expect(await outcomeOf(swapped), `lines ${k + 1} and ${k + 2}`).toBe(-(k + 1));
    }
  });

  it('is refused when a line stands twice, and the copy of the last one is cut', async () => {
    for (let k = 0; k < lines.length; k++) {
      const doubled = assembled((texts) => texts.toSpliced(k, 0, texts[k]!));
      const isLast = k === lines.length - 1;
      expect(await outcomeOf(doubled), `line ${k + 1}`).toBe(isLast ? lines.length : -(k + 2));
    }
  });

  it('is refused when a middle line is missing; without one of the last two it is a prefix', async () => {
    for (let k = 0; k < lines.length; k++) {
      const shortened = assembled((texts) => texts.toSpliced(k, 1));
      const isLast = k === lines.length - 1;
      const isBeforeLast = k === lines.length - 2;
      // With the one before it gone, the last line does not follow and nothing stands behind it.
      const wanted = isLast || isBeforeLast ? k : -(k + 1);
      expect(await outcomeOf(shortened), `line ${k + 1}`).toBe(wanted);
    }
  });

  it('has a tail of zeros cut, as a file system leaves one, wherever it begins', async () => {
    for (let length = bytes.length; length > ends[2]!; length -= LONG ? 3 : 97) {
      const zeroed = Buffer.concat([bytes.subarray(0, length), Buffer.alloc(4096)]);
      expect(await outcomeOf(zeroed)).toBe(ends.filter((end) => end <= length).length);
    }
  });

  it('is refused when a stretch inside it reads as zeros', async () => {
    for (let k = 2; k < lines.length - 2; k++) {
      const holed = Buffer.from(bytes).fill(0, ends[k]! - 5, ends[k]! + 5);
      expect(await outcomeOf(holed)).toBe(-(k + 1));
    }
  });

  it('is refused when its line ends were converted, all or from some line on', async () => {
    for (const from of [0, 1, 30]) {
      const converted = assembled((texts) =>
        texts.map((text, k) => (k < from ? text : text.replace('\n', '\r\n'))),
      );
      expect(await outcomeOf(converted)).toBe(-(from + 1));
    }
  });

  it('is refused when a line comes from another journal, at the same place or at the end', async () => {
    const other = await record(36, 8);
    const theirs = other.bytes.toString('latin1').split(/(?<=\n)/);
    const inside = assembled((texts) => texts.toSpliced(30, 1, theirs[30]!));
    expect(await outcomeOf(inside)).toBe(-31);
    const behind = assembled((texts) => [...texts, theirs[5]!, theirs[6]!]);
    expect(await outcomeOf(behind)).toBe(-(lines.length + 1));
    const alone = assembled((texts) => [...texts, theirs[5]!]);
    expect(await outcomeOf(alone)).toBe(lines.length);
  });

  it('is refused when text of a person stands between its lines', async () => {
    expect(await outcomeOf(assembled((texts) => texts.toSpliced(9, 0, 'hello\n')))).toBe(-10);
  });

  it.each([
    ['a gap in the numbers', '{"s":3,"k":"mark","t":1750000009000,"n":0,"d":""', 's must be'],
    ['a stamp that goes back', '{"s":1,"k":"mark","t":5,"n":0,"d":""', 't must be'],
    ['a second manifest', '{"s":1,"k":"manifest","t":1750000009000,"m":{}', 'the manifest must be'],
    ['an unknown kind', '{"s":1,"k":"word","t":1750000009000,"x":1', 'k must be known'],
    ['an unknown key', '{"s":1,"k":"mark","t":1750000009000,"n":0,"d":"","x":1', 'must have the'],
    ['a count that is wrong', '{"s":1,"k":"mark","t":1750000009000,"n":5,"d":""', 'n must be 0'],
    ['an unknown event', '{"s":1,"k":"in","t":1750000009000,"e":{"kind":"x"}', 'event.kind must'],
  ])('is refused for %s, even if linked', async (_, body, rule) => {
    const manifest = bytes.subarray(0, ends[0]).toString('utf8');
    const hash = linkHash(manifest.slice(-25, -3), body);
    await withFile(Buffer.from(`${manifest}${body},"h":"${hash}"}\n`), (path) => {
      expect(() => linesOf(path)).toThrow(`${path}:2: ${rule}`);
    });
  });

  it('is refused in another format, whatever the rest of it looks like', async () => {
    const newer = assembled((texts) => [
      texts[0]!.replace(`"format":${FORMAT}`, `"format":${FORMAT + 1}`),
    ]);
    await withFile(newer, (path) => {
      let error: unknown;
      try {
        new JournalReader(path).verify();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: 'journal-version', exitCode: 2 });
    });
  });
});

describe('recovery', () => {
  it('cuts a torn tail, keeps its bytes beside the file, and finds nothing to cut again', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, FIRST);
      const torn = bytes.subarray(0, bytes.length - 30);
      writeFileSync(path, torn);
      const kept = ends.at(-2)!;
      const { tail } = await recovered(folder);
      expect(tail).toMatchObject({ bytes: kept, cutBytes: torn.length - kept });
      expect(readFileSync(path).equals(bytes.subarray(0, kept))).toBe(true);
      const aside = readFileSync(`${path}.torn-${kept}`);
      expect(Buffer.concat([readFileSync(path), aside]).equals(torn)).toBe(true);
      expect((await recovered(folder)).tail).toMatchObject({ bytes: kept, cutBytes: 0 });
    });
  });

  it('sets a damaged file aside under another name and refuses until a person has looked', async () => {
    await inFolder(async (folder) => {
      const damaged = Buffer.from(bytes);
      damaged[ends[10]! + 60]! ^= 4;
      writeFileSync(join(folder, FIRST), damaged);
      await expect(recovered(folder)).rejects.toMatchObject({
        code: 'journal-damaged',
        line: 12,
        exitCode: 2,
      });
      expect(readdirSync(folder)).toEqual([`${FIRST}.damaged`]);
      expect(readFileSync(join(folder, `${FIRST}.damaged`)).equals(damaged)).toBe(true);
      await expect(recovered(folder)).rejects.toMatchObject({ code: 'journal-quarantined' });
    });
  });
});
