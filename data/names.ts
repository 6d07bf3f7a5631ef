// What a file's name and folder say about it: venue, symbol, interval, kind.
//
//   binance-usdm__BTCUSDT__1h_2019_2025.parquet            ours (mark1h: of the mark price)
//   data/futures/um/monthly/klines/.../BTCUSDT-1h-2024-12.zip   Binance's archive
//   binance/futures/BTC_USDT_USDT-5m-futures.feather       freqtrade
//   cryptofuture/bybit/minute/btcusdt/20221213_trade.zip   LEAN
//   binance-futures_book_snapshot_25_2020-02-01_BTCUSDT.csv.gz    Tardis
//   kraken/trades_csv/BCHEUR.csv                           Kraken
//   Binance_BTCUSDT_d.csv                                  CryptoDataDownload
//   bybit-testnet_BTCUSDT_1m_old.csv                       anybody's: what words of it are plain
//
// A name is a claim: it fills what no flag says, and the rows must then agree with it.

import { basename, dirname } from 'node:path';
import { InputError, type Problem } from '../engine/errors.ts';
import { INTERVAL_NAMES, isInterval } from '../engine/interval.ts';
import { UnsupportedFile } from './importers/contract.ts';
import { type DatasetKind, hasInterval } from './schema.ts';

export interface NamedFile {
  readonly venue?: string | undefined;
  readonly symbol?: string | undefined;
  readonly interval?: string | undefined;
  readonly kind?: DatasetKind | undefined;
  /** Why the store keeps nothing of this kind, when the name says so. */
  readonly unsupported?: string;
  /** The same for the interval; a flag may overrule it. */
  readonly unsupportedInterval?: string;
}

/** Reads a path, and the name inside an archive. Anything may be missing from the answer. */
export function readName(path: string, inner: string | null = null): NamedFile {
  const folder = dirname(path).toLowerCase();
  const stem = stemOf(path);
  if (stem.includes('__')) return ours(stem);
  const innerStem = inner === null ? '' : stemOf(inner);
  return (
    lean(folder, stem, innerStem) ??
    binance(`${folder}/${stem}`, stem) ??
    binance(`${folder}/${stem}`, innerStem) ??
    tardis(stem) ??
    kraken(folder, stem) ??
    hftbacktest(stem) ??
    freqtrade(folder, stem) ??
    cryptoDataDownload(stem) ??
    plain(stem) ??
    {}
  );
}

/** Throws UnsupportedFile with every flag that is needed to know what `file` is. */
export function needNames(file: string, named: NamedFile, kind: DatasetKind): void {
  const problems: Problem[] = [];
  const missing: string[] = [];
  const need = (flag: string, example: string, value: string | undefined) => {
    if (value !== undefined) return;
    const rule = `the name does not say it: give ${flag}, for example ${flag} ${example}`;
    problems.push({ key: file, rule });
    missing.push(flag);
  };
  need('--venue', kind === 'series' ? 'feargreed' : 'binance-usdm', named.venue);
  if (kind !== 'series') need('--symbol', 'BTCUSDT', named.symbol);
  if (hasInterval(kind)) need('--interval', '1h', named.interval);
  for (const key of ['venue', 'symbol'] as const) {
    const value = named[key];
    if (value !== undefined && !/^[A-Za-z0-9][\w.-]{0,63}$/.test(value)) {
      problems.push({ key: `${file}: ${key}`, rule: 'must be letters, digits, . _ or -', value });
    }
  }
  if (problems.length === 0) return;
  if (missing.length < problems.length) throw new InputError(problems);
  // In a folder there may be files of anything; one that is given by itself is meant.
  const reason = `its name does not say ${missing.join(', ')}: import it alone, with those`;
  throw new UnsupportedFile(file, reason, problems);
}

/** What a symbol is a price of: `factor` units of `base` (1 kPEPE is 1000 PEPE). */
export interface Asset {
  readonly base: string;
  readonly factor: number;
}

