// `sapphire data`: fills the store of candles, says what it holds, and writes parts of it to files.
//
// The only verb that writes the store; one file in `data/` for each of its actions. DuckDB and the
// importers are loaded by the actions.

import type { Command } from 'commander';
import { registerCheck } from './data/check.ts';
import { registerDemo } from './data/demo.ts';
import { registerExport } from './data/export.ts';
import { registerFetch } from './data/fetch.ts';
import { registerImport } from './data/import.ts';
import { registerList } from './data/list.ts';
import { registerResample } from './data/resample.ts';
import { registerUpdate } from './data/update.ts';
import { examples } from './flags.ts';

/** Adds `data fetch`, `update`, `import`, `list`, `check`, `export` and `demo`. */
export function register(program: Command): void {
  const data = program.command('data').description('fill and inspect the store of candles');
  data.addHelpText(
    'after',
    examples(
      ['sapphire data demo', 'an invented market, to try everything with'],
      ['sapphire data fetch aster BTCUSDT 1m --from 2025-01-01', 'history of a venue'],
      ['sapphire data import ~/binance-vision', 'every file in a folder'],
      ['sapphire data list', 'what the store holds'],
    ),
  );
  registerFetch(data);
  registerUpdate(data);
  registerImport(data);
  registerList(data);
  registerCheck(data);
  registerResample(data);
  registerExport(data);
  registerDemo(data);
}
