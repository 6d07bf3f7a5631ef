// Parquet with named columns: the same layouts as csv with a header.
//
// DuckDB reads it, in memory and apart from the store. The file is read as a whole: streaming out
// of Parquet is several times slower.

import { DuckDBInstance } from '@duckdb/node-api';
import { InputError } from '../../engine/errors.ts';
import { type ImportedTable, type Importer, type SourceFile, UnsupportedFile } from './contract.ts';
import { layoutOf, otherKindOf } from './layout.ts';
import { timeOfNumber } from './times.ts';

export const parquet: Importer = {
  name: 'parquet',

  recognises: (file) => file.format === 'parquet',

  async read(file) {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    try {
      return await readParquet(file, connection);
    } catch (error) {
      if (error instanceof InputError || !(error instanceof Error)) throw error;
      const [reason] = error.message.split('\n');
      const rule = `must be a whole Parquet file (${reason})`;
      throw new InputError({ key: file.name, rule }, { cause: error });
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  },
};

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>;

async function readParquet(file: SourceFile, connection: Connection): Promise<ImportedTable> {
  const from = `read_parquet('${file.path.replaceAll("'", "''")}')`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
  const names = described.getRowsJS().map((row) => String(row[0]));
  const types = described.getRowsJS().map((row) => String(row[1]));
  const layout = layoutOf(names);
  if (layout === null) {
    const other = otherKindOf([names]);
    if (other !== null) throw new UnsupportedFile(file.name, other);
    const rule = 'must have columns like ts, open, high, low, close, volume';
    throw new InputError({ key: file.name, rule, value: names.join(', ') });
  }
  const selected = [layout.time, ...layout.values].map((at) => {
    const column = `"${names[at]!.replaceAll('"', '""')}"`;
    const number = /^(TIMESTAMP|DATE)/.test(types[at]!) ? `epoch_ms(${column})` : column;
    return `coalesce(try_cast(${number} AS DOUBLE), 'NaN'::DOUBLE)`;
  });
  const result = await connection.run(`SELECT ${selected.join(', ')} FROM ${from}`);
  const columns = selected.map(() => new Float64Array(result.rowCount));
  let row = 0;
  for (const chunk of await result.fetchAllChunks()) {
    for (let j = 0; j < columns.length; j++) {
      const items = (chunk.getColumnVector(j) as unknown as { items: Float64Array }).items;
      columns[j]!.set(items.subarray(0, chunk.rowCount), row);
    }
    row += chunk.rowCount;
  }
  const [times, ...values] = columns;
  return {
    kind: layout.kind,
    timeMs: times!.map(timeOfNumber),
    columns: values,
    unit: 'row',
    numberOf: (at) => at + 1,
    faults: [],
  };
}
