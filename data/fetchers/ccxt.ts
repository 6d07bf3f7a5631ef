// Every other exchange through ccxt, where a person has installed it: `fetch ccxt:bybit BTCUSDT 1h`.
//
// It is large and nothing here needs it, so it is an optional peer: `npm ci` leaves it alone and it is
// loaded when it is asked for. What it says is believed no more than what a venue says.

import { InputError, nearest } from '../../engine/errors.ts';
import { INTERVAL_NAMES, intervalMs } from '../../engine/interval.ts';
import type { Instrument } from '../../engine/market/instrument.ts';
import { venueId } from '../venue-id.ts';
import { type Pace, type SaidCandle, VenueFault } from '../venues/contract.ts';
import { dueMs, type RawFunding } from '../venues/pages.ts';
import { shown } from '../venues/said.ts';
import type { Fetcher, Found, HistorySource, SourceOptions, Subject } from './contract.ts';
import { type RestPages, restPages } from './rest.ts';

/** The part of ccxt's unified interface that is used (docs.ccxt.com, "Unified API"). */
export interface CcxtMarket {
  readonly id: string;
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly spot?: boolean;
  readonly swap?: boolean;
  readonly linear?: boolean;
  readonly active?: boolean;
  readonly contractSize?: number;
  readonly maker?: number;
  readonly taker?: number;
  readonly precision?: { readonly price?: number; readonly amount?: number };
  readonly limits?: {
    readonly cost?: { readonly min?: number };
    readonly leverage?: { readonly max?: number };
  };
}

