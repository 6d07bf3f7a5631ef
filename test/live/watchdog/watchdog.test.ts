// A session that is killed or hangs, really: what it leaves at a local Aster is looked after by a process
// that outlived it, and by nobody else.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { JournalLock } from '../../../live/journal/lock.ts';
import { readLogbook } from '../../../live/watchdog/logbook.ts';
import type { Hello } from '../../../live/watchdog/talk.ts';
import { room } from '../../support/cli.ts';
import { LetterboxServer } from '../../support/letterbox.ts';
import { startAsterAccount } from '../../support/venues/aster-server.ts';
import type { Book, BookRequest } from '../../support/venues/book.ts';
import { ASTER_SIGNER, ASTER_USER, DEMO_KEY } from '../venues/rig.ts';

const HOLDER = fileURLToPath(new URL('./holder.ts', import.meta.url));
const LONG = process.env['SAPPHIRE_LONG'] === '1';
const BTC = 'BTCUSDT';
const SECRETS = { ASTER_USER, ASTER_PRIVATE_KEY: DEMO_KEY };
const here = room('watchdog');
const children: ChildProcessWithoutNullStreams[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  here.remove();
});

const ORDER: BookRequest = {
  clientId: null,
  symbol: BTC,
  side: 1,
  type: 'market',
  qty: 0.25,
  price: Number.NaN,
  trigger: Number.NaN,
  trailFraction: Number.NaN,
  tif: 'gtc',
  reduceOnly: false,
};

/** Long 0.25 with its stop, and an entry that rests: what a session leaves. */
async function scene(name: string, changes: Partial<Hello> = {}) {
  const symbols = { [BTC]: { tickSize: 0.1, lotSize: 0.001 } };
  const about = { user: ASTER_USER, signer: ASTER_SIGNER, apiKey: 'k', secretKey: 's' };
  const { server, account } = await startAsterAccount({ symbols }, { ...about, wallet: 100_000 });
  const { book } = account;
  book.setPrice(BTC, 50_000);
  book.place(ORDER);
  book.place({ ...ORDER, side: -1, type: 'stop-market', trigger: 45_000, reduceOnly: true });
  book.place({ ...ORDER, type: 'limit', qty: 0.1, price: 40_000 });
  const folder = here.folder(name);
  const hello: Omit<Hello, 'kind' | 'pid'> = {
    name,
    folder,
    journal: folder,
    stateFolder: join(folder, 'state'),
    silenceMs: 1500,
    measure: 'take-back-entries',
    venues: [{ id: 'aster', symbols: [BTC], hosts: server.hosts }],
    secrets: SECRETS,
    ...changes,
  };
  return { server, book, hello, folder };
}

