// What ten thousand trials take beyond a hundred: whole commands over the same candles with one worker,
// peaks as the operating system counted them. Every trial of the crossing has periods of its own, so
// what is kept of each would show. Prints one JSON document.
//
//   node bench/sweep-memory.ts

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, walkStore } from './whole.ts';

const CANDLES = 7200;
const FEW = 100;
const MANY = 10_000;
const TARGET_MB = 100;

export interface SweepMemoryFigure {
  readonly name: string;
  /** Peak of many trials less that of few. */
  readonly value: number;
  readonly unit: 'MB';
  readonly target: number;
  readonly detail: string;
}

const CONFIG = {
  decision: {
    strategy: 'sma-cross',
    risk: { maxPositionFraction: 1, atrStop: { enabled: false }, trailingStop: { enabled: false } },
  },
  world: { slippageBps: 0, funding: false },
};

const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
try {
  const db = await walkStore(folder, CANDLES);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(CONFIG));
  const peakOf = (budget: number) => {
    const spec = join(folder, `sweep-${budget}.json`);
    const period = (from: number, to: number) => ({ from, to, integer: true });
    const parameters = { 'parameters.fast': period(2, 100), 'parameters.slow': period(101, 600) };
    const values = { config: join(folder, 'config.json'), parameters, sampler: 'random', budget };
    writeFileSync(spec, JSON.stringify({ ...values, objective: 'totalReturn' }));
    const words = ['sweep', spec, '--db', db, '--workers', '1'];
    return command(`sweep-${budget}`, folder, words);
  };
  // The first of all commands compiles what it is made of; that is not what is measured.
  peakOf(FEW);
  const few = peakOf(FEW).peakRssMb;
  const many = peakOf(MANY);
  const figure: SweepMemoryFigure = {
    name: 'sweep-memory-10000',
    value: many.peakRssMb - few,
    unit: 'MB',
    target: TARGET_MB,
    detail: `${many.peakRssMb.toFixed(0)} MB, of ${FEW} trials ${few.toFixed(0)}; ${many.seconds.toFixed(1)} s`,
  };
  process.stdout.write(`${JSON.stringify(figure)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
