// What each notebook runs before it is drawn: commands as a person would type them, in a folder of its
// own with the demonstration market. A notebook's SQL cells see each step as a schema of its name.
//
//   { name: 'free', words: [...] }  ->  SELECT * FROM free.trades

export interface Step {
  /** Schema of the SQL cells; a word. */
  readonly name: string;
  /** The verb with its flags. */
  readonly words: readonly string[];
}

export interface Recipe {
  /** File name without `.html`. */
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly steps: readonly Step[];
}

const step = (name: string, line: string): Step => ({ name, words: line.split(' ') });

const QUARTER = '--symbols BTCUSDC --to 2025-04-01';
const cross = (fast: number, slow: number) =>
  `backtest --strategy sma-cross ${QUARTER} --set parameters.fast=${fast} --set parameters.slow=${slow}`;
const atCosts = (feeBps: number, slippageBps: number) =>
  `${cross(60, 240)} --set world.takerFeeBps=${feeBps} --set world.slippageBps=${slippageBps}`;

const THREE_WEEKS = 'backtest --config swarm --symbols BTCUSDC --to 2025-01-22';
/** A venue that is out for ten hours a dozen times a month. */
const OUT = '--set world.outages.perMonth=12 --set world.outages.meanMinutes=600';
/** And asks three times the spread. */
const ROUGH = `${OUT} --set world.slippageBps=6`;

export const RECIPES: readonly Recipe[] = [
  {
    id: '01-first-backtest',
    title: 'A first backtest',
    question: 'Did it earn anything, and how would I know?',
    steps: [step('first', 'backtest --config momentum --symbols BTCUSDC,ETHUSDC,SOLUSDC')],
  },
  {
    id: '02-costs-matter',
    title: 'Costs matter',
    question: 'How much of a strategy is left after it has paid for its trades?',
    steps: [
      step('free', atCosts(0, 0)),
      step('paid', atCosts(4.5, 2)),
      step('twice', atCosts(9, 4)),
      step('slow', cross(480, 1440)),
    ],
  },
  {
    id: '03-sweep-and-deflate',
    title: 'Sweep and deflate',
    question: 'The best of many settings looks good. Is it good, or is it the best of many?',
    steps: [step('swept', `sweep notebooks/specs/sweep.json ${QUARTER} --top 20`)],
  },
  {
    id: '04-walk-forward',
    title: 'Walk forward',
    question: 'Does what was learned on one month earn anything in the next?',
    steps: [
      step(
        'walked',
        'walk-forward notebooks/specs/folds.json --symbols BTCUSDC --folds 5 --train 2',
      ),
    ],
  },
  {
    id: '05-agents-and-votes',
    title: 'Agents and votes',
    question: 'Four agents vote. Who is worth listening to?',
    steps: [step('swarm', 'backtest --config swarm --symbols BTCUSDC,ETHUSDC --to 2025-04-01')],
  },
  {
    id: '06-live-against-shadow',
    title: 'Live against shadow',
    question: 'The session made less than the backtest had promised. Whose fault is it?',
    steps: [
      step('plan', THREE_WEEKS),
      step('out', `${THREE_WEEKS} ${OUT}`),
      step(
        'session',
        `paper --config swarm --symbols BTCUSDC --days 21 --disorder 5 ${ROUGH} --dir sessions/shaky`,
      ),
      step('shadow', 'shadow sessions/shaky'),
    ],
  },
];
