// What a session costs, in a process of its own; prints one JSON document.
//
//   paper-7d-6             a week of six symbols through the whole session at full speed, journal and
//                          fdatasync included; floor: the same week as a backtest
//   replay-lines           its journal verified and run again; floor: the same bytes hashed line by line
//   candle-to-intent-p99   from the last candle of a row in the inbox to the dispatch of what was
//                          decided, four agents and twenty symbols, fdatasync included
//
//   node bench/live.ts

import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateMarket } from '../data/synthetic.ts';
import { mergeLayers } from '../engine/config/layers.ts';
import { loadSeats } from '../engine/host/load.ts';
import { MINUTE_MS } from '../engine/interval.ts';
import type { LegInput } from '../engine/market/panel.ts';
import { buildPanel } from '../engine/market/panel.ts';
import { type RunInput, runDigest, runLoop } from '../engine/research/backtest.ts';
import { machineClock } from '../live/clock.ts';
import type { Feed } from '../live/feeds/feed.ts';
import { ReplayFeed } from '../live/feeds/replay.ts';
import { marketOf } from '../live/market.ts';
import { runSession, type SessionPlan } from '../live/recovery.ts';
import { replayFolder } from '../live/replay.ts';
import { PaperVenue } from '../live/venues/paper.ts';
import { START_MS } from './workload.ts';

const WEEK = 7 * 1440;
const RUNS = 7;
/** Rows of the twenty symbols, and how many of them warm the machine's compiler up. */
const ROWS = 3000;
const WARM_ROWS = 500;
const DISCARD = { sessionId: 'bench', code: 'bench', node: process.version, data: {} };

/** The swarm's four agents on short candles, eager, with stops that follow closely. */
const RESTLESS: readonly (readonly [string, unknown])[] = [
  ['decision.agents.quant-alpha.parameters', { trendInterval: '5m', signalInterval: '1m' }],
  [
    'decision.agents.risk-guardian.parameters',
    { volatilityInterval: '1m', usualPeriod: 48, trendInterval: '5m', stress: 100, spike: 100 },
  ],
  ['decision.agents.sentiment-sage.parameters', { interval: '15m', rsiInterval: '15m', quiet: 0 }],
  ['decision.agents.degen-hunter.parameters', { burst: 1, threshold: 0.1 }],
  ['decision.consensus.actThreshold', 0.5],
  ['decision.risk.maxPositions', 20],
  ['decision.risk.maxPositionFraction', 0.05],
  ['decision.risk.atrStop.interval', '5m'],
  ['decision.risk.trailingStop.buffer', 0.002],
  ['decision.risk.trailingStop.step', 0.0005],
];

export interface LiveFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is meant to be: at least (a rate) or at most (a time). */
  readonly target: number;
  readonly detail: string;
  /** Time of the floor over its own; null where there is none. */
  readonly ratioToFloor: number | null;
}

/** `count` invented perpetuals of `rows` minutes. */
function market(count: number, rows: number): LegInput[] {
  const legs = Array.from({ length: count }, (_, k) => {
    const startPrice = [40_000, 3000, 150, 20, 2, 0.3][k % 6]! * (1 + k / 50);
    const tickSize = 10 ** Math.floor(Math.log10(startPrice) - 4);
    const leg = {
      startPrice,
      tickSize,
      annualVolatility: 0.9 + 0.05 * (k % 10),
      beta: 1 + 0.1 * (k % 10),
      lotSize: 0.001,
      dailyVolume: 3e9 / startPrice,
      maxLeverage: 20,
      fundingMean: 0.00005,
      driftPerYear: 0,
      minNotionalUsd: 10,
      makerFeeBps: 1.5,
      takerFeeBps: 4.5,
    };
    return [`S${k}`, leg] as const;
  });
  return generateMarket({
    venue: 'synthetic',
    seed: 7,
    fromMs: START_MS,
    candles: rows,
    intervalMs: MINUTE_MS,
    factorVolatility: 0.4,
    legs: Object.fromEntries(legs),
  });
}

/** The shipped swarm with some values set, over a panel of its own each time. */
async function workload(legs: LegInput[], assignments: readonly (readonly [string, unknown])[]) {
  const file = new URL('../strategies/configs/swarm.json', import.meta.url);
  const values = JSON.parse(readFileSync(file, 'utf8'));
  const set = [['world.sentiment', null] as const, ...assignments];
  const { config } = mergeLayers([
    { origin: 'file swarm.json', values },
    { origin: 'bench', assignments: set },
  ]);
  const { seats, solo } = await loadSeats(config.decision, process.cwd());
  const input = (): RunInput => ({
    panel: buildPanel(legs, MINUTE_MS, 60),
    config,
    seats,
    solo,
    firstRow: 0,
  });
  return { config, input, open: async () => ({ config, loaded: loadedOf({ seats, solo }) }) };
}

function loadedOf({ seats, solo }: Pick<RunInput, 'seats' | 'solo'>) {
  return { seats, solo, files: [], label: 'bench' };
}

function planOf(input: RunInput, folder: string, feed?: Feed): SessionPlan {
  const { panel, config, firstRow } = input;
  const found = marketOf(panel, firstRow);
  const speed = Number.POSITIVE_INFINITY;
  return {
    folder,
    identity: DISCARD,
    config,
    market: found,
    loaded: loadedOf(input),
    feed: feed ?? new ReplayFeed(panel, { name: 'bench', speed, firstRow, clock: machineClock }),
    openPort: (answer) => new PaperVenue(found, config, [], answer),
  };
}

