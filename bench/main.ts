// `npm run bench`: the figures of the README, in one run. `-- --json` prints one document;
// `-- --baseline` keeps the ratios, to the bare loop or to a figure's own floor, in bench/baseline.json.
//
// `-- --peers` is another comparison altogether: bench/peers/main.ts.
//
// Absolute figures are the machine's of that day; ratios are taken within this process.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LiveFigure } from './live.ts';
import { type Measured, measureInTurn } from './measure.ts';
import { recallTime } from './recall.ts';
import type { ReportFigure } from './report.ts';
import { run, smaCross, swarm, swarmInMarket, swarmThatLearns } from './runs.ts';
import type { SweepFigure } from './sweep.ts';
import type { SweepMemoryFigure } from './sweep-memory.ts';
import { wholeCommands } from './whole.ts';
import { bareLoop, walk } from './workload.ts';

const CANDLES = 1_000_000;
const RUNS = 11;
const isJson = process.argv.includes('--json');

if (process.argv.includes('--peers')) {
  await import('./peers/main.ts');
  process.exit();
}
const candles = walk(CANDLES);
const sma = await smaCross();
const voters = await swarm();
const inMarket = await swarmInMarket();
const learners = await swarmThatLearns();
checkSame();
// The swarm apart and last: a process that has run other strategies is not what a backtest is.
const benchmarks = [
  ...measureInTurn(
    {
      'bare-loop-sma-cross': () => void bareLoop(candles, new Float64Array(CANDLES), 0),
      'kernel-sma-cross': () => void run(candles, sma),
    },
    CANDLES,
    RUNS,
  ),
  ...measureInTurn({ 'kernel-swarm': () => void run(candles, voters) }, CANDLES, RUNS),
  ...measureInTurn({ 'kernel-swarm-market': () => void run(candles, inMarket) }, CANDLES, RUNS),
  ...measureInTurn({ 'kernel-swarm-learns': () => void run(candles, learners) }, CANDLES, RUNS),
];
const bare = benchmarks[0]!;
const ratios = Object.fromEntries(
  benchmarks.map((one) => [one.name, bare.medianMs / one.medianMs]),
);
const recall = recallTime();
const heap: Record<string, number | null> = alone('heap.ts', [
  '--expose-gc',
  '--max-semi-space-size=256',
]);
// A session in processes of its own: what the loops above have taught this one is not theirs.
const live = ['journal.ts', 'live.ts', 'models.ts', 'orders.ts', 'data.ts'].flatMap((file) =>
  alone<LiveFigure[]>(file),
);
const floors = Object.fromEntries(
  live.flatMap((one) => (one.ratioToFloor === null ? [] : [[one.name, one.ratioToFloor]])),
);
const sweeps = alone<SweepFigure[]>('sweep.ts');
const sweepMemory = alone<SweepMemoryFigure>('sweep-memory.ts');
const drawn = alone<ReportFigure[]>('report.ts');
const whole = await wholeCommands();
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;

if (isJson) {
  const rows = benchmarks.map((one) => ({ ...one, ratioToBareLoop: ratios[one.name] }));
  const document = {
    machine,
    benchmarks: rows,
    heapGrowthBytesPerMillion: heap,
    recall,
    live,
    sweeps,
    sweepMemory,
    drawn,
    whole,
  };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
} else {
  print();
}
if (process.argv.includes('--baseline')) {
  const file = fileURLToPath(new URL('baseline.json', import.meta.url));
  const kept = { machine, ratioToBareLoop: ratios, ratioToFloor: floors };
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
}

/** The kernel and the bare loop trade alike, or comparing their speed means nothing. */
function checkSame(): void {
  const floor = bareLoop(candles, new Float64Array(CANDLES), 0);
  const { kernel } = run(candles, sma);
  const apart = Math.abs(kernel.portfolio.equityUsd / floor.equityUsd - 1);
  if (kernel.trades.length !== floor.trades || apart > 1e-9) {
    throw new Error(
      `the bare loop made ${floor.trades} trades, the kernel ${kernel.trades.length}`,
    );
  }
}

/** What a file of this folder prints as JSON when it has a process to itself. */
function alone<T>(name: string, flags: readonly string[] = []): T {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const child = spawnSync(process.execPath, [...flags, file], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout);
}

function print(): void {
  const lines = [
    machine,
    `${CANDLES.toLocaleString('en-US')} one-minute candles of a seeded random walk, ${RUNS} runs in turn`,
    '',
    row('', 'M candles/s', 'median ms', 'best ms', 'of bare loop'),
    ...benchmarks.map((one) => benchmarkRow(one)),
    '',
    `heap growth per million candles: ${Object.entries(heap)
      .map(
        ([name, bytes]) => `${name} ${bytes === null ? 'n/a' : `${(bytes / 1e6).toFixed(2)} MB`}`,
      )
      .join(', ')}`,
    '',
    row('memory', 'value', 'unit', 'target', 'of bare loop'),
    recallRow(),
    '',
    row('session', 'value', 'unit', 'target', 'of its floor'),
    ...live.flatMap(liveRows),
    '',
    row('sweep of 100,000 candles', 'backtests/s', 'two threads', 'target', 'of bare loop'),
    ...sweeps.map(sweepRow),
    '',
    row('10,000 trials beyond 100', 'peak', 'unit', 'target', ''),
    ...sweepMemoryRows(),
    '',
    row('report of 1 M candles, 10 k trades', 'value', 'unit', 'target', ''),
    ...drawn.map(({ name, value, unit, target }) =>
      row(name, value === null ? 'n/a' : value.toFixed(2), unit, String(target), ''),
    ),
    '',
    row('whole command, report included', 'seconds', 'peak MB', 'candles', ''),
    ...whole.map((one) =>
      'skipped' in one
        ? `${one.name}: skipped, ${one.skipped}`
        : row(one.name, one.seconds.toFixed(2), one.peakRssMb.toFixed(0), String(one.candles), ''),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function benchmarkRow(one: Measured): string {
  const rate = (one.candlesPerSecond / 1e6).toFixed(1);
  const ratio = `1/${(1 / ratios[one.name]!).toFixed(1)}`;
  return row(one.name, rate, one.medianMs.toFixed(1), one.bestMs.toFixed(1), ratio);
}

/** The nearest of 500 trades, and how much longer it takes than their distances alone. */
function recallRow(): string {
  const { medianUs, ratioToFloor } = recall;
  const ratio = `1/${(1 / ratioToFloor).toFixed(1)}`;
  return row('recall-500', medianUs.toFixed(2), 'µs', '20', ratio);
}

function liveRows({ name, value, unit, target, detail, ratioToFloor }: LiveFigure): string[] {
  const figure = value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
  const ratio = ratioToFloor === null ? '' : `1/${(1 / ratioToFloor).toFixed(1)}`;
  return [row(name, figure, unit, target.toLocaleString('en-US'), ratio), `    ${detail}`];
}

function sweepRow({ name, backtestsPerSecond, onTwoThreads, target, ratioToFloor }: SweepFigure) {
  const ratio = `1/${(1 / ratioToFloor).toFixed(1)}`;
  const pair = onTwoThreads === null ? 'n/a' : onTwoThreads.toFixed(0);
  return row(name, backtestsPerSecond.toFixed(0), pair, String(target), ratio);
}

function sweepMemoryRows(): string[] {
  const { name, value, unit, target, detail } = sweepMemory;
  return [row(name, value.toFixed(0), unit, String(target), ''), `    ${detail}`];
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(32)}${cells.map((cell) => cell.padStart(13)).join('')}`.trimEnd();
}
