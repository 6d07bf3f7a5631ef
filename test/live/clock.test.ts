// Claims about the clock, and about who may read it.

import { describe, expect, it } from 'vitest';
import { type Clock, machineClock, Stamper } from '../../live/clock.ts';
import { offencesOf } from '../house/rules.ts';

describe('stamps', () => {
  it('stand still while the wall clock is set back, and never go back', () => {
    const times = [1000, 1005, 400, 401, 1005, 1006, Number.NEGATIVE_INFINITY, 1007];
    const clock: Clock = { ...machineClock, nowMs: () => times.shift()! };
    const stamper = new Stamper(clock);
    const stamps = Array.from({ length: 8 }, () => stamper.next());
    expect(stamps).toEqual([1000, 1005, 1005, 1005, 1005, 1006, 1006, 1007]);
  });

  it('go on from the last one of a journal', () => {
    expect(new Stamper({ ...machineClock, nowMs: () => 7 }, 99).next()).toBe(99);
  });
});

describe("the machine's clock", () => {
  it('gives whole ms of the wall and a monotonic time that goes on in sleep', async () => {
    expect(Number.isSafeInteger(machineClock.nowMs())).toBe(true);
    const startMs = machineClock.monotonicMs();
    await machineClock.sleep(5);
    expect(machineClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(5);
    await machineClock.sleep(Number.NaN);
    await machineClock.sleep(-1);
  });

  it('wakes at once when the signal aborts, before or during the sleep', async () => {
    const stop = new AbortController();
    const slept = machineClock.sleep(3_600_000, stop.signal);
    stop.abort();
    await slept;
    await machineClock.sleep(3_600_000, stop.signal);
  });
});

describe('the room live/', () => {
  const said = (file: string, code: string) =>
    offencesOf(file, `// A planted file.\n${code}\n`).map(({ what }) => what);

  it.each([
    ['Date.now()', 'uses Date'],
    ['new Date(0)', 'uses Date'],
    ['performance.now()', 'uses performance'],
    ['process.hrtime.bigint()', 'uses hrtime'],
    ['setTimeout(f, 1)', 'uses setTimeout'],
    ['setInterval(f, 1)', 'uses setInterval'],
    ['Math.random()', 'uses Math.random'],
    ["import { setTimeout as sleep } from 'node:timers/promises';", 'imports node:timers/promises'],
    ["import { performance as p } from 'node:perf_hooks';", 'imports node:perf_hooks'],
  ])('is refused %s but in clock.ts', (code, what) => {
    expect(said('live/journal/writer.ts', code)).toContain(what);
    expect(said('live/clock.ts', code)).toEqual([]);
  });

  it('may wait, print and open sockets', () => {
    const code = "import 'node:net';\nawait Promise.all([process.pid, console.log(1)]);";
    expect(said('live/session.ts', code)).toEqual([]);
  });
});
