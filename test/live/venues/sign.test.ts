// Published signatures: what others have signed with known keys we sign alike.

import { existsSync, readFileSync } from 'node:fs';
import { createL1ActionHash } from '@nktkas/hyperliquid/signing';
import { describe, expect, it } from 'vitest';
import type { Instrument } from '../../../engine/market/instrument.ts';
import { hmacHex, signerAddress, v1Signer, v3Signer } from '../../../live/venues/aster/sign.ts';
import { TypedSigner } from '../../../live/venues/eip712.ts';
import { cloidOf, type OrderWire, wireOf } from '../../../live/venues/hyperliquid/orders.ts';
import { actionSigner } from '../../../live/venues/hyperliquid/sign.ts';
import type { VenueClient } from '../../../live/venues/port.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY, wish } from './rig.ts';

const SHARED = new URL('../../../../shared/vectors/', import.meta.url).pathname;
const hasVectors = existsSync(SHARED);
const vectors = (name: string) => JSON.parse(readFileSync(`${SHARED}${name}`, 'utf8'));
const MESSAGE = [{ name: 'msg', type: 'string' }];
const HYPERLIQUID = {
  client: { capabilities: {}, clientId: cloidOf } as VenueClient,
  btc: 'BTCUSDC',
};
const counting = (first: number) => ({ next: () => first++, close: () => {} });

if (!hasVectors) console.warn('skipped: the vectors of ../shared are not here');

describe.runIf(hasVectors)('published signatures', () => {
  it("of Aster's V3 are ours", () => {
    const { account, currentEip712 } = vectors('aster-v3.json');
    const signer = new TypedSigner(new Secret(account.privateKey), 'key');
    expect(signer.address).toBe(account.signer);
    for (const one of currentEip712.vectors) {
      const domain = { name: 'AsterSignTransaction', version: '1', chainId: one.chainId };
      const signed = signer.of(domain, 'Message', MESSAGE)({ msg: one.msg });
      expect(signed.serialized, one.id).toBe(one.expectedSignature ?? one.computedSignature);
    }
    expect(currentEip712.vectors.length).toBeGreaterThanOrEqual(4);
  });

  it.each(['aster-hmac.json', 'binance-hmac.json'])('of %s are ours', (name) => {
    const all = vectors(name).vectors;
    for (const { id, secretKey, payload, expectedSignature } of all) {
      expect(hmacHex(new Secret(secretKey), payload), id).toBe(expectedSignature);
    }
    expect(all.length).toBeGreaterThanOrEqual(2);
  });

  it('come out of a whole request, parameters in the order in which they are sent', () => {
    const { currentEip712 } = vectors('aster-v3.json');
    const one = currentEip712.vectors.find(({ id }: { id: string }) =>
      id.includes('mainnet-limit'),
    );
    const keys = { kind: 'v3', user: ASTER_USER, privateKey: new Secret(DEMO_KEY) } as const;
    const params = new URLSearchParams(one.msg.split('&nonce=')[0]);
    const sent = v3Signer(keys, counting(1748310859508867)).sign([...params]);
    expect(sent).toBe(`${one.msg}&signature=${one.computedSignature}`);
  });

  it('come out of a whole V1 request', () => {
    const [one] = vectors('aster-hmac.json').vectors;
    const [apiKey, secretKey] = [new Secret(one.apiKey), new Secret(one.secretKey)];
    const signer = v1Signer({ kind: 'v1', apiKey, secretKey }, () => 1591702613943.7);
    const params = new URLSearchParams(one.payload.split('&recvWindow=')[0]);
    expect(signer.sign([...params])).toBe(`${one.payload}&signature=${one.expectedSignature}`);
    expect(signer.headers).toEqual({ 'X-MBX-APIKEY': one.apiKey });
  });
});

