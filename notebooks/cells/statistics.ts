// The engine's own statistics, for cells that ask what luck would show.

export {
  deflatedSharpe,
  expectedMaximum,
  sharpeOfLuck,
} from '../../engine/statistics/deflated-sharpe.ts';
export { normalCdf } from '../../engine/statistics/normal.ts';
export { DAYS_PER_YEAR } from '../../engine/statistics/returns.ts';
