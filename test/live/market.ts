// Markets of one-minute candles for sessions: invented weather, funding, one leg that is listed late
// and candles that are missing here and there.

import { generateMarket } from '../../data/synthetic.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import { buildPanel, type Panel } from '../../engine/market/panel.ts';
import { random } from '../../engine/random.ts';
import { START_MS } from '../support/market.ts';

const leg = (startPrice: number, tickSize: number, annualVolatility: number, beta: number) => ({
  startPrice,
  tickSize,
  annualVolatility,
  beta,
  lotSize: 0.001,
  dailyVolume: 3e9 / startPrice,
  maxLeverage: 20,
  fundingMean: 0.00005,
  driftPerYear: 0,
  minNotionalUsd: 10,
  makerFeeBps: 1.5,
  takerFeeBps: 4.5,
});

/** Three legs of `rows` minutes. */
export function minutes(seed: number, rows: number): Panel {
  const made = generateMarket({
    venue: 'synthetic',
    seed,
    fromMs: START_MS,
    candles: rows,
    intervalMs: MINUTE_MS,
    factorVolatility: 0.4,
    legs: {
      AUSD: leg(40_000, 1, 0.45, 1),
      BUSD: leg(150, 0.01, 0.85, 1.75),
      CUSD: leg(2, 0.0001, 1.3, 2.4),
    },
  });
  const legs = made.map((one, k) => {
    const draw = random(seed, `holes ${k}`);
    const listed = k === 2 ? Math.floor(rows / 5) : 0;
    return { ...one, candles: kept(one.candles, (i) => i >= listed && draw() > 0.01) };
  });
  return buildPanel(legs, MINUTE_MS, 60);
}

function kept(all: CandleArrays, keeps: (i: number) => boolean): CandleArrays {
  const rows = [...all.openMs.keys()].filter(keeps);
  const some = candleArrays(rows.length);
  for (const name of Object.keys(some) as (keyof CandleArrays)[]) {
    rows.forEach((row, i) => {
      some[name][i] = all[name][row]!;
    });
  }
  return some;
}
