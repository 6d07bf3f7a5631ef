// The operator's key: ed25519, made once, kept by a person and never by the machine that trades. The
// public half lies with that machine and is all that it needs.
//
//   operator.pem       PKCS #8, readable by its owner only, may be encrypted with a passphrase
//   operator.pub.pem   what `live` trusts

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../../engine/errors.ts';
import { type Promotion, type PromotionBody, signedText } from './document.ts';

/** Where the public half of a key lies. */
export function publicPathOf(path: string): string {
  return path.replace(/(\.pem)?$/, '.pub.pem');
}

/**
 * Makes a key pair at `path` and beside it. A passphrase encrypts the private half (AES-256). Throws
 * InputError when one of the files is there already: a key is never overwritten.
 */
export function makeKey(path: string, passphrase: string | undefined): void {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const secret = privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}),
  });
  write(path, secret, 0o600);
  write(publicPathOf(path), publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
}

function write(path: string, text: string | Buffer, mode: number): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { flag: 'wx', mode });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const rule = isThere ? 'must not be there yet: a key is never overwritten' : 'must be writable';
    throw new InputError({ key: path, rule }, { cause });
  }
}

/** The private key of a file. Throws InputError without a word of what is in it. */
export function readPrivateKey(path: string, passphrase: string | undefined): KeyObject {
  const text = textOf(path, 'an operator key; `sapphire promote --new-key FILE` makes one');
  try {
    const key = createPrivateKey({ key: text, ...(passphrase ? { passphrase } : {}) });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The error of the library may quote what it could not read.
  }
  const rule =
    'must be an ed25519 private key in PEM, and SAPPHIRE_OPERATOR_PASSPHRASE its passphrase if it has one';
  throw new InputError({ key: path, rule });
}

/** The public key of a file. Throws InputError. */
export function readPublicKey(path: string): KeyObject {
  const text = textOf(path, "the operator's public key, which stands beside the private one");
  try {
    const key = createPublicKey(text);
    // A private key would do as well, and has no business here.
    if (key.asymmetricKeyType === 'ed25519' && text.includes('PUBLIC KEY')) return key;
  } catch {
    // As above.
  }
  throw new InputError({ key: path, rule: 'must be an ed25519 public key in PEM' });
}

function textOf(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError({ key: path, rule: `must be ${what}` }, { cause });
  }
}

/** SHA-256 of a key's public half in DER, hex. */
export function fingerprint(key: KeyObject): string {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(half.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Signs what a promotion says. */
export function signPromotion(body: PromotionBody, key: KeyObject): Promotion {
  const value = sign(null, Buffer.from(signedText(body)), key).toString('base64');
  return { body, signature: { algorithm: 'ed25519', operator: fingerprint(key), value } };
}

/** True when this operator signed exactly this. */
export function isSignedBy({ body, signature }: Promotion, key: KeyObject): boolean {
  if (signature === null) return false;
  return verify(null, Buffer.from(signedText(body)), key, Buffer.from(signature.value, 'base64'));
}