export interface CcxtExchange {
  readonly timeframes?: Readonly<Record<string, unknown>>;
  readonly has: Readonly<Record<string, unknown>>;
  /** 4 = steps; anything else are digits. */
  readonly precisionMode?: number;
  urls: Record<string, unknown>;
  loadMarkets(): Promise<Readonly<Record<string, CcxtMarket>>>;
  fetchOHLCV(
    symbol: string,
    timeframe: string,
    sinceMs: number,
    limit: number,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<readonly (readonly (number | undefined)[])[]>;
  fetchFundingRateHistory(
    symbol: string,
    sinceMs: number,
    limit: number,
  ): Promise<readonly { readonly timestamp?: number; readonly fundingRate?: number }[]>;
  fetchTime?(): Promise<number>;
}

export type CcxtModule = Readonly<
  Record<string, new (options: Readonly<Record<string, unknown>>) => CcxtExchange>
> & { readonly exchanges?: readonly string[] };

const PREFIX = 'ccxt:';
const PAGE = 500;
const TICK_SIZE = 4;
const MAX_ATTEMPTS = 5;
/** Without the exchange's clock a candle is over when it is so long over by ours. */
const MARGIN_MS = 60_000;

/** A fetcher for each exchange, `ccxt:bybit`; null for a name of another form. */
export function ccxtFetcher(
  name: string,
  load: () => Promise<CcxtModule> = importCcxt,
): Fetcher | null {
  if (!name.startsWith(PREFIX)) return null;
  const exchange = name.slice(PREFIX.length);
  return {
    name,
    aliases: [],
    summary: `${exchange} through ccxt`,
    home: '',
    kinds: ['candles', 'mark', 'funding'],
    intervals: INTERVAL_NAMES,
    open: (options) => openCcxt(name, exchange, options, load),
  };
}

async function importCcxt(): Promise<CcxtModule> {
  const named: string = 'ccxt';
  try {
    const found = (await import(named)) as { readonly default?: CcxtModule };
    return found.default ?? (found as unknown as CcxtModule);
  } catch (error) {
    const rule = 'must be installed first, it is large and optional: npm install ccxt';
    throw new InputError({ key: 'ccxt', rule }, { cause: error });
  }
}

async function openCcxt(
  name: string,
  id: string,
  { url, pace }: SourceOptions,
  load: () => Promise<CcxtModule>,
): Promise<HistorySource> {
  const ccxt = await load();
  const names = ccxt.exchanges ?? Object.keys(ccxt);
  if (!names.includes(id)) {
    const rule = 'must be an exchange of ccxt';
    throw new InputError({ key: name, rule, value: id, nearest: nearest(id, names) });
  }
  const exchange = new ccxt[id]!({ enableRateLimit: true });
  if (url !== '') exchange.urls['api'] = moved(exchange.urls['api'], url);
  const ask = <T>(work: () => Promise<T>, signal?: AbortSignal) => asked(name, pace, work, signal);
  const markets = await ask(() => exchange.loadMarkets());

  async function serverMs(signal?: AbortSignal): Promise<number> {
    if (exchange.has['fetchTime'] !== true) return pace.nowMs() - MARGIN_MS;
    return ask(() => exchange.fetchTime!(), signal);
  }

  const rest: RestPages = {
    fetcher: name,
    pace,
    async candles({ kind, spelling, interval }, fromMs, _toMs, signal) {
      const params = kind === 'mark' ? { price: 'mark' } : {};
      const before = await serverMs(signal);
      const rows = await ask(
        () => exchange.fetchOHLCV(spelling, interval!, fromMs, PAGE, params),
        signal,
      );
      return { candles: rows.map((row) => candleOf(row, kind)), serverMs: before };
    },
    async funding({ spelling }, fromMs, _toMs, signal) {
      const before = await serverMs(signal);
      const rows = await ask(
        () => exchange.fetchFundingRateHistory(spelling, fromMs, PAGE),
        signal,
      );
      const stamps = rows.map(
        ({ timestamp = Number.NaN, fundingRate = Number.NaN }): RawFunding => {
          return {
            stampMs: timestamp,
            atMs: dueMs(timestamp),
            rate: fundingRate,
            markPrice: Number.NaN,
          };
        },
      );
      return { stamps, serverMs: before };
    },
  };

  return {
    overlapRows: 60,
    holesAreAsked: true,
    earliestMs: () => Number.NEGATIVE_INFINITY,
    find: async (spellings) => foundIn(name, id, exchange, markets, spellings, pace),
    async estimate({ interval }, fromMs, toMs) {
      const stepMs = interval === null ? 8 * 3_600_000 : intervalMs(interval);
      const rows = Math.ceil((toMs - fromMs) / stepMs);
      const requests = Math.max(1, Math.ceil(rows / PAGE));
      return { requests, rows, bytes: Number.NaN, ms: Number.NaN };
    },
    pages(subject, fromMs, toMs, signal) {
      refuseMissing(name, exchange, subject);
      return restPages(rest, subject, fromMs, toMs, signal);
    },
  };
}

function candleOf(row: readonly (number | undefined)[], kind: Subject['kind']): SaidCandle {
  const [openMs, open, high, low, close, volume] = row.map((cell) => cell ?? Number.NaN);
  // A mark price has no volume.
  const said = { openMs, open, high, low, close, volume: kind === 'mark' ? 0 : volume };
  return said as SaidCandle;
}

function refuseMissing(name: string, exchange: CcxtExchange, { kind, interval }: Subject): void {
  const needs = {
    candles: 'fetchOHLCV',
    mark: 'fetchMarkOHLCV',
    funding: 'fetchFundingRateHistory',
  };
  const method = needs[kind as keyof typeof needs];
  if (exchange.has[method] !== true && exchange.has[method] !== 'emulated') {
    throw new InputError({ key: name, rule: `has no ${kind} at ccxt (${method})` });
  }
  const known = Object.keys(exchange.timeframes ?? {});
  if (interval === null || known.length === 0 || known.includes(interval)) return;
  const rule = `must be one of ${known.join(', ')}`;
  throw new InputError({ key: `${name} interval`, rule, value: interval });
}

/** By ccxt's spelling, the exchange's own, or BTCUSDT: then the linear perpetual goes first. */
function foundIn(
  name: string,
  id: string,
  exchange: CcxtExchange,
  markets: Readonly<Record<string, CcxtMarket>>,
  spellings: readonly string[],
  pace: Pace,
): Found[] {
  const all = Object.values(markets);
  const rank = (one: CcxtMarket) =>
    one.swap === true && one.linear === true ? 0 : one.spot ? 1 : 2;
  const found = spellings.map((spelling) => {
    const same = all.filter((one) => one.id === spelling || `${one.base}${one.quote}` === spelling);
    return markets[spelling] ?? same.sort((a, b) => rank(a) - rank(b))[0];
  });
  const unknown = spellings.filter((_, k) => found[k] === undefined);
  if (unknown.length > 0) {
    const names = all.flatMap((one) => [one.symbol, `${one.base}${one.quote}`]);
    const rule = `must be a market of ${name}`;
    throw new InputError(
      unknown.map((value) => ({ key: name, rule, value, nearest: nearest(value, names) })),
    );
  }
  return found.map((market) => foundOf(id, exchange, market!, pace));
}

function foundOf(id: string, exchange: CcxtExchange, market: CcxtMarket, pace: Pace): Found {
  const isSpot = market.spot === true;
  const venue = venueId(
    id.startsWith('binance') && !isSpot ? 'binance-usdm' : `${id}-${isSpot ? 'spot' : 'perp'}`,
  );
  const symbol = `${market.base}${market.quote}`;
  const size = market.contractSize ?? 1;
  const note =
    size !== 1 && !isSpot
      ? `counts volume as ccxt says it, perhaps in contracts of ${size} ${market.base}`
      : null;
  const rules = rulesOf(exchange, market, venue, symbol, Math.floor(pace.nowMs()));
  return { spelling: market.symbol, venue, symbol, instrument: rules, note };
}

/** Trading rules where all of them are said as steps. */
function rulesOf(
  { precisionMode }: CcxtExchange,
  { precision, limits, maker, taker, active, contractSize = 1, spot }: CcxtMarket,
  venue: string,
  symbol: string,
  validFromMs: number,
): Instrument | null {
  const [tickSize, step] = [precision?.price, precision?.amount];
  const isSaid = precisionMode === TICK_SIZE && active !== false;
  if (!isSaid || !(tickSize! > 0) || !(step! > 0) || maker === undefined || taker === undefined) {
    return null;
  }
  return Object.freeze({
    venue,
    symbol,
    tickSize: tickSize!,
    lotSize: step! * contractSize,
    minNotionalUsd: limits?.cost?.min ?? 0,
    makerFeeBps: Number((maker * 1e4).toFixed(6)),
    takerFeeBps: Number((taker * 1e4).toFixed(6)),
    maxLeverage: spot === true ? 1 : (limits?.leverage?.max ?? 20),
    source: 'venue' as const,
    validFromMs,
  });
}

/** Asks again what may pass; ccxt's errors by their names, as they are documented. */
async function asked<T>(
  name: string,
  pace: Pace,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const kinds = kindsOf(error);
      const text = shown(error instanceof Error ? error.message : String(error));
      if (kinds.includes('BadSymbol')) throw new InputError({ key: name, rule: text });
      const isLimit = kinds.includes('DDoSProtection') || kinds.includes('RateLimitExceeded');
      const isPassing = isLimit || kinds.includes('NetworkError');
      if (!isPassing || attempt === MAX_ATTEMPTS) {
        const code = isLimit ? 'overloaded' : isPassing ? 'unreachable' : 'refused';
        throw new VenueFault(name, code, isPassing, text, error);
      }
      await pace.sleep(1000 * 2 ** attempt, signal);
    }
  }
}

/** The names of an error's classes, from its own to Error. */
function kindsOf(error: unknown): string[] {
  const kinds: string[] = [];
  for (let one = error; one !== null && one !== undefined; one = Object.getPrototypeOf(one)) {
    const { name } = (one as object).constructor;
    if (!kinds.includes(name)) kinds.push(name);
  }
  return kinds;
}

/** The same tree of addresses with every host replaced. */
function moved(tree: unknown, url: string): unknown {
  if (typeof tree === 'string') {
    const { pathname = '' } = URL.parse(tree) ?? {};
    return `${url}${pathname === '/' ? '' : pathname}`;
  }
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, moved(value, url)]));
}
