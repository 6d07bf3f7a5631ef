// A recorded journal of about sixty lines that holds every kind of event and intent.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Event } from '../../../engine/event.ts';
import type { Intent } from '../../../engine/intent.ts';
import { EVENT_KINDS, INTENT_KINDS } from '../../../live/journal/shape.ts';
import { anyEvent, anyIntent } from './any-record.ts';
import { begin, FIRST, inFolder, START_MS } from './support.ts';

/** The bytes of a journal with `rounds` events, outputs and marks between, and where lines end. */
export async function record(rounds = 36, seed = 7): Promise<{ bytes: Buffer; ends: number[] }> {
  return inFolder(async (folder) => {
    const writer = await begin(folder, { markEvery: 10 });
    const events = ofEvery<Event>(EVENT_KINDS, anyEvent(START_MS), rounds, seed);
    const intents = ofEvery<Intent>(INTENT_KINDS, anyIntent(), rounds, seed);
    for (let k = 0; k < rounds; k++) {
      const tsMs = START_MS + k * 250;
      const causeSeq = writer.append({ kind: 'in', event: { ...events[k]!, tsMs } });
      if (k % 2 === 1) writer.append({ kind: 'out', tsMs, causeSeq, intent: intents[k >> 1]! });
      if (!writer.isMarkDue) continue;
      writer.append({ kind: 'mark', tsMs, inputs: writer.inputs, digest: `state-${k}` });
    }
    await writer.close();
    const bytes = readFileSync(join(folder, FIRST));
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1);
    return { bytes, ends };
  });
}

/** Random records of which the first ones are one of each kind. */
function ofEvery<T extends { readonly kind: string }>(
  kinds: readonly string[],
  any: fc.Arbitrary<T>,
  count: number,
  seed: number,
): T[] {
  const pool = fc.sample(any, { seed, numRuns: count * 30 });
  const first = kinds.map((kind) => pool.find((one) => one.kind === kind)!);
  return [...first, ...pool].slice(0, Math.max(count, kinds.length));
}
