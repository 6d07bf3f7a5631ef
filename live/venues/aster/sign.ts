// How Aster's requests are signed: V3 by the key of an API wallet (EIP-712 over the text that is sent),
// V1 by an API key (HMAC-SHA256), for accounts that have one: no new ones are given out since
// 2026-03-25 (asterdex/api-docs @265e024, Aster API Overview.md).
//
// Invariant: what is signed is, byte for byte, what is sent. The text is built once.

import { createHmac } from 'node:crypto';
import { getAddress } from 'ethers/address';
import { InputError } from '../../../engine/errors.ts';
import { TypedSigner } from '../eip712.ts';
import type { Nonces } from '../nonces.ts';
import type { Secret } from '../secret.ts';

export type AsterKeys =
  | {
      readonly kind: 'v3';
      /** The main account's address. */
      readonly user: string;
      /** Of the API wallet; made without the right to withdraw. */
      readonly privateKey: Secret;
      readonly isTestnet?: boolean;
    }
  | { readonly kind: 'v1'; readonly apiKey: Secret; readonly secretKey: Secret };

/** Parameters in the order in which they are sent. */
export type Params = readonly (readonly [name: string, value: string])[];

export interface AsterSigner {
  readonly version: 'v1' | 'v3';
  readonly headers: Readonly<Record<string, string>>;
  /** A signed request can take effect so long after it was signed, ms. */
  readonly requestLifeMs: number;
  /** The text to send, signature last. */
  sign(params: Params): string;
}

/** Off-chain numbers of the domain, not those of a chain. */
const MAINNET = 1666;
const TESTNET = 714;
/** The nonce may differ from the venue's time by 10 s, and ours run up to 3 s ahead after a restart. */
const V3_LIFE_MS = 15_000;
const RECV_WINDOW_MS = 5000;
/** The window, and the second by which a timestamp may run ahead. */
const V1_LIFE_MS = RECV_WINDOW_MS + 1000;

/** The address of the wallet that signs, as its nonces are kept by it. */
export function signerAddress(privateKey: Secret): string {
  return new TypedSigner(privateKey, 'aster private key').address;
}

/** `nonces` in microseconds. Throws InputError for keys that are none. */
export function v3Signer(keys: AsterKeys & { kind: 'v3' }, nonces: Nonces): AsterSigner {
  const signer = new TypedSigner(keys.privateKey, 'aster private key');
  const user = addressOf(keys.user, 'aster user');
  const domain = {
    name: 'AsterSignTransaction',
    version: '1',
    chainId: keys.isTestnet ? TESTNET : MAINNET,
  };
  const sign = signer.of(domain, 'Message', [{ name: 'msg', type: 'string' }]);
  return Object.freeze({
    version: 'v3' as const,
    headers: {},
    requestLifeMs: V3_LIFE_MS,
    sign(params: Params) {
      const nonce = String(nonces.next());
      const all = [...params, ['nonce', nonce], ['user', user], ['signer', signer.address]];
      const msg = textOf(all as unknown as Params);
      return `${msg}&signature=${sign({ msg }).serialized}`;
    },
  });
}

/** `nowMs`: the venue's time, UTC ms. */
export function v1Signer(keys: AsterKeys & { kind: 'v1' }, nowMs: () => number): AsterSigner {
  return Object.freeze({
    version: 'v1' as const,
    headers: { 'X-MBX-APIKEY': keys.apiKey.reveal() },
    requestLifeMs: V1_LIFE_MS,
    sign(params: Params) {
      const window = ['recvWindow', String(RECV_WINDOW_MS)] as const;
      const payload = textOf([...params, window, ['timestamp', String(Math.floor(nowMs()))]]);
      return `${payload}&signature=${hmacHex(keys.secretKey, payload)}`;
    },
  });
}

/** Hex HMAC-SHA256 over the text in the order in which it is sent. */
export function hmacHex(secretKey: Secret, payload: string): string {
  return createHmac('sha256', secretKey.reveal()).update(payload).digest('hex');
}

export function textOf(params: Params): string {
  return new URLSearchParams(params as [string, string][]).toString();
}

function addressOf(text: string, key: string): string {
  try {
    return getAddress(text);
  } catch {
    const rule = 'must be an address: 0x and 40 hexadecimal figures, its checksum right';
    throw new InputError({ key, rule, value: text });
  }
}
