// Published signatures: what others have signed with known keys we sign alike.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hmacHex, signerAddress, v1Signer, v3Signer } from '../../../live/venues/aster/sign.ts';
import { TypedSigner } from '../../../live/venues/eip712.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from './rig.ts';

const SHARED = new URL('../../../../shared/vectors/', import.meta.url).pathname;
const hasVectors = existsSync(SHARED);
const vectors = (name: string) => JSON.parse(readFileSync(`${SHARED}${name}`, 'utf8'));
const MESSAGE = [{ name: 'msg', type: 'string' }];
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
