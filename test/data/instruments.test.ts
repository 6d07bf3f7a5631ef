// Trading rules assumed for imported history.

import { describe, expect, it } from 'vitest';
import { assumedInstrument } from '../../data/instruments.ts';

describe('assumed instruments', () => {
  it.each([
    ['binance-usdm', 'BTCUSDT', 65_000, [0.1, 0.001, 2, 5, 125]],
    ['hyperliquid-perp', 'BTCUSDC', 65_000, [1, 0.00001, 1.5, 4.5, 40]],
    ['aster', 'XYZUSDT', 3, [0.0001, 0.1, 1, 3.5, 20]],
    ['binance-spot', 'BTCUSDT', 65_000, [1, 0.00001, 10, 10, 1]],
    ['some-perp', 'WIFUSDT', 0.96, [0.00001, 1, 2, 5, 20]],
    ['binance-spot', 'PEPEUSDT', 0.0000123, [1e-9, 10_000, 10, 10, 1]],
  ])(
    'of %s %s at %d have the venue’s fees and steps by magnitude',
    (venue, symbol, price, want) => {
      const one = assumedInstrument(venue, symbol, price);
      const { tickSize, lotSize, makerFeeBps, takerFeeBps, maxLeverage } = one;
      expect([tickSize, lotSize, makerFeeBps, takerFeeBps, maxLeverage]).toEqual(want);
      expect(one).toMatchObject({ source: 'assumed', validFromMs: 0 });
    },
  );

  it('have a tick of at most 1/10000 and a lot worth $0.1 to $1, whatever the price', () => {
    for (let power = -9; power < 7; power++) {
      for (const digits of [1, 1.5, 9.99]) {
        const price = Number(`${digits}e${power}`);
        const { tickSize, lotSize } = assumedInstrument('x', 'Y', price);
        expect(tickSize / price).toBeLessThanOrEqual(1.0001e-4);
        expect(lotSize * price).toBeGreaterThan(0.0999);
        expect(lotSize * price).toBeLessThan(1);
      }
    }
  });
});
