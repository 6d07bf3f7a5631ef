// A second opinion: asks a language model about every entry that the others have agreed on.
//
//   the entry + how the market stands  ->  model  ->  factor: 1 as it is, less = smaller, 0 = veto
//
// It can only keep money at home: it proposes nothing, and nothing of its answer but one number from 0 to
// 1 is used. Where no answer comes in time, `decision.asking.silence` says what becomes of the entry.

import { atr, change, defineStrategy, on, realisedVolatility, rsi } from 'sapphire';

const SYSTEM =
  'You review trades before they are made. You are told one proposed entry and how its market stands. ' +
  'Answer with factor: 1 = let it through as it is, a number between 0 and 1 = take only that share of ' +
  'it, 0 = refuse it. You cannot enlarge it, name another trade, or change a stop. Say in words why.';

export default defineStrategy({
  name: 'second-opinion',
  description: 'A language model that may veto or reduce entries, and nothing else.',
  reads: 'portfolio',
  parameters: {
    closes: {
      default: 24,
      min: 3,
      max: 500,
      integer: true,
      description: 'Newest that it is shown.',
    },
  },
  warmupCandles: (p) => p.closes,
  features: () => ({
    rsi: on('1h', rsi(14)),
    atr: on('1h', atr(14)),
    day: on('1h', change(24)),
    volatility: on('1h', realisedVolatility(24)),
  }),
  asks: {
    kind: 'second-opinion',
    shape: 'review',
    prompt({ i, features, parameters, symbol, columns }, side, portfolio) {
      const { close } = columns;
      const price = close[i];
      const whole = features.rsi[i] + features.atr[i] + features.day[i] + features.volatility[i];
      if (whole !== whole || portfolio === null) {
        // Not asked, and so let through: whoever cannot see yet would only guess.
        return null;
      }
      const count = Math.min(parameters.closes, i + 1);
      const closes = Array.from({ length: count }, (_, k) => close[i + 1 - count + k]);
      const user =
        `Proposed: ${side > 0 ? 'buy' : 'sell'} ${symbol} at ${figures(price)}.\n` +
        `Change over a day ${perCent(features.day[i])}, RSI ${features.rsi[i].toFixed(0)}, ` +
        `ATR ${perCent(features.atr[i] / price)} of price, ` +
        `volatility of an hour ${perCent(features.volatility[i])}.\n` +
        `Newest closes: ${closes.map(figures).join(' ')}.\n` +
        `Account: ${portfolio.openPositions} positions, exposure ${perCent(portfolio.exposure)}, ` +
        `${perCent(portfolio.drawdown)} below its peak.`;
      return { system: SYSTEM, user, numbers: { closes, side } };
    },
    review: (_, { factor }) => factor,
  },
});

/** Six digits, as a person would write them. */
function figures(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function perCent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
