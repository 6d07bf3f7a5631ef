// Where a source is reached: its own address, or one that a person set in its place (a mirror, a
// testnet, a local server). Plain http would let anybody on the way change prices: loopback only.

import { InputError } from '../../engine/errors.ts';

/** `SAPPHIRE_ASTER_URL` for `aster`: the environment variable that moves a source elsewhere. */
export function addressVariable(fetcher: string): string {
  return `SAPPHIRE_${fetcher.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}_URL`;
}

/** The address to use; `set` is what the variable holds. InputError when it is no good address. */
export function addressOf(fetcher: string, home: string, set: string | undefined): string {
  if (set === undefined || set === '') return home;
  const url = URL.parse(set);
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url?.hostname ?? '');
  const isGood = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
  if (!isGood) {
    const rule =
      'must be an https:// address; http:// only of this machine, as http://127.0.0.1:8080';
    throw new InputError({ key: addressVariable(fetcher), rule, value: set });
  }
  return set.replace(/\/+$/, '');
}
