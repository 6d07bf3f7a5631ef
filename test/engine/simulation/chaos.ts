// Random markets in which anything is ordered, for properties. The same seed gives the same market.

import type { Config } from '../../../engine/config/schema.ts';
import type { OrderType } from '../../../engine/execution/order.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import { candleArrays } from '../../../engine/market/column.ts';
import { roundPrice, roundQty } from '../../../engine/market/instrument.ts';
import { buildPanel, type Panel } from '../../../engine/market/panel.ts';
import { gaussian, type Random, random } from '../../../engine/random.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';
import type { Partly } from '../../support/run.ts';
import { type Draft, HandVenue } from '../../support/venue.ts';

type World = Partly<Config['world']>;
const pick = <T>(draw: Random, from: readonly T[]): T => from[Math.floor(draw() * from.length)]!;
const ROWS = 40;
/** The last rows are quiet, so that whatever is on its way can arrive. */
const QUIET = 12;

/** One to three legs with gaps, holes, empty candles and funding; the last rows are calm. */
export function randomPanel(draw: Random): Panel {
  const legs = pick(draw, [1, 1, 2, 3]);
  const inputs = Array.from({ length: legs }, (_, k) => {
    const wild = pick(draw, [0.003, 0.02, 0.1]);
    let price = pick(draw, [3, 100, 30_000]);
    const rows: number[][] = [];
    for (let i = 0; i < ROWS + QUIET; i++) {
      const open = i < ROWS && draw() < 0.1 ? price * (1 + (draw() - 0.5) * 0.2) : price;
      price = i < ROWS ? open * Math.exp(wild * gaussian(draw)) : open;
      const high = Math.max(open, price) * (1 + (i < ROWS ? draw() * wild : 0));
      const low = Math.min(open, price) * (1 - (i < ROWS ? draw() * wild : 0));
      const volume = draw() < 0.1 ? 0 : draw() * 200;
      if (i === 0 || draw() < 0.92) {
        rows.push([START_MS + i * HOUR_MS, open, high, low, price, volume]);
      }
    }
    const candles = candleArrays(rows.length);
    const columns = ['openMs', 'open', 'high', 'low', 'close', 'volume'] as const;
    rows.forEach((row, i) => {
      for (const [c, name] of columns.entries()) candles[name][i] = row[c]!;
    });
    const stamps = pick(draw, [0, 3, 8]);
    const atMs = Float64Array.from(
      { length: stamps },
      (_, n) => START_MS + (n * 4 + 0.5) * HOUR_MS,
    );
    const rate = Float64Array.from(atMs, () => (draw() - 0.5) * 0.01);
    const instrument = instrumentOf(`L${k}`, {
      lotSize: pick(draw, [0.001, 0.1, 0.003]),
      maxLeverage: pick(draw, [3, 20]),
    });
    return { instrument, candles, funding: { atMs, rate } };
  });
  return buildPanel(inputs, HOUR_MS, 60);
}

/** Settings of any temper. `late`: with latency or outages. */
export function randomSettings(draw: Random, late: boolean): World {
  const delay = () => ({
    model: pick(draw, ['none', 'constant', 'uniform'] as const),
    ms: 20_000,
    maxMs: pick(draw, [40_000, 3_600_000]),
  });
  return {
    takerFeeBps: pick(draw, [0, 5, 50]),
    makerFeeBps: pick(draw, [-2, 0, 2]),
    slippageBps: pick(draw, [0, 2, 100]),
    fills: {
      path: pick(draw, ['pessimistic', 'pessimistic', 'ohlc', 'adaptive'] as const),
      volumeShare: pick(draw, [null, 0.01, 0.1, 1]),
      throughTicks: pick(draw, [0, 1, 50]),
    },
    costs: {
      spread: pick(draw, ['fixed', 'edge'] as const),
      impact: pick(draw, ['none', 'volume-share', 'square-root'] as const),
      impactCoefficient: pick(draw, [0.1, 1]),
      lookbackCandles: 10,
    },
    fees: {
      tiers: pick(draw, [
        {},
        {
          a: { fromVolumeUsd: 0, makerBps: 2, takerBps: 5 },
          b: { fromVolumeUsd: 1e4, makerBps: -1, takerBps: 4 },
        },
      ]),
    },
    margin: {
      enabled: draw() < 0.7,
      mode: pick(draw, ['cross', 'isolated'] as const),
      leverage: pick(draw, [1, 5, 20]),
    },
    ...(late
      ? {
          latency: { entry: delay(), response: delay(), feed: delay() },
          outages: {
            listed:
              draw() < 0.6
                ? Object.fromEntries(
                    ['one', 'two', 'six'].map((name, k) => [
                      name,
                      {
                        from: hour(3 + 8 * k),
                        to: hour(3 + 8 * k + pick(draw, [0.001, 0.5, 4])),
                        answer: pick(draw, ['refused', 'timeout'] as const),
                      },
                    ]),
                  )
                : {},
          },
        }
      : {}),
  };
}

