// Claims about the lock and about a process that is killed: one writer at a time, and what was
// acknowledged is there, by real processes.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { random } from '../../../engine/random.ts';
import { JournalLock } from '../../../live/journal/lock.ts';
import { inFolder, recovered } from './support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const CHILD = new URL('append-forever.ts', import.meta.url).pathname;

interface Child {
  readonly pid: number;
  /** Seqs it has said are durable, oldest first. */
  readonly said: number[];
  /** Kills it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
}

/** A process that appends to `folder`, once it has said at least `count` lines. */
async function appender(folder: string, count: number): Promise<Child> {
  const child = spawn(process.execPath, [CHILD, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: number[] = [];
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      said.push(Number(line));
      if (said.length === count) resolve();
    });
    child.on('close', () => reject(new Error(`it ended by itself: ${errors}`)));
  });
  const kill = () => {
    child.kill('SIGKILL');
    return gone;
  };
  return { pid: child.pid!, said, kill };
}

describe('the lock', () => {
  it('refuses a second writer of the same process, and lets it in once released', async () => {
    await inFolder((folder) => {
      const lock = JournalLock.take(folder, 'first');
      const second = () => JournalLock.take(folder, 'second');
      expect(second).toThrow(`process ${process.pid} on`);
      expect(second).toThrow('(session first) is writing it');
      lock.release();
      lock.release();
      second().release();
    });
  });

  it('refuses a second process with exit code 7 and says who holds it', async () => {
    await inFolder(async (folder) => {
      const child = await appender(folder, 1);
      try {
        JournalLock.take(folder, 'mine');
        expect.unreachable('two writers');
      } catch (error) {
        expect(error).toMatchObject({ code: 'journal-locked', exitCode: 7 });
        expect(String(error)).toContain(`process ${child.pid} on`);
      } finally {
        await child.kill();
      }
      JournalLock.take(folder, 'mine').release();
    });
  });

  it('is held although nobody keeps hold of it: the collector does not give it back', async () => {
    await inFolder(async (folder) => {
      JournalLock.take(folder, 'first');
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      for (let k = 0; k < 5; k++) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(() => JournalLock.take(folder, 'second')).toThrow('(session first) is writing it');
    });
  });

  it('is not fooled by a note of a holder that is gone', async () => {
    await inFolder(async (folder) => {
      await (await appender(folder, 1)).kill();
      expect(readFileSync(join(folder, 'writer.json'), 'utf8')).toContain('paper-1');
      JournalLock.take(folder, 'mine').release();
    });
  });

  it('says that a folder cannot be locked when it is not there', () => {
    const take = () => JournalLock.take('/nowhere/at/all', 'mine');
    expect(take).toThrow('/nowhere/at/all: cannot be locked');
  });
});

describe('kill -9', () => {
  it('loses no line that was acknowledged, again and again in one folder', async () => {
    const draw = random(5, 'kill points');
    await inFolder(async (folder) => {
      for (let run = 0; run < (LONG ? 25 : 4); run++) {
        const child = await appender(folder, 1 + Math.floor(draw() * 120));
        await child.kill();
        const { lines, tail } = await recovered(folder);
        expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, k) => k));
        expect(tail!.seq).toBeGreaterThanOrEqual(child.said.at(-1)!);
        const inputs = lines.flatMap((line) => (line.kind === 'in' ? [line.event] : []));
        const openMs = inputs.map((event) => 'openMs' in event && event.openMs);
        expect(openMs, 'each input once, in order').toEqual(inputs.map((_, k) => k + 1));
      }
    });
  }, 120_000);
});
