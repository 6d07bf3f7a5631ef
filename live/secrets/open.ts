// Keys by their names, for venues and model providers alike: what the environment holds, or what it says
// where to find.
//
//   ASTER_PRIVATE_KEY=0x4f...                                        the key itself
//   ASTER_PRIVATE_KEY=gcp:projects/p/secrets/aster/versions/3        Google's Secret Manager, that version
//
// A version is a number: `latest` could become another key from one start to the next, and is for
// rehearsals. What cannot be had is refused before anything is connected; it never means "on paper".

import { InputError, type Problem } from '../../engine/errors.ts';
import type { Clock } from '../clock.ts';
import { isLoopback } from '../loopback.ts';
import type { SecretOf } from '../venues/list.ts';
import { Secret } from '../venues/secret.ts';
import { accessSecret, type SecretName } from './manager.ts';

export interface OpenSecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** `latest` is allowed: nothing real depends on which key it is. */
  readonly isRehearsal: boolean;
  /** A bearer token for Google; the account that this machine or GOOGLE_APPLICATION_CREDENTIALS has. */
  readonly token?: () => Promise<string>;
  readonly timeoutMs?: number;
}

const ENDPOINT = 'https://secretmanager.googleapis.com';
/** Another host, for a private endpoint or a test. */
const ENDPOINT_NAME = 'SAPPHIRE_SECRET_MANAGER_URL';
const PREFIX = 'gcp:';
const RESOURCE =
  /^projects\/[a-z0-9:.-]{1,100}\/secrets\/[\w-]{1,255}\/versions\/(\d{1,18}|latest)$/;

/**
 * All of `names` that are there. Throws InputError (2) for references that are none, SecretFault (2 or 5)
 * for one that cannot be had.
 */
export async function openSecrets(
  names: readonly string[],
  options: OpenSecretsOptions,
): Promise<SecretOf> {
  const { env, clock, timeoutMs } = options;
  const found = new Map<string, Secret>();
  const references: SecretName[] = [];
  const problems: Problem[] = [];
  for (const name of new Set(names)) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    if (!value.startsWith(PREFIX)) found.set(name, new Secret(value));
    else references.push(referenceOf(name, value, options.isRehearsal, problems));
  }
  if (problems.length > 0) throw new InputError(problems);
  if (references.length > 0) {
    const endpoint = endpointOf(env);
    const token = options.token ?? (await googleToken());
    const parts = { endpoint, token, clock, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const secrets = await Promise.all(references.map((wanted) => accessSecret(wanted, parts)));
    references.forEach(({ name }, k) => void found.set(name, secrets[k]!));
  }
  return (name) => found.get(name) ?? null;
}

function referenceOf(
  name: string,
  value: string,
  isRehearsal: boolean,
  problems: Problem[],
): SecretName {
  const resource = value.slice(PREFIX.length);
  const version = RESOURCE.exec(resource)?.[1];
  // What stands there may be a key that was pasted wrongly: it is not shown.
  if (version === undefined) {
    const rule = `must be a key, or ${PREFIX}projects/P/secrets/S/versions/N`;
    problems.push({ key: name, rule });
  } else if (version === 'latest' && !isRehearsal) {
    const rule = 'must name a version by its number: `latest` may be another key tomorrow';
    problems.push({ key: name, rule, value: resource });
  }
  return { name, resource };
}

function endpointOf(env: OpenSecretsOptions['env']): string {
  const text = env[ENDPOINT_NAME] || ENDPOINT;
  const { protocol = '', hostname = '', origin } = URL.parse(text) ?? {};
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return origin!;
  const rule = 'must be an https: URL, or one of this machine';
  throw new InputError({ key: ENDPOINT_NAME, rule, value: text });
}

/** Tokens of whatever account Google's own library finds here. */
async function googleToken(): Promise<() => Promise<string>> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
  return async () => {
    const token = await auth.getAccessToken();
    if (!token) throw new Error('no token');
    return token;
  };
}
