// `npm run bench -- --peers` or `node bench/peers/main.ts`: the two SMA workloads beside vectorbt and
// backtesting.py, on the same candles, in the same run, and whether all of them made the same trades.
//
//   W1   1,000,000 candles, SMA(10)/SMA(20), all in, next open, no fee
//   W2   100,000 candles, 400 combinations: fast 5..24, slow 30..125 by 5, one core
//
// The peers are installed from PyPI into a folder that is thrown away (`--venv DIR` keeps and reuses
// one; `--w1 N` and `--w2 N` take fewer candles); nothing of them is part of this project. Figures are CPU time: other work on the machine counts
// little. backtesting.py is given a few combinations of W2 only; its rate does not depend on how many.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CandleArrays } from '../../engine/market/column.ts';
import { buildPanel, type Panel } from '../../engine/market/panel.ts';
import { runLoop } from '../../engine/research/backtest.ts';
import { Slices } from '../../engine/research/sweep/slice.ts';
import { runTrial } from '../../engine/research/sweep/trial.ts';
import { smaCross } from '../runs.ts';
import { INSTRUMENT, walk } from '../workload.ts';

const W1_CANDLES = sizeOf('--w1', 1_000_000);
const W2_CANDLES = sizeOf('--w2', 100_000);
const BACKTESTING_TRIALS = 4;
const OUR_RUNS = 3;
/** Relative difference of final equities that is still the same. */
const SAME = 1e-9;
const PACKAGES = ['vectorbt', 'backtesting'];

interface PeerFigure {
  /** Final over starting equity, one a run. */
  readonly equity: readonly number[];
  readonly trades: readonly number[];
  readonly seconds: number;
  readonly runs: number;
}

interface Peer {
  readonly version: string;
  readonly w1: PeerFigure;
  readonly w2: PeerFigure;
}

interface Peers {
  readonly vectorbt: Peer;
  readonly 'backtesting.py': Peer;
  /** The combinations that backtesting.py was given. */
  readonly few: readonly (readonly [number, number])[];
}

