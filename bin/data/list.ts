// `sapphire data list`: one line per dataset.

import type { Command } from 'commander';
import { contentText } from '../../data/schema.ts';
import { printJson } from '../output.ts';
import {
  type CommonFlags,
  common,
  count,
  databaseOf,
  dateText,
  formatTable,
  withStore,
} from './common.ts';

/** Adds `data list`. */
export function registerList(data: Command): void {
  common(data.command('list')).description('one line per dataset').action(list);
}

async function list(flags: CommonFlags): Promise<void> {
  const db = databaseOf(flags);
  const datasets = await withStore(db, (store) => store.datasets());
  if (flags.json) {
    printJson({ db, datasets });
    return;
  }
  const header = ['venue', 'symbol', 'data', 'rows', 'from', 'to', 'files', 'digest', ''];
  const rows = datasets.map((one) => [
    one.venue,
    one.symbol,
    contentText(one),
    count(one.rows),
    dateText(one.fromMs),
    dateText(one.toMs),
    count(one.sources.length),
    one.digest.slice(0, 8),
    one.synthetic ? 'synthetic' : '',
  ]);
  process.stdout.write(formatTable([header, ...rows], [3, 6]));
}
