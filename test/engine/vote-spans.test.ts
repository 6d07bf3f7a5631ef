// What people are shown of votes over time: the same as a look at every single row would find.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VoteSpans } from '../../engine/agents/vote-spans.ts';
import type { Panel } from '../../engine/market/panel.ts';

const SEED = 20_261_129;
const MINUTE = 60_000;
const SPAN = 5 * MINUTE;

/** Rows of minutes with some left out; at some of them a leg's votes change. */
const story = fc
  .array(
    fc.record({
      gap: fc.constantFrom(1, 1, 1, 2, 9),
      votes: fc.option(
        fc.array(fc.constantFrom(Number.NaN, -1, -0.5, 0, 0.25, 0.9), {
          minLength: 2,
          maxLength: 2,
        }),
      ),
      leg: fc.constantFrom(0, 1),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) => {
    let minute = 3;
    return rows.map((row) => {
      minute += row.gap;
      return { ...row, openMs: minute * MINUTE };
    });
  });

const scoreOf = (votes: readonly number[]) => (votes[0] === votes[0] ? votes[0]! : 0);

function spansOf(rows: readonly { openMs: number; votes: number[] | null; leg: number }[]) {
  const openMs = Float64Array.from(rows, (row) => row.openMs);
  const panel = { openMs, length: rows.length } as unknown as Panel;
  const spans = new VoteSpans(panel, 2, SPAN, 0);
  rows.forEach(({ leg, votes }, i) => {
    if (votes) spans.note(leg, i, votes, scoreOf(votes));
  });
  const { length, leg, openMs: at, seat, low, high } = spans.columns();
  return Array.from({ length }, (_, k) => [leg[k], at[k], seat[k], low[k], high[k]]);
}

describe(`votes by spans (seed ${SEED})`, () => {
  it('hold the lowest and the highest of all that stood at any row of the span, or since before it', () => {
    const property = fc.property(story, (rows) => {
      const expected: (number | undefined)[][] = [];
      for (const leg of [0, 1]) {
        const byKey = new Map<string, number[]>();
        let now: readonly number[] = [];
        const bounds = [rows[0]!.openMs, rows.at(-1)!.openMs].map((ms) => Math.floor(ms / SPAN));
        for (let span = bounds[0]!; span <= bounds[1]!; span++) {
          const own = rows.filter(({ openMs }) => Math.floor(openMs / SPAN) === span);
          // A span without a row holds what stood.
          const stood = own.length === 0 ? [now] : [];
          for (const { votes, leg: of } of own) {
            if (votes && of === leg) now = [...votes, scoreOf(votes)];
            stood.push(now);
          }
          for (const all of stood) {
            all.forEach((vote, k) => {
              if (vote !== vote) return;
              const key = `${span} ${k === 2 ? 9 : k}`;
              byKey.set(key, [...(byKey.get(key) ?? []), vote]);
            });
          }
        }
        for (const [key, votes] of byKey) {
          const [span, k] = key.split(' ').map(Number);
          expected.push([
            leg,
            span! * SPAN,
            k === 9 ? -1 : k,
            Math.min(...votes),
            Math.max(...votes),
          ]);
        }
      }
      const order = (a: (number | undefined)[], b: (number | undefined)[]) =>
        a[0]! - b[0]! || a[1]! - b[1]! || ((a[2]! + 3) % 3) - ((b[2]! + 3) % 3);
      expect(spansOf(rows)).toEqual(expected.sort(order));
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  it('are none where nobody was asked', () => {
    expect(spansOf([{ openMs: 0, votes: null, leg: 0 }])).toEqual([]);
  });

  it('hold a vote of one minute of a day', () => {
    const rows = Array.from({ length: 1440 }, (_, i) => ({
      openMs: i * MINUTE,
      votes: i === 700 ? [0.97, 0] : i === 0 || i === 701 ? [0.1, 0] : null,
      leg: 0,
    }));
    const found = spansOf(rows).filter(([, at, seat]) => at === 700 * MINUTE && seat === 0);
    expect(found).toEqual([[0, 700 * MINUTE, 0, 0.1, 0.97]]);
  });
});
