// freqtrade's history: Feather (Arrow with LZ4) and JSON rows `[ms, o, h, l, c, volume]`.
//
// Its funding files are candles too, with the rate in `open` and zeros elsewhere; they are told by
// name, or by those zeros. freqtrade stamps candles by their OPEN in UTC, volume in base units.

import { CompressionType, compressionRegistry, type Table, tableFromIPC } from 'apache-arrow';
import lz4 from 'lz4-napi';
import { InputError } from '../../engine/errors.ts';
import type { ImportedTable, Importer, SourceFile, Target } from './contract.ts';
import { decode } from './csv.ts';
import { layoutOf } from './layout.ts';
import { timeOfNumber } from './times.ts';

export const freqtradeFeather: Importer = {
  name: 'freqtrade-feather',

  recognises: (file) => file.format === 'feather',

  async read(file, target) {
    const table = openFeather(file);
    const names = table.schema.fields.map((field) => field.name);
    const layout = layoutOf(names);
    if (layout === null) {
      const rule = 'must have columns date, open, high, low, close, volume';
      throw new InputError({ key: file.name, rule, value: names.join(', ') });
    }
    const columns = [layout.time, ...layout.values].map((at) => numbersOf(table, at));
    return tableOf(columns, layout.kind, target);
  },
};

export const freqtradeJson: Importer = {
  name: 'freqtrade-json',

  recognises: (file) =>
    file.format === 'json' && /^\s*\[\s*\[/.test(decode(file.bytes.subarray(0, 99))),

  async read(file, target) {
    const rows = parseRows(file);
    const columns = [0, 1, 2, 3, 4, 5].map((j) =>
      Float64Array.from(rows, (row) => {
        const cell = Array.isArray(row) ? row[j] : undefined;
        return typeof cell === 'number' ? cell : Number.NaN;
      }),
    );
    return tableOf(columns, 'candles', target);
  },
};

function tableOf(
  columns: readonly Float64Array[],
  kind: ImportedTable['kind'],
  target: Target,
): ImportedTable {
  const [times, ...values] = columns as [Float64Array, ...Float64Array[]];
  const isRate =
    kind === 'candles' &&
    (target.kind === 'funding' ||
      (values[0]!.length > 0 && values.slice(1).every((column) => column.every((x) => x === 0))));
  return {
    kind: isRate ? 'funding' : kind,
    timeMs: times.map(timeOfNumber),
    columns: isRate ? [values[0]!] : values,
    unit: 'row',
    numberOf: (row) => row + 1,
    faults: [],
  };
}

function openFeather(file: SourceFile): Table {
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode: (data) => lz4.decompressFrameSync(Buffer.from(data)),
  });
  try {
    return tableFromIPC(file.bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(
      { key: file.name, rule: `must be a whole Feather file (${reason})` },
      { cause: error },
    );
  }
}

/** A column as doubles; timestamps come out of Arrow in milliseconds, whatever their unit. */
function numbersOf(table: Table, at: number): Float64Array {
  const column = table.getChildAt(at)!;
  const out = new Float64Array(column.length);
  for (let row = 0; row < out.length; row++) {
    const value: unknown = column.get(row);
    out[row] = value === null ? Number.NaN : Number(value);
  }
  return out;
}

function parseRows(file: SourceFile): unknown[] {
  try {
    return JSON.parse(decode(file.bytes)) as unknown[];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(
      { key: file.name, rule: `must be whole JSON (${reason})` },
      { cause: error },
    );
  }
}
