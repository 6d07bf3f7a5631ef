// Who votes, with what weight, and what a consensus is.

import { asked } from './asking.ts';
import { branch, number, parameters, textOrNull } from './parts.ts';

export const Agent = branch({
  weight: number(1, 0, 100, 'Weight of its vote in the consensus; 0 listens without counting.'),
  use: textOrNull(null, 'Strategy name or path of a .ts file; null = the id is the name.'),
  parameters,
  ...asked,
});

export const Consensus = branch({
  actThreshold: number(0.6, 0, 1, 'A score strictly above this acts.'),
  holdThreshold: number(0.4, 0, 1, 'Below this is plain disagreement; between is counted apart.'),
});
