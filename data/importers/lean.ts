// LEAN's data folder, crypto part: zips of csv without a header.
//
//   minute   20221213_trade.zip   ms since midnight UTC, o,h,l,c,v; the date is in the name only
//   hour, daily                   `YYYYMMDD HH:MM`, o,h,l,c,v
//   margin_interest               `YYYYMMDD HH:MM:SS`, rate: the funding of perpetuals
//
// Prices of crypto are plain decimals (equities are scaled by 10000; those are not read here).

import { InputError } from '../../engine/errors.ts';
import { DAY_MS } from '../../engine/interval.ts';
import type { Importer, SourceFile } from './contract.ts';
import { readRows } from './csv.ts';
import { spreadTable } from './quotes.ts';
import { decimal, timeOfCell } from './times.ts';

const CANDLE_CELLS = 6;
const QUOTE_CELLS = 11;
const FUNDING_CELLS = 2;
const DATE_AND_TIME = /^\d{8} \d{2}:\d{2}(:\d{2})?$/;

export const lean: Importer = {
  name: 'lean',

  recognises(file) {
    const [first = []] = file.head;
    if (![CANDLE_CELLS, QUOTE_CELLS, FUNDING_CELLS].includes(first.length)) return false;
    return DATE_AND_TIME.test(first[0]!) || (file.inner !== null && isTimeOfDay(first[0]!));
  },

  async read(file) {
    const [first] = file.head as [readonly string[]];
    if (first.length === FUNDING_CELLS) {
      return readRows(file, { kind: 'funding', headerRows: 0, time: 0, values: [1] });
    }
    const timeOf = DATE_AND_TIME.test(first[0]!) ? timeOfCell : timeOfDay(file);
    if (first.length === QUOTE_CELLS) {
      // The closes of bid and ask: cells of open, high, low, close, size; a side may be missing.
      const values = [4, 9];
      return spreadTable(
        file,
        readRows(file, { kind: 'spread', headerRows: 0, time: 0, values, timeOf }),
      );
    }
    return readRows(file, {
      kind: 'candles',
      headerRows: 0,
      time: 0,
      values: [1, 2, 3, 4, 5],
      timeOf,
    });
  },
};

function isTimeOfDay(cell: string): boolean {
  const ms = decimal(cell);
  return Number.isInteger(ms) && ms >= 0 && ms < DAY_MS;
}

function timeOfDay(file: SourceFile): (cell: string) => number {
  const date = /(?:^|[_/])(\d{8})_/.exec(`${file.inner}/${file.name}`)?.[1];
  const midnightMs = date === undefined ? Number.NaN : timeOfCell(date);
  if (Number.isNaN(midnightMs)) {
    const rule = 'must have the date in its name, like 20221213_trade.zip: its rows do not say it';
    throw new InputError({ key: file.name, rule });
  }
  return (cell) => (isTimeOfDay(cell) ? midnightMs + decimal(cell) : Number.NaN);
}
