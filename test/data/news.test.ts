// What sources of news say, read: each format by an example of its own reference, and whatever else comes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headlinesText, readHeadlines } from '../../data/headlines.ts';
import { MOST_ITEMS, readNews } from '../../data/news/read.ts';
import { BadReply } from '../../data/venues/said.ts';
import { Headlines } from '../../engine/market/headlines.ts';
import { HOSTILE_HEADLINES } from '../support/models/attacks.ts';
import { rssOf } from '../support/news-server.ts';

/** RSS 2.0 sample of the RSS Advisory Board, shortened. */
const RSS = `<?xml version="1.0"?><rss version="2.0"><channel><title>Liftoff News</title>
<item><title>Star City</title><link>http://liftoff.example/starcity.asp</link>
<pubDate>Tue, 03 Jun 2003 09:39:21 GMT</pubDate><guid>http://liftoff.example/2003/06/03.html#item573</guid></item>
<item><description>Sky watchers will experience a partial eclipse.</description></item>
<item><title>The Engine That Does More &amp; Less</title><pubDate>27 May 2003 08:37:32 -0200</pubDate></item>
</channel></rss>`;
/** RFC 4287, section 1.1. */
const ATOM = `<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>Example Feed</title><updated>2003-12-13T18:30:02Z</updated>
<entry><title>Atom-Powered Robots Run Amok</title><id>urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a</id>
<updated>2003-12-13T18:30:02Z</updated><summary>Some text.</summary></entry></feed>`;
/** RSS 1.0, as its reference has it. */
const RDF = `<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="http://www.xml.example/xml/news.rss"><title>XML.com</title></channel>
<item rdf:about="http://xml.example/pub/1"><title>Processing Inclusions with XSLT</title><link>http://xml.example/pub/1</link></item></rdf:RDF>`;
/** jsonfeed.org, version 1.1. */
const JSON_FEED = JSON.stringify({
  version: 'https://jsonfeed.org/version/1.1',
  title: 'My Example Feed',
  items: [{ id: '2', title: 'Second', date_published: '2020-08-07T11:44:36-05:00' }, { id: '1' }],
});

describe('a source of news', () => {
  it.each([
    [
      'RSS 2.0',
      RSS,
      [
        [
          'http://liftoff.example/2003/06/03.html#item573',
          'Star City',
          Date.UTC(2003, 5, 3, 9, 39, 21),
        ],
        [
          'The Engine That Does More & Less',
          'The Engine That Does More & Less',
          Date.UTC(2003, 4, 27, 10, 37, 32),
        ],
      ],
    ],
    [
      'Atom',
      ATOM,
      [
        [
          'urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a',
          'Atom-Powered Robots Run Amok',
          Date.UTC(2003, 11, 13, 18, 30, 2),
        ],
      ],
    ],
    ['RSS 1.0', RDF, [['http://xml.example/pub/1', 'Processing Inclusions with XSLT', Number.NaN]]],
    ['JSON Feed', JSON_FEED, [['2', 'Second', Date.UTC(2020, 7, 7, 16, 44, 36)]]],
    [
      'a list of results',
      '{"count":1,"results":[{"id":7,"title":"BTC up","published_at":"2026-01-01T00:00:00Z"}]}',
      [['7', 'BTC up', Date.UTC(2026, 0, 1)]],
    ],
    [
      'a list of articles',
      '{"articles":[{"url":"https://x/1","title":"ETH","publishedAt":"2026-01-01T00:00:00Z"}]}',
      [['https://x/1', 'ETH', Date.UTC(2026, 0, 1)]],
    ],
    [
      'seconds since 1970',
      '{"Data":[{"guid":"g","title":"SOL","published_on":1767225600}]}',
      [['g', 'SOL', Date.UTC(2026, 0, 1)]],
    ],
    [
      'a bare list without zones',
      '[{"headline":"A","datetime":"2026-01-01 12:00:00"}]',
      [['A', 'A', Date.UTC(2026, 0, 1, 12)]],
    ],
  ])('that speaks %s is read as it means it', (_, text, items) => {
    const read = readNews(text).map(({ id, title, publishedMs }) => [id, title, publishedMs]);
    expect(read).toEqual(items);
  });

  it.each([
    ['nothing', ''],
    ['a page', '<!doctype html><title>Welcome</title>'],
    ['half a feed', RSS.slice(0, 300)],
    ['half of JSON', JSON_FEED.slice(0, 60)],
    ['JSON without a list', '{"status":"error","message":"apiKey missing"}'],
    ['a number', '7'],
  ])('that says %s is a bad reply', (_, text) => {
    expect(() => readNews(text)).toThrow(BadReply);
  });

  it('has titles of one bounded line, whatever they are, and no more than so many', () => {
    const items = HOSTILE_HEADLINES.map((title) => ({ title: title.toWellFormed() }));
    for (const text of [rssOf(items), JSON.stringify({ items })]) {
      const read = readNews(text.replaceAll('\u0000', '').replaceAll('\u001b', ''));
      expect(read.length).toBeGreaterThan(HOSTILE_HEADLINES.length - 3);
      for (const { title } of read) {
        expect(title).toMatch(/^\P{Cc}{1,300}$/u);
        expect(title).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      }
    }
    const many = Array.from({ length: 5000 }, (_, k) => ({ id: k, title: `t${k}` }));
    expect(readNews(JSON.stringify(many))).toHaveLength(MOST_ITEMS);
  });

  it('defines no entities, and nothing by a name that objects have', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "${'ha'.repeat(50)}"><!ENTITY b "&a;&a;&a;">]>`;
    const item = '<item><title>&b; and &a;</title></item>';
    const [first] = readNews(`${bomb}<rss version="2.0"><channel>${item}</channel></rss>`);
    expect(first!.title).toBe('&b; and &a;');
    const odd = '{"items":[{"__proto__":{"title":"x"},"constructor":"y"},{"title":{"value":"z"}}]}';
    expect(readNews(odd).map(({ title }) => title)).toEqual(['z']);
  });

  it('of any text at all is a list or a bad reply', () => {
    const parts = [
      '<rss>',
      '<channel>',
      '<item>',
      '<title>',
      '<![CDATA[',
      ']]>',
      '&#x0;',
      '{',
      '[',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...parts), fc.string()), { maxLength: 12 });
    fc.assert(
      fc.property(text, (pieces) => {
        try {
          for (const { title } of readNews(pieces.join(''))) expect(title).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(BadReply);
        }
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});

describe('what a session heard', () => {
  it('is handed to other threads whole, however much there is', () => {
    const knownMs = Array.from({ length: 300_000 }, (_, k) => k);
    const texts = knownMs.map(() => 'news');
    expect(Headlines.from({ knownMs, texts }).length).toBe(300_000);
  });

  it('is a file that a backtest reads: the same texts, from the same instants on', async () => {
    const heard = new Headlines();
    const atMs = Date.UTC(2026, 0, 1, 0, 0, 1, 234);
    heard.add({ publishedMs: atMs, text: 'BTC "up", 50 %\\n' });
    heard.add({ publishedMs: atMs + 5, text: 'ETH, too' });
    const folder = mkdtempSync(join(tmpdir(), 'sapphire-news-'));
    const path = join(folder, 'headlines.ndjson');
    writeFileSync(path, headlinesText(heard));
    const { headlines } = await readHeadlines(path, 0, Number.MAX_SAFE_INTEGER);
    rmSync(folder, { recursive: true });
    expect([headlines.knownMs, headlines.texts]).toEqual([heard.knownMs, heard.texts]);
  });
});
