// What risk allows: sizes, stops, limits. Everything that is off costs nothing.

import { Type } from 'typebox';
import {
  branch,
  flag,
  interval,
  keyed,
  number,
  numberOrNull,
  oneOf,
  strict,
  whole,
} from './parts.ts';

const Sizing = branch({
  rule: oneOf(
    'kelly',
    ['kelly', 'fixed-fraction', 'confidence', 'volatility-target', 'fixed-risk'],
    'kelly: from win rate and reward-to-risk; fixed-fraction: notionalFraction; confidence: ' +
      'notionalFraction x score; volatility-target: volatilityTarget over volatility; ' +
      'fixed-risk: riskPerTrade over the stop distance.',
  ),
  notionalFraction: number(0.05, 0, 125, 'Share of equity per entry under fixed-fraction.'),
  winRateSource: oneOf(
    'config',
    ['config', 'track-record', 'confidence', 'memory'],
    'Where Kelly takes its win rate from: given, learned from closed trades, from the score, or ' +
      'from remembered trades like this one.',
  ),
  winRate: number(0.55, 0, 1, 'Expected win rate, and the prior of a track record.'),
  rewardToRisk: number(2, 0.01, 100, 'Average win over average loss, and its prior.'),
  kellyFraction: number(0.5, 0, 1, 'Share of full Kelly that is staked.'),
  priorTrades: whole(
    30,
    0,
    10_000,
    'A track record is shrunk towards the prior as if it held this many trades.',
  ),
  lastTrades: whole(0, 0, 100_000, 'Trades a track record looks back on; 0 = all.'),
  volatilityTarget: number(0.2, 0.001, 10, 'Annual volatility wanted of one position.'),
  volatilityCandles: whole(60, 10, 100_000, 'Decision candles that volatility is measured over.'),
  riskPerTrade: number(0.01, 0, 1, 'Share of equity lost when the stop is hit.'),
});

const AtrStop = branch({
  enabled: flag(true, 'Attach a stop to every entry.'),
  period: whole(14, 2, 10_000, 'ATR period.'),
  interval: interval('Candles of the ATR; null = the decision interval.'),
  multiple: number(1.5, 0.1, 100, 'Stop distance in ATRs from the fill.'),
});

const StopLoss = branch({
  enabled: flag(false, 'Attach a stop at a fixed distance.'),
  fraction: number(0.02, 0.0001, 0.99, 'Stop distance from the fill, a fraction of its price.'),
});

const TrailingStop = branch({
  enabled: flag(true, 'Let the stop follow a gain.'),
  kind: oneOf(
    'closes',
    ['closes', 'venue'],
    "closes: ours, moved at closes of base candles; venue: the venue's own trailing stop.",
  ),
  buffer: number(0.01, 0.0001, 0.5, 'Distance of the stop from the best close since entry.'),
  step: number(0.002, 0, 0.5, 'How far the best close must move before the stop follows.'),
  activation: number(0, 0, 10, 'Gain over the entry before it follows; 0 = at once.'),
});

const TakeProfit = branch({
  enabled: flag(false, 'Rest limit orders that take profit.'),
  ladder: keyed(
    branch({
      gain: number(0.02, -0.99, 100, 'Distance from the entry, a fraction of its price.'),
      fraction: number(1, 0.001, 1, 'Share of the whole position that this rung closes.'),
      afterMinutes: number(0, 0, 5_256_000, 'Time in the trade before the rung holds.'),
    }),
    'The rungs, keyed by a name; their fractions add up to 1 at most.',
  ),
});

const Limits = branch({
  dailyLoss: numberOrNull(0.0001, 1, 'No entry after this loss since UTC midnight; null = off.'),
  maxDrawdown: numberOrNull(0.0001, 1, 'No entry below this drawdown from the peak; null = off.'),
  drawdownCooldownCandles: whole(
    0,
    0,
    10_000_000,
    'Candles after which the peak starts afresh; 0 = the halt stays.',
  ),
});

const Delever = branch({
  enabled: flag(false, 'Scale down when price has moved far.'),
  threshold: number(0.04, 0.0001, 10, 'Price change over the lookback that counts as far.'),
  factor: number(0.5, 0, 1, 'What entries are scaled by, and open positions reduced to.'),
  lookbackMinutes: whole(1440, 1, 525_600, 'Time over which the change is measured.'),
});

