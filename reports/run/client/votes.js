// What agents said over time: lowest and highest of each span, below the account and in the words at the
// pointer.

import { decimal, stepName } from './text.js';

/** Votes by leg; null where the run kept none. `agents` are their names. */
export function votesOf(packed, agents) {
  if (!packed || packed.legs.length === 0) return null;
  const legs = packed.legs.map(({ leg, stepMs, from, seats }) => {
    const spans = seats.map(({ low, up }) => {
      let before = 0;
      return low.map((step, k) => {
        if (step === null) return null;
        before += step;
        return [before / 100, (before + up[k]) / 100];
      });
    });
    return [leg, { step: stepMs / 1000, from, seats: spans.slice(0, -1), all: spans.at(-1) }];
  });
  return { agents, actsAbove: packed.actsAbove, legs: new Map(legs) };
}

/** Bars of the pane: from the lowest to the highest score of the span of each candle, 0 included. */
export function voteBars(votes, leg, times, colours) {
  const own = votes.legs.get(leg);
  if (!own) return [];
  const bars = [];
  for (const time of times) {
    const score = own.all[Math.floor(time / own.step) - own.from];
    if (!score) continue;
    const [low, high] = score;
    const isUp = high >= -low;
    bars.push({
      time,
      open: 0,
      high: Math.max(0, high),
      low: Math.min(0, low),
      close: isUp ? high : low,
      color: isUp ? colours.up : colours.down,
    });
  }
  return bars;
}

/** What the pane is called; candles may be shorter than the spans of votes. */
export function voteTitle(votes, leg, candleStep) {
  const what = votes.actsAbove === null ? 'exposure wanted' : 'score of all votes';
  const step = votes.legs.get(leg)?.step ?? candleStep;
  return step > candleStep ? `${what}, of each ${stepName(step)}` : what;
}

/** The same in words, a line for all together and one for each agent. */
export function voteWords(votes, leg, time) {
  const own = votes.legs.get(leg);
  const span = own ? Math.floor(time / own.step) - own.from : -1;
  const all = own?.all[span];
  if (!all) return [];
  if (votes.actsAbove === null) return [`wants ${range(all)} of its capital`];
  const each = votes.agents.map((name, k) => {
    const said = own.seats[k]?.[span];
    return `${name} ${said ? range(said) : 'abstained'}`;
  });
  return [`score ${range(all)}, acts beyond ±${decimal(votes.actsAbove)}`, ...each];
}

function range([low, high]) {
  const [from, to] = [decimal(low, 2, true), decimal(high, 2, true)];
  return from === to ? from : `${from} to ${to}`;
}
