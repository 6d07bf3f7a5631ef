// `sapphire data demo`: makes sure that the store holds the demonstration market.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { printJson } from '../output.ts';
import { progress } from '../progress.ts';
import { type CommonFlags, common, count } from './common.ts';

/** Adds `data demo`. */
export function registerDemo(data: Command): void {
  common(data.command('demo'))
    .description('make sure that the store holds the demonstration market')
    .action(demo);
}

async function demo(flags: CommonFlags): Promise<void> {
  const { ensureDemo } = await import('../../data/demo.ts');
  const db = resolve(flags.db);
  let bar: ReturnType<typeof progress> | undefined;
  const onProgress = (done: number, total: number) => {
    const options = { label: 'writing the demo', total, unit: 'candles' };
    bar ??= progress(process.stderr, { ...options, silent: flags.json === true });
    bar.update(done);
  };
  const outcome = await ensureDemo(db, { onProgress }).finally(() => bar?.stop());
  if (flags.json) {
    printJson({ db, ...outcome });
    return;
  }
  const has = `${count(outcome.candles)} synthetic candles in ${outcome.datasets} datasets`;
  process.stdout.write(`${db}: ${outcome.created ? 'now has' : 'has already'} ${has}\n`);
}