/** Reads a symbol in any venue's spelling: BTCUSDT, BTC-USDC, BTCUSD_PERP, 1000PEPEUSDT, kPEPE. */
export function assetOf(symbol: string): Asset {
  const bare = symbol.replace(/[-_](PERP|SWAP)$/, '').replace(/[-_/]?(USDT|USDC|USD)$/, '');
  const [, prefix = '', base = symbol] =
    /^(10{3,6}(?=[A-Z])|1M(?=[A-Z])|k(?=[A-Z]))?(.+)$/.exec(bare) ?? [];
  const factor = prefix === 'k' ? 1000 : prefix === '1M' ? 1_000_000 : Number(prefix || 1);
  return { base, factor };
}

function stemOf(path: string): string {
  return basename(path).replace(/(\.(csv|json|zip|gz|parquet|feather|arrow|txt))+$/i, '');
}

const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^(index|premium)/i, 'index and premium prices are not kept'],
];

function ours(stem: string): NamedFile {
  const [venue, symbol, rest = ''] = stem.split('__');
  const what = rest.split('_')[0] ?? '';
  const named = { venue, symbol };
  if (symbol === 'HEADLINES' || symbol === 'SOCIAL') return { ...named, kind: 'series' };
  if (what === 'funding') return { ...named, kind: 'funding' };
  if (/^mark/i.test(what)) return { ...named, kind: 'mark', ...intervalOf(what.slice(4)) };
  const other = OTHER_KINDS.find(([pattern]) => pattern.test(what));
  if (other !== undefined) return { ...named, unsupported: other[1] };
  return { ...named, ...intervalOf(what) };
}

function intervalOf(text: string): NamedFile {
  if (isInterval(text)) return { interval: text };
  if (!/^\d+(s|m|h|d|w|M|mo)$/.test(text)) return {};
  return { unsupportedInterval: `${text} candles are not kept, only ${INTERVAL_NAMES.join(', ')}` };
}

function binance(path: string, stem: string): NamedFile | null {
  const candles = /(?:^|[-_])([A-Z0-9]{3,}(?:_(?:PERP|\d{6}))?)-(\d+(?:s|m|h|d|w|mo))-\d{4}-\d{2}/;
  const funding = /(?:^|[-_])([A-Z0-9]{3,}(?:_PERP)?)-fundingRate-\d{4}-\d{2}/;
  const other = /(?:^|[-_])([A-Z0-9]{3,})-(aggTrades|trades|bookDepth|bookTicker|metrics)-\d{4}/;
  const venue = binanceVenue(path);
  const match = candles.exec(stem);
  if (match !== null) {
    const named = { venue, symbol: match[1], ...intervalOf(match[2]!) };
    const special = /(mark|index|premiumIndex)(?:Price)?Klines/i.exec(path)?.[1]?.toLowerCase();
    if (special === undefined) return named;
    if (special === 'mark') return { ...named, kind: 'mark' };
    return { ...named, unsupported: 'index and premium prices are not kept' };
  }
  const stamps = funding.exec(stem);
  if (stamps !== null) return { venue, symbol: stamps[1], kind: 'funding' };
  const rest = other.exec(stem);
  if (rest === null) return null;
  if (/trades/i.test(rest[2]!)) return { venue, symbol: rest[1] };
  return { venue, symbol: rest[1], unsupported: `${rest[2]} are not kept` };
}

function binanceVenue(path: string): string | undefined {
  if (/futures[-/_]um\b/.test(path)) return 'binance-usdm';
  if (/futures[-/_]cm\b/.test(path)) return 'binance-coinm';
  return /\bspot\b|[/_-]spot[-/_]/.test(path) ? 'binance-spot' : undefined;
}

/** `BASE_QUOTE-5m`, or with the settling coin `BASE_QUOTE_SETTLE-5m-futures`. */
const FREQTRADE = /(?:^|_)([A-Za-z0-9]+)_([A-Z0-9]+)(?:_(\1|\2))?-(\d+[smhdwM])(?:-(\w+))?$/;
const EXCHANGES =
  /^(binance|bybit|okx|gate|gateio|kraken|kucoin|bitget|bitmart|htx|bingx|hyperliquid|aster)$/;

