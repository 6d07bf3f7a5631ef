// Keys from the environment and from Secret Manager, against a local server that speaks its wire format.
// The key itself is nowhere: not in what is printed, thrown, or written.

import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import { machineClock } from '../../../live/clock.ts';
import { crc32c } from '../../../live/secrets/crc32c.ts';
import { SecretFault } from '../../../live/secrets/manager.ts';
import { type OpenSecretsOptions, openSecrets } from '../../../live/secrets/open.ts';
import { type Room, room } from '../../support/cli.ts';
import { LOCAL_TOKEN, SecretManagerServer } from '../../support/secret-manager-server.ts';
import { startAsterAccount } from '../../support/venues/aster-server.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from '../venues/rig.ts';

const CANARY = 'canary-of-the-secret-manager';
/** CRC-32C of the canary and a line's end, worked out bit by bit elsewhere; and of the demo key. */
const CANARY_CRC = 1127539177;
const DEMO_CRC = 2673875992;
const THIRD = 'projects/p-1/secrets/aster/versions/3';

let server: SecretManagerServer;
beforeAll(async () => {
  server = await new SecretManagerServer().start();
  server.put(THIRD, `${CANARY}\n`, CANARY_CRC);
  server.put('projects/p-1/secrets/aster/versions/latest', `${CANARY}\n`, CANARY_CRC);
  server.put('projects/p-1/secrets/key/versions/12', DEMO_KEY, DEMO_CRC);
});
afterAll(() => server.stop());
beforeEach(() => {
  server.mode = 'well';
  server.asked.length = 0;
});

/** Pauses between tries are not waited for. */
const hasty = { ...machineClock, sleep: async () => {} };

function open(env: Record<string, string>, changes: Partial<OpenSecretsOptions> = {}) {
  return openSecrets(['A', 'B', 'C'], {
    env: { SAPPHIRE_SECRET_MANAGER_URL: server.url, ...env },
    clock: hasty,
    isRehearsal: false,
    token: async () => LOCAL_TOKEN,
    ...changes,
  });
}

/** What it is refused with; the key is no part of it, however it is looked at. */
async function fault(env: Record<string, string>, changes: Partial<OpenSecretsOptions> = {}) {
  const error = await open(env, changes).then(
    () => expect.fail('was opened'),
    (thrown: unknown) => thrown as Error,
  );
  const seen = inspect(error, { depth: 9, showHidden: true }) + error.stack + JSON.stringify(error);
  expect(seen).not.toContain(CANARY);
  expect(seen).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 20));
  expect(seen).not.toContain(LOCAL_TOKEN);
  return error;
}

describe('CRC-32C', () => {
  it('of its check value is the one that the world agrees on', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.from(`${CANARY}\n`))).toBe(CANARY_CRC);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });
});

