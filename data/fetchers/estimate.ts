// What a range costs where requests have weights and a minute has so much of it.

import type { BudgetRules } from '../venues/budget.ts';
import type { Estimate } from './contract.ts';

const MINUTE_MS = 60_000;
/** An answer that is not waited for takes about so long. */
const ROUND_TRIP_MS = 150;

/** The cost of `rows` rows in pages of `page` rows that weigh `weight` each. */
export function paced(
  { perMinute, reserveFraction }: BudgetRules,
  { rows, page, weight }: { readonly rows: number; readonly page: number; readonly weight: number },
): Estimate {
  const whole = Math.max(0, Math.ceil(rows));
  const requests = Math.max(1, Math.ceil(whole / page));
  const usable = perMinute * (1 - reserveFraction);
  // The bucket begins full with half a minute's allowance and refills with half of it a minute.
  const beyond = Math.max(0, requests * weight - usable / 2);
  const ms = Math.max(requests * ROUND_TRIP_MS, (beyond / (usable / 2)) * MINUTE_MS);
  return { requests, rows: whole, bytes: Number.NaN, ms };
}