function freqtrade(folder: string, stem: string): NamedFile | null {
  const match = FREQTRADE.exec(stem);
  if (match === null) return null;
  const [, base, quote, settle, interval, suffix] = match;
  const perpetual = settle !== undefined || /^(futures|funding_rate|mark)$/.test(suffix ?? '');
  const exchange = basename(folder) === 'futures' ? basename(dirname(folder)) : basename(folder);
  // Files that were taken out of their folders say at most whose they are.
  const unknown = stem.startsWith('freqtrade_') ? 'freqtrade' : undefined;
  const venue = EXCHANGES.test(exchange) ? freqtradeVenue(exchange, perpetual) : unknown;
  const named = { venue, symbol: `${base}${quote}` };
  if (suffix === 'funding_rate') return { ...named, kind: 'funding' };
  if (suffix === 'mark') return { ...named, kind: 'mark', ...intervalOf(interval!) };
  if (suffix !== undefined && suffix !== 'futures' && suffix !== 'spot') {
    return { ...named, unsupported: `${suffix} prices are not kept` };
  }
  return { ...named, ...intervalOf(interval!) };
}

function freqtradeVenue(exchange: string, perpetual: boolean): string {
  if (exchange === 'binance') return perpetual ? 'binance-usdm' : 'binance-spot';
  return perpetual ? `${exchange}-perp` : `${exchange}-spot`;
}

const RESOLUTIONS: Readonly<Record<string, string>> = { minute: '1m', hour: '1h', daily: '1d' };

function lean(folder: string, stem: string, innerStem: string): NamedFile | null {
  const inFolder =
    /(?:^|\/)(crypto|cryptofuture)\/(\w+)\/(minute|hour|daily|margin_interest)\b/.exec(folder);
  const inName = /^\d{8}_([a-z0-9]+)_(minute)_(trade|quote)(_perp)?/.exec(innerStem);
  if (inFolder === null) {
    if (inName === null) return leanInOneFolder(stem, innerStem);
    const venue = leanVenue(stem, inName[4] !== undefined);
    return { venue, symbol: inName[1]!.toUpperCase(), interval: '1m' };
  }
  const [, market, exchange, resolution] = inFolder;
  const perpetual = market === 'cryptofuture';
  const symbol = resolution === 'minute' ? basename(folder) : stem.split('_')[0]!;
  return {
    venue: freqtradeVenue(exchange!, perpetual),
    symbol: symbol.toUpperCase(),
    ...(resolution === 'margin_interest'
      ? { kind: 'funding' as const }
      : { interval: RESOLUTIONS[resolution!] }),
  };
}

const TARDIS_VENUES: Readonly<Record<string, string>> = {
  'binance-futures': 'binance-usdm',
  binance: 'binance-spot',
  'binance-delivery': 'binance-coinm',
  bybit: 'bybit-perp',
  'bybit-spot': 'bybit-spot',
  'okex-swap': 'okx-perp',
  okex: 'okx-spot',
  hyperliquid: 'hyperliquid-perp',
  deribit: 'deribit-perp',
  'kraken-futures': 'kraken-perp',
};

function tardis(stem: string): NamedFile | null {
  const match =
    /(?:^|_)([a-z]+(?:-[a-z]+)?)_(book_snapshot_\d+|book_ticker|quotes|trades|incremental_book_L2|derivative_ticker|liquidations)_(?:\d{4}-\d{2}-\d{2}_)?([A-Z0-9][\w-]*)$/.exec(
      stem,
    );
  const venue = TARDIS_VENUES[match?.[1] ?? ''];
  if (match === null || venue === undefined) return null;
  const named = { venue, symbol: match[3] };
  const what = match[2]!;
  if (/^(book_snapshot|book_ticker|quotes|trades)/.test(what)) return named;
  return { ...named, unsupported: `${what} is not kept` };
}

