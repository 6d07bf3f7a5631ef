// Agents that ask a model: which one answers, how long it may take, and where a backtest finds what was
// answered. Names of models are the operator's own: nothing in the core knows a provider.

import { branch, flag, number, numberOrNull, oneOf, textOrNull, whole } from './parts.ts';

/** Of one agent. */
export const asked = {
  model: textOrNull(
    null,
    'Who answers an agent that asks: ids of decision.models.providers, by commas; null = the usual ' +
      'order, or the agent’s own way without a model where it has one.',
  ),
  deadlineMs: numberOrNull(1, 86_400_000, 'For its answers; null = decision.asking.deadlineMs.'),
};

/** How decisions wait for answers. */
export const Asking = branch({
  deadlineMs: whole(
    10_000,
    1,
    86_400_000,
    'An answer later than this counts as none; one decision interval is the most.',
  ),
  riskThreshold: number(
    0.7,
    0,
    1,
    'Mean safety of the models that answered below which none of their votes count.',
  ),
  secondOpinions: flag(true, 'Agents that may veto or reduce an entry are asked.'),
  silence: oneOf(
    'refuse',
    ['refuse', 'proceed'],
    'An entry of which a second opinion failed or was late: refused, or let through.',
  ),
});

export const Tape = branch({
  file: textOrNull(null, 'Answers that a backtest replays: a tape, as `record` makes it.'),
  onMiss: oneOf(
    'refuse',
    ['refuse', 'timeout'],
    'A question that the tape does not answer ends the run, or counts as answered too late.',
  ),
});
