// Csv with a header that names its columns: `ts,open,high,low,close,volume`, `ts,rate`,
// `ts,value,label`. Times may be numbers or ISO; without an offset they are UTC.

import type { Importer } from './contract.ts';
import { readRows } from './csv.ts';
import { layoutOf } from './layout.ts';

export const columnsCsv: Importer = {
  name: 'columns-csv',

  recognises: (file) => file.format === 'csv' && layoutOf(file.head[0] ?? []) !== null,

  async read(file) {
    return readRows(file, { ...layoutOf(file.head[0]!)!, headerRows: 1 });
  },
};
