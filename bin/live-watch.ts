// What `live` has to do with its watchdog: starts it before anything is opened, says what the last one did,
// and lets it go when the session has ended on purpose.

import type { Safety } from '../live/orders/safety.ts';
import type { PromotionBody } from '../live/promotion/document.ts';
import type { SecretOf } from '../live/venues/list.ts';
import type { Watchdog } from '../live/watchdog/start.ts';
import type { WatchedVenue } from '../live/watchdog/talk.ts';

export interface Watching {
  readonly body: PromotionBody;
  /** Of all stages: the record lies there. */
  readonly dir: string;
  /** Of this stage's journal. */
  readonly journal: string;
  readonly venues: readonly WatchedVenue[];
  readonly secretOf: SecretOf;
  readonly safety: Safety;
  /** What it opens the session's alerts with. */
  readonly alerts: Readonly<Record<string, string>>;
}

/** Throws when none can be started (exit 6): nothing was sent. */
export async function watchSession(parts: Watching): Promise<Watchdog> {
  const { body, dir, journal, venues, secretOf, safety, alerts } = parts;
  const { machineClock } = await import('../live/clock.ts');
  const { secretNames, tradedVenue } = await import('../live/venues/list.ts');
  const { Watchdog } = await import('../live/watchdog/start.ts');
  const names = venues.flatMap(({ id }) => secretNames(tradedVenue(id)));
  const secrets = names.flatMap((name) => {
    const secret = secretOf(name);
    return secret === null ? [] : [[name, secret.reveal()] as const];
  });
  const { silenceSeconds, measure } = body.limits.watchdog;
  return Watchdog.start(
    {
      name: body.name,
      folder: dir,
      journal,
      venues,
      silenceMs: silenceSeconds * 1000,
      measure,
      isRehearsal: body.rehearsal.length > 0,
      secrets: { ...Object.fromEntries(secrets), ...alerts },
    },
    machineClock,
    (text, isForGood) => {
      process.stderr.write(`watchdog   ${text}\n`);
      // What nobody would look after is not opened.
      if (isForGood) safety.reduce('unwatched');
    },
  );
}

/** What the watchdog before did, from its last verdict on; null = nothing. */
export async function lastWatch(dir: string): Promise<string | null> {
  const { readLogbook } = await import('../live/watchdog/logbook.ts');
  const entries = readLogbook(dir);
  const from = entries.findLastIndex(({ code }) => ['dead', 'hung', 'left'].includes(code));
  if (from === -1) return null;
  return entries
    .slice(from)
    .map(({ at, code, text }) => `last watch ${at} ${code}: ${text}`)
    .join('\n');
}
