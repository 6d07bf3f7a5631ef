// Alerts: what is worth one, what each service is sent, and that nothing of it keeps a session waiting. A real
// local server; the waits are a virtual clock's.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../engine/errors.ts';
import type { Kernel } from '../../../engine/kernel.ts';
import { type Alerts, openAlerts } from '../../../live/alerts/alerts.ts';
import { memoryFile } from '../../../live/alerts/memory.ts';
import { letterboxAt } from '../../../live/alerts/post.ts';
import { alertsOf } from '../../../live/alerts/session.ts';
import { type Alert, ofEnd, ofNote, ofSafety, ofWatch } from '../../../live/alerts/worth.ts';
import { note } from '../../../live/note.ts';
import { Secret } from '../../../live/venues/secret.ts';
import { LetterboxServer } from '../../support/letterbox.ts';
import { VirtualClock } from '../../support/socket.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 1);
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function rig(url?: string) {
  const clock = new VirtualClock(START_MS);
  const server = await LetterboxServer.open(() => clock.monotonicMs());
  const told: string[] = [];
  const env = { SAPPHIRE_ALERT_URL: url ?? server.url };
  const tell = (text: string) => void told.push(text);
  const alerts = openAlerts(env, { from: 'live follow', clock, tell }) as Alerts;
  closing.push(async () => {
    await Promise.all([alerts.close(0), clock.advance(0)]);
    await server.close();
  });
  return { server, clock, told, alerts };
}

const alert = (text: string, urgency: Alert['urgency'] = 'look'): Alert => {
  return { code: 'blocked', urgency, text };
};

/** In real time: requests are real. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let k = 0; !holds(); k++) {
    if (k > 2000) throw new Error(`it never came to that: ${what}`);
    await sleep(5);
  }
}

/** Lets virtual time pass, and requests their real one, until it has come to that. */
async function spend(clock: VirtualClock, holds: () => boolean, what: string): Promise<void> {
  for (let k = 0; !holds(); k++) {
    if (k > 5000) throw new Error(`it never came to that: ${what}`);
    await clock.advance(100);
    await sleep(1);
  }
}

describe('what is posted', () => {
  const sending = {
    ...({ code: 'alert', urgency: 'act', text: 'a stop <!channel> @everyone & more' } as const),
    ...{ from: 'live follow', atMs: START_MS, repeats: 2 },
  };
  const line = 'a stop <!channel> @everyone & more (and 2 more like it before)';
  const title = 'ACT sapphire live follow';

  // As the references of the services have it; none of them lets a text call people or channels.
  it.each([
    [
      'https://hooks.slack.com/services/T0/B0/xyz',
      undefined,
      'https://hooks.slack.com/services/T0/B0/xyz',
      {
        text: `${title}: a stop &lt;!channel&gt; @everyone &amp; more (and 2 more like it before)`,
      },
    ],
    [
      'https://discord.com/api/webhooks/1/abc',
      undefined,
      'https://discord.com/api/webhooks/1/abc',
      { content: `${title}: ${line}`, allowed_mentions: { parse: [] } },
    ],
    [
      'https://api.telegram.org/bot12:AB/sendMessage?chat_id=-100',
      undefined,
      'https://api.telegram.org/bot12:AB/sendMessage',
      { chat_id: '-100', text: `${title}: ${line}` },
    ],
    [
      'https://ntfy.example.org/my-topic',
      'ntfy',
      'https://ntfy.example.org',
      { topic: 'my-topic', title, message: line, priority: 5 },
    ],
    [
      'https://example.org/hook?key=1',
      undefined,
      'https://example.org/hook?key=1',
      {
        ...{ title, text: line, code: 'alert', urgency: 'act', from: 'live follow' },
        ...{ at: '2026-01-01T00:00:00.000Z', repeats: 2 },
      },
    ],
  ])('to %s is what is read there', (url, format, target, body) => {
    const letter = letterboxAt(new Secret(url), format).letter(sending);
    expect(letter.url).toBe(target);
    expect(JSON.parse(letter.body)).toEqual(body);
  });

  it.each([
    ['http://example.org/secret-path', undefined, /SAPPHIRE_ALERT_URL: must be an https: URL/],
    ['ftp://127.0.0.1/secret-path', undefined, /must be an https: URL/],
    ['secret-path', undefined, /must be an https: URL/],
    ['https://ntfy.sh/', undefined, /must end with a topic/],
    ['https://api.telegram.org/bot1:secret-path/sendMessage', undefined, /chat_id=NUMBER/],
    ['https://example.org/secret-path', 'slak', /FORMAT.*did you mean slack/],
  ])('to %s is refused, and the URL not shown', (url, format, words) => {
    const open = () => letterboxAt(new Secret(url), format);
    expect(open).toThrow(InputError);
    expect(open).toThrow(words);
    expect(open).not.toThrow(/secret-path/);
  });
});

