// `sapphire sweep-worker`: helps with sweeps that are queued in a Redis, on this machine's cores, until it
// is told to stop. It opens its own candles and refuses a sweep whose code, strategies or candles differ.

import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { absolutePath } from '../data/share/place.ts';
import { InputError } from '../engine/errors.ts';
import { keepYoungSmall } from '../engine/host/collector.ts';
import { DEFAULT_DB, examples } from './flags.ts';
import { onStop } from './output.ts';

interface WorkerFlags {
  readonly redis?: string;
  readonly data: string;
  readonly workers?: string;
  readonly once?: boolean;
}

const MOST_THREADS = 256;

export function register(program: Command): void {
  program
    .command('sweep-worker')
    .description('run trials of sweeps that are queued in a Redis')
    .option('--redis <url>', 'where sweeps are queued: redis://[user:password@]host[:port][/db]')
    .option(
      '--data <path>',
      'candles: a store, or a folder that data export --parquet made',
      DEFAULT_DB,
    )
    .option('--workers <number>', 'threads that run trials (one a core)')
    .option('--once', 'end after one sweep')
    .addHelpText(
      'after',
      examples(
        ['sapphire sweep-worker --redis redis://10.0.0.5 --data data/market.duckdb', ''],
        [
          'sapphire sweep-worker --redis redis://10.0.0.5/2 --workers 8 --once',
          'one sweep, then end',
        ],
      ),
    )
    .action(work);
}

function threadsOf(text: string | undefined): number {
  if (text === undefined) return Math.min(MOST_THREADS, availableParallelism());
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= MOST_THREADS) return value;
  const rule = `must be a whole number, 1 to ${MOST_THREADS}`;
  throw new InputError({ key: '--workers', rule, value: text });
}

async function work(flags: WorkerFlags): Promise<void> {
  keepYoungSmall();
  const threads = threadsOf(flags.workers);
  if (flags.redis === undefined) {
    throw new InputError({ key: '--redis', rule: 'must be where sweeps are queued: redis://host' });
  }
  const { redisAddress, RedisLine } = await import('../engine/host/remote/redis.ts');
  const address = redisAddress(flags.redis, '--redis');
  const { joinSweeps } = await import('../engine/host/remote/joiner.ts');
  const { openStore } = await import('../data/store.ts');
  const { groundFor } = await import('./sweep-remote.ts');
  const cwd = process.cwd();
  const store = absolutePath(flags.data, cwd);
  const say = (line: string) => {
    process.stderr.write(`${line}\n`);
  };
  // Before anybody is asked for work: a store that is not there would refuse the first sweep only.
  (await openStore(store)).close();
  const line = await RedisLine.open(address, '--redis', say);
  try {
    await joinSweeps({
      line,
      threads,
      prepare: (announcement) => groundFor(announcement, () => openStore(store), cwd),
      once: flags.once ?? false,
      onStop,
    });
  } finally {
    line.close();
  }
}