const hour = (hours: number) => new Date(START_MS + hours * HOUR_MS).toISOString();

const TYPES: readonly OrderType[] = [
  'market',
  'market',
  'limit',
  'limit',
  'stop-market',
  'stop-limit',
  'take-profit-market',
  'take-profit-limit',
  'trailing-stop',
];

function randomOrder(draw: Random, market: HandVenue): Draft {
  const leg = Math.floor(draw() * market.panel.legs.length);
  const { instrument } = market.panel.legs[leg]!;
  const price = market.portfolio.lastPrice[leg]!;
  const at = () => roundPrice(instrument, price * (1 + (draw() - 0.5) * 0.06));
  const type = pick(draw, TYPES);
  const side = draw() < 0.5 ? 1 : -1;
  const reduceOnly = draw() < 0.4;
  const needsLimit = type === 'limit' || type.endsWith('-limit');
  const timeInForce = pick(draw, ['gtc', 'gtc', 'gtd', 'ioc', 'fok'] as const);
  const postOnly = type === 'limit' && draw() < 0.2;
  const distances =
    draw() < 0.5 ? { trailFraction: draw() * 0.05 + 0.001 } : { trailDistance: price * 0.01 };
  return {
    leg,
    side,
    type,
    reduceOnly,
    decisionPrice: price,
    qty: roundQty(instrument, (draw() * pick(draw, [200, 5000, 40_000])) / price),
    triggerPrice: type.startsWith('stop') || type.startsWith('take') ? at() : Number.NaN,
    terms: {
      timeInForce,
      limitPrice: needsLimit ? at() : Number.NaN,
      expiresMs: timeInForce === 'gtd' ? market.nowMs + draw() * 9 * HOUR_MS : Number.NaN,
      postOnly,
      ocoGroup: draw() < 0.2 ? 1 + Math.floor(draw() * 3) : 0,
      ...(type === 'trailing-stop' ? distances : {}),
    },
  };
}

/** A market in which anything was ordered, and everything has arrived. */
export function chaos(seed: number, late: boolean, look?: (market: HandVenue) => void): HandVenue {
  const draw = random(seed, 'chaos');
  const market = new HandVenue(randomPanel(draw), randomSettings(draw, late), seed);
  market.rows(1);
  while (market.row < market.panel.length - QUIET) {
    while (draw() < 0.5) act(draw, market);
    market.rows(1);
    look?.(market);
  }
  for (const order of market.orders) market.cancel(order);
  market.rows();
  return market;
}

function act(draw: Random, market: HandVenue): void {
  const what = draw();
  const old = market.orders.length > 0 ? pick(draw, market.orders) : undefined;
  if (old && what < 0.15) market.cancel(old);
  else if (old && what < 0.25) {
    const { instrument } = market.panel.legs[old.leg]!;
    const qty = roundQty(instrument, old.qty * (0.5 + draw()));
    const { limitPrice } = old.terms;
    const price = roundPrice(instrument, limitPrice * (0.99 + 0.02 * draw()));
    market.amend(old, qty, old.type === 'limit' ? price : Number.NaN);
  } else if (what < 0.35) {
    const entry = market.submit({
      ...randomOrder(draw, market),
      reduceOnly: false,
      type: 'market',
    });
    const { leg, decisionPrice } = entry;
    const side = entry.side > 0 ? -1 : 1;
    const attached = { leg, decisionPrice, side, reduceOnly: true, attachedTo: entry.id } as const;
    market.submit({ ...attached, type: 'stop-market', purpose: 'stop', distance: 0.02 });
    const terms = { closeFraction: pick(draw, [0.3, 1]) };
    market.submit({ ...attached, type: 'limit', purpose: 'take-profit', distance: 0.01, terms });
  } else market.submit(randomOrder(draw, market));
}
