// Bans on disk: a venue that asked for silence is left alone by the next process too.
//
// One small file a person, by host: `$SAPPHIRE_STATE`, else `$XDG_STATE_HOME/sapphire`, else
// `~/.local/state/sapphire`. Losing it costs one request that is answered with the ban again, so a
// folder that cannot be written is no error.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Silence } from '../venues/http.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of what this machine remembers of venues. */
export function stateFolder(environment: Environment): string {
  const { SAPPHIRE_STATE, XDG_STATE_HOME } = environment;
  if (SAPPHIRE_STATE) return SAPPHIRE_STATE;
  return join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'sapphire');
}

/** The silence kept in `folder`; `nowMs` is the wall's clock. */
export function silenceIn(folder: string, nowMs: () => number): Silence {
  const path = join(folder, 'silence.json');
  return {
    untilMs: (url) => read(path)[originOf(url)] ?? Number.NEGATIVE_INFINITY,
    keep(url, untilMs) {
      const kept = Object.entries(read(path)).filter(([, endMs]) => endMs > nowMs());
      const origin = originOf(url);
      const all = { ...Object.fromEntries(kept), [origin]: Math.ceil(untilMs) };
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(all)}\n`);
        renameSync(`${path}.${process.pid}`, path);
      } catch {
        // See above: this process keeps still all the same.
      }
    },
  };
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url;
}

function read(path: string): Record<string, number> {
  try {
    const said: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const entries = Object.entries(said ?? {}).filter(([, ms]) => Number.isFinite(ms));
    return Object.fromEntries(entries) as Record<string, number>;
  } catch {
    return {};
  }
}
