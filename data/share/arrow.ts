// Datasets as Arrow IPC files, for notebooks: one file each, zero-copy to read, named as our importers
// read names. Provenance and digests are in the schema's metadata.
//
//   const table = tableFromIPC(readFileSync('binance-usdm__BTCUSDT__1h.arrow'))
//   table.getChild('close').data[0].values      // Float64Array

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Field,
  Float64,
  makeVector,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  type Vector,
} from 'apache-arrow';
import type { History } from '../history.ts';
import { canonicalJson } from '../runs/canonical.ts';
import { type DatasetRow, isCandleKind, SHAPES } from '../schema.ts';
import { publish, refuseNothing, type ShareRequest } from './write.ts';

const INDEX = 'datasets.json';

export interface ArrowFile {
  readonly file: string;
  readonly rows: number;
}

/** Writes the folder; datasets without rows in the range are left out. InputError when none is left. */
export async function shareArrow(
  history: History,
  datasets: readonly DatasetRow[],
  request: ShareRequest,
): Promise<ArrowFile[]> {
  return publish(request, INDEX, async (draft) => {
    let rows = 0;
    const files: (ArrowFile & { readonly dataset: DatasetRow })[] = [];
    for (const dataset of datasets) {
      const columns = await history.readRows(dataset, request.fromMs, request.toMs);
      if (columns[0]!.length === 0) continue;
      const file = `${nameOf(dataset)}.arrow`;
      writeFileSync(join(draft, file), await ipcOf(history, dataset, columns));
      files.push({ file, rows: columns[0]!.length, dataset });
      rows += columns[0]!.length;
      request.onProgress?.(rows);
    }
    refuseNothing(files.length, datasets);
    writeFileSync(join(draft, INDEX), `${JSON.stringify(files, null, 1)}\n`);
    return files.map(({ file, rows }) => ({ file, rows }));
  });
}

/** `binance-usdm__BTCUSDT__1h`, `..__mark1h`, `..__funding`, `feargreed__series`. */
function nameOf({ kind, venue, symbol, interval }: DatasetRow): string {
  const what = kind === 'candles' ? interval! : `${kind}${interval ?? ''}`;
  return [venue, ...(symbol === '' ? [] : [symbol]), what].join('__');
}

async function ipcOf(
  history: History,
  dataset: DatasetRow,
  columns: readonly Float64Array[],
): Promise<Uint8Array> {
  const { venue, symbol, kind, digest, sources, synthetic } = dataset;
  const about = { ...dataset, sources: canonicalJson(sources), digest, synthetic };
  const metadata = new Map(Object.entries(about).map(([key, value]) => [key, String(value)]));
  if (isCandleKind(kind)) {
    metadata.set('instrument', canonicalJson({ ...(await history.instrument(venue, symbol)) }));
  }
  const [times, ...values] = columns as [Float64Array, ...Float64Array[]];
  const ts = makeVector({
    type: new TimestampMillisecond(),
    data: BigInt64Array.from(times, BigInt),
  });
  const vectors: Record<string, Vector> = { ts };
  for (const [k, name] of SHAPES[kind].names.entries()) vectors[name] = makeVector(values[k]!);
  return tableToIPC(withMetadata(new Table(vectors), metadata), 'file');
}

/** The same rows under a schema that says where they come from and that no value is null. */
function withMetadata(table: Table, metadata: Map<string, string>): Table {
  const fields = table.schema.fields.map(
    ({ name, type }) => new Field(name, name === 'ts' ? type : new Float64(), false),
  );
  const schema = new Schema(fields, metadata);
  const batches = table.batches.map((batch) => {
    const data = batch.data.clone(new Struct(fields));
    return new RecordBatch(schema, data);
  });
  return new Table(schema, batches);
}
