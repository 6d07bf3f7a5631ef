// A market with a pattern in it, or with the same look and no pattern. A buyer enters every 48th
// candle and leaves eight candles later, whatever the market looks like.
//
//   before some entries   a slide of twelve candles on four times the volume
//   after them            planted: price falls, as it rises after the other entries; else chance alone

import { defineStrategy } from '../../../engine/index.ts';
import { HOUR_MS } from '../../../engine/interval.ts';
import { candleArrays } from '../../../engine/market/column.ts';
import { buildPanel, type Panel } from '../../../engine/market/panel.ts';
import { gaussian, random } from '../../../engine/random.ts';
import { instrumentOf, START_MS } from '../../support/market.ts';

const EVERY = 48;
const HELD = 8;
const BEFORE = 12;
/** Of one candle. */
const SIGMA = 0.005;
/** Drift of the eight candles after, in their standard deviations: wins 73 % or 27 % of the time. */
const EDGE = 0.6;

export function plantedPanel(seed: number, rows: number, planted: boolean): Panel {
  const draw = random(seed, 'planted');
  const candles = candleArrays(rows);
  let price = 100;
  let slides = false;
  for (let i = 0; i < rows; i++) {
    const phase = i % EVERY;
    if (phase === EVERY - BEFORE) slides = draw() < 0.5;
    // The candle at whose close the buyer decides is the last of the slide.
    const isSlide = slides && (phase > EVERY - BEFORE || phase === 0);
    let drift = isSlide ? -4 / Math.sqrt(BEFORE) : 0;
    // Decided at the close of phase 0, filled at the next open.
    if (planted && phase >= 1 && phase <= HELD) drift = (slides ? -EDGE : EDGE) / Math.sqrt(HELD);
    const open = price;
    price *= Math.exp(SIGMA * (drift + gaussian(draw)));
    candles.openMs[i] = START_MS + i * HOUR_MS;
    candles.open[i] = open;
    candles.high[i] = Math.max(open, price);
    candles.low[i] = Math.min(open, price);
    candles.close[i] = price;
    candles.volume[i] = 1000 * (isSlide ? 4 : 1) * (0.5 + draw());
  }
  const instrument = instrumentOf('A', { takerFeeBps: 0, makerFeeBps: 0, tickSize: 1e-6 });
  return buildPanel([{ instrument, candles }], HOUR_MS, 60);
}

/** Buys and sells by the clock. */
export const clockwork = defineStrategy({
  name: 'clockwork',
  analyze: (view) => {
    const phase = view.i % EVERY;
    if (phase === 0) return view.vote('BUY', 0.8);
    return phase === HELD ? view.vote('SELL', 0.8) : view.vote('HOLD', 0.5);
  },
});
