// `sapphire paper --feed aster` against a local server: the venue's own rules and history, a session
// that is taken up again where it stands.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../engine/interval.ts';
import { readFolder } from '../../live/journal/folder.ts';
import type { Line } from '../../live/journal/line.ts';
import { ended, room, start } from '../support/cli.ts';
import { startAsterServer } from '../support/venues/aster-server.ts';
import { inventedCandle, inventedCandles, playLive } from '../support/venues/candles.ts';

const here = room('paper-live');
const PRICES = { BTCUSDT: 60_000, ETHUSDT: 2500 };
const SYMBOLS = Object.keys(PRICES) as (keyof typeof PRICES)[];
const running: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});
afterAll(() => here.remove());

async function market() {
  const beginMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const symbols = Object.fromEntries(
    SYMBOLS.map((symbol, k) => {
      const fromMs = beginMs - 1000 * MINUTE_MS;
      const candles = inventedCandles(k + 1, fromMs, 1000, MINUTE_MS, PRICES[symbol]);
      return [symbol, { candles }];
    }),
  );
  const server = await startAsterServer({ symbols });
  const stage = {
    intervalMs: MINUTE_MS,
    nowMs: Date.now,
    symbols: SYMBOLS,
    form: server.form.bind(server),
    close: server.close.bind(server),
  };
  const stop = playLive(stage, (symbol, openMs) => {
    const k = SYMBOLS.indexOf(symbol as keyof typeof PRICES);
    return inventedCandle(k + 1, openMs, MINUTE_MS, PRICES[SYMBOLS[k]!]);
  });
  running.push(stop, () => server.stop());
  return server;
}

function linesOf(name: string): Line[] {
  return existsSync(here.at(name)) &&
    readdirSync(here.at(name)).some((one) => one.endsWith('.ndjson'))
    ? [...readFolder(here.at(name))]
    : [];
}

const rowsOf = (name: string) =>
  linesOf(name).filter((line) => line.kind === 'in' && line.event.kind === 'row-closed').length;

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 300) throw new Error('it never came to that');
    await new Promise((done) => setTimeout(done, 100));
  }
}

describe('sapphire paper --feed aster', () => {
  it('takes rules and warm-up from the venue, and goes on where its journal stands', async () => {
    const { hosts } = await market();
    // By the name of an asset, too: what it is called at the venue is told.
    const words = ['paper', '--feed', 'aster', '--symbols', 'BTC,ETHUSDT', '--days', '1'];
    words.push('--rest-url', hosts.restUrl, '--stream-url', hosts.streamUrl, '--dir', 'live');
    words.push('--strategy', 'sma-cross', '--json');
    for (const time of [1, 2]) {
      const child = start(words, { cwd: here.root });
      const end = ended(child);
      await until(
        () => linesOf('live').filter(isConnected).length === time && rowsOf('live') > 959,
      );
      child.kill('SIGINT');
      const { code, stdout } = await end;
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ state: 'interrupted' });
    }
    const [first, ...lines] = linesOf('live');
    const { manifest } = first as Extract<Line, { kind: 'manifest' }>;
    const { legs, firstRow, capacity } = manifest.market as {
      legs: { instrument: Record<string, unknown> }[];
      firstRow: number;
      capacity: number;
    };
    expect(manifest.feed).toBe('aster');
    // An hourly ATR(14) needs sixteen hours of minutes; then a day is traded.
    expect([firstRow, capacity - firstRow]).toEqual([960, 1440]);
    expect(legs.map(({ instrument }) => [instrument['symbol'], instrument['source']])).toEqual(
      SYMBOLS.map((symbol) => [symbol, 'venue']),
    );
    const opens = lines.flatMap((line) =>
      line.kind === 'in' && line.event.kind === 'row-closed' ? [line.event.openMs] : [],
    );
    expect(opens).toEqual(opens.map((_, k) => opens[0]! + k * MINUTE_MS));
    const replay = await here.sapphire(['replay', 'live', '--json']);
    expect(JSON.parse(replay.stdout)).toMatchObject({ equal: true });
    const trial = JSON.parse(readFileSync(here.at('live', 'trial.json'), 'utf8'));
    expect(trial).toMatchObject({ feedKind: 'live', speed: 1, starts: 2, isSevenRealDays: false });
  }, 60_000);

  it('says in words that a venue cannot be asked, and leaves nothing behind', async () => {
    const { code, stderr } = await here.call(
      [
        'paper',
        '--feed',
        'aster',
        '--symbols',
        'BTCUSDT',
        '--rest-url',
        'http://127.0.0.1:9',
      ].concat(['--dir', 'nobody']),
    );
    expect(code).toBe(5);
    expect(stderr).toContain('error: aster: unreachable');
    expect(existsSync(here.at('nobody'))).toBe(false);
  }, 60_000);

  it('names the nearest symbol that the venue has', async () => {
    const { hosts } = await market();
    const { code, stderr } = await here.call([
      'paper',
      ...['--feed', 'aster', '--symbols', 'BTCUSD', '--rest-url', hosts.restUrl],
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/BTCUSD.*did you mean BTCUSDT\?/);
  });
});

function isConnected(line: Line): boolean {
  return line.kind === 'note' && line.note.code === 'connected';
}
