// Whole commands from outside: a store on disk, a child process, the report written; wall time and
// peak memory as the operating system counted them.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../data/store.ts';
import { INSTRUMENT, walk } from './workload.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SHARED = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const PERPS = [
  ...['BTC', 'ETH', 'SOL', 'DOGE'].map((coin) => `binance-usdm__${coin}USDT__1m_2025-05_06`),
  ...['BTC', 'ETH', 'SOL'].map((coin) => `binance-usdm__${coin}USDT__funding_2025-03_06`),
];

export interface Whole {
  readonly name: string;
  readonly seconds: number;
  readonly peakRssMb: number;
  readonly candles: number;
}

/** A store in the folder with so many candles of the walk; its path. */
export async function walkStore(folder: string, candles: number): Promise<string> {
  const db = join(folder, 'walk.duckdb');
  const store = await openStore(db, { write: true });
  const { venue, symbol } = INSTRUMENT;
  const source = { file: 'bench', sha256: '0'.repeat(64), importer: 'generator' };
  await store.writeInstrument(INSTRUMENT);
  await store.writeCandles(
    { venue, symbol, interval: '1m', synthetic: true },
    walk(candles),
    source,
  );
  store.close();
  return db;
}

/** The crossover and the swarm on a million stored candles, and the swarm on real perpetuals. */
export async function wholeCommands(): Promise<(Whole | { name: string; skipped: string })[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
  try {
    const db = await walkStore(folder, 1_000_000);
    const sma = [
      '--strategy',
      'sma-cross',
      '--set',
      'parameters.fast=10',
      '--set',
      'parameters.slow=20',
    ];
    const results: (Whole | { name: string; skipped: string })[] = [
      command('whole-sma-cross-1m', folder, ['backtest', '--db', db, ...sma]),
      command('whole-swarm-1m', folder, ['backtest', '--db', db]),
    ];
    const files = PERPS.map((name) => join(SHARED, `${name}.parquet`));
    if (files.every((file) => existsSync(file))) {
      const perps = join(folder, 'perps.duckdb');
      command('import', folder, ['data', 'import', '--db', perps, ...files]);
      results.push(command('whole-swarm-perps', folder, ['backtest', '--db', perps]));
    } else {
      results.push({ name: 'whole-swarm-perps', skipped: 'the shared data folder is absent' });
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A whole command in a process of its own. Throws Error with what it said where it fails. */
export function command(name: string, folder: string, words: readonly string[]): Whole {
  const preload = join(ROOT, 'bench/peak-rss.mjs');
  const args = ['--import', preload, join(ROOT, 'bin/sapphire.mjs'), ...words, '--json'];
  const startMs = performance.now();
  const child = spawnSync(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, SAPPHIRE_RUNS: join(folder, 'runs') },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const seconds = (performance.now() - startMs) / 1000;
  if (child.status !== 0) throw new Error(`${words.join(' ')}: ${child.stderr}${child.stdout}`);
  const said = [...child.stderr.matchAll(/peakRssMb ([\d.]+)/g)];
  const peakRssMb = Math.max(...said.map(([, mb]) => Number(mb)));
  const { candles = 0 } = JSON.parse(child.stdout) as { candles?: number };
  return { name, seconds, peakRssMb, candles };
}
