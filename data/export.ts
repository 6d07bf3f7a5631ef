// One dataset as a file that other tools, and our own importers, can read.
//
// The rows go to a temporary file beside the target, which is renamed when it is whole: a reader
// never sees half a file, and an export that fails leaves what was there. Doubles are written so
// that reading them back gives the same bits, in csv too.

import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError, type Problem } from '../engine/errors.ts';
import { contentText } from './schema.ts';
import type { DatasetRow, History } from './store.ts';

export interface ExportRequest {
  /** Ends in `.parquet` or `.csv`. */
  readonly out: string;
  /** Rows with time in [fromMs, toMs); infinite for all. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Write over a file that is there. */
  readonly force: boolean;
}

/** Writes the file and returns its rows. InputError when it exists, has no folder, or no rows. */
export async function exportDataset(
  store: History,
  dataset: DatasetRow,
  request: ExportRequest,
): Promise<number> {
  const { out, fromMs, toMs, force } = request;
  const format = checkTarget(out, force);
  const unfinished = `${out}.${process.pid}.tmp`;
  try {
    const rows = await store.copyRows(dataset, fromMs, toMs, unfinished, format);
    if (rows === 0) {
      const name = `${dataset.venue} ${dataset.symbol} ${contentText(dataset)}`;
      throw new InputError({ key: name, rule: 'must have rows from --from to --to' });
    }
    renameSync(unfinished, out);
    return rows;
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function checkTarget(out: string, force: boolean): 'parquet' | 'csv' {
  const problems: Problem[] = [];
  const format = /\.(parquet|csv)$/.exec(out)?.[1];
  if (format === undefined) problems.push({ key: '--out', rule: 'must end in .parquet or .csv' });
  const folder = dirname(out);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    problems.push({ key: '--out', rule: 'must be in a folder that exists', value: folder });
  }
  if (existsSync(out) && !force) {
    problems.push({
      key: '--out',
      rule: 'must not exist yet (--force writes over it)',
      value: out,
    });
  }
  if (problems.length > 0) throw new InputError(problems);
  return format as 'parquet' | 'csv';
}
