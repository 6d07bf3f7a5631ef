// The loop makes no object per candle. Measured in a Node of its own with a large young
// generation, so that no collection falls into the measurement and growth is allocation.

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const ROWS = 200_000;
const WARM = 80_000;
const STRETCH = 20_000;

const script = `
  import { panelOf } from '${new URL('../support/market.ts', import.meta.url).href}';
  import { freeWith, inputOf } from '${new URL('../support/run.ts', import.meta.url).href}';
  import { candleArrays } from '${new URL('../../engine/market/column.ts', import.meta.url).href}';
  import { Kernel } from '${new URL('../../engine/kernel.ts', import.meta.url).href}';
  import { SimulatedVenue } from '${new URL('../../engine/simulation/venue.ts', import.meta.url).href}';
  const candles = () => {
    const out = candleArrays(${ROWS});
    for (let i = 0; i < ${ROWS}; i++) {
      out.openMs[i] = 1704067200000 + i * 3600000;
      out.open[i] = out.high[i] = out.low[i] = out.close[i] = 100 + Math.sin(i);
      out.volume[i] = 1;
    }
    return out;
  };
  const strategies = {
    solo: [{ name: 'still', decide: () => undefined }],
    votes: ['a', 'b', 'c'].map((name) => ({ name, analyze: (view) => view.vote('HOLD', 0.5) })),
    holder: [{ name: 'holder', decide: () => 0.3 }],
  };
  const out = {};
  for (const [name, list] of Object.entries(strategies)) {
    const given = freeWith({ trailingStop: { enabled: name === 'holder', buffer: 0.2 } });
    const { panel, config, seats, solo } = inputOf(panelOf({ A: candles(), B: candles() }), list, given);
    const { decision, world } = config;
    const kernel = new Kernel({ seed: 1, panel, decision, cashUsd: world.cashUsd, seats, solo, firstRow: 0 });
    const venue = new SimulatedVenue(panel, world, 1, kernel);
    const run = (from, to) => {
      for (let i = from; i < to; i++) {
        if (venue.isBusy(i)) venue.meet(i);
        kernel.onRow(i);
        if (kernel.tray.length > 0) {
          venue.take(kernel.tray, kernel.nowMs);
          kernel.tray.clear();
        }
      }
    };
    run(0, ${WARM});
    // When the loop is compiled is up to the machine: the quietest stretch is the loop itself.
    let made = Infinity;
    let first = 0;
    for (let from = ${WARM}; from < ${ROWS}; from += ${STRETCH}) {
      gc();
      const before = process.memoryUsage().heapUsed;
      if (first === 0) first = before;
      run(from, from + ${STRETCH});
      made = Math.min(made, process.memoryUsage().heapUsed - before);
    }
    gc();
    const kept = process.memoryUsage().heapUsed - first;
    out[name] = { made: made / ${STRETCH}, kept: kept / ${ROWS - WARM} };
  }
  console.log(JSON.stringify(out));`;

interface Heap {
  /** Bytes a row that were allocated, and those of them that were still there afterwards. */
  readonly made: number;
  readonly kept: number;
}

it('the loop allocates nothing while nothing is said, and keeps nothing of votes and marks', () => {
  const flags = ['--expose-gc', '--max-semi-space-size=128', '--min-semi-space-size=128'];
  const args = [...flags, '--input-type=module-typescript', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  const heap = JSON.parse(stdout) as Record<string, Heap>;
  // The least that can be allocated is a boxed double of 16 bytes; the compiler makes a few of its own.
  expect(heap['solo']!.made).toBeLessThan(8);
  for (const [name, { made, kept }] of Object.entries(heap)) {
    // Two legs a row. What is made beyond nothing are doubles that V8 boxes between two functions.
    expect(made, name).toBeLessThan(256);
    expect(kept, name).toBeLessThan(1);
  }
});
