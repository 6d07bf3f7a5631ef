// The package's public face: what a strategy file imports from 'sapphire', and no more.
// Rooms of this project import from each other's files directly.

export {
  type Action,
  type Asks,
  defineStrategy,
  type ParameterSpecs,
  type ParameterValues,
  type PortfolioView,
  type StrategyDefinition,
  type View,
  type Vote,
} from './agents/contract.ts';
export type { Answer, AnswerShape, Prompt } from './agents/question.ts';
export { InputError } from './errors.ts';
export { DAY_MS, HOUR_MS, intervalMs, MINUTE_MS } from './interval.ts';
export type { CandleColumns, Column } from './market/column.ts';
export { atInterval, type Feature, on } from './market/indicator.ts';
export * from './market/indicators/index.ts';
