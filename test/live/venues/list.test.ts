// Which venues can be opened, with what, and why the others cannot.

import { expect, it } from 'vitest';
import { missingSecrets, TRADED_VENUES, tradedVenue } from '../../../live/venues/list.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { ASTER_USER, COMMON, DEMO_KEY, RIGS } from './rig.ts';

const having = (values: Record<string, string>) => (name: string) =>
  name in values ? new Secret(values[name]!) : null;
const options = { ...COMMON, symbols: [], tell: () => {}, stateFolder: null };

it('lists every venue that the contract is run over', () => {
  const ids = new Set(RIGS.map(({ id }) => id.split(' ')[0]));
  expect(Object.keys(TRADED_VENUES).sort()).toEqual([...ids].sort());
});

it.each([
  ['aster', { ASTER_USER, ASTER_PRIVATE_KEY: DEMO_KEY }],
  ['aster', { ASTER_API_KEY: 'k'.repeat(64), ASTER_SECRET_KEY: 's'.repeat(64) }],
  ['hyperliquid', { HYPERLIQUID_ACCOUNT: ASTER_USER, HYPERLIQUID_PRIVATE_KEY: DEMO_KEY }],
])('opens %s with what it needs', async (id, values) => {
  const secretOf = having(values);
  expect(missingSecrets(tradedVenue(id), secretOf)).toEqual([]);
  const client = await tradedVenue(id).open(secretOf, options);
  expect(client.id).toBe(id);
  const isTrailing = client.capabilities.orderTypes.includes('trailing-stop');
  expect(tradedVenue(id).trails !== null).toBe(isTrailing);
  await client.close();
});

it('names what is missing', () => {
  expect(missingSecrets(tradedVenue('aster'), having({ ASTER_USER }))).toEqual([
    'ASTER_PRIVATE_KEY',
  ]);
  expect(missingSecrets(tradedVenue('aster'), having({ ASTER_API_KEY: 'x' }))).toEqual([
    'ASTER_USER',
    'ASTER_PRIVATE_KEY',
  ]);
});

it('says why a venue is off, and which was meant', () => {
  expect(() => tradedVenue('drift')).toThrow(/paused since 2026-04-01/);
  expect(() => tradedVenue('symphony')).toThrow(/needs a collateral/);
  expect(() => tradedVenue('astr')).toThrow(/did you mean aster/);
  expect(() => tradedVenue('constructor')).toThrow(/must be one of aster, hyperliquid/);
});
