// Who is told of a session that needs somebody: opened before anything else, so that a mistake in its URL is
// found while a person is there.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../engine/errors.ts';
import type { Alerts } from '../live/alerts/alerts.ts';

export interface OpenedAlerts {
  /** Null = nobody is told. */
  readonly alerts: Alerts | null;
  /** What another process opens the same with. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What is waited for at the end of a session, ms. */
const LAST_WORDS_MS = 5000;

const NOBODY: OpenedAlerts = Object.freeze({ alerts: null, secrets: {} });

/**
 * Runs `work`; what ends it badly is told, and what was to be told has had its time when it is over. `from`:
 * who says it, `live follow`; null = a person looks on anyway.
 */
export async function withAlerts<T>(
  from: string | null,
  work: (opened: OpenedAlerts) => Promise<T>,
): Promise<T> {
  const opened = from === null ? NOBODY : await open(from);
  const { alerts } = opened;
  try {
    return await work(opened);
  } catch (error) {
    // Bad input, and what a person would not confirm, is read by whoever typed it.
    const isTyped = error instanceof InputError || exitCodeOf(error) === 6;
    if (!isTyped) alerts?.say({ code: 'failed', urgency: 'act', text: textOf(error) });
    throw error;
  } finally {
    await alerts?.close(LAST_WORDS_MS);
  }
}

async function open(from: string): Promise<OpenedAlerts> {
  const { machineClock: clock } = await import('../live/clock.ts');
  const { openAlerts } = await import('../live/alerts/alerts.ts');
  const { ALERT_FORMAT, ALERT_URL } = await import('../live/alerts/post.ts');
  const { memoryFile } = await import('../live/alerts/memory.ts');
  const { openSecrets } = await import('../live/secrets/open.ts');
  const secretOf = await openSecrets([ALERT_URL], { env: process.env, clock, isRehearsal: true });
  const url = secretOf(ALERT_URL)?.reveal();
  if (url === undefined) return NOBODY;
  const format = process.env[ALERT_FORMAT];
  const secrets = { [ALERT_URL]: url, ...(format ? { [ALERT_FORMAT]: format } : {}) };
  const tell = (text: string) => void process.stderr.write(`alerts     ${text}\n`);
  const memory = memoryFile(join(homedir(), '.sapphire', 'alerts.json'));
  return { alerts: openAlerts(secrets, { from, clock, tell, memory }), secrets };
}

function exitCodeOf(error: unknown): unknown {
  return error instanceof Error && 'exitCode' in error ? error.exitCode : undefined;
}

function textOf(error: unknown): string {
  return `failed: ${error instanceof Error ? error.message : String(error)}`;
}
