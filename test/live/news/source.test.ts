// A source of headlines over HTTP, a local server that fails in every way; and the thread that reads what it says.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readNews } from '../../../data/news/read.ts';
import { BadReply } from '../../../data/venues/said.ts';
import { machineClock } from '../../../live/clock.ts';
import { NewsSource, type Polled } from '../../../live/news/source.ts';
import { ReaderThread } from '../../../live/news/thread.ts';
import { NewsServer, rssOf } from '../../support/news-server.ts';
import { VirtualClock } from '../../support/socket.ts';

const START_MS = Date.UTC(2026, 0, 1);
const never = new AbortController().signal;

let server: NewsServer;
beforeAll(async () => {
  server = await NewsServer.open();
});
afterAll(() => server.close());

describe('a source', () => {
  afterEach(() => {
    server.seen.length = 0;
  });

  function sourceOf(changes: Partial<ConstructorParameters<typeof NewsSource>[0]> = {}) {
    return new NewsSource({
      ...{ id: 'one', url: server.url, hasKey: false, clock: machineClock },
      read: async (text) => readNews(text),
      scrub: (text) => text.replaceAll('s3cr3t', '[secret]'),
      ...changes,
    });
  }

  it('is asked with what it said of its version, and says nothing where nothing is new', async () => {
    const source = sourceOf();
    server.publish(rssOf([{ id: '1', title: 'One' }]));
    expect(await source.poll(never)).toMatchObject({ kind: 'items', items: [{ title: 'One' }] });
    expect(await source.poll(never)).toEqual({ kind: 'same' });
    server.publish(rssOf([{ id: '2', title: 'Two' }]));
    expect(await source.poll(never)).toMatchObject({ kind: 'items', items: [{ title: 'Two' }] });
    expect(server.seen.map((one) => one['if-none-match'])).toEqual([undefined, '"v1"', '"v1"']);
    expect(server.seen[1]!['if-modified-since']).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
  });

  it('is asked for all of it again after a document that could not be read', async () => {
    const source = sourceOf();
    server.fail({ body: '<html>Just a moment...</html>' });
    expect(await source.poll(never)).toMatchObject({ kind: 'fault' });
    await source.poll(never);
    expect(server.seen[1]!['if-none-match']).toBeUndefined();
  });

  it.each([
    ['500', { status: 500 }, /^status 500$/, 0],
    ['429 with a wait', { status: 429, headers: { 'retry-after': '120' } }, /status 429/, 120_000],
    ['a connection that breaks', 'drop', /./, 0],
    ['two million bytes and more', { body: 'x'.repeat(2_000_001) }, /at most 2000000 bytes/, 0],
    ['garbage', { body: Buffer.from([0, 255, 254, 1]) }, /must be RSS, Atom/, 0],
    ['an unknown encoding', { body: 'x', type: 'text/xml; charset=klingon' }, /klingon/, 0],
  ] as const)('that answers with %s is a fault in words', async (_, fault, words, waitMs) => {
    server.fail(fault);
    const polled = (await sourceOf().poll(never)) as Extract<Polled, { kind: 'fault' }>;
    expect(polled.kind).toBe('fault');
    expect(polled.text).toMatch(words);
    expect(polled.waitMs).toBe(waitMs);
  });

  it('that is slow is given up after fifteen seconds', async () => {
    const clock = new VirtualClock(START_MS);
    server.fail('silent');
    const polled = sourceOf({ clock }).poll(never);
    while (server.seen.length === 0) await machineClock.sleep(1);
    await clock.advance(15_000);
    expect(await polled).toEqual({ kind: 'fault', text: 'no answer in 15 s', waitMs: 0 });
  });

  it('is read in the encoding that it names', async () => {
    // "Курс" in windows-1251.
    const word = Buffer.from([0xca, 0xf3, 0xf0, 0xf1]);
    const [before, after] = rssOf([{ title: '@' }]).split('@');
    const body = Buffer.concat([Buffer.from(before!), word, Buffer.from(after!)]);
    server.fail({ body, type: 'application/xml; charset=windows-1251' });
    expect(await sourceOf().poll(never)).toMatchObject({ items: [{ title: 'Курс' }] });
  });

  it('that has moved is followed where it is, and to no machine of ours', async () => {
    server.publish(rssOf([{ title: 'Moved' }]));
    server.fail({ status: 301, headers: { location: '/feed?new' } });
    expect(await sourceOf().poll(never)).toMatchObject({ items: [{ title: 'Moved' }] });
    for (const location of [
      'http://127.0.0.1:1/',
      'https://127.0.0.1/',
      'https://169.254.169.254/latest',
      'https://[::1]/',
      'https://localhost/',
      'http://example.org/',
      'file:///etc/passwd',
    ]) {
      server.fail({ status: 302, headers: { location } });
      expect(await sourceOf().poll(never), location).toMatchObject({ text: 'status 302' });
    }
    server.fail(...Array.from({ length: 9 }, () => ({ status: 302, headers: { location: '/' } })));
    expect(await sourceOf().poll(never)).toMatchObject({ text: 'status 302' });
    expect(server.seen).toHaveLength(2 + 7 + 4);
    server.heal();
  });

  it('with a key is not followed elsewhere, and its key is in nothing that is told', async () => {
    const url = `${server.url}?auth_token=s3cr3t`;
    server.fail({ status: 302, headers: { location: '/elsewhere' } });
    expect(await sourceOf({ url, hasKey: true }).poll(never)).toMatchObject({ text: 'status 302' });
    expect(server.seen.map(({ path }) => path)).toEqual(['/feed?auth_token=s3cr3t']);
    const read = () => Promise.reject(new BadReply(`no list at ${url}`));
    const { text } = (await sourceOf({ url, read }).poll(never)) as { text: string };
    expect(text).toContain('[secret]');
  });
});

describe('the thread that reads', () => {
  it('reads, says what cannot be read, and is replaced when it does not come back', async () => {
    const clock = new VirtualClock(START_MS);
    const thread = new ReaderThread(clock);
    const good = rssOf([{ id: '1', title: 'One' }]);
    expect(await thread.read(good)).toMatchObject([{ id: '1', title: 'One' }]);
    await expect(thread.read('<html>')).rejects.toThrow(/must be RSS/);
    await thread.close();
    // Ten seconds pass at once, and no thread starts in none.
    const slow = thread.read(good);
    slow.catch(() => {});
    await clock.advance(10_000);
    await expect(slow).rejects.toThrow('cannot be read in 10 s');
    expect(await thread.read(good)).toHaveLength(1);
    await thread.close();
  });
});
