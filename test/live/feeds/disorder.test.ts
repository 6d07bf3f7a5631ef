// Claims about disorder: what is repairable leaves every digest alone, what is not is named.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunInput } from '../../../engine/research/backtest.ts';
import { type Disorder, disordered, disorderRates } from '../../../live/feeds/disorder.ts';
import type { Feed } from '../../../live/feeds/feed.ts';
import { Inbox, type Letter, type MarketEvent } from '../../../live/inbox.ts';
import { runSession } from '../../../live/recovery.ts';
import { FREE, inputOf, targets } from '../../support/run.ts';
import { minutes } from '../market.ts';
import { digestsOf, inRoom, planOf, replayOf } from '../support.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const ROWS = 240;
const input = (): RunInput => {
  const word = (k: number, said: number) => (k % 7 === 3 ? String(said) : k % 7 === 6 ? '0' : '.');
  const words = (said: number) => Array.from({ length: ROWS }, (_, k) => word(k, said)).join(' ');
  const said = { AUSD: words(0.3), BUSD: words(-0.2), CUSD: words(0.1) };
  return inputOf(minutes(4, ROWS), [targets(said)], FREE);
};

/** Hands on what a feed says, row by row, in disorder. */
class Disordering extends Inbox {
  readonly #to: Inbox;
  readonly #said: (row: readonly MarketEvent[]) => MarketEvent[];
  #row: MarketEvent[] = [];

  constructor(to: Inbox, disorder: Disorder, legs: number) {
    super();
    this.#to = to;
    this.#said = disordered(disorder, legs);
  }

  override push(letter: Letter): boolean {
    if (letter.lane !== 'market' || !('event' in letter)) return this.#to.push(letter);
    this.#row.push(letter.event);
    if (letter.event.kind !== 'row-closed') return true;
    for (const event of this.#said(this.#row)) this.#to.push({ lane: 'market', event });
    this.#row = [];
    return true;
  }

  override idle(): Promise<void> {
    return this.#to.idle();
  }
}

function feedIn(disorder: Disorder, given: RunInput): Feed {
  const replay = replayOf(given);
  return {
    name: replay.name,
    clock: replay.clock,
    isOver: (afterMs) => replay.isOver(afterMs),
    run: (inbox, afterMs, signal) =>
      replay.run(new Disordering(inbox, disorder, given.panel.legs.length), afterMs, signal),
  };
}

const run = (disorder: Disorder | null) =>
  inRoom((root) => {
    const given = input();
    const plan = planOf(given, root);
    return runSession(disorder === null ? plan : { ...plan, feed: feedIn(disorder, given) });
  });

describe('repairable disorder', () => {
  it('leaves the digests of a session as they are, whatever its seed', async () => {
    const plain = await run(null);
    expect(plain.kernel.fills.length).toBeGreaterThan(20);
    const seen = { repeated: 0, revised: 0, unsound: 0 };
    const property = fc.asyncProperty(fc.integer(), async (seed) => {
      const session = await run({ seed, level: 'repairable' });
      expect(digestsOf(session)).toEqual(digestsOf(plain));
      expect(session.counts.late).toBe(0);
      for (const key of ['repeated', 'revised', 'unsound'] as const) {
        seen[key] += session.counts[key];
      }
    });
    await fc.assert(property, { seed: 28, numRuns: LONG ? 500 : 15 });
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  }, 300_000);
});

describe('all disorder', () => {
  it('is survived by a session, which names what was late', async () => {
    const plain = await run(null);
    const digests = new Set<string>();
    let late = 0;
    const property = fc.asyncProperty(fc.integer(), async (seed) => {
      const { counts, digest, code } = await run({ seed, level: 'all' });
      expect(code).toBe('ended');
      digests.add(digest);
      late += counts.late;
    });
    await fc.assert(property, { seed: 32, numRuns: LONG ? 300 : 10 });
    expect(late).toBeGreaterThan(0);
    digests.delete(plain.digest);
    expect(digests.size).toBeGreaterThan(0);
  }, 300_000);

  it('does the same to a row whatever came before it', () => {
    const rows = Array.from({ length: 300 }, (_, i): MarketEvent[] => {
      const [openMs, tsMs] = [i * 60_000, (i + 1) * 60_000];
      const prices = { open: 10, high: 12, low: 9, close: 11, volume: 5 };
      const candle = (leg: number) => ({ kind: 'candle', tsMs, leg, openMs, ...prices }) as const;
      return [candle(0), candle(1), { kind: 'row-closed', tsMs, openMs }];
    });
    const disorder: Disorder = { seed: 3, level: 'all' };
    const forth = disordered(disorder, 2);
    const first = rows.map(forth);
    const back = disordered(disorder, 2);
    expect(rows.toReversed().map(back).toReversed()).toEqual(first);
    expect(first).not.toEqual(rows);
  });
});

describe('the mix of a seed', () => {
  it('is its own, holds something, and at the repairable level nothing that lasts', () => {
    const mixes = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const rates = disorderRates({ seed, level: 'repairable' });
      const { repeat, shuffle, unsound, revise, ...lasting } = rates;
      expect(Object.values(lasting)).toEqual([0, 0, 0, 0]);
      expect(repeat + shuffle + unsound + revise).toBeGreaterThan(0);
      const all = disorderRates({ seed, level: 'all' });
      mixes.add(
        Object.values(all)
          .map((rate) => (rate > 0 ? 1 : 0))
          .join(''),
      );
    }
    expect(mixes.size).toBeGreaterThan(60);
  });
});
