// Nonces: strictly rising whatever the clock does and however the process ends, one process a signer.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { JournalRefusal } from '../../../live/journal/refusal.ts';
import { KeptNonces, VolatileNonces } from '../../../live/venues/nonces.ts';

const NOW_MS = Date.UTC(2026, 10, 29);
const MODULE = new URL('../../../live/venues/nonces.ts', import.meta.url).pathname;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-nonces-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A script of another process that opens the folder and then does something. */
function script(then: string): string[] {
  const code = `import { KeptNonces } from '${MODULE}';
    const nonces = new KeptNonces({ folder: '${folder}', perMs: 1000, nowMs: () => ${NOW_MS} });
    ${then}`;
  return ['--input-type=module', '-e', code];
}

describe('nonces that are kept', () => {
  it('are microseconds of the time they are told, fractions of a millisecond included', () => {
    const nonces = new KeptNonces({ folder, perMs: 1000, nowMs: () => NOW_MS + 0.25 });
    expect(nonces.next()).toBe(NOW_MS * 1000 + 250);
    expect(nonces.next()).toBe(NOW_MS * 1000 + 251);
    nonces.close();
  });

  it('rise through every step of the clock and every restart', () => {
    const step = fc.record({
      byMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
      count: fc.integer({ min: 1, max: 20 }),
      restart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const own = mkdtempSync(join(folder, 'run-'));
        let nowMs = NOW_MS;
        const open = () => new KeptNonces({ folder: own, perMs: 1000, nowMs: () => nowMs });
        let nonces = open();
        let last = 0;
        for (const { byMs, count, restart } of steps) {
          nowMs += byMs;
          if (restart) {
            nonces.close();
            nonces = open();
          }
          for (let k = 0; k < count; k++) {
            const next = nonces.next();
            expect(next).toBeGreaterThan(last);
            last = next;
          }
        }
        nonces.close();
      }),
      { seed: 11, numRuns: 30 },
    );
  });

  it('rise over a process that was killed, and begin at most three seconds ahead', async () => {
    const child = spawn(
      process.execPath,
      script('console.log(nonces.next()); setInterval(() => {}, 1e6);'),
    );
    const first = await new Promise<number>((resolve) => {
      child.stdout.once('data', (text) => resolve(Number(text)));
    });
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const nonces = new KeptNonces({ folder, perMs: 1000, nowMs: () => NOW_MS });
    const next = nonces.next();
    expect(next).toBeGreaterThan(first);
    expect(next / 1000 - NOW_MS).toBeLessThanOrEqual(3001);
    nonces.close();
  });

  it('are refused to a second process, which is told who has them', async () => {
    const nonces = new KeptNonces({ folder, perMs: 1000, nowMs: () => NOW_MS });
    const second = promisify(execFile)(process.execPath, script(''));
    await expect(second).rejects.toThrow(/must have one writer: process \d+/);
    expect(() => new KeptNonces({ folder, perMs: 1000, nowMs: () => NOW_MS })).toThrow(
      JournalRefusal,
    );
    nonces.close();
    new KeptNonces({ folder, perMs: 1000, nowMs: () => NOW_MS }).close();
  });

  it.each(['', 'x\n', '12.5\n', '-3\n', '99999999999999999\n', '17'])(
    'are not begun from a file that cannot be believed: %j',
    (text) => {
      writeFileSync(join(folder, 'ceiling'), text);
      expect(() => new KeptNonces({ folder, perMs: 1000, nowMs: () => NOW_MS })).toThrow(
        InputError,
      );
      expect(readFileSync(join(folder, 'ceiling'), 'utf8')).toBe(text);
    },
  );
});

it('nonces that are kept nowhere rise too, and need no disk', () => {
  let nowMs = NOW_MS;
  const nonces = new VolatileNonces({ perMs: 1000, nowMs: () => nowMs });
  const first = nonces.next();
  nowMs -= 5000;
  expect(nonces.next()).toBe(first + 1);
});
