// EIP-712 signatures with one key, as venues on EVM keys want them. The domain is hashed once; a
// signature costs under a millisecond and waits for nothing. The hashing and the curve are ethers'.

import { concat, keccak256 } from 'ethers';
import { SigningKey } from 'ethers/crypto';
import { TypedDataEncoder } from 'ethers/hash';
import { computeAddress } from 'ethers/transaction';
import { InputError } from '../../engine/errors.ts';
import type { Secret } from './secret.ts';

export interface TypedDomain {
  readonly name: string;
  readonly version: string;
  readonly chainId: number;
}

export type TypedFields = readonly { readonly name: string; readonly type: string }[];

const NOBODY = '0x0000000000000000000000000000000000000000';

/** A key that signs; its address. Throws InputError, without the value, for what is no private key. */
export class TypedSigner {
  /** Checksummed. */
  readonly address: string;
  readonly #key: SigningKey;

  constructor(key: Secret, name: string) {
    const rule = 'must be a private key: 0x and 64 hexadecimal figures';
    const hex = key.reveal().trim();
    if (!/^(0x)?[0-9a-f]{64}$/i.test(hex)) throw new InputError({ key: name, rule });
    try {
      this.#key = new SigningKey(hex.startsWith('0x') ? hex : `0x${hex}`);
      this.address = computeAddress(this.#key);
    } catch {
      // Zero, or beyond the curve's order; what was thrown may hold the key.
      throw new InputError({ key: name, rule });
    }
  }

  /** How to sign messages of one type: gives r, s and v (27 or 28). */
  of(domain: TypedDomain, type: string, fields: TypedFields): (message: object) => Signed {
    const full = { ...domain, verifyingContract: NOBODY };
    const domainHash = TypedDataEncoder.hashDomain(full);
    const encoder = TypedDataEncoder.from({ [type]: [...fields] });
    return (message) => {
      const digest = keccak256(concat(['0x1901', domainHash, encoder.hash(message)]));
      const { r, s, v, serialized } = this.#key.sign(digest);
      return { r, s, v, serialized };
    };
  }
}

export interface Signed {
  readonly r: string;
  readonly s: string;
  readonly v: 27 | 28;
  /** r, s and v in one, 65 bytes. */
  readonly serialized: string;
}
