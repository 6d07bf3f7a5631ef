// What makes a backtest kinder than the market is to a plain account. None of it is wrong to try; as the
// evidence on which money is risked it says too much.

import type { WorldConfig } from '../../engine/config/schema.ts';
import type { Instrument } from '../../engine/market/instrument.ts';

type Traded = Pick<Instrument, 'venue' | 'symbol' | 'makerFeeBps' | 'takerFeeBps'>;

/** In words: the key and its value, or the fee; none for the default rules. `legs` have the fees that venues charge. */
export function kinderThanMarkets(world: WorldConfig, legs: readonly Traded[]): string[] {
  const { fills, costs, margin } = world;
  const rules: [isKinder: boolean, words: string][] = [
    [costs.multiple < 1, `world.costs.multiple ${costs.multiple}`],
    [costs.spread === 'fixed' && world.slippageBps === 0, 'world.slippageBps 0'],
    [!world.funding, 'world.funding false'],
    [!margin.enabled, 'world.margin.enabled false'],
    [fills.volumeShare === null, 'world.fills.volumeShare null'],
    [fills.zeroVolume === 'fill', 'world.fills.zeroVolume fill'],
    [fills.throughTicks === 0, 'world.fills.throughTicks 0'],
    [fills.rules === 'freqtrade', 'world.fills.rules freqtrade'],
    [fills.path === 'ohlc' || fills.path === 'adaptive', `world.fills.path ${fills.path}`],
  ];
  const fees = new Set(legs.flatMap((leg) => cheaperFees(world, leg)));
  return [...rules.filter(([isKinder]) => isKinder).map(([, words]) => words), ...fees];
}

/** A published schedule is what the venue charges; what a config states may be less. */
function cheaperFees({ venues, fees, ...world }: WorldConfig, leg: Traded): string[] {
  const own = venues[leg.venue];
  if ((own?.feeSchedule ?? fees.schedule) !== null) return [];
  const [tier] = Object.values(fees.tiers);
  const paid = {
    taker: tier?.takerBps ?? own?.takerFeeBps ?? world.takerFeeBps ?? leg.takerFeeBps,
    maker: tier?.makerBps ?? own?.makerFeeBps ?? world.makerFeeBps ?? leg.makerFeeBps,
  };
  return [
    ...(paid.taker < leg.takerFeeBps ? [feeWords('taker', paid.taker, leg.takerFeeBps, leg)] : []),
    ...(paid.maker < leg.makerFeeBps ? [feeWords('maker', paid.maker, leg.makerFeeBps, leg)] : []),
  ];
}

function feeWords(who: string, paid: number, asked: number, { venue }: Traded): string {
  return `a ${who} fee of ${paid} bps at ${venue}, which asks for ${asked}`;
}
