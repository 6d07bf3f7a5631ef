// How a local Aster looks at signatures, nonces and timestamps, as its documentation says: V3 by
// EIP-712 over the text that was sent, V1 by HMAC.

import { createHmac } from 'node:crypto';
import { verifyTypedData } from 'ethers';
import type { SeenRequest } from './dialect.ts';

export interface AsterAuthOptions {
  /** Address of the API wallet that may sign, and the account that it signs for. */
  readonly signer?: string;
  readonly user?: string;
  readonly apiKey?: string;
  readonly secretKey?: string;
}

export type AuthError = { readonly code: number; readonly msg: string };

/** Nonces that are remembered. */
const KEPT = 100;
const WINDOW_MS = 10_000;
const DOMAIN = {
  name: 'AsterSignTransaction',
  version: '1',
  chainId: 1666,
  verifyingContract: '0x0000000000000000000000000000000000000000',
};
const TYPES = { Message: [{ name: 'msg', type: 'string' }] };

export class AsterAuth {
  readonly #options: AsterAuthOptions;
  readonly #nowMs: () => number;
  #nonces: number[] = [];
  /** Every nonce that was taken, in order. */
  readonly taken: number[] = [];
  /** While true keys are not taken any more. */
  isRevoked = false;

  constructor(options: AsterAuthOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  /** Null = this request may pass. */
  check(request: SeenRequest): AuthError | null {
    if (this.isRevoked) return { code: -2015, msg: 'Invalid API-key, IP, or permissions.' };
    const isV3 = request.path.startsWith('/fapi/v3/');
    const sent = request.rawQuery + request.body;
    const [payload, signature] = sent.split(/&?signature=/) as [string, string?];
    if (signature === undefined) {
      return { code: -1102, msg: "Mandatory parameter 'signature' was not sent." };
    }
    return isV3 ? this.#v3(payload, signature) : this.#v1(payload, signature, request);
  }

  #v3(payload: string, signature: string): AuthError | null {
    const params = new URLSearchParams(payload);
    let found = '';
    try {
      found = verifyTypedData(DOMAIN, TYPES, { msg: payload }, signature);
    } catch {
      // Whatever it is, it is no signature.
    }
    const { signer = '', user = '' } = this.#options;
    const isOurs = found.toLowerCase() === signer.toLowerCase();
    if (!isOurs || params.get('signer')?.toLowerCase() !== signer.toLowerCase()) {
      return { code: -1022, msg: 'Signature for this request is not valid.' };
    }
    if (params.has('user') && params.get('user')!.toLowerCase() !== user.toLowerCase()) {
      return { code: -2015, msg: 'Invalid API-key, IP, or permissions.' };
    }
    const nonce = Number(params.get('nonce'));
    if (!Number.isSafeInteger(nonce)) return { code: -1102, msg: 'nonce' };
    if (this.#nonces.includes(nonce)) return { code: -4225, msg: 'Nonce duplicate' };
    const isOld = this.#nonces.length >= KEPT && nonce < Math.min(...this.#nonces);
    if (isOld || Math.abs(nonce / 1000 - this.#nowMs()) > WINDOW_MS) {
      return { code: -4225, msg: 'Nonce Expired' };
    }
    this.#nonces = [...this.#nonces, nonce].sort((a, b) => a - b).slice(-KEPT);
    this.taken.push(nonce);
    return null;
  }

  #v1(payload: string, signature: string, request: SeenRequest): AuthError | null {
    const { apiKey, secretKey = '' } = this.#options;
    if (request.headers['x-mbx-apikey'] !== apiKey) {
      return { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' };
    }
    const right = createHmac('sha256', secretKey).update(payload).digest('hex');
    if (signature.toLowerCase() !== right) {
      return { code: -1022, msg: 'Signature for this request is not valid.' };
    }
    const params = new URLSearchParams(payload);
    const at = Number(params.get('timestamp'));
    const window = Number(params.get('recvWindow') ?? 5000);
    const now = this.#nowMs();
    if (at < now + 1000 && now - at <= window) return null;
    return { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' };
  }
}
