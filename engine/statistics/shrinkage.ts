// What a little evidence is worth: a win rate between what was remembered and what is usual.
//
//   posterior = (wins + n0 x prior) / (evidence + n0)
//
// The mean of a Beta posterior whose prior is worth n0 trades, each remembered trade counted by its
// weight and not as one: the power prior of Ibrahim and Chen (Statistical Science 15, 2000), which raises
// the likelihood of an older or other observation to a power between 0 and 1. Without evidence it is
// the prior, to the last bit.

/** Posterior win rate, 0 to 1; `evidence` and `wins` are sums of weights, `priorTrades` > 0. */
export function shrunk(wins: number, evidence: number, prior: number, priorTrades: number): number {
  if (evidence === 0) return prior;
  return (wins + priorTrades * prior) / (evidence + priorTrades);
}

/** Average win over average loss, shrunk likewise; the prior until there is at least one of each. */
export function shrunkRatio(
  { evidence, won, gains, losses }: Evidence,
  prior: number,
  priorTrades: number,
): number {
  const lost = evidence - won;
  if (!(won > 0) || !(lost > 0) || !(losses > 0)) return prior;
  const seen = gains / won / (losses / lost);
  return (seen * evidence + prior * priorTrades) / (evidence + priorTrades);
}

/** Sums of weights of remembered trades: of all, of the wins, and of weight x return of either. */
export interface Evidence {
  readonly evidence: number;
  readonly won: number;
  readonly gains: number;
  /** > 0. */
  readonly losses: number;
}

/**
 * What a confidence is multiplied by: how much likelier a win is here than it usually is for the agent,
 * at most `effect` away from 1. 1 without evidence.
 */
export function factorOf(
  wins: number,
  evidence: number,
  usual: number,
  priorTrades: number,
  effect: number,
): number {
  if (evidence === 0 || !(usual > 0)) return 1;
  const here = shrunk(wins, evidence, usual, priorTrades);
  return Math.min(1 + effect, Math.max(1 - effect, here / usual));
}
