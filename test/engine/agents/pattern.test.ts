// Whether memory is worth anything: a pattern that comes again is learned, and nothing is made of a
// market without one. Whole runs through the kernel, with every default of the config.

import { describe, expect, it } from 'vitest';
import { runOf } from '../../support/run.ts';
import { clockwork, plantedPanel } from './planted.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const SEEDS = 20;
const ROWS = LONG ? 12_000 : 4800;
/** Student's t at 97.5 % with 19 degrees of freedom. */
const T_19 = 2.093;

function winRate(seed: number, planted: boolean, enabled: boolean): number {
  const decision = { memory: { enabled }, risk: { allowShort: false } };
  const world = { slippageBps: 0, takerFeeBps: 0 };
  const panel = plantedPanel(seed, ROWS, planted);
  const { kernel } = runOf(panel, [clockwork], { decision, world });
  const trades = kernel.trades.closed();
  expect(trades.length).toBeGreaterThan(ROWS / 48 / 4);
  return trades.filter(({ pnlUsd }) => pnlUsd > 0).length / trades.length;
}

/** Mean of the win rate with memory less the one without, and its 95 % interval. */
function gain(planted: boolean) {
  const differences = Array.from({ length: SEEDS }, (_, seed) => {
    return winRate(seed, planted, true) - winRate(seed, planted, false);
  });
  const mean = differences.reduce((sum, x) => sum + x, 0) / SEEDS;
  const variance = differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (SEEDS - 1);
  const half = T_19 * Math.sqrt(variance / SEEDS);
  return { mean, low: mean - half, high: mean + half };
}

describe('memory, over twenty seeds', () => {
  it('raises the win rate by five points or more where a pattern comes again', () => {
    const { mean, low } = gain(true);
    expect(mean).toBeGreaterThanOrEqual(0.05);
    expect(low).toBeGreaterThan(0);
  }, 120_000);

  it('changes nothing that can be told from chance where there is none', () => {
    const { low, high } = gain(false);
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThanOrEqual(0);
  }, 120_000);
});
