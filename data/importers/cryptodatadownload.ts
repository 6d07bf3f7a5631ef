// CryptoDataDownload csv: newest row first, seconds and milliseconds in one file, two volumes.
//
// The base volume is the first of the two, named after the base asset (`Volume BTC`, then
// `Volume USDT`); the quote volume is not used. A link stands on the first line of some files.

import { InputError } from '../../engine/errors.ts';
import type { Importer } from './contract.ts';
import { readRows } from './csv.ts';

export const cryptoDataDownload: Importer = {
  name: 'cryptodatadownload',

  recognises({ format, head }) {
    const names = (head[0] ?? []).map((name) => name.toLowerCase());
    return format === 'csv' && ['unix', 'symbol', 'open'].every((name) => names.includes(name));
  },

  async read(file) {
    const names = file.head[0]!.map((name) => name.toLowerCase());
    const symbol = (file.head[1]?.[names.indexOf('symbol')] ?? '').toLowerCase();
    const volume = names.findIndex(
      (name) => name.startsWith('volume ') && symbol.startsWith(name.slice('volume '.length)),
    );
    if (volume === -1) {
      const rule = 'must have a column with the volume in the base asset, like `Volume BTC`';
      throw new InputError({ key: file.name, rule, value: file.head[0]!.join(', ') });
    }
    const prices = ['open', 'high', 'low', 'close'].map((name) => names.indexOf(name));
    const values = [...prices, volume];
    return readRows(file, { kind: 'candles', headerRows: 1, time: names.indexOf('unix'), values });
  },
};
