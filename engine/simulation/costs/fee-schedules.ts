// Published fee schedules by name, as data. Volume tiers only: discounts for a venue's token, referrals
// and market makers' programmes are left out, so that a run pays the fee of a plain account. Each says
// where its numbers are from, when, and which of them were not read but remembered or left out: where
// sources disagree the dearer number stands here.

import { InputError, nearest } from '../../errors.ts';
import type { FeeTier } from './fees.ts';

export interface FeeSchedule {
  /** Days before today whose volume decides the tier. */
  readonly windowDays: number;
  readonly tiers: readonly FeeTier[];
  readonly source: string;
  /** When the source was written or stored: a year, month or day; `undated` where it does not say. */
  readonly asOf: string;
  /** What a reader should know before trusting it. */
  readonly note: string;
}

/** From volume in millions of USD, maker bps, taker bps. */
type Row = readonly [fromMillion: number, makerBps: number, takerBps: number];

function schedule(parts: Omit<FeeSchedule, 'tiers'>, rows: readonly Row[]): FeeSchedule {
  const tiers = rows.map(([fromMillion, makerBps, takerBps]) =>
    Object.freeze({ fromVolumeUsd: fromMillion * 1e6, makerBps, takerBps }),
  );
  return Object.freeze({ ...parts, tiers: Object.freeze(tiers) });
}

/** Keyed by the name that a config says. */
export const FEE_SCHEDULES: Readonly<Record<string, FeeSchedule>> = Object.freeze({
  aster: schedule(
    {
      windowDays: 14,
      source: 'base: bitrue.com; VIP 6: chaincatcher.com/en/article/2181447, of the announcement',
      asOf: '2025-05-14 (VIP 6), 2025-09 (base)',
      note:
        'VIP 1 to 5 (from 5 M) are announced but their fees were not found: the base holds up to VIP 6. ' +
        'A sample in the V3 API documents shows 2 / 4 bps; the live rate is at GET commissionRate.',
    },
    [
      [0, 1, 3.5],
      [1000, 0, 2.5],
    ],
  ),
  hyperliquid: schedule(
    {
      windowDays: 14,
      source: 'hyperliquid.gitbook.io/hyperliquid-docs/trading/fees, as repeated by hypernode-docs',
      asOf: 'undated, read 2026',
      note:
        'Perpetuals run by the validators; spot volume, which counts double, is not traded here. Rebates ' +
        'by share of all maker volume (-0.1 to -0.3 bps) and HYPE staking discounts are left out.',
    },
    [
      [0, 1.5, 4.5],
      [5, 1.2, 4],
      [25, 0.8, 3.5],
      [100, 0.4, 3],
      [500, 0, 2.8],
      [2000, 0, 2.6],
      [7000, 0, 2.4],
    ],
  ),
  drift: schedule(
    {
      windowDays: 30,
      source: 'docs.drift.trade/trading/trading-fees',
      asOf: 'undated, the last before the venue stopped on 2026-04-01',
      note:
        'Before it (2024) takers paid 10 to 3 bps with rebates of 1 to 2 bps, and a quarter of that on ' +
        'BTC, ETH and SOL: give tiers of your own for older runs. DRIFT staking discounts are left out.',
    },
    [
      [0, -0.25, 3.5],
      [2, -0.25, 3],
      [10, -0.25, 2.75],
      [20, -0.25, 2.5],
      [80, -0.25, 2.25],
      [200, -0.25, 2],
    ],
  ),
  'binance-usdm': schedule(
    {
      windowDays: 30,
      source:
        'fees: third-party copies of binance.com/en/fee/futureFee; VIP 1 volume: announcement of ' +
        '2021-12-15; VIP 4 to 9 volumes: a stored copy of the futures level list',
      asOf: 'undated, read 2026',
      note:
        'USDT pairs. Volumes of VIP 2 and 3 are recalled; that list has 5, 10 and 50 M for VIP 1 to 3, ' +
        'lower than here. Every VIP level also needs a BNB balance: not modelled. The 10 % discount for ' +
        'paying in BNB is left out.',
    },
    [
      [0, 2, 5],
      [15, 1.6, 4],
      [50, 1.4, 3.5],
      [100, 1.2, 3.2],
      [600, 1, 3],
      [1000, 0.8, 2.7],
      [2500, 0.6, 2.5],
      [5000, 0.4, 2.2],
      [12_500, 0.2, 2],
      [25_000, 0, 1.7],
    ],
  ),
});

export const FEE_SCHEDULE_NAMES: readonly string[] = Object.freeze(Object.keys(FEE_SCHEDULES));

/** The schedule called `name`; throws InputError at `key`, with the nearest name. */
export function feeSchedule(name: string, key = 'world.fees.schedule'): FeeSchedule {
  if (Object.hasOwn(FEE_SCHEDULES, name)) return FEE_SCHEDULES[name]!;
  throw new InputError({
    key,
    rule: `must be one of ${FEE_SCHEDULE_NAMES.join(', ')}`,
    value: name,
    nearest: nearest(name, FEE_SCHEDULE_NAMES),
  });
}
