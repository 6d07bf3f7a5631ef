// Nonces: strictly rising whatever the clock does and however the process ends, one process a signer.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { JournalRefusal } from '../../../live/journal/refusal.ts';
import { KeptNonces, VolatileNonces } from '../../../live/venues/nonces.ts';

const NOW_MS = Date.UTC(2026, 10, 29);
const MODULE = new URL('../../../live/venues/nonces.ts', import.meta.url).pathname;
const CLOCK = new URL('../../../live/clock.ts', import.meta.url).pathname;
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

  it('rise over a process that was killed, and begin at most five seconds ahead', async () => {
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
    expect(next / 1000 - NOW_MS).toBeLessThanOrEqual(5001);
    nonces.close();
  });

  it('are reserved ahead in the background: time goes by, and drawing one touches no disk', async () => {
    let nowMs = NOW_MS;
    let wake = () => {};
    const sleep = (_: number, signal?: AbortSignal) => {
      return new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve());
      });
    };
    const nonces = new KeptNonces({ folder, perMs: 1000, nowMs: () => nowMs, clock: { sleep } });
    const kept = () => Number(readFileSync(join(folder, 'ceiling'), 'utf8')) / 1000 - nowMs;
    nonces.next();
    for (let k = 0; k < 10; k++) {
      nowMs += 2000;
      const before = kept();
      wake();
      await vi.waitFor(() => expect(kept()).toBeGreaterThan(before));
      expect(kept()).toBeCloseTo(5000, 0);
      await vi.waitFor(() => expect(nonces.next()).toBeLessThan((nowMs + 1) * 1000));
      // The ceiling is still the one that was raised aside: nobody had to raise it for this number.
      expect(kept()).toBeCloseTo(5000, 0);
    }
    nonces.close();
  });

  it('are never given out twice by processes that are killed while they draw and reserve', async () => {
    const drawn: number[] = [];
    // Its clock runs a hundred times as fast, so that ceilings are raised all the time.
    const code = `import { KeptNonces } from '${MODULE}';
      import { machineClock } from '${CLOCK}';
      import { writeSync } from 'node:fs';
      const sleep = (ms, signal) => machineClock.sleep(ms / 100, signal);
      const nowMs = () => ${NOW_MS} + (Date.now() - ${Date.now()}) * 100;
      const nonces = new KeptNonces({ folder: '${folder}', perMs: 1000, nowMs, clock: { sleep } });
      setInterval(() => { for (let k = 0; k < 50; k++) writeSync(1, nonces.next() + '\\n'); }, 1);`;
    for (let life = 0; life < 5; life++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
      let said = '';
      child.stdout.on('data', (text) => {
        said += text;
      });
      await vi.waitFor(() => expect(said.length).toBeGreaterThan(20_000), { timeout: 30_000 });
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      // The last line may be torn.
      drawn.push(...said.split('\n').slice(0, -1).map(Number));
    }
    expect(drawn.length).toBeGreaterThan(5000);
    drawn.forEach((nonce, k) => {
      if (k > 0) expect(nonce).toBeGreaterThan(drawn[k - 1]!);
    });
  }, 120_000);

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
