// `sapphire live` as a person types it: each promotion that may not trade is refused in its own words, and
// one that may trades at a local Aster, is stopped, and is found again where it stood.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryDocument } from '../../engine/agents/memory/document.ts';
import type { Remembered } from '../../engine/agents/memory.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { readFolder } from '../../live/journal/folder.ts';
import {
  type Promotion,
  type PromotionBody,
  promotionText,
} from '../../live/promotion/document.ts';
import { makeKey, readPrivateKey, signPromotion } from '../../live/promotion/keys.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from '../live/venues/rig.ts';
import { ended, room, start } from '../support/cli.ts';
import { BULL, pinsOf, promotedBody } from '../support/promoted.ts';
import { configOf } from '../support/run.ts';
import { startAsterAccount } from '../support/venues/aster-server.ts';
import { inventedCandles, playLive } from '../support/venues/candles.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const here = room('live');
const key = here.at('operator.pem');
const env = {
  ASTER_USER,
  ASTER_PRIVATE_KEY: DEMO_KEY,
  HYPERLIQUID_ACCOUNT: ASTER_USER,
  HYPERLIQUID_PRIVATE_KEY: DEMO_KEY,
  SAPPHIRE_OPERATOR_PUB: here.at('operator.pub.pem'),
};
let config: ReturnType<typeof configOf>;
let pins: PromotionBody['pins'];

beforeAll(async () => {
  makeKey(key, undefined);
  writeFileSync(here.at('bull.ts'), BULL);
  makeKey(here.at('other.pem'), undefined);
  config = configOf({
    name: 'hold',
    decision: {
      agents: { bull: { use: './bull.ts', weight: 1, parameters: {} } },
      risk: { stopLoss: { enabled: true, fraction: 0.05 } },
    },
    world: { venue: 'aster', symbols: ['BTCUSDT'] },
  });
  pins = await pinsOf(config, here.root);
});
afterAll(() => here.remove());

/** A promotion that may trade today, but for what is changed. */
function body(changes: Partial<PromotionBody> = {}): PromotionBody {
  return promotedBody(config, pins, changes);
}

let files = 0;

function fileOf(promotion: Promotion): string {
  const path = here.at(`promotion-${files++}.json`);
  writeFileSync(path, promotionText(promotion));
  return path;
}

const signed = (changes: Partial<PromotionBody> = {}) =>
  signPromotion(body(changes), readPrivateKey(key, undefined));
const spoilt = (change: Partial<PromotionBody['gates'][number]>) => {
  const [first, ...rest] = body().gates;
  return [{ ...first!, ...change }, ...rest];
};

describe('a promotion that may not trade', () => {
  // A port that nobody is at: had it been asked, the exit code would be 5.
  const hosts = ['aster', 'hyperliquid'].flatMap((venue) => [
    ...['--rest-url', `${venue}=http://127.0.0.1:9`],
    ...['--stream-url', `${venue}=ws://127.0.0.1:9`],
  ]);
  it.each<[string, () => Promotion, number, string]>([
    ['unsigned', () => ({ body: body(), signature: null }), 4, 'not signed'],
    [
      'of another operator',
      () => signPromotion(body(), readPrivateKey(here.at('other.pem'), undefined)),
      4,
      "and the operator's is",
    ],
    ['edited', () => ({ ...signed(), body: body({ capitalUsd: 9999 }) }), 4, 'edited or damaged'],
    [
      'edited at its fallback',
      () => ({ ...signed(), body: body({ fallbacks: [] }) }),
      4,
      'edited or damaged',
    ],
    ['expired', () => signed({ expiresAt: new Date(Date.now() - 5).toISOString() }), 4, 'ended'],
    [
      'of another commit',
      () => signed({ pins: { ...pins, codeDigest: '0'.repeat(64) } }),
      4,
      'promoted with the code 000000000000',
    ],
    ['with a failed gate', () => signed({ gates: spoilt({ passed: false }) }), 4, 'did not pass'],
    [
      'that was rehearsed',
      () => signed({ rehearsal: ['the paper trial replayed a stored range'] }),
      6,
      'hyperliquid would be the real one',
    ],
    ['that nobody confirms', () => signed(), 6, 'not confirmed (type hold)'],
  ])('%s says why, and nothing is connected', async (_, make, exit, words) => {
    const path = fileOf(make());
    const given = ['live', '--promotion', path, '--dir', here.folder()];
    // A rehearsal names only the hosts of its primary venue.
    const more = words.startsWith('hyperliquid') ? hosts.slice(0, 4) : hosts;
    const { code, stderr } = await here.call([...given, ...more], { env });
    expect(stderr).toContain(words);
    expect(code).toBe(exit);
  });

  it('began with memories that are others by now: what was judged is not what would trade', async () => {
    const file = here.at('bull.memory.json');
    const trade: Remembered = {
      ...{ symbol: 'BTCUSDT', side: 1, decidedMs: 0, exitMs: 1, returnFraction: 0.01 },
      ...{ exitReason: 'stop', votes: { bull: 0.9 }, state: [0, 0, 0, 0, 0, 0, 0] },
    };
    writeFileSync(file, JSON.stringify(memoryDocument([trade])));
    const { decision } = config;
    const memory = { ...decision.memory, enabled: true, load: './bull.memory.json' };
    const recalling = { ...config, decision: { ...decision, memory } };
    const pinned = await pinsOf(recalling, here.root);
    expect(pinned.memoryDigest).toMatch(/^[0-9a-f]{64}$/);
    const path = fileOf(
      signPromotion(promotedBody(recalling, pinned), readPrivateKey(key, undefined)),
    );
    const given = ['live', '--promotion', path, '--dir', here.folder(), ...hosts];
    expect(await here.call(given, { env })).toMatchObject({ code: 6 });
    writeFileSync(file, JSON.stringify(memoryDocument([{ ...trade, returnFraction: -0.01 }])));
    const { code, stderr } = await here.call(given, { env });
    expect(stderr).toContain('promoted with the memory (decision.memory.load)');
    expect(code).toBe(4);
  });

  it('that is not there is bad input', async () => {
    const { code, stderr } = await here.call(['live', '--promotion', 'nowhere.json'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('nowhere.json: must be a promotion that can be read');
  });

  it('was halted, and stays so until it is re-armed by name', async () => {
    const dir = here.folder();
    const halted = { code: 'max-drawdown', atMs: 1_700_000_000_000, text: '5 % lost' };
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'safety.json'), JSON.stringify({ halted }));
    const words = ['live', '--promotion', fileOf(signed()), '--dir', dir];
    const refused = await here.sapphire([...words, '--confirm', 'hold'], { env });
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('halted since 2023-11-14T22:13:20.000Z: max-drawdown');
    const unnamed = await here.sapphire([...words, '--rearm', '--confirm', 'held'], { env });
    expect(unnamed.code).toBe(6);
    const armed = await here.sapphire([...words, '--rearm', '--confirm', 'hold'], { env });
    expect(armed).toMatchObject({
      code: 0,
      stderr: 're-armed: the next session begins at stage 1\n',
    });
    const { stderr } = await here.sapphire(words, { env });
    expect(stderr).toContain('not confirmed');
  });
});

