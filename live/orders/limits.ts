// What an operator allows at a venue, beside the risk rules of the config: shares, counts and ages that
// the guard holds every entry against. They stand in the promotion, and so under its signature.

import { type Static, Type } from 'typebox';

const share = (description: string) =>
  Type.Number({ default: 1, exclusiveMinimum: 0, maximum: 1, description });
const count = (value: number, description: string) =>
  Type.Integer({ default: value, minimum: 1, maximum: 600, description });
const ms = (value: number, minimum: number, maximum: number, description: string) =>
  Type.Number({ default: value, minimum, maximum, description });

/** Every limit with its default and its bounds: no promotion can be laxer than these. */
export const GuardSchema = Type.Object(
  {
    exposureShare: share('All positions and orders, of capital x leverage.'),
    orderShare: share('One order, of capital x leverage.'),
    collar: Type.Number({
      default: 0.02,
      exclusiveMinimum: 0,
      maximum: 0.2,
      description: "Price from the venue's mark, and that from another venue's.",
    }),
    markLifeMs: ms(15_000, 1000, 120_000, 'Age of a mark that is traded on.'),
    maxSkewMs: ms(2000, 100, 10_000, "Between the venue's clock and ours."),
    entriesAMinute: count(30, 'Entries, all legs.'),
    repeatsAMinute: count(5, 'Entries of one leg and side.'),
    refusalsAMinute: count(5, 'Refused entries of a leg after which it is left alone.'),
    duplicateMs: ms(1000, 0, 60_000, 'In which the very same entry is taken for a mistake.'),
  },
  { additionalProperties: false },
);

export type GuardConfig = Static<typeof GuardSchema>;

/** The same in USD, for one venue. */
export interface Limits extends Omit<GuardConfig, 'exposureShare' | 'orderShare'> {
  /** All positions and orders together, USD. */
  readonly maxExposureUsd: number;
  /** One order, USD. */
  readonly maxOrderUsd: number;
}

/** The limits for what may be traded with at a venue, USD, at this leverage. */
export function limitsFor(capitalUsd: number, leverage: number, guard: GuardConfig): Limits {
  const { exposureShare, orderShare, ...limits } = guard;
  const wholeUsd = capitalUsd * leverage;
  return {
    ...limits,
    maxExposureUsd: exposureShare * wholeUsd,
    maxOrderUsd: orderShare * wholeUsd,
  };
}
