// `sapphire data update`: everything that was fetched, up to now.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../engine/errors.ts';
import { examples } from '../flags.ts';
import { type CommonFlags, common } from './common.ts';

interface UpdateFlags extends CommonFlags {
  readonly dryRun?: boolean;
  readonly replace?: boolean;
}

/** Adds `data update`. */
export function registerUpdate(data: Command): void {
  common(data.command('update'))
    .description('bring every dataset that was fetched up to now, and finish what broke off')
    .option('--dry-run', 'say what would be asked, store nothing')
    .option('--replace', 'let what a source has corrected take the place of stored rows')
    .addHelpText('after', examples(['sapphire data update --dry-run', 'how much that would be']))
    .action(update);
}

async function update(flags: UpdateFlags): Promise<void> {
  const { fetcherOf } = await import('../../data/fetchers/list.ts');
  const { updateJobs } = await import('../../data/fetchers/fetch.ts');
  const { openSource, runFetch } = await import('./fetching.ts');
  const db = resolve(flags.db);
  await runFetch({
    ...flags,
    db,
    async prepare(door, signal) {
      const records = await door.fetched();
      if (records.length === 0) {
        const has = existsSync(db) ? 'holds nothing that was fetched' : 'is not there';
        const rule = `${has}: begin with \`npm run data -- fetch aster BTCUSDT 1m\``;
        throw new InputError({ key: flags.db, rule });
      }
      const open = (name: string) => openSource(fetcherOf(name));
      const jobs = await updateJobs(records, open, flags.replace === true, signal);
      return jobs;
    },
  });
}
