// Where a source is reached when a person says otherwise: any https address, plain http only here.

import { describe, expect, it } from 'vitest';
import { addressOf, addressVariable } from '../../../data/fetchers/address.ts';

describe('the address of a source', () => {
  it('is its own unless one was set, by a variable of its name', () => {
    expect(addressVariable('binance-vision-spot')).toBe('SAPPHIRE_BINANCE_VISION_SPOT_URL');
    expect(addressVariable('ccxt:bybit')).toBe('SAPPHIRE_CCXT_BYBIT_URL');
    expect(addressOf('aster', 'https://home', undefined)).toBe('https://home');
    expect(addressOf('aster', 'https://home', 'https://mirror.example/aster/')).toBe(
      'https://mirror.example/aster',
    );
  });

  it.each(['http://127.0.0.1:1', 'http://localhost:8080', 'http://[::1]:8080', 'http://127.9.9.9'])(
    'may be %s without TLS',
    (url) => {
      expect(addressOf('aster', '', url)).toBe(url);
    },
  );

  it.each([
    'http://10.0.0.1',
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'http://example.org/127.0.0.1',
    'ftp://127.0.0.1',
    'file:///etc/passwd',
    'not an address',
  ])('may not be %s', (url) => {
    expect(() => addressOf('aster', '', url)).toThrow(/SAPPHIRE_ASTER_URL: must be an https:/);
  });
});
