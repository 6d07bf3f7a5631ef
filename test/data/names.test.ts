// What names of files say, in the spelling of each program that writes them.

import { describe, expect, it } from 'vitest';
import { assetOf, needNames, readName } from '../../data/names.ts';

describe('a file name', () => {
  it.each([
    ['binance-usdm__BTCUSDT__1h_2019_2025.parquet', 'binance-usdm BTCUSDT 1h'],
    ['hyperliquid-perp__kPEPEUSDC__5m.csv.gz', 'hyperliquid-perp kPEPEUSDC 5m'],
    ['binance-usdm__BTCUSDT__funding_2019_2025.csv.gz', 'binance-usdm BTCUSDT funding'],
    ['a/futures/um/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-12.zip', 'binance-usdm BTCUSDT 1h'],
    ['a/spot/daily/klines/ETHUSDT/1m/ETHUSDT-1m-2024-12-01.csv', 'binance-spot ETHUSDT 1m'],
    ['a/futures/cm/BTCUSD_PERP-5m-2024-12.zip', 'binance-coinm BTCUSD_PERP 5m'],
    ['x/1000PEPEUSDT-15m-2025-01.zip', '? 1000PEPEUSDT 15m'],
    [
      'futures/um/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-12.zip',
      'binance-usdm BTCUSDT funding',
    ],
    ['data/binance/futures/BTC_USDT_USDT-5m-futures.feather', 'binance-usdm BTCUSDT 5m'],
    ['data/binance/BTC_USDT-1h.feather', 'binance-spot BTCUSDT 1h'],
    ['data/bybit/futures/BTC_USD_BTC-1h-futures.feather', 'bybit-perp BTCUSD 1h'],
    [
      'hyperliquid/futures/kPEPE_USDC_USDC-1h-funding_rate.feather',
      'hyperliquid-perp kPEPEUSDC funding',
    ],
    ['freqtrade_XRP_USDT_USDT-5m-futures.feather', 'freqtrade XRPUSDT 5m'],
    ['XRP_USDT_USDT-5m-futures.feather', '? XRPUSDT 5m'],
    ['Data/cryptofuture/bybit/minute/btcusdt/20221213_trade.zip', 'bybit-perp BTCUSDT 1m'],
    ['Data/crypto/coinbase/daily/btcusd_trade.zip', 'coinbase-spot BTCUSD 1d'],
    ['Data/cryptofuture/bybit/margin_interest/btcusdt.csv', 'bybit-perp BTCUSDT funding'],
    ['Binance_BTCUSDT_d.csv', 'binance-spot BTCUSDT 1d'],
    ['Binance_ETHUSDT_2021_minute.csv', 'binance-spot ETHUSDT 1m'],
    ['DIRTY_bybit-testnet_BTCUSDT_1m_cut2000.csv', 'bybit-testnet BTCUSDT 1m'],
    ['hyperliquid_kPEPEUSDC_1h.csv', 'hyperliquid kPEPEUSDC 1h'],
    ['binance-spot ETHUSDT 15m 2024.csv', 'binance-spot ETHUSDT 15m'],
    // Spot or perpetual is not said.
    ['binance_BTCUSDT_5m.csv', '? BTCUSDT 5m'],
    ['my BTCUSDT-1h.csv', '? BTCUSDT 1h'],
    ['BTCUSDT_7m.csv', '? BTCUSDT ?'],
    ['readme_USDT_1h.csv', '? ? ?'],
    ['prices.csv', '? ? ?'],
  ])('%s says %s', (path, expected) => {
    const { venue = '?', symbol = '?', interval, kind } = readName(path);
    expect(`${venue} ${symbol} ${interval ?? kind ?? '?'}`).toBe(expected);
  });

  it('of an entry inside an archive helps when that of the archive does not', () => {
    const name = readName('binance_spot.zip', 'BTCUSDT-1h-2024-10-28.csv');
    expect(name).toMatchObject({ symbol: 'BTCUSDT', interval: '1h' });
  });

  it.each([
    ['a__BTCUSDT__bbo_20240808.parquet', 'a BTCUSDT'],
    ['spot-PEPEUSDT-aggTrades-2024-10-27.zip', 'binance-spot PEPEUSDT'],
    ['btcnews__HEADLINES__2021-11_2023-06.parquet', 'btcnews HEADLINES'],
    ['crypto/coinbase/minute/btcusd/20171217_quote.zip', 'coinbase-spot BTCUSD 1m'],
    ['binance-futures_quotes_2020-02-01_BTCUSDT.csv.gz', 'binance-usdm BTCUSDT'],
    ['tardis_binance-futures_book_snapshot_25_BTCUSDT.csv', 'binance-usdm BTCUSDT'],
    ['kraken/trades_csv/BCHEUR.csv', 'kraken-spot BCHEUR'],
    ['kraken-trades_BCHEUR.csv', 'kraken-spot BCHEUR'],
    ['hftbacktest_hyperliquid_l2book_btcusd_20250126.gz', 'hyperliquid-perp BTCUSDC'],
    ['lean_bybit_margin_interest_btcusdt.csv', 'bybit-perp BTCUSDT'],
  ])('%s of trades, quotes or words says whose they are (%s)', (path, says) => {
    const { venue, symbol, interval } = readName(path);
    const named = [venue, symbol, interval].slice(0, says.split(' ').length);
    expect(named.join(' ')).toBe(says);
    expect(readName(path).unsupported).toBeUndefined();
  });

  it.each([
    ['a__BTCUSDT__index1h_2023.parquet', 'index'],
    ['um/indexPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2024-12.zip', 'index'],
    ['um/premiumIndexKlines/BTCUSDT/1h/BTCUSDT-1h-2024-12.zip', 'premium'],
    ['BTC_USDT_USDT-1h-index.feather', 'index'],
  ])('%s says that the store does not keep it (%s)', (path, word) => {
    expect(readName(path).unsupported).toContain(word);
  });

  it.each([
    ['binance-usdm__BTCUSDT__mark1h_2023_2025.parquet', 'binance-usdm BTCUSDT 1h'],
    [
      'a/futures/um/monthly/markPriceKlines/BTCUSDT/8h/BTCUSDT-8h-2024-12.zip',
      'binance-usdm BTCUSDT 8h',
    ],
    ['data/binance/futures/BTC_USDT_USDT-1h-mark.feather', 'binance-usdm BTCUSDT 1h'],
    ['v__BTCUSDT__mark_2024.csv', 'v BTCUSDT ?'],
  ])('%s says that its candles are of the mark price (%s)', (path, expected) => {
    const { venue, symbol, interval = '?', kind, unsupported } = readName(path);
    expect(`${venue} ${symbol} ${interval}`).toBe(expected);
    expect([kind, unsupported]).toEqual(['mark', undefined]);
  });

  it('with an interval we do not keep may be overruled by a flag, not by silence', () => {
    expect(readName('a__BTCUSD__1M.parquet').unsupportedInterval).toContain('1M candles');
    expect(readName('UNITTEST_BTC-8m.json.gz').unsupportedInterval).toContain('8m candles');
  });

  it('that says nothing leads to one error with every flag that is missing', () => {
    expect(() => needNames('prices.csv', {}, 'candles')).toThrow(
      /--venue binance-usdm[\s\S]*--symbol BTCUSDT[\s\S]*--interval 1h/,
    );
    expect(() => needNames('fng.csv', {}, 'series')).toThrow(/^fng.csv: [^\n]*--venue feargreed$/);
    expect(() => needNames('f.csv', { venue: "a'b", symbol: 'S' }, 'funding')).toThrow('letters');
  });
});

describe('a symbol', () => {
  it.each([
    ['BTCUSDT', 'BTC', 1],
    ['BTCUSDC', 'BTC', 1],
    ['BTC-USD', 'BTC', 1],
    ['BTC/USDT', 'BTC', 1],
    ['BTCUSD_PERP', 'BTC', 1],
    ['BTC-USDT-SWAP', 'BTC', 1],
    ['BTC', 'BTC', 1],
    ['DOTUSD', 'DOT', 1],
    ['BNBUSD', 'BNB', 1],
    ['USDCUSDT', 'USDC', 1],
    ['USDT', 'USDT', 1],
    ['1INCHUSDT', '1INCH', 1],
    ['KASUSDT', 'KAS', 1],
    ['1000PEPEUSDT', 'PEPE', 1000],
    ['kPEPEUSDC', 'PEPE', 1000],
    ['1000000MOGUSDT', 'MOG', 1_000_000],
    ['1MBABYDOGEUSDT', 'BABYDOGE', 1_000_000],
  ])('%s is a price of %s, %d at a time', (symbol, base, factor) => {
    expect(assetOf(symbol)).toEqual({ base, factor });
  });
});