describe('an alert', () => {
  it('is on its way when say returns, and the same is not said again for a quarter of an hour', async () => {
    const { server, clock, alerts } = await rig();
    alerts.say(alert('aster BTCUSDT: position is 0.5'));
    alerts.say(alert('aster BTCUSDT: position is 0.7'));
    alerts.say(alert('aster ETHUSDT: position is 0.7'));
    alerts.say(null);
    await until(() => server.posted.length === 2, 'two alerts');
    await clock.advance(14 * MINUTE_MS);
    alerts.say(alert('aster BTCUSDT: position is 0.9'));
    await clock.advance(MINUTE_MS);
    alerts.say(alert('aster BTCUSDT: position is 1'));
    await until(() => server.posted.length === 3, 'a third one');
    expect(server.texts).toEqual([
      'aster BTCUSDT: position is 0.5',
      'aster ETHUSDT: position is 0.7',
      'aster BTCUSDT: position is 1 (and 2 more like it before)',
    ]);
  });

  it('that an earlier process told is not told again, but what is only to be known', async () => {
    const { server, clock } = await rig();
    const folder = mkdtempSync(join(tmpdir(), 'sapphire-alerts-'));
    const env = { SAPPHIRE_ALERT_URL: server.url };
    const life = async () => {
      const memory = memoryFile(join(folder, '.sapphire', 'alerts.json'));
      const about = { from: 'live follow', clock, tell: () => {}, memory };
      const alerts = openAlerts(env, about) as Alerts;
      const before = server.tries;
      alerts.say({ code: 'began', urgency: 'know', text: 'began' });
      alerts.say({ code: 'failed', urgency: 'act', text: 'failed: line 7 of its journal' });
      await until(() => server.tries > before, 'an alert');
      await alerts.close(1000);
    };
    await life();
    await life();
    writeFileSync(join(folder, '.sapphire', 'alerts.json'), '{"damaged');
    await life();
    rmSync(folder, { recursive: true });
    const codes = server.posted.map(({ body }) => body['code']);
    expect(codes.filter((code) => code === 'began')).toHaveLength(3);
    expect(codes.filter((code) => code === 'failed')).toHaveLength(2);
  });

  it('goes before less urgent ones; ten go at once, then one each half a minute', async () => {
    const { server, clock, alerts } = await rig();
    for (let k = 0; k < 12; k++) alerts.say(alert(`look ${'x'.repeat(k)}`));
    alerts.say(alert('act', 'act'));
    await until(() => server.posted.length === 10, 'ten');
    await clock.advance(29_000);
    expect(server.tries).toBe(10);
    await clock.advance(1000);
    await until(() => server.posted.length === 11, 'eleven');
    // The first was under way when the urgent one came.
    expect(server.texts.indexOf('act')).toBe(1);
  });

  it('waits for a service that is down, which is told once without the URL', async () => {
    const { server, clock, told, alerts } = await rig();
    server.fail('drop', { status: 503 }, 'drop');
    alerts.say(alert('a person is needed', 'act'));
    await spend(clock, () => server.posted.length === 1, 'its arrival');
    const [first, second, third, fourth] = server.triedMs as [number, number, number, number];
    expect(second - first).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(2000);
    expect(fourth - third).toBeGreaterThanOrEqual(4000);
    await until(() => told.length === 2, 'being told');
    expect(told[0]).toMatch(/^127\.0\.0\.1:\d+ does not take alerts: /);
    expect(told[1]).toMatch(/takes alerts again$/);
    expect(told.join()).not.toContain('hook-1234567890');
  });

  it('is not held up by one that never answers for longer than ten seconds', async () => {
    const { server, clock, told, alerts } = await rig();
    server.fail('silent');
    alerts.say(alert('slow'));
    await until(() => server.tries === 1, 'a try');
    await spend(clock, () => server.texts[0] === 'slow', 'its arrival');
    expect(server.triedMs[1]! - server.triedMs[0]!).toBeGreaterThanOrEqual(11_000);
    expect(told[0]).toContain('no answer in 10 s');
  });

  it('comes no sooner than it was told to, and not at all where it is refused', async () => {
    const { server, clock, alerts } = await rig();
    server.fail({ status: 429, headers: { 'retry-after': '30' } }, { status: 404 });
    alerts.say(alert('once more'));
    await spend(clock, () => server.tries === 2, 'a refusal');
    expect(server.triedMs[1]! - server.triedMs[0]!).toBeGreaterThanOrEqual(30_000);
    alerts.say(alert('next'));
    await until(() => server.posted.length === 1, 'the next');
    expect(server.texts).toEqual(['next']);
  });

  it('among a thousand is bounded: the urgent ones stay, the others are counted', async () => {
    const { server, clock, alerts } = await rig();
    server.fail('silent');
    for (let k = 0; k < 1000; k++) {
      alerts.say(alert(`${'y'.repeat(k)}`, k % 100 === 0 ? 'act' : 'know'));
    }
    expect(alerts.dropped).toBeGreaterThanOrEqual(949);
    await until(() => server.tries === 1, 'the first');
    await spend(clock, () => server.posted.length >= 10, 'ten');
    const urgent = server.posted.slice(0, 10).map(({ body }) => body['urgency']);
    expect(urgent).toEqual(Array.from({ length: 10 }, () => 'act'));
  });

  it('that is still in line at the end has as long as it is given, and no longer', async () => {
    const { server, clock, alerts } = await rig();
    server.fail('silent');
    alerts.say(alert('last words'));
    await until(() => server.tries === 1, 'a try');
    let isOver = false;
    void alerts.close(5000).then(() => {
      isOver = true;
    });
    await clock.advance(4999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
    alerts.say(alert('too late'));
    await sleep(20);
    expect(server.tries).toBe(1);
  });
});

describe('what is worth an alert', () => {
  it.each([
    ['a stop that is not there', ofNote(note('alert', 'no stop', 0), 'BTCUSDT'), 'act'],
    ['a leg that is blocked', ofNote(note('blocked', 'position', 0), 'BTCUSDT'), 'look'],
    ['positions that differ', ofNote(note('mismatch', 'ours is 1', 0), 'BTCUSDT'), 'look'],
    ['a halt', ofSafety('halted', 'max-drawdown'), 'act'],
    ['a halt by the operator', ofSafety('halted', 'operator'), 'know'],
    ['a session that nobody watches', ofSafety('reducing', 'unwatched'), 'act'],
    ['a promotion that has ended', ofSafety('reducing', 'expired'), 'act'],
    ['a session that died', ofWatch('dead', 'follow died'), 'act'],
    ['a position without a stop', ofWatch('unprotected', '1 BTCUSDT'), 'act'],
    ['a venue that stayed away', ofWatch('given-up', 'aster'), 'act'],
    ['an end that nobody meant', ofEnd('venue-lane-full'), 'act'],
    ['an end that was meant', ofEnd('interrupted'), 'know'],
  ])('%s is', (_, found, urgency) => {
    expect(found).toMatchObject({ urgency });
  });

  it.each([
    ['a late candle', ofNote(note('late'), '')],
    ['a lost connection that is mended', ofNote(note('repaired'), '')],
    ['somebody who watches', ofWatch('watches', '')],
    ['a person’s pause', ofSafety('reducing', 'paused')],
    ['being active again', ofSafety('active', 'paused-over')],
  ])('%s is not', (_, found) => {
    expect(found).toBeNull();
  });
});

describe('a session', () => {
  function watched() {
    const clock = new VirtualClock(START_MS);
    const said: Alert[] = [];
    const about = { intervalMs: MINUTE_MS, feed: 'aster' };
    const seen = alertsOf({ say: (one) => one && said.push(one) }, clock, about);
    const row = (standing: object, isRecovering = false) =>
      seen.onRow({ standing } as Kernel, {} as never, isRecovering);
    return { clock, said, row, beat: seen.onBeat, codes: () => said.map(({ code }) => code) };
  }

  it('without candles to trade on for five minutes is told of once, and that they are back', async () => {
    const { clock, row, beat, codes } = watched();
    row({ isStale: false });
    for (let k = 0; k < 400; k++) {
      await clock.advance(1000);
      if (k % 60 === 0) row({ isStale: true });
      beat();
      expect(codes()).toEqual(k < 299 ? ['began'] : ['began', 'silent']);
    }
    row({ isStale: false });
    row({ isStale: false });
    expect(codes()).toEqual(['began', 'silent', 'fresh']);
  });

  it('that halts is told of once, and not again when it is run from its journal', () => {
    const first = watched();
    for (const isHalted of [false, true, true]) first.row({ isHalted, isStale: false });
    expect(first.said).toMatchObject([{ code: 'halted', urgency: 'act' }]);
    const second = watched();
    second.row({ isHalted: true, isStale: true }, true);
    second.row({ isHalted: true, isStale: false });
    expect(second.codes()).toEqual([]);
  });
});
