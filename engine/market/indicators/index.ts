// The indicators a strategy can ask for, one file each. A new one is one file and one line here.

export { abdiRanaldo } from './abdi-ranaldo.ts';
export { adx } from './adx.ts';
export { atr } from './atr.ts';
export { bollinger } from './bollinger.ts';
export { change } from './change.ts';
export { type ConformalOptions, conformalForecast } from './conformal.ts';
export { corwinSchultz } from './corwin-schultz.ts';
export type { PriceSource } from './definition.ts';
export { edge } from './edge.ts';
export { edgeSpread } from './edge-spread.ts';
export { ema } from './ema.ts';
export { highest, lowest } from './extreme.ts';
export { macd } from './macd.ts';
export { obv } from './obv.ts';
export { realisedVolatility } from './realised-volatility.ts';
export { type Measured, robustScore } from './robust-score.ts';
export { rsi } from './rsi.ts';
export { sessionVwap } from './session-vwap.ts';
export { sma } from './sma.ts';
export { volumeRatio } from './volume-ratio.ts';
export { vwap } from './vwap.ts';
export { zScore } from './z-score.ts';