/** Starts a holder and waits until it is watched. */
async function held(hello: object) {
  const child = spawn(process.execPath, [HOLDER], {
    env: { PATH: process.env['PATH'], HOME: here.root, HOLDER: JSON.stringify(hello) },
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  const isOver = new Promise((done) => child.on('exit', done));
  await until(() => /watched by \d+/.test(said) || child.exitCode !== null, said);
  return { child, isOver, watchdog: Number(/watched by (\d+)/.exec(said)?.[1]), said: () => said };
}

async function until(holds: () => boolean, what = ''): Promise<void> {
  for (let k = 0; !holds(); k++) {
    if (k > 6000) throw new Error(`waited for two minutes: ${what}`);
    await sleep(20);
  }
}

const kindsOf = (book: Book) => book.open().map(({ type }) => type);
/** What was done, in order; not that somebody began to watch. */
const codesOf = (folder: string) =>
  readLogbook(folder).flatMap(({ code }) => (code === 'watches' ? [] : [code]));

/** Ends a watchdog that still waits for what may arrive late. */
async function ended(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
  await until(() => !isRunning(pid));
}

function isFree(folder: string): boolean {
  try {
    JournalLock.take(folder, 'asking').release();
    return true;
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.concurrent('a watched session', () => {
  it('that is killed has its entries taken back, and keeps its stop', async () => {
    const { server, book, hello, folder } = await scene('killed');
    const box = await LetterboxServer.open();
    const secrets = { ...hello.secrets, SAPPHIRE_ALERT_URL: box.url };
    const { child, watchdog, said } = await held({ ...hello, secrets });
    await sleep(1000);
    expect(kindsOf(book), 'nothing is done while it lives').toEqual(['stop-market', 'limit']);
    child.kill('SIGKILL');
    await until(() => !kindsOf(book).includes('limit'), said());
    expect(kindsOf(book)).toEqual(['stop-market']);
    expect(book.qty(BTC)).toBe(0.25);
    expect(codesOf(folder)).toContain('dead');
    await until(() => box.posted.length > 0, 'an alert');
    expect(box.posted[0]!.body).toMatchObject({
      ...{ code: 'watchdog-dead', urgency: 'act', from: 'watchdog of killed' },
    });
    if (LONG) {
      // Until nothing that it sent can still arrive.
      await until(() => !isRunning(watchdog));
      expect(readLogbook(folder).at(-2)?.text).toBe(
        'aster: 1 entries taken back, 1 orders that only reduce stay, 1 positions are open, 0 of them unprotected',
      );
    } else await ended(watchdog);
    expect(JSON.stringify([readLogbook(folder), box.posted])).not.toContain(DEMO_KEY.slice(2));
    await box.close();
    await server.stop();
  });

  it('that hangs is ended first, and closed where that was promised, without a disk for its journal', async () => {
    const { server, book, hello, folder } = await scene('hangs', {
      measure: 'flatten',
      // Nobody is there to be told, and that keeps it from nothing.
      secrets: { ...SECRETS, SAPPHIRE_ALERT_URL: 'http://127.0.0.1:9/hook' },
    });
    const { child, watchdog, isOver } = await held(hello);
    child.kill('SIGSTOP');
    // Its disk is gone: no lock can be had there, no nonce be kept, nothing be written down.
    renameSync(folder, `${folder}-away`);
    writeFileSync(folder, '');
    await isOver;
    expect(child.signalCode, 'a session that hangs must not wake and trade').toBe('SIGKILL');
    await until(() => book.qty(BTC) === 0);
    await until(() => book.open().length === 0);
    const elsewhere = () => codesOf(join(here.root, '.sapphire'));
    await until(() => elsewhere().includes('flat'));
    await ended(watchdog);
    expect(elsewhere().slice(0, 2)).toEqual(['killed', 'hung']);
    expect(elsewhere().at(-1)).toBe('ended');
    await server.stop();
  });

  it('that is back in time is left alone; one that leaves has its entries taken back', async () => {
    const { server, book, hello, folder } = await scene('back', { silenceMs: 4000 });
    const first = await held(hello);
    first.child.kill('SIGKILL');
    await first.isOver;
    const back = JournalLock.take(folder, 'back');
    await until(() => !isRunning(first.watchdog));
    expect(codesOf(folder)).toEqual(['dead', 'handed-over', 'ended']);
    expect(kindsOf(book)).toEqual(['stop-market', 'limit']);
    back.release();
    const second = await held(hello);
    second.child.kill('SIGTERM');
    await until(() => !kindsOf(book).includes('limit'));
    expect(kindsOf(book)).toEqual(['stop-market']);
    // Between its looks the locks are free: whoever comes now minds it.
    await until(() => isFree(folder));
    const next = JournalLock.take(folder, 'next');
    await until(() => !isRunning(second.watchdog));
    next.release();
    expect(codesOf(folder).slice(-2)).toEqual(['handed-over', 'ended']);
    await server.stop();
  });

  it('that was a rehearsal is minded no longer than its folder is there', async () => {
    const { server, book, hello, folder } = await scene('rehearsal', {
      silenceMs: 600_000,
      isRehearsal: true,
    });
    const { child, watchdog, isOver } = await held(hello);
    child.kill('SIGKILL');
    await isOver;
    expect(isRunning(watchdog)).toBe(true);
    rmSync(folder, { recursive: true });
    await until(() => !isRunning(watchdog));
    expect(kindsOf(book)).toEqual(['stop-market', 'limit']);
    await server.stop();
  });

  it('is not watched by one that was told nothing, or cannot sign', async () => {
    const { server, hello } = await scene('mute', {
      secrets: { ASTER_USER, ASTER_PRIVATE_KEY: 'no' },
    });
    const { child, said } = await held(hello);
    await until(() => child.exitCode !== null);
    expect(child.exitCode).not.toBe(0);
    expect(said()).not.toContain('watched by');
    await server.stop();
  });
});
