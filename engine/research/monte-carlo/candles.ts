// Markets that could have been: the same candles in runs of another order, for all legs at once, so
// that what moves together still does. What a strategy makes of runs longer than a block is gone in
// them; what it makes of a few candles is still there.
//
// Funding stays on its stamps. Mark prices and outside series are of a level or a time that the new
// market does not have: marks are left out (the trade price stands in), series stay on their times.

import { InputError } from '../../errors.ts';
import { DAY_MS } from '../../interval.ts';
import { buildPanel, type LegInput, Panel } from '../../market/panel.ts';
import { candleSources, resampleCandles } from '../../statistics/candle-resampling.ts';
import type { RunInput } from '../backtest.ts';

/** Candles of a run that is kept together, on average: a day, and two candles at least. */
export function usualBlock(intervalMs: number): number {
  return Math.max(2, Math.round(DAY_MS / intervalMs));
}

/** The run's input on a market dealt again. Throws InputError where shorter candles are replayed. */
export function dealtMarket(input: RunInput, meanBlock: number, seed: number): RunInput {
  const { panel, config } = input;
  if (config.world.fills.path === 'finer') {
    const rule = 'must not be finer: candles inside candles cannot be dealt again with them';
    throw new InputError({ key: 'world.fills.path', rule, value: 'finer' });
  }
  const sources = candleSources(panel.length, meanBlock, seed);
  const legs = panel.legs.map(({ instrument, candles, funding, primary }): LegInput => {
    return { instrument, candles: resampleCandles(candles, sources), funding, primary };
  });
  const { intervalMs } = panel;
  const dealt = buildPanel(legs, intervalMs, config.world.maxHoleCandles);
  const { openMs, length } = dealt;
  const { series, headlines } = panel;
  return {
    ...input,
    panel: new Panel(intervalMs, openMs, dealt.legs, series, length, headlines),
  };
}
