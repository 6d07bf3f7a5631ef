// A worker of a sweep: loads the strategies once, then runs one trial after the other over columns
// that it shares with the others. It keeps nothing of a trial but what is computed from columns alone.

import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../errors.ts';
import { Slices } from '../research/sweep/slice.ts';
import { runTrial, type TrialTask } from '../research/sweep/trial.ts';
import { Collector } from './collector.ts';
import type { ToWorker } from './pool.ts';
import { groundOf, type SweepThreadData } from './sweep-ground.ts';

const port = parentPort;
assert(port !== null, 'a worker has a parent');
const data = workerData as SweepThreadData;
const ground = await groundOf(data, new Slices(data.columns, data.spareBytes));
const collector = new Collector();
port.on('message', ({ k, task }: ToWorker<TrialTask>) => {
  const result = runTrial(ground, task);
  const { dailyReturns } = result;
  port.postMessage(
    { k, result },
    dailyReturns === null ? [] : [dailyReturns.buffer as ArrayBuffer],
  );
  collector.tidy();
});
port.postMessage({ ready: true });