// Candles are a minute each, and this waits for two of them in real time.
describe.runIf(LONG)('a promotion that may trade', () => {
  it('buys at the venue, protects it there, and is taken up again with no second order', async () => {
    const beginMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const price = 60_000;
    const candles = inventedCandles(1, beginMs - 1000 * MINUTE_MS, 1000, MINUTE_MS, price);
    const symbols = { BTCUSDT: { tickSize: 0.1, lotSize: 0.001, candles } };
    const { server, account } = await startAsterAccount(
      { symbols },
      { user: ASTER_USER, signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's', wallet: 100_000 },
    );
    const last = candles.at(-1)!.close;
    account.book.setPrice('BTCUSDT', last);
    const still = (openMs: number) => {
      return { openMs, open: last, high: last, low: last, close: last, volume: 100 };
    };
    const market = {
      intervalMs: MINUTE_MS,
      nowMs: Date.now,
      symbols: ['BTCUSDT'],
      form: server.form.bind(server),
      close: server.close.bind(server),
    };
    const stop = playLive(market, (_, openMs) => still(openMs));
    const { restUrl, streamUrl } = server.hosts;
    const dir = here.folder();
    const promotion = fileOf(signed({ fallbacks: [] }));
    const words = ['live', '--promotion', promotion, '--dir', dir, '--confirm', 'hold'];
    words.push('--rest-url', restUrl, '--stream-url', streamUrl, '--json');
    const lines = () => {
      const stage = readdirSync(dir).find((name) => name.startsWith('stage-'));
      return stage === undefined ? [] : [...readFolder(join(dir, stage))].slice(-12);
    };
    const until = async (holds: () => boolean, what: string) => {
      for (let tries = 0; !holds(); tries++) {
        if (tries > 1000) throw new Error(`never: ${what}: ${JSON.stringify(lines())}`);
        await new Promise((done) => setTimeout(done, 100));
      }
    };
    try {
      const first = start(words, { cwd: here.root, env });
      const firstEnd = ended(first);
      await until(() => account.book.qty('BTCUSDT') > 0, 'a position');
      await until(() => account.book.open('BTCUSDT').length > 0, 'a stop');
      first.kill('SIGKILL');
      await firstEnd;
      const orders = account.book.log.length;
      const second = start(words, { cwd: here.root, env });
      const secondEnd = ended(second);
      const stage = join(dir, readdirSync(dir).find((name) => name.startsWith('stage-'))!);
      const notes = () =>
        [...readFolder(stage)].flatMap((line) => (line.kind === 'note' ? [line.note.code] : []));
      await until(() => notes().includes('recovered'), 'a recovery');
      await until(() => notes().lastIndexOf('reconciled') > notes().indexOf('recovered'), 'peace');
      second.kill('SIGINT');
      const { code, stdout } = await secondEnd;
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ state: 'interrupted', fills: 1 });
      expect(account.book.log.length).toBe(orders);
      expect(notes()).toContain('recovered');
      expect(notes()).not.toContain('mismatch');
      expect(existsSync(join(stage, 'trial.json'))).toBe(true);
      const replay = await here.sapphire(['replay', stage, '--json']);
      expect(JSON.parse(replay.stdout)).toMatchObject({ equal: true });
      const flat = await here.sapphire(
        ['flatten', '--venue', 'aster', '--yes', '--rest-url', restUrl, '--stream-url', streamUrl],
        { env },
      );
      expect(flat.code).toBe(0);
      expect(account.book.qty('BTCUSDT')).toBe(0);
    } finally {
      stop();
      await server.stop();
    }
  }, 300_000);
});
