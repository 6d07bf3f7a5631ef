// What a refusal's code means, in one sentence: for reports, which know results but not risk.

import { REFUSALS } from '../risk/refusal.ts';

const VETO = 'veto-';

/** The sentence of a code as a result counts it; empty for a code that this version does not know. */
export function refusalText(code: string): string {
  if (Object.hasOwn(REFUSALS, code)) return REFUSALS[code as keyof typeof REFUSALS];
  if (!code.startsWith(VETO) || code === VETO) return '';
  return 'an agent kept the entry out; its own word stands after the dash';
}