describe.runIf(hasVectors)("Hyperliquid's published signatures", () => {
  const { privateKey, l1, userSigned } = hasVectors ? vectors('hyperliquid-l1.json') : {};
  const signer = () => new TypedSigner(new Secret(privateKey), 'key');
  const domain = { name: 'Exchange', version: '1', chainId: 1337 };
  const fields = [
    { name: 'source', type: 'string' },
    { name: 'connectionId', type: 'bytes32' },
  ];
  /** The vectors are printed without zeros at their left. */
  const padded = (hex: string) => `0x${hex.slice(2).padStart(64, '0')}`;

  it('of actions are ours, on both nets, with and without a vault and an expiry', () => {
    const sign = signer().of(domain, 'Agent', fields);
    let signed = 0;
    for (const one of l1.vectors) {
      const { action, nonce, vaultAddress, expiresAfter, computedConnectionId } = one;
      const connectionId = createL1ActionHash({
        action,
        nonce,
        ...(vaultAddress === null ? {} : { vaultAddress }),
        ...(expiresAfter === null ? {} : { expiresAfter }),
      });
      expect(connectionId, one.id).toBe(one.expectedConnectionId ?? computedConnectionId);
      for (const [net, source] of [
        ['mainnet', 'a'],
        ['testnet', 'b'],
      ] as const) {
        if (one[net] === undefined) continue;
        const { r, s, v } = sign({ source, connectionId });
        expect({ r, s, v }, `${one.id} ${net}`).toEqual({
          r: padded(one[net].r),
          s: padded(one[net].s),
          v: one[net].v,
        });
        signed++;
      }
    }
    expect(signed).toBeGreaterThanOrEqual(10);
  });

  it('of what a user signs are ours', () => {
    for (const { id, primaryType, types, message, expected } of userSigned.vectors) {
      const user = { name: 'HyperliquidSignTransaction', version: '1', chainId: 0x66eee };
      const { r, s, v } = signer().of(user, primaryType, types)(message);
      expect({ r, s, v }, id).toEqual({
        r: padded(expected.r),
        s: padded(expected.s),
        v: expected.v,
      });
    }
  });

  it('come out of a whole request, its order built here', () => {
    const one = l1.vectors.find(({ id }: { id: string }) => id === 'order-gtc');
    const account = signer().address;
    const keys = { account, privateKey: new Secret(privateKey) };
    const body = JSON.parse(actionSigner(keys, counting(0)).sign(one.action, Number.NaN));
    expect(body).toMatchObject({ nonce: 0, vaultAddress: null, expiresAfter: null });
    expect(body.signature).toEqual({ r: padded(one.mainnet.r), s: padded(one.mainnet.s), v: 28 });
    const instrument = { lotSize: 1, tickSize: 1 } as Instrument;
    const request = { ...wish(HYPERLIQUID), type: 'limit', limitPrice: 100, qty: 100 } as const;
    const { c, ...wire } = wireOf(request, { index: 1, instrument }) as OrderWire;
    expect(c).toMatch(/^0x[0-9a-f]{32}$/);
    // Key order is part of what is hashed.
    expect(JSON.stringify(wire)).toBe(JSON.stringify(one.action.orders[0]));
  });
});

describe('a key', () => {
  it('has the address that the venue knows', () => {
    expect(signerAddress(new Secret(DEMO_KEY))).toBe(ASTER_SIGNER);
    expect(signerAddress(new Secret(DEMO_KEY.slice(2)))).toBe(ASTER_SIGNER);
  });

  it.each([
    ['', 'nothing'],
    ['0x1234', 'too short'],
    [`${DEMO_KEY}00`, 'too long'],
    [`0x${'g'.repeat(64)}`, 'no hexadecimal figure'],
    [`0x${'0'.repeat(64)}`, 'zero'],
    [`0x${'f'.repeat(64)}`, "beyond the curve's order"],
  ])('that is none is refused without being shown (%#)', (text) => {
    let message = '';
    try {
      new TypedSigner(new Secret(text), 'aster private key');
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/aster private key: must be a private key/);
    if (text !== '') expect(message).not.toContain(text);
  });

  it('needs an account that has an address', () => {
    const keys = { kind: 'v3', user: '0x12', privateKey: new Secret(DEMO_KEY) } as const;
    expect(() => v3Signer(keys, counting(1))).toThrow(/aster user: must be an address.*0x12/);
    const wrong = { ...keys, user: ASTER_USER.replace('63DD', '63dD') };
    expect(() => v3Signer(wrong, counting(1))).toThrow(/its checksum right/);
  });
});