describe('a key', () => {
  it('comes from the environment, where it stands there, and nobody is asked', async () => {
    const secretOf = await open({ A: CANARY, C: '' });
    expect(secretOf('A')?.reveal()).toBe(CANARY);
    expect([secretOf('B'), secretOf('C')]).toEqual([null, null]);
    expect(server.asked).toEqual([]);
    expect(
      `${secretOf('A')} ${inspect(secretOf('A'))} ${JSON.stringify(secretOf('A'))}`,
    ).not.toContain(CANARY);
  });

  it('comes from Secret Manager where the environment says which version', async () => {
    const secretOf = await open({ A: 'plain-key', B: `gcp:${THIRD}` });
    expect(secretOf('A')?.reveal()).toBe('plain-key');
    // Without the line's end that an editor left.
    expect(secretOf('B')?.reveal()).toBe(CANARY);
    expect(server.asked).toEqual([`/v1/${THIRD}:access`]);
  });

  it('is tried again when the manager stumbles', async () => {
    server.mode = 'once-down';
    expect((await open({ B: `gcp:${THIRD}` }))('B')?.reveal()).toBe(CANARY);
    expect(server.asked).toHaveLength(2);
  });

  it('of the latest version is for rehearsals', async () => {
    const env = { A: 'gcp:projects/p-1/secrets/aster/versions/latest' };
    expect((await fault(env)).message).toContain('must name a version by its number');
    expect((await open(env, { isRehearsal: true }))('A')?.reveal()).toBe(CANARY);
  });

  it.each([
    ['forbidden', 2, 'secretAccessor', 1],
    ['crc', 5, 'its checksum is another one', 3],
    ['garbage', 5, 'said what cannot be read', 3],
    ['html', 5, 'said what cannot be read', 3],
    ['huge', 5, 'cannot be reached', 3],
    ['down', 5, 'answered 503', 3],
    ['slow', 5, 'did not answer', 3],
  ] as const)('is refused when the manager is %s', async (mode, exitCode, text, asked) => {
    server.mode = mode;
    const error = await fault({ B: `gcp:${THIRD}` }, { timeoutMs: 150 });
    expect(error).toBeInstanceOf(SecretFault);
    expect(error).toMatchObject({ exitCode });
    expect(error.message).toContain('B (projects/p-1/secrets/aster/versions/3)');
    expect(error.message).toContain(text);
    expect(server.asked).toHaveLength(asked);
  });

  it('is refused when there is none, and nobody vouches for us', async () => {
    const gone = await fault({ B: 'gcp:projects/p-1/secrets/aster/versions/4' });
    expect(gone).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no such version'),
    });
    const bare = await fault(
      { B: `gcp:${THIRD}` },
      {
        token: async () => {
          throw new Error(`request with ${LOCAL_TOKEN} failed`);
        },
      },
    );
    expect(bare).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('no Google credentials'),
    });
    const other = await fault({ B: `gcp:${THIRD}` }, { token: async () => 'of somebody else' });
    expect(other).toMatchObject({ exitCode: 2 });
  });

  it('that was pasted behind the prefix is not shown', async () => {
    const error = await fault({ A: `gcp:${CANARY}`, B: 'gcp:projects/p/secrets/s' });
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).problems.map(({ key }) => key)).toEqual(['A', 'B']);
  });

  it('is asked for at Google or on this machine, nowhere else', async () => {
    for (const url of ['http://10.0.0.1', 'ftp://127.0.0.1', 'http://127.evil.example', 'x']) {
      const error = await fault({ B: `gcp:${THIRD}`, SAPPHIRE_SECRET_MANAGER_URL: url });
      expect(error, url).toBeInstanceOf(InputError);
    }
    expect(server.asked).toEqual([]);
  });
});

describe('sapphire flatten with a key from Secret Manager', () => {
  let place: Room;
  let stop = async () => {};
  let words: string[] = [];
  beforeAll(async () => {
    place = room('secrets');
    const symbols = { BTCUSDT: { tickSize: 0.1, lotSize: 0.001 } };
    const about = { user: ASTER_USER, signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's' };
    const started = await startAsterAccount({ symbols }, about);
    stop = () => started.server.stop();
    const { restUrl, streamUrl } = started.server.hosts;
    words = [
      'flatten',
      '--venue',
      'aster',
      '--yes',
      '--rest-url',
      restUrl,
      '--stream-url',
      streamUrl,
    ];
  });
  afterAll(async () => {
    await stop();
    place.remove();
  });
  const env = () => ({
    ...server.env,
    HOME: place.root,
    ASTER_USER,
    ASTER_PRIVATE_KEY: 'gcp:projects/p-1/secrets/key/versions/12',
  });

  it('signs with it, by a token of this machine’s own account', async () => {
    const { code, stdout, stderr } = await place.sapphire(words, { env: env() });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('FLAT, says the venue');
    expect(stdout + stderr).not.toMatch(new RegExp(DEMO_KEY.slice(2), 'i'));
    expect(server.asked.filter((path) => path.includes('/token')).length).toBeGreaterThan(0);
  });

  it('does nothing without it, and says why', async () => {
    server.mode = 'forbidden';
    const { code, stdout, stderr } = await place.sapphire(words, { env: env() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'ASTER_PRIVATE_KEY (projects/p-1/secrets/key/versions/12): may not be read',
    );
    expect(stderr).not.toContain(LOCAL_TOKEN);
  });
});