const folder = mkdtempSync(join(tmpdir(), 'sapphire-peers-'));
try {
  const python = installed();
  if (python !== null) await compare(python);
  else process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function sizeOf(flag: string, usual: number): number {
  const at = process.argv.indexOf(flag);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (Number.isInteger(value) && value >= 1000) return value;
  process.stderr.write(`peers: ${flag} must be a whole number from 1000\n`);
  process.exit(2);
}

/** A Python that has the peers, or null after one sentence that says why there is none. */
function installed(): string | null {
  const at = process.argv.indexOf('--venv');
  const given = at < 0 ? undefined : process.argv[at + 1];
  const venv = given === undefined ? join(folder, 'venv') : resolve(given);
  const python = join(venv, 'bin', 'python');
  if (existsSync(python)) return python;
  const say = (text: string) => {
    process.stderr.write(`peers: ${text}\n`);
    return null;
  };
  const run = (command: string, words: readonly string[]) => {
    const { status, error, stderr } = spawnSync(command, words, { encoding: 'utf8' });
    if (status === 0) return null;
    return (error?.message ?? stderr.trim().split('\n').at(-1)) || `exit ${status}`;
  };
  process.stderr.write(`peers: installing ${PACKAGES.join(' and ')} into ${venv}\n`);
  const made = run('python3', ['-m', 'venv', venv]);
  if (made !== null) return say(`needs Python 3 with venv and pip, which are not here (${made})`);
  const failed = run(python, ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
  return failed === null ? python : say(`${PACKAGES.join(' and ')} do not install (${failed})`);
}

async function compare(python: string): Promise<void> {
  const candles = walk(W1_CANDLES);
  const file = join(folder, 'candles.f64');
  const columns = [candles.open, candles.high, candles.low, candles.close];
  writeFileSync(file, Buffer.concat(columns.map((column) => Buffer.from(column.buffer))));
  const ours = {
    w1: await wholeRun(candles),
    w2: await sweepOf(first(candles, Math.min(W1_CANDLES, W2_CANDLES))),
  };
  const script = fileURLToPath(new URL('peers.py', import.meta.url));
  const sizes = [W1_CANDLES, Math.min(W1_CANDLES, W2_CANDLES), BACKTESTING_TRIALS].map(String);
  const { status, stdout, stderr } = spawnSync(python, [script, file, ...sizes], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`peers.py: ${stderr.trim().split('\n').at(-1)}`);
  const peers: Peers = JSON.parse(stdout);
  const few = { ...ours.w2, ...pick(ours.w2, peers.few) };
  const rows = [
    row('', '', 'W1 candles/s', 'of ours', 'W2 backtests/s', 'of ours', 'trades', 'equity apart'),
    row(
      'sapphire',
      '',
      rate(W1_CANDLES, ours.w1),
      '1',
      rate(1, ours.w2),
      '1',
      String(ours.w1.trades[0]),
      '',
    ),
    ...(['vectorbt', 'backtesting.py'] as const).map((name) => {
      const peer = peers[name];
      const apart = [
        differences(ours.w1, peer.w1),
        differences(name === 'vectorbt' ? ours.w2 : few, peer.w2),
      ];
      const isSame = apart.every(({ trades, equity }) => trades === 0 && equity <= SAME);
      if (!isSame) process.exitCode = 1;
      return row(
        name,
        peer.version,
        rate(W1_CANDLES, peer.w1),
        ratio(ours.w1, peer.w1),
        rate(1, peer.w2),
        ratio(ours.w2, peer.w2),
        isSame ? `same, ${1 + peer.w2.runs} runs` : 'OTHERS',
        Math.max(...apart.map(({ equity }) => equity)).toExponential(0),
      );
    }),
  ];
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  process.stdout.write(
    `${machine}; CPU time, indicators included, imports and compiling left out\n${rows.join('\n')}\n`,
  );
}

// ---- ours ----------------------------------------------------------------------------------------

/** A lot so small that what is left over is less than two equities may differ by. */
function panelOf(candles: CandleArrays): Panel {
  const instrument = { ...INSTRUMENT, lotSize: 1e-12 };
  return buildPanel([{ instrument, candles }], 60_000, 60);
}

async function wholeRun(candles: CandleArrays): Promise<PeerFigure> {
  const { config, seats, solo } = await smaCross();
  return best(() => {
    const { kernel } = runLoop({ panel: panelOf(candles), config, seats, solo, firstRow: 0 });
    const { equityUsd, cashUsd } = kernel.portfolio;
    return { equity: [equityUsd / cashUsd], trades: [kernel.trades.length], runs: 1 };
  });
}

async function sweepOf(candles: CandleArrays): Promise<PeerFigure> {
  const { config, seats } = await smaCross();
  const strategies = new Map([[config.decision.strategy!, seats[0]!.strategy]]);
  const objectives = [{ name: 'totalReturn', goal: 'max' as const, evaluate: null }];
  const panel = panelOf(candles);
  return best(() => {
    const slices = new Slices(panel);
    const outcomes = combinations().map(([fast, slow], index) => {
      const outcome = runTrial(
        { config, strategies, objectives, slices },
        {
          index,
          assignments: [
            ['decision.parameters.fast', fast],
            ['decision.parameters.slow', slow],
          ],
          readRow: 0,
          fromRow: 0,
          toRow: candles.openMs.length,
          missingCandles: 0,
        },
      );
      if (outcome.statistics === null) throw new Error(outcome.message ?? 'a trial failed');
      return outcome.statistics;
    });
    return {
      equity: outcomes.map(({ totalReturn }) => 1 + totalReturn),
      trades: outcomes.map(({ trades }) => trades),
      runs: outcomes.length,
    };
  });
}

function combinations(): (readonly [number, number])[] {
  const fasts = Array.from({ length: 20 }, (_, k) => 5 + k);
  return fasts.flatMap((fast) => Array.from({ length: 20 }, (_, k) => [fast, 30 + 5 * k] as const));
}

function best(work: () => Omit<PeerFigure, 'seconds'>): PeerFigure {
  let seconds = Number.POSITIVE_INFINITY;
  let found = work();
  for (let k = 0; k < OUR_RUNS; k++) {
    const before = process.cpuUsage();
    found = work();
    const { user, system } = process.cpuUsage(before);
    seconds = Math.min(seconds, (user + system) / 1e6);
  }
  return { ...found, seconds };
}

function first(candles: CandleArrays, count: number): CandleArrays {
  return Object.fromEntries(
    Object.entries(candles).map(([name, column]) => [name, column.slice(0, count)]),
  ) as unknown as CandleArrays;
}

// ---- side by side --------------------------------------------------------------------------------

function pick(figure: PeerFigure, few: Peers['few']) {
  const at = few.map(([fast, slow]) => (fast - 5) * 20 + (slow - 30) / 5);
  return { equity: at.map((k) => figure.equity[k]!), trades: at.map((k) => figure.trades[k]!) };
}

function differences(ours: PeerFigure, theirs: PeerFigure) {
  const trades = ours.trades.filter((count, k) => count !== theirs.trades[k]).length;
  const apart = ours.equity.map((equity, k) => Math.abs(theirs.equity[k]! / equity - 1));
  return { trades, equity: Math.max(...apart) };
}

function rate(unit: number, { seconds, runs }: PeerFigure): string {
  const perSecond = (unit * runs) / seconds;
  return perSecond >= 1e5 ? `${(perSecond / 1e6).toFixed(2)} M` : perSecond.toPrecision(3);
}

function ratio(ours: PeerFigure, theirs: PeerFigure): string {
  const times = ours.runs / ours.seconds / (theirs.runs / theirs.seconds);
  return times >= 1 ? `1/${times.toPrecision(3)}` : `${(1 / times).toPrecision(3)} x`;
}

function row(...cells: string[]): string {
  const widths = [16, 9, 14, 10, 16, 10, 18, 14];
  return cells
    .map((text, k) => (k < 2 ? text.padEnd(widths[k]!) : text.padStart(widths[k]!)))
    .join('')
    .trimEnd();
}