// ---- a week of six symbols -------------------------------------------------------------------------

async function week(root: string): Promise<LiveFigure[]> {
  const { input, open } = await workload(market(6, WEEK), []);
  const paperMs: number[] = [];
  const loopMs: number[] = [];
  const folders = Array.from({ length: 3 }, (_, k) => join(root, `week-${k}`));
  let digest = '';
  for (const folder of folders) {
    loopMs.push(timed(() => void runLoop(input())));
    const startMs = performance.now();
    const outcome = await runSession(planOf(input(), folder));
    paperMs.push(performance.now() - startMs);
    digest = outcome.digest;
    if (digest !== runDigest(runLoop(input()).kernel)) throw new Error('paper is not its backtest');
  }
  const folder = folders[0]!;
  const bytes = readFileSync(join(folder, 'journal-000001.ndjson'));
  const hashMs: number[] = [];
  const replayMs: number[] = [];
  let lines = 0;
  for (let k = 0; k <= RUNS; k++) {
    hashMs.push(timed(() => hashLines(bytes)));
    const startMs = performance.now();
    const replay = await replayFolder(folder, open);
    replayMs.push(performance.now() - startMs);
    if (!replay.equal || replay.digest !== digest) throw new Error('replay is not equal');
    lines = replay.lines;
  }
  const [coldMs] = replayMs;
  const warmMs = median(replayMs.slice(1));
  return [
    {
      name: 'paper-7d-6',
      value: median(paperMs) / 1000,
      unit: 's',
      target: 60,
      detail: `${WEEK} rows, ${lines} lines, ${(bytes.length / 1e6).toFixed(1)} MB; first run ${(paperMs[0]! / 1000).toFixed(2)} s`,
      ratioToFloor: median(loopMs) / median(paperMs),
    },
    {
      name: 'replay-lines',
      value: (lines * 1000) / warmMs,
      unit: 'lines/s',
      target: 300_000,
      detail: `of ${lines} lines; first time in the process ${Math.round((lines * 1000) / coldMs!)}`,
      ratioToFloor: median(hashMs) / warmMs,
    },
  ];
}

/** The floor of a replay: every line of the bytes hashed once, nothing looked at. */
function hashLines(bytes: Buffer): void {
  let at = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, at)) {
    hash('sha256', bytes.subarray(at, end), 'base64url');
    at = end + 1;
  }
}

// ---- candle to intent ------------------------------------------------------------------------------

async function candleToIntent(root: string): Promise<LiveFigure> {
  const legs = market(20, ROWS);
  const { input } = await workload(legs, RESTLESS);
  const run = input();
  let arrivedMs = 0;
  let row = 0;
  const waits: number[] = [];
  let intents = 0;
  const feed = lastCandleLast(run, (i) => {
    row = i;
    arrivedMs = performance.now();
  });
  const plan = planOf(run, join(root, 'twenty'), feed);
  await runSession({
    ...plan,
    openPort: (answer, view) => {
      const venue = plan.openPort(answer, view);
      let dispatched = -1;
      return {
        id: 'timed',
        onRow: (closed) => venue.onRow!(closed),
        positions: () => venue.positions!(),
        close: () => venue.close(),
        carryOut: (sent, nowMs) => {
          // Answers to a row may lead to intents of their own, a flush earlier than its decisions.
          if (row >= WARM_ROWS && dispatched === row) waits.pop();
          if (row >= WARM_ROWS) {
            waits.push(performance.now() - arrivedMs);
            intents += sent.length;
          }
          dispatched = row;
          venue.carryOut(sent, nowMs);
        },
      };
    },
  });
  if (waits.length < 500)
    throw new Error(`only ${waits.length} rows had intents: too few to judge`);
  waits.sort((a, b) => a - b);
  const at = (share: number) =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * share))]!;
  const text = [at(0.5), at(0.99), waits.at(-1)!].map((ms) => ms.toFixed(2)).join(' / ');
  return {
    name: 'candle-to-intent-p99',
    value: at(0.99),
    unit: 'ms',
    target: 20,
    detail: `p50 / p99 / max ${text} ms over ${waits.length} rows with ${intents} intents`,
    ratioToFloor: null,
  };
}

/** Rows of the panel, one by one when the session is idle; `onLast` before a row's last candle. */
function lastCandleLast({ panel }: RunInput, onLast: (row: number) => void): Feed {
  let nowMs = START_MS;
  return {
    name: 'bench',
    clock: { ...machineClock, nowMs: () => nowMs },
    isOver: () => false,
    async run(inbox) {
      for (let i = 0; i < panel.length; i++) {
        if (i % 64 === 63) await machineClock.sleep(0);
        await inbox.idle();
        const openMs = panel.openMs[i]!;
        const tsMs = openMs + MINUTE_MS;
        nowMs = tsMs;
        for (const { index: leg, candles } of panel.legs) {
          const [open, high] = [candles.open[i]!, candles.high[i]!];
          const [low, close, volume] = [candles.low[i]!, candles.close[i]!, candles.volume[i]!];
          const event = {
            kind: 'candle' as const,
            tsMs,
            leg,
            openMs,
            open,
            high,
            low,
            close,
            volume,
          };
          if (leg === panel.legs.length - 1) onLast(i);
          inbox.push({ lane: 'market', event });
        }
      }
    },
  };
}

// ---- figures ---------------------------------------------------------------------------------------

function timed(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

const root = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
try {
  const figures = [...(await week(root)), await candleToIntent(root)];
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  rmSync(root, { recursive: true, force: true });
}
