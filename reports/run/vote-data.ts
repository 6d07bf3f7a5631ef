// What agents said over time, as the page carries it: for each leg and seat the lowest vote and the highest of
// each span, in hundredths, from the leg's first span to its last. Where that is more than the page has
// room for, neighbouring spans are put together, which keeps their extremes.

import type { VoteColumns } from '../../engine/agents/vote-spans.ts';

/** The votes on one leg. */
export interface PackedVotes {
  readonly leg: number;
  readonly stepMs: number;
  /** Start of the first span, in steps. */
  readonly from: number;
  /** In the order of the agents, all of them together last; `low` as differences, null = abstained. */
  readonly seats: readonly { readonly low: (number | null)[]; readonly up: number[] }[];
}

/** Hundredths that stand for no vote. */
const NONE = -128;

/** Of spans of `spanMs`, `times` of them as one. */
export function packedVotes(
  votes: VoteColumns,
  agents: number,
  spanMs: number,
  times: number,
): PackedVotes[] {
  const packed: PackedVotes[] = [];
  const stepMs = spanMs * times;
  for (let from = 0; from < votes.length; ) {
    const leg = votes.leg[from]!;
    let to = from;
    while (to < votes.length && votes.leg[to] === leg) to++;
    packed.push(packOne(votes, from, to, agents + 1, stepMs));
    from = to;
  }
  return packed;
}

function packOne(
  votes: VoteColumns,
  from: number,
  to: number,
  seats: number,
  stepMs: number,
): PackedVotes {
  const spanOf = (row: number) => Math.floor(votes.openMs[row]! / stepMs);
  const first = spanOf(from);
  const spans = spanOf(to - 1) - first + 1;
  const low = Array.from({ length: seats }, () => new Int16Array(spans).fill(NONE));
  const high = Array.from({ length: seats }, () => new Int16Array(spans).fill(NONE));
  for (let row = from; row < to; row++) {
    const span = spanOf(row) - first;
    const seat = votes.seat[row]! < 0 ? seats - 1 : votes.seat[row]!;
    const [lows, highs] = [low[seat], high[seat]];
    if (lows === undefined || highs === undefined) continue;
    const [l, h] = [Math.round(votes.low[row]! * 100), Math.round(votes.high[row]! * 100)];
    if (lows[span] === NONE || l < lows[span]!) lows[span] = l;
    if (highs[span] === NONE || h > highs[span]!) highs[span] = h;
  }
  return {
    leg: votes.leg[from]!,
    stepMs,
    from: first,
    seats: low.map((lows, seat) => {
      let before = 0;
      return {
        low: Array.from(lows, (value) => {
          if (value === NONE) return null;
          const step = value - before;
          before = value;
          return step;
        }),
        up: Array.from(lows, (value, k) => (value === NONE ? 0 : high[seat]![k]! - value)),
      };
    }),
  };
}