const Correlation = branch({
  enabled: flag(false, 'Refuse entries that repeat an open position.'),
  lookbackCandles: whole(240, 10, 100_000, 'Candles whose returns are compared.'),
  max: number(0.8, 0, 1, 'Correlation with an open position above which an entry is refused.'),
});

const Protections = branch({
  cooldownCandles: whole(0, 0, 1_000_000, 'Candles without an entry after a close; 0 = off.'),
  stopLossGuard: branch({
    trades: whole(0, 0, 1000, 'Losing stop exits within the lookback that lock; 0 = off.'),
    lookbackCandles: whole(1440, 1, 10_000_000, 'How far back they count.'),
    lockCandles: whole(60, 1, 10_000_000, 'How long entries stay locked.'),
  }),
  lowProfit: branch({
    trades: whole(0, 0, 1000, 'Closed trades of the symbol needed to judge it; 0 = off.'),
    minReturn: number(0, -100, 100, 'Sum of their returns below which the symbol is locked.'),
    lookbackCandles: whole(1440, 1, 10_000_000, 'How far back they count.'),
    lockCandles: whole(60, 1, 10_000_000, 'How long entries stay locked.'),
  }),
  maxDrawdown: branch({
    trades: whole(0, 0, 1000, 'Closed trades needed to judge; 0 = off.'),
    fraction: number(0.1, 0.0001, 10, 'Drawdown of their summed returns that locks everything.'),
    lookbackCandles: whole(1440, 1, 10_000_000, 'How far back they count.'),
    lockCandles: whole(60, 1, 10_000_000, 'How long entries stay locked.'),
  }),
});

const Bandit = branch({
  enabled: flag(false, 'Let realised results choose who may trade.'),
  arms: oneOf('symbol', ['symbol', 'agent'], 'What is chosen among.'),
  policy: oneOf(
    'epsilon-greedy',
    ['epsilon-greedy', 'thompson', 'ucb1', 'exp3'],
    'A bad arm is tried with probability epsilon, as likely as it is to be good (Thompson), while it may be good (ucb1), or by its weight (exp3).',
  ),
  context: oneOf(
    'none',
    ['none', 'regime'],
    'regime: judged apart in calm and wild, trending and ranging markets.',
  ),
  epsilon: number(0.1, 0, 1, 'How often a bad arm is tried all the same.'),
  minReward: number(-0.5, -100, 100, 'Mean reward (return in per cent) below which it waits.'),
  rewardClip: number(10, 0.001, 1000, 'Bound of one reward, per cent.'),
});

export const Risk = branch({
  sizing: Sizing,
  sizeAt: oneOf(
    'close',
    ['close', 'fill'],
    'close: quantity fixed when decided; fill: the order carries an amount of quote currency.',
  ),
  allowShort: flag(true, 'False: sells only close.'),
  maxPositionFraction: number(0.1, 0, 125, 'Cap of one position: notional at entry over equity.'),
  maxExposure: number(1, 0, 125, 'Cap of all positions: gross notional over equity.'),
  maxPositions: whole(5, 1, 1000, 'Most positions open at once.'),
  maxLeverage: Type.Record(
    Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_/:-]*$' }),
    Type.Number({ minimum: 0, maximum: 125 }),
    {
      ...strict,
      default: {},
      description: 'Cap of one position over equity, by symbol.',
      rule: 'must be named with the letters and digits of a symbol',
    },
  ),
  targetLifeCandles: whole(
    10,
    0,
    100_000,
    'Closes that an entry waits for which was wanted once and could not be made; what closes waits on.',
  ),
  maxSlippageBps: numberOrNull(
    0,
    10_000,
    'Refuse entries whose expected cost is above; null = off.',
  ),
  atrStop: AtrStop,
  stopLoss: StopLoss,
  trailingStop: TrailingStop,
  takeProfit: TakeProfit,
  limits: Limits,
  delever: Delever,
  correlation: Correlation,
  protections: Protections,
  bandit: Bandit,
});
