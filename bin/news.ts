// Where a live session hears headlines: the sources of its config, with their keys, beside its candles.

import { KEY_PLACE } from '../engine/config/news.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import { MINUTE_MS } from '../engine/interval.ts';
import type { Feed } from '../live/feeds/feed.ts';
import type { NewsSource } from '../live/news/source.ts';
import type { SecretOf } from '../live/venues/list.ts';

type News = Config['world']['news'];

/** The feed with its headlines; as it is where no source is named. Throws InputError for missing keys. */
export async function withNews(feed: Feed, { news, headlines }: Config['world']): Promise<Feed> {
  const ids = Object.keys(news.sources);
  if (headlines !== null) {
    tell('world.headlines is for stored ranges; a live session hears world.news.sources');
  }
  if (ids.length === 0) return feed;
  const { FeedWithNews } = await import('../live/news/feed.ts');
  const { ReaderThread } = await import('../live/news/thread.ts');
  const { machineClock: clock } = await import('../live/clock.ts');
  const reader = new ReaderThread(clock);
  const sources = await sourcesOf(news.sources, (text) => reader.read(text));
  tell(ids.join(', '));
  return new FeedWithNews(feed, {
    sources,
    everyMs: news.everySeconds * 1000,
    maxAgeMs: news.maxAgeMinutes * MINUTE_MS,
    close: () => reader.close(),
  });
}

async function sourcesOf(
  given: News['sources'],
  read: ConstructorParameters<typeof NewsSource>[0]['read'],
): Promise<NewsSource[]> {
  const { machineClock: clock } = await import('../live/clock.ts');
  const { NewsSource } = await import('../live/news/source.ts');
  const { openSecrets } = await import('../live/secrets/open.ts');
  const { Scrubber } = await import('../live/venues/secret.ts');
  const names = Object.values(given).flatMap(({ keyName }) => keyName ?? []);
  const secretOf = await openSecrets(names, { env: process.env, clock, isRehearsal: false });
  const problems = missing(given, secretOf);
  if (problems.length > 0) throw new InputError(problems);
  return Object.entries(given).map(([id, { url, keyName }]) => {
    const key = keyName === null ? null : secretOf(keyName);
    // As a function: a key may hold what `replaceAll` would read as a pattern.
    const place = () => encodeURIComponent(key?.reveal() ?? '');
    return new NewsSource({
      id,
      url: url!.replaceAll(KEY_PLACE, place),
      hasKey: key !== null,
      clock,
      read,
      scrub: new Scrubber(key === null ? [] : [key]).scrub,
    });
  });
}

function missing(given: News['sources'], secretOf: SecretOf): Problem[] {
  return Object.entries(given).flatMap(([id, { keyName }]) => {
    if (keyName === null || secretOf(keyName) !== null) return [];
    const rule = `must be in the environment, for world.news.sources.${id}`;
    return [{ key: keyName, rule }];
  });
}

function tell(text: string): void {
  process.stderr.write(`news       ${text}\n`);
}
