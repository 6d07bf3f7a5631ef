// Every importer, asked in this order; the first that recognises a file reads it. To add one, write
// its file and one line here (the recipe is in data/README.md).

import { binanceFunding, binanceKlines } from './binance.ts';
import { columnsCsv } from './columns-csv.ts';
import type { Importer } from './contract.ts';
import { cryptoDataDownload } from './cryptodatadownload.ts';
import { freqtradeFeather, freqtradeJson } from './freqtrade.ts';
import { lean } from './lean.ts';
import { headlines, severalSeries } from './moods.ts';
import { parquet } from './parquet.ts';
import { l2Book, quotes } from './quotes.ts';
import { trades } from './trades.ts';

export const IMPORTERS: readonly Importer[] = Object.freeze([
  parquet,
  freqtradeFeather,
  freqtradeJson,
  binanceFunding,
  binanceKlines,
  cryptoDataDownload,
  l2Book,
  lean,
  columnsCsv,
  trades,
  quotes,
  headlines,
  severalSeries,
]);
