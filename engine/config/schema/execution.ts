// How an approved quantity becomes orders: algorithms, their selection, obfuscation, routing.

import { branch, flag, number, oneOf, whole } from './parts.ts';

export const Execution = branch({
  algorithm: oneOf(
    'market',
    ['market', 'auto', 'twap', 'vwap', 'iceberg', 'sniper'],
    'How entries are worked; auto: by size, volatility and target price. Exits are market orders.',
  ),
  selection: branch({
    lookbackCandles: whole(
      60,
      2,
      100_000,
      'Base candles whose volume a quantity is compared with.',
    ),
    smallShare: number(0.01, 0, 1, 'Up to this share of their volume: market.'),
    largeShare: number(0.1, 0, 100, 'From this share on: iceberg.'),
    volatility: number(0.004, 0, 10, 'Standard deviation of returns from which TWAP, else VWAP.'),
  }),
  twap: branch({
    windowMinutes: number(5, 0.01, 100_000, 'Time over which slices are spread.'),
    slices: whole(5, 1, 10_000, 'Slices of equal size.'),
  }),
  vwap: branch({
    windowMinutes: number(30, 0.01, 100_000, 'Time over which slices are spread.'),
    slices: whole(10, 1, 10_000, 'Slices, sized by the volume expected in each.'),
    profileDays: whole(7, 1, 365, 'Days that the hourly volume profile remembers.'),
  }),
  iceberg: branch({
    visibleFraction: number(0.1, 0.001, 1, 'Share of the parent shown at a time.'),
    expiryMinutes: number(60, 0.01, 100_000, 'What is unfilled then is missed.'),
  }),
  sniper: branch({
    improvementBps: number(20, 0, 5000, 'Better than the decision price, if no target is named.'),
    expiryMinutes: number(5, 0.01, 100_000, 'How long the limit rests.'),
    fallback: oneOf('cancel', ['cancel', 'market'], 'What happens to the rest then.'),
  }),
  limitBoundBps: number(50, 0, 5000, 'Limits of algorithms stay within this of the market.'),
  obfuscation: branch({
    enabled: flag(false, 'Blur sizes and times of entries, seeded.'),
    qtySpread: number(0.02, 0, 0.5, 'Entries are scaled by 1 - this to 1 + this; closes never.'),
    delayMinMs: number(100, 0, 3_600_000, 'Least delay before an order is sent.'),
    delayMaxMs: number(1500, 0, 3_600_000, 'Most delay before an order is sent.'),
  }),
  routing: oneOf(
    'failover',
    ['failover', 'smart'],
    'failover: the primary venue while it answers; smart: split by depth, fee and impact.',
  ),
  breaker: branch({
    failures: whole(5, 1, 1000, 'Consecutive failures that open it.'),
    resetMs: number(60_000, 1, 86_400_000, 'Time until the first probe.'),
    successes: whole(3, 1, 1000, 'Consecutive successful probes that close it.'),
  }),
});
