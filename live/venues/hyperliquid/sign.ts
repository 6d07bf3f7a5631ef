// How Hyperliquid's actions are signed: the action's hash (msgpack, nonce, vault, expiry; taken from
// @nktkas/hyperliquid) as the connection id of a phantom agent, signed by EIP-712.
//
// Key order is part of an action: what is built here is never reordered.

import { createL1ActionHash } from '@nktkas/hyperliquid/signing';
import { getAddress } from 'ethers/address';
import { InputError } from '../../../engine/errors.ts';
import { TypedSigner } from '../eip712.ts';
import type { Nonces } from '../nonces.ts';
import type { Secret } from '../secret.ts';

export interface HyperliquidKeys {
  /** The main account's address: it is asked about, also when an agent's wallet signs. */
  readonly account: string;
  /** Of the account or, better, of an agent's wallet, which cannot withdraw. */
  readonly privateKey: Secret;
  /** A sub-account or vault to trade for. */
  readonly vault?: string;
  readonly isTestnet?: boolean;
}

export type Action = Readonly<Record<string, unknown>>;
export type Hex = `0x${string}`;

export interface ActionSigner {
  readonly signer: string;
  /** Whose orders and positions these are. */
  readonly user: Hex;
  /** The body to send. `expiresMs`: after this it has no effect, UTC ms; NaN = never. */
  sign(action: Action, expiresMs: number): string;
}

const DOMAIN = { name: 'Exchange', version: '1', chainId: 1337 };
const AGENT = [
  { name: 'source', type: 'string' },
  { name: 'connectionId', type: 'bytes32' },
];

/** `nonces` in ms. Throws InputError for keys that are none. */
export function actionSigner(keys: HyperliquidKeys, nonces: Nonces): ActionSigner {
  const signer = new TypedSigner(keys.privateKey, 'hyperliquid private key');
  const account = addressOf(keys.account, 'hyperliquid account');
  const vault = keys.vault === undefined ? null : addressOf(keys.vault, 'hyperliquid vault');
  const sign = signer.of(DOMAIN, 'Agent', AGENT);
  const source = keys.isTestnet ? 'b' : 'a';
  return Object.freeze({
    signer: signer.address,
    user: vault ?? account,
    sign(action: Action, expiresMs: number) {
      const nonce = nonces.next();
      const expiresAfter = Number.isNaN(expiresMs) ? null : Math.floor(expiresMs);
      const connectionId = createL1ActionHash({
        action,
        nonce,
        ...(vault === null ? {} : { vaultAddress: vault }),
        ...(expiresAfter === null ? {} : { expiresAfter }),
      });
      const { r, s, v } = sign({ source, connectionId });
      const signature = { r, s, v };
      return JSON.stringify({ action, nonce, signature, vaultAddress: vault, expiresAfter });
    },
  });
}

/** Lower case, as it is hashed. */
function addressOf(text: string, key: string): Hex {
  try {
    return getAddress(text).toLowerCase() as Hex;
  } catch {
    const rule = 'must be an address: 0x and 40 hexadecimal figures, its checksum right';
    throw new InputError({ key, rule, value: text });
  }
}