function kraken(folder: string, stem: string): NamedFile | null {
  const named = /^kraken[-_]trades[-_]([A-Z0-9]+)$/.exec(stem);
  const inFolder = /(^|\/)kraken\/trades_csv$/.test(folder) ? /^[A-Z0-9]+$/.exec(stem) : null;
  const symbol = named?.[1] ?? inFolder?.[0];
  return symbol === undefined ? null : { venue: 'kraken-spot', symbol };
}

/** Hyperliquid counts in USDC, whatever its files are called. */
function hftbacktest(stem: string): NamedFile | null {
  const match = /(?:^|_)hyperliquid_l2book_([a-z0-9]+?)usdc?_\d{8}$/.exec(stem);
  return match === null
    ? null
    : { venue: 'hyperliquid-perp', symbol: `${match[1]!.toUpperCase()}USDC` };
}

/** `lean_coinbase_btcusd_daily_trade.zip`, `lean_bybit_margin_interest_btcusdt.csv`: all in one folder. */
function leanInOneFolder(stem: string, innerStem: string): NamedFile | null {
  const daily = /^lean_\w+?_([a-z0-9]+)_(hour|daily)_trade$/.exec(stem);
  if (daily !== null && daily[1] === innerStem) {
    const venue = leanVenue(stem, false);
    return { venue, symbol: daily[1]!.toUpperCase(), interval: RESOLUTIONS[daily[2]!] };
  }
  const funding = /^lean_\w+?_margin_interest_([a-z0-9]+)$/.exec(stem);
  if (funding === null) return null;
  return { venue: leanVenue(stem, true), symbol: funding[1]!.toUpperCase(), kind: 'funding' };
}

function leanVenue(stem: string, perpetual: boolean): string | undefined {
  const exchange = /^lean_([a-z]+)_/.exec(stem)?.[1];
  return exchange === undefined ? undefined : freqtradeVenue(exchange, perpetual);
}

/** Symbol and interval beside each other, and the market before them: `bybit` alone is two of them. */
const PLAIN =
  /(?:(?:^|[_ ])([a-z]+(?:-[a-z]+)*)[_ -])?(?:^|(?<=[_ -]))(k?[A-Z0-9]{2,}(?:USDT|USDC|USD|EUR))[_ -](\d+[mhd])(?:[_ -]|$)/;

function plain(stem: string): NamedFile | null {
  const match = PLAIN.exec(stem);
  if (match === null) return null;
  const [, market = '', symbol, interval] = match;
  const exchange = market.split('-')[0]!;
  const isOne = market !== exchange || market === 'aster' || market === 'hyperliquid';
  const venue = EXCHANGES.test(exchange) && isOne ? market : undefined;
  return { venue, symbol, ...intervalOf(interval!) };
}

const CDD_INTERVALS: Readonly<Record<string, string>> = {
  d: '1d',
  '1d': '1d',
  '1h': '1h',
  hour: '1h',
  minute: '1m',
  '1min': '1m',
};

function cryptoDataDownload(stem: string): NamedFile | null {
  const match =
    /(?:^|_)([A-Z][A-Za-z]+)_([A-Z0-9]{5,})_(?:\d{4}_)?(d|1d|1h|hour|minute|1min)$/.exec(stem);
  if (match === null) return null;
  const venue = match[1]!.toLowerCase();
  return {
    venue: venue === 'binance' ? 'binance-spot' : venue,
    symbol: match[2],
    interval: CDD_INTERVALS[match[3]!],
  };
}

const QUOTES = ['USDT', 'USDC', 'USD'];

/**
 * Of `names`, those that are a price of the same asset in the same unit: the same spelling first, then by
 * quote currency, what most venues trade most.
 */
export function sameAssets(symbol: string, names: readonly string[]): readonly string[] {
  const { base, factor } = assetOf(symbol);
  const rank = (name: string) => {
    if (name === symbol) return 0;
    const at = QUOTES.findIndex((quote) => name.includes(quote));
    return at === -1 ? QUOTES.length + 1 : at + 1;
  };
  return names
    .filter((name) => assetOf(name).base === base && assetOf(name).factor === factor)
    .sort((a, b) => rank(a) - rank(b));
}
