// Funding history: is it all there? A missing stamp makes a position cheaper than it was.

import { HOUR_MS } from '../interval.ts';
import type { FundingColumns } from './panel.ts';

/** The longest regular funding interval of perpetuals, with an hour of grace for late stamps. */
const LONGEST_MS = 9 * HOUR_MS;

/** Time between two instants (UTC ms) that no stamp accounts for: stretches longer than 8 hours. */
export function uncoveredFundingMs(funding: FundingColumns, fromMs: number, toMs: number): number {
  let missing = 0;
  let lastMs = fromMs;
  const stretch = (untilMs: number) => {
    if (untilMs - lastMs > LONGEST_MS) missing += untilMs - lastMs;
    lastMs = untilMs;
  };
  for (const atMs of funding.atMs) if (atMs > fromMs && atMs <= toMs) stretch(atMs);
  stretch(toMs);
  return missing;
}
