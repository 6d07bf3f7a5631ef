// Binance's public archive (data.binance.vision): klines of spot and futures, and funding rates.
//
// Spot files have no header and count in microseconds from 2025-01-01; futures files have a header,
// but not those from before about 2022-05, and stay in milliseconds. The header is told by its
// first cell, the unit of each time by its size. [github.com/binance/binance-public-data, #246]

import type { Importer } from './contract.ts';
import { readRows } from './csv.ts';
import { timeOfCell } from './times.ts';

const KLINE_CELLS = 12;
/** The cell with what takers bought, in base units (COIN-M: in contracts, as its volume). */
const TAKER_BUY = 9;

export const binanceKlines: Importer = {
  name: 'binance-klines',

  recognises({ format, head }) {
    const [first = []] = head;
    if (format !== 'csv' || first.length !== KLINE_CELLS) return false;
    if (first[0] === 'open_time') return true;
    return [first[0], first[6]].every((cell) => !Number.isNaN(timeOfCell(cell!)));
  },

  async read(file) {
    const headerRows = file.head[0]![0] === 'open_time' ? 1 : 0;
    const values = [1, 2, 3, 4, 5, TAKER_BUY];
    const { columns, ...rows } = readRows(file, { kind: 'candles', headerRows, time: 0, values });
    const [volume, bought] = columns.slice(-2) as [Float64Array, Float64Array];
    const faults = [...rows.faults];
    for (let row = 0; row < bought.length; row++) {
      if (bought[row]! >= 0 && bought[row]! <= volume[row]!) continue;
      const rule = `must have a taker-buy volume of at most the volume, has ${bought[row]}`;
      faults.push({ at: rows.numberOf(row), rule });
    }
    const flow = { ...rows, kind: 'flow', columns: [bought], faults: [] } as const;
    return { ...rows, columns: columns.slice(0, -1), faults, also: [flow] };
  },
};

export const binanceFunding: Importer = {
  name: 'binance-funding',

  recognises: ({ format, head }) =>
    format === 'csv' && head[0]?.join() === 'calc_time,funding_interval_hours,last_funding_rate',

  async read(file) {
    return readRows(file, { kind: 'funding', headerRows: 1, time: 0, values: [2] });
  },
};
