// Heap growth of the loop itself, in a process of its own whose young generation is so large that
// nothing is collected in between: what is allocated is what the heap grows by.
//
//   node --expose-gc --max-semi-space-size=256 bench/heap.ts

import { PerformanceObserver } from 'node:perf_hooks';
import { defineStrategy } from 'sapphire';
import { Kernel } from '../engine/kernel.ts';
import { SimulatedVenue } from '../engine/simulation/venue.ts';
import { smaCross, swarm, type Workload } from './runs.ts';
import { panelOf, walk } from './workload.ts';

const CANDLES = 1_000_000;
const candles = walk(CANDLES);
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

/** Bytes per million candles: of the loop, its columns filled and its logs made before. */
async function growth({ config, seats, solo }: Workload): Promise<number> {
  let bytes = Number.NaN;
  for (let k = 0; k < 4; k++) {
    const panel = panelOf(candles);
    const { decision, world } = config;
    const options = { panel, decision, cashUsd: world.cashUsd, seed: 1, seats, solo, firstRow: 0 };
    const kernel = new Kernel(options);
    const venue = new SimulatedVenue(panel, world, 1, kernel);
    globalThis.gc?.();
    await new Promise((done) => setTimeout(done, 20));
    const before = collections;
    const startBytes = process.memoryUsage().heapUsed;
    for (let i = 0; i < CANDLES; i++) {
      if (venue.isBusy(i)) venue.meet(i);
      kernel.onRow(i);
      if (kernel.tray.length === 0) continue;
      venue.take(kernel.tray, kernel.nowMs);
      kernel.tray.clear();
    }
    const grown = process.memoryUsage().heapUsed - startBytes;
    await new Promise((done) => setTimeout(done, 20));
    if (collections === before) bytes = grown;
  }
  return bytes;
}

const sma = await smaCross();
const idle = sma.seats.map((seat) => ({
  ...seat,
  strategy: defineStrategy({
    ...seat.strategy,
    name: 'idle',
    decide: (view) => (seat.strategy.decide!(view) === 7 ? 1 : undefined),
  }),
}));
const results = {
  idle: await growth({ ...sma, seats: idle }),
  smaCross: await growth(sma),
  swarm: await growth(await swarm()),
};
process.stdout.write(`${JSON.stringify(results)}\n`);
