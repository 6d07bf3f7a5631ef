// A config of which one agent asks a model, over the small store, and a tape that answers every question:
// by a rule, under the name of a model that has read up to some day.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { openStore } from '../../data/store.ts';
import { rowOf, type TapeRow } from '../../data/tapes/row.ts';
import { exportTape, Tape } from '../../data/tapes.ts';
import { questionDigest } from '../../engine/agents/question.ts';
import { HOUR_MS } from '../../engine/interval.ts';
import { reply } from './asking.ts';
import type { Room } from './cli.ts';
import { SMALL_FROM_MS, SMALL_TO_MS, writeSmallStore } from './small-store.ts';

/** Says BUY and SELL in turns of a day, too softly to act alone. */
const TREND = `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'trend',
  analyze: (view) => view.vote(Math.floor(view.closeMs / 86400000) % 2 ? 'BUY' : 'SELL', 0.5),
});`;

const asking = (name: string, row: string) => `import { defineStrategy } from 'sapphire';
export default defineStrategy({
  name: '${name}',
  asks: {
    kind: 'vote',
    shape: 'opinion',
    prompt: ({ i, symbol, columns: { close } }) => ({
      system: 'a test',
      user: symbol + ' at ' + close[${row}],
    }),
    vote: (view, { score, confidence, words }) =>
      view.vote(score > 0 ? 'BUY' : 'SELL', confidence, words),
  },
});`;

export interface Asking {
  /** Newest UTC ms that the model may have been trained on. */
  readonly knowledgeMs: number;
  /** `answers.ndjson` unless given. */
  readonly tape?: string;
  /** How sure it is of the direction of the last candle; 0.9 unless given. */
  readonly score?: number;
  readonly words?: string;
}

/** Writes store, strategies (`guess`, and `leaky`, which quotes the next close), configs and tape. */
export async function writeAsking(here: Pick<Room, 'at'>, asked: Asking): Promise<void> {
  const db = here.at('small.duckdb');
  if (!existsSync(db)) {
    await writeSmallStore(db);
    writeFileSync(here.at('trend.ts'), TREND);
    writeFileSync(here.at('guess.ts'), asking('guess', 'i'));
    writeFileSync(here.at('leaky.ts'), asking('leaky', 'Math.min(i + 1, close.length - 1)'));
    for (const name of ['guess', 'leaky']) {
      const agents = { trend: { use: './trend.ts' }, [name]: { use: `./${name}.ts` } };
      const decision = { agents, consensus: { actThreshold: 0.55 } };
      const onMiss = name === 'leaky' ? 'timeout' : 'refuse';
      const world = { tape: { file: 'answers.ndjson', onMiss } };
      const config = { name: 'asking', decision, world };
      writeFileSync(here.at(name === 'guess' ? 'mine.json' : 'leaky.json'), JSON.stringify(config));
    }
  }
  await writeTape(here, asked);
}

/** Answers `guess` about BTCUSDT at every close. */
async function writeTape(
  here: Pick<Room, 'at'>,
  { knowledgeMs, tape, score = 0.9, words = '' }: Asking,
) {
  const store = await openStore(here.at('small.duckdb'));
  const { close, openMs } = await store
    .readCandles('paperx', 'BTCUSDT', HOUR_MS, SMALL_FROM_MS, SMALL_TO_MS)
    .finally(() => store.close());
  const seen = new Set<string>();
  const rows = Array.from(close).flatMap((price, i): TapeRow[] => {
    const asked = {
      ...{ agent: 'guess', model: '', kind: 'vote' as const, shape: 'opinion' as const },
      ...{ leg: 0, venue: 'paperx', symbol: 'BTCUSDT', row: i, side: 0 as const },
      ...{ tsMs: openMs[i]! + HOUR_MS, deadlineMs: openMs[i]! + HOUR_MS },
      prompt: { system: 'a test', user: `BTCUSDT at ${price}`, numbers: '{}' },
    };
    const digest = questionDigest(asked);
    if (seen.has(digest)) return [];
    seen.add(digest);
    const day = Math.floor((openMs[i]! + HOUR_MS) / 86_400_000);
    const value = { score: (day % 2 ? 1 : -1) * score, words };
    return [rowOf({ id: 1, ...asked, digest }, reply('opinion', value, 500), knowledgeMs)];
  });
  const path = here.at(tape ?? 'answers.ndjson');
  rmSync(path, { force: true });
  await exportTape(new Tape(rows), path);
}
