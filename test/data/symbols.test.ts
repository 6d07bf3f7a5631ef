// One asset under many names: which of the stored ones is meant, how much of it one is, and when that
// is not for a program to say.

import { describe, expect, it } from 'vitest';
import { namedSymbols } from '../../bin/symbols.ts';
import type { DatasetRow } from '../../data/schema.ts';
import { aliasesOf, aliasText, factorOf, meantBy } from '../../data/symbols.ts';
import { checkConfig } from '../../engine/config/check.ts';

describe('a symbol', () => {
  it.each([
    ['BTCUSDT', ['BTCUSDT', 'BTCUSDC'], 'BTCUSDT'],
    ['kPEPE', ['1000PEPEUSDT', 'DOGEUSDT'], '1000PEPEUSDT'],
    ['1000PEPEUSDT', ['kPEPEUSDC', 'BTCUSDC'], 'kPEPEUSDC'],
    ['PEPE', ['1000PEPEUSDT', 'DOGEUSDT'], '1000PEPEUSDT'],
    // The same unit before another one.
    ['PEPE', ['1000PEPEUSDT', 'PEPEUSDT'], 'PEPEUSDT'],
    ['kPEPE', ['1000PEPEUSDT', 'PEPEUSDT'], '1000PEPEUSDT'],
    ['PEPEUSDT', ['kPEPEUSDC'], 'kPEPEUSDC'],
    ['BTC', ['BTCUSDT', 'BTCDOMUSDT'], 'BTCUSDT'],
    ['BTC-PERP', ['BTCUSDC'], 'BTCUSDC'],
    ['BTC', ['BTCUSDT', 'BTCUSDC'], 'BTCUSDT BTCUSDC'],
    ['btcusdt', ['BTCUSDT', 'ETHUSDT'], 'BTCUSDT'],
    ['eth', ['BTCUSDT', 'ETHUSDT'], 'ETHUSDT'],
    // Dollars of banks are another market, and so is a price in bitcoin.
    ['BTCUSD', ['BTCUSDT'], ''],
    ['BTCUSDT', ['BTCUSD'], ''],
    ['ETH', ['ETH-BTC'], ''],
    ['PEP', ['PEPEUSDT'], ''],
  ])('%s among %j means %j', (said, known, meant) => {
    expect(meantBy(said, known).join(' ')).toBe(meant);
  });

  it('has the factor by which the taken price is that of the typed one', () => {
    expect(factorOf({ said: 'PEPE', symbol: '1000PEPEUSDT' })).toBe(1000);
    expect(factorOf({ said: 'kPEPE', symbol: '1000PEPEUSDT' })).toBe(1);
    expect(factorOf({ said: 'kPEPEUSDC', symbol: 'PEPEUSDT' })).toBe(0.001);
    expect(aliasText({ said: 'PEPE', symbol: '1000PEPEUSDT' }, 'binance-usdm')).toBe(
      'PEPE is 1000PEPEUSDT of binance-usdm: factor 1000, a price of 1,000 PEPE',
    );
  });

  it('that may mean several, or the same as another, is refused with everything at once', () => {
    const known = ['BTCUSDT', 'BTCUSDC', 'kPEPEUSDC'];
    expect(() => aliasesOf('k', ['BTC', 'PEPE', '1000PEPE'], known)).toThrow(
      'k: may mean BTCUSDT or BTCUSDC: say which, was "BTC"\n' +
        'k: must name kPEPEUSDC once: PEPE is the same, was "1000PEPE"',
    );
    expect(aliasesOf('k', ['XRP', 'BTCUSDT'], known)).toEqual([
      null,
      { said: 'BTCUSDT', symbol: 'BTCUSDT' },
    ]);
  });
});

describe("a config's symbols", () => {
  const row = (venue: string, symbol: string, more: Partial<DatasetRow> = {}): DatasetRow => ({
    ...{ id: 1, kind: 'candles', venue, symbol, interval: '1h', rows: 9, fromMs: 0, toMs: 9 },
    ...{ synthetic: false, digest: '', sources: [] },
    ...more,
  });
  const stored = [
    row('binance-usdm', '1000PEPEUSDT'),
    row('binance-usdm', 'BTCUSDT'),
    row('hyperliquid', 'kPEPEUSDC'),
    row('hyperliquid', 'BTCUSDC'),
    row('invented', 'PEPEUSDT', { synthetic: true }),
    row('binance-usdm', 'DOGEUSDT', { interval: '5m' }),
    row('hyperliquid', 'PEPEUSDC', { kind: 'funding', interval: null }),
  ];
  const named = (symbols: readonly string[], world: Readonly<Record<string, unknown>> = {}) => {
    const { config, notes } = namedSymbols(
      checkConfig({ decision: { strategy: 'buy-and-hold' }, world: { symbols, ...world } }),
      stored,
    );
    return { symbols: config.world.symbols, notes };
  };

  it('stay as they are where a venue has them so', () => {
    expect(named(['BTCUSDT', '1000PEPEUSDT'])).toEqual({
      symbols: ['BTCUSDT', '1000PEPEUSDT'],
      notes: [],
    });
    expect(named([]).notes).toEqual([]);
    // Known nowhere: who reads says what there is.
    expect(named(['XRP']).symbols).toEqual(['XRP']);
  });

  it('take the names of the one venue that has them all, and it is told', () => {
    expect(named(['BTCUSDC', 'PEPE'], { venue: 'hyperliquid' })).toEqual({
      symbols: ['BTCUSDC', 'kPEPEUSDC'],
      notes: ['PEPE is kPEPEUSDC of hyperliquid: factor 1000, a price of 1,000 PEPE'],
    });
    expect(named(['kPEPE', 'DOGE'])).toMatchObject({ symbols: ['1000PEPEUSDT', 'DOGEUSDT'] });
    expect(named(['PEPE'], { fallbacks: ['binance-usdm'] }).symbols).toEqual(['kPEPEUSDC']);
  });

  it('that several venues have are refused with where and what, invented markets left aside', () => {
    expect(() => named(['PEPE', 'BTC'])).toThrow(
      'world.symbols: may mean 1000PEPEUSDT of binance-usdm, kPEPEUSDC of hyperliquid: ' +
        'choose a venue (--set world.venue=binance-usdm), was "PEPE"\n' +
        'world.symbols: may mean BTCUSDT of binance-usdm, BTCUSDC of hyperliquid: ' +
        'choose a venue (--set world.venue=binance-usdm), was "BTC"',
    );
  });
});
