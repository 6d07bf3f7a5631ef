// Csv with a header that names its columns: `ts,open,high,low,close,volume`, `ts,rate`,
// `ts,value,label`. Times may be numbers or ISO; without an offset they are UTC. Dates like 31.12.2024 are
// a matter of which comes first, day or month: those are left to a guess (guess.ts), which asks.

import type { Importer } from './contract.ts';
import { readRows } from './csv.ts';
import { layoutOf } from './layout.ts';
import { orderOfDates } from './zone.ts';

export const columnsCsv: Importer = {
  name: 'columns-csv',

  recognises({ format, head: [names = [], first = []] }) {
    const layout = format === 'csv' ? layoutOf(names) : null;
    return layout !== null && orderOfDates([first[layout.time] ?? '']) === null;
  },

  async read(file) {
    return readRows(file, { ...layoutOf(file.head[0]!)!, headerRows: 1 });
  },
};
