// Claims about events that happened at another time than they were taken in, and about what makes a
// manifest another one.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../engine/config/check.ts';
import { readLine } from '../../../live/journal/line.ts';
import { differences, manifestOf } from '../../../live/journal/manifest.ts';
import { begin, FIRST, identity, inFolder, linesOf, START_MS } from './support.ts';

const refuse = (rule: string): never => {
  throw new Error(rule);
};

describe('an event', () => {
  it('keeps its own time beside the stamp, earlier, later or between two ms', async () => {
    const times = [START_MS, START_MS - 60_000, START_MS + 5, START_MS - 0.25, 0];
    await inFolder(async (folder) => {
      const writer = await begin(folder);
      for (const tsMs of times) {
        const event = { kind: 'order-expired', tsMs, orderId: 1 } as const;
        writer.append({ kind: 'in', event, stampMs: START_MS });
      }
      await writer.close();
      const lines = linesOf(join(folder, FIRST)).lines.slice(1);
      expect(lines.map((line) => line.kind === 'in' && line.event.tsMs)).toEqual(times);
      expect(lines.map(({ tsMs }) => tsMs)).toEqual(times.map(() => START_MS));
    });
  });

  it.each([
    ['"a":null,', 'a must be a number'],
    ['"a":"inf",', 'a must be a number'],
    ['"a":7,', 'a must differ from t'],
  ])('with %s beside its stamp 7 is refused', (own, rule) => {
    const text = `{"s":1,"k":"in","t":7,${own}"e":{"kind":"order-expired","orderId":1},"h":"x"}`;
    expect(() => readLine(text, refuse)).toThrow(rule);
  });
});

describe('a manifest', () => {
  it('keeps the order of the agents, which is the order in which they vote, and tells it', () => {
    const of = (...names: string[]) => {
      const agents = Object.fromEntries(names.map((name) => [name, { weight: 1 }]));
      const config = checkConfig({ decision: { agents } });
      return manifestOf({ ...identity, config }, null);
    };
    const [one, other] = [of('b', 'a'), of('a', 'b')];
    expect(one.configDigest).toBe(other.configDigest);
    expect(differences(one, other)).toEqual(['config']);
    expect(differences(one, of('b', 'a'))).toEqual([]);
  });

  it('of another grid is another one', () => {
    const other = manifestOf({ ...identity, market: { legs: 2 } }, null);
    expect(differences(manifestOf(identity, null), other)).toEqual(['market']);
  });
});
