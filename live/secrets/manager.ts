// One secret from Google's Secret Manager over REST (cloud.google.com/secret-manager/docs/reference/rest):
//
//   GET /v1/projects/P/secrets/S/versions/N:access -> { payload: { data: base64, dataCrc32c: "..." } }
//
// Invariant: a payload is believed only when its CRC-32C is its own, and nothing of it, nor of the token
// that asked for it, is ever in an error.

import type { Clock } from '../clock.ts';
import { Secret } from '../venues/secret.ts';
import { crc32c } from './crc32c.ts';

/** `projects/P/secrets/S/versions/N` */
export interface SecretName {
  /** Under which it is wanted: `ASTER_PRIVATE_KEY`. */
  readonly name: string;
  readonly resource: string;
}

export interface ManagerParts {
  /** `https://secretmanager.googleapis.com` */
  readonly endpoint: string;
  /** A bearer token that may read it. */
  readonly token: () => Promise<string>;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/**
 * It could not be had: exit code 5 when trying later may help, 2 when a person has to put something right.
 * Whoever needs it does not start.
 */
export class SecretFault extends Error {
  readonly exitCode: 2 | 5;

  constructor({ name, resource }: SecretName, what: string, exitCode: 2 | 5) {
    super(`${name} (${resource}): ${what}`);
    this.name = 'SecretFault';
    this.exitCode = exitCode;
  }
}

const TIMEOUT_MS = 10_000;
const TRIES = 3;
const PAUSE_MS = 500;
/** What a payload may be, by the documentation: 64 KiB, in base64 and a little JSON. */
const MOST_BYTES = 128 * 1024;

/** Reads one version. Throws SecretFault. */
export async function accessSecret(wanted: SecretName, parts: ManagerParts): Promise<Secret> {
  for (let n = 1; ; n++) {
    try {
      return await accessOnce(wanted, parts);
    } catch (error) {
      if (!(error instanceof SecretFault) || error.exitCode === 2 || n === TRIES) throw error;
      await parts.clock.sleep(PAUSE_MS * 2 ** n);
    }
  }
}

async function accessOnce(wanted: SecretName, parts: ManagerParts): Promise<Secret> {
  const { endpoint, token, timeoutMs = TIMEOUT_MS } = parts;
  const later = (what: string) => new SecretFault(wanted, what, 5);
  let bearer: string;
  try {
    bearer = await token();
  } catch {
    // What the library throws may quote the request.
    const what =
      'no Google credentials could be had (GOOGLE_APPLICATION_CREDENTIALS, or the machine’s own account)';
    throw new SecretFault(wanted, what, 2);
  }
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${endpoint}/v1/${wanted.resource}:access`, {
      headers: { authorization: `Bearer ${bearer}`, accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.status;
    text = await textOf(response);
  } catch {
    throw later(`Secret Manager cannot be reached, or did not answer in ${timeoutMs / 1000} s`);
  }
  if (status === 401 || status === 403) {
    const what = 'may not be read: grant roles/secretmanager.secretAccessor to this account';
    throw new SecretFault(wanted, what, 2);
  }
  if (status === 404) throw new SecretFault(wanted, 'there is no such version', 2);
  if (status >= 500 || status === 429) throw later(`Secret Manager answered ${status}`);
  if (status !== 200) throw new SecretFault(wanted, `Secret Manager answered ${status}`, 2);
  return payloadOf(text, later);
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function payloadOf(text: string, fault: (what: string) => SecretFault): Secret {
  let payload: { readonly data?: unknown; readonly dataCrc32c?: unknown } | undefined;
  try {
    payload = (JSON.parse(text) as { payload?: typeof payload }).payload;
  } catch {
    throw fault('Secret Manager said what cannot be read');
  }
  const { data, dataCrc32c } = payload ?? {};
  // 64-bit numbers are texts in its JSON.
  if (typeof data !== 'string' || !/^\d+$/.test(String(dataCrc32c))) {
    throw fault('Secret Manager said what cannot be read');
  }
  const bytes = Buffer.from(data, 'base64');
  if (crc32c(bytes) !== Number(dataCrc32c)) throw fault('its checksum is another one');
  // Written with an editor, it ends with a line.
  const value = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (value === '') throw fault('it is empty');
  return new Secret(value);
}
