// Who votes, with what weight, what a consensus is, and what is remembered of past trades.

import { asked } from './asking.ts';
import { branch, flag, number, oneOf, parameters, textOrNull, whole } from './parts.ts';

export const Agent = branch({
  weight: number(1, 0, 100, 'Weight of its vote in the consensus; 0 listens without counting.'),
  use: textOrNull(null, 'Strategy name or path of a .ts file; null = the id is the name.'),
  parameters,
  ...asked,
});

export const Consensus = branch({
  actThreshold: number(0.6, 0, 1, 'A score strictly above this acts.'),
  holdThreshold: number(0.4, 0, 1, 'Below this is plain disagreement; between is counted apart.'),
  weighting: oneOf(
    'static',
    ['static', 'performance', 'sigmoid'],
    'Weights as given, times what the agent earned, or by confidence x its win rate.',
  ),
  minTrades: whole(10, 1, 100_000, 'Trades of an agent before its record changes its weight.'),
  performance: branch({
    rate: number(1, 0, 100, 'Weight x exp(this x mean return in per cent of its trades).'),
    smoothing: number(0.1, 0.001, 1, 'Share of the newest trade in that mean.'),
    least: number(0.1, 0, 1, 'A weight keeps at least this share of what was given.'),
    most: number(3, 1, 100, 'And becomes at most this many times as much.'),
  }),
  sigmoid: branch({
    steepness: number(3, 0, 1000, 'k of 1 / (1 + exp(-k x (confidence x win rate - midpoint))).'),
    midpoint: number(0.35, 0, 1, 'Confidence x win rate at which half the weight counts.'),
  }),
});

export const Memory = branch({
  enabled: flag(false, 'Agents remember past trades, and trust their votes accordingly.'),
  depth: whole(500, 1, 100_000, 'Trades that are remembered; then the oldest one is forgotten.'),
  neighbours: whole(20, 1, 1000, 'Trades most like the moment that an agent looks at.'),
  bandwidth: number(1, 0.01, 100, 'How unlike a moment a memory may be, in standard deviations.'),
  halfLifeDays: number(365, 0, 100_000, 'Age at which a memory counts half; 0 = it never fades.'),
  otherSymbol: number(0.5, 0, 1, 'What a memory of another symbol counts; 0 = nothing.'),
  priorTrades: number(5, 0.1, 10_000, 'Trades that what is usual counts as, against memories.'),
  effect: number(0.5, 0, 1, 'Confidence is changed by this share of itself at most; 0 = never.'),
  load: textOrNull(null, 'File of memories to begin with, as --memory-out writes it.'),
});
