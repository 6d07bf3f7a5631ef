// The venue's own trailing stop in the tables of Nautilus and LEAN.
//
// Where they quote a bid and an ask a sell stop watches the bid and a buy stop the ask; a candle of
// that one price says as much. A last price and a quote that both count are shown one after the other.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Order, PLAIN, type Terms } from '../../../engine/execution/order.ts';
import { Book, type Resting } from '../../../engine/simulation/resting.ts';
import { followTrail } from '../../../engine/simulation/rules.ts';
import { buy, closing, meet, sell } from '../../support/resting.ts';
import type { Draft } from '../../support/venue.ts';

const CASES = new URL('../../../../shared/cases/matching_fills_trailing.json', import.meta.url);
const here = existsSync(CASES);
const cases = here ? JSON.parse(readFileSync(CASES, 'utf8')) : {};

interface Offset {
  readonly side: 'buy' | 'sell';
  readonly offset_type: 'price' | 'percent' | 'bps' | 'ticks';
  readonly offset: number;
  readonly initial_trigger?: number;
  readonly activation_price?: number;
}

interface Update extends Offset {
  readonly id: string;
  readonly tick_size: number;
  readonly trigger_type: string;
  readonly market: { readonly last?: number; readonly bid?: number; readonly ask?: number };
  readonly expected_new_trigger: number | null;
}

interface Step {
  readonly price?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly expect?: {
    readonly activated?: boolean;
    readonly trigger?: number | null;
    readonly filled?: boolean;
    readonly fill_price?: number;
    readonly liquidity?: string;
  };
}

interface Sequence {
  readonly id: string;
  readonly order: Offset & { readonly qty: number; readonly tick?: number };
  readonly steps: readonly Step[];
}

/** A price is a distance, ticks are so many of them, a share is a fraction of the best price. */
function termsOf({ offset_type, offset, activation_price }: Offset, tick: number): Partial<Terms> {
  const activationPrice = activation_price ?? Number.NaN;
  if (offset_type === 'price') return { trailDistance: offset, activationPrice };
  if (offset_type === 'ticks') return { trailDistance: offset * tick, activationPrice };
  const share = offset_type === 'bps' ? 10_000 : 1;
  return { trailFraction: offset / share, activationPrice };
}

function draftOf(offset: Offset, tick = 0.01, qty = 1): Draft {
  const trades = offset.side === 'buy' ? buy : sell;
  const triggerPrice = offset.initial_trigger ?? Number.NaN;
  return closing(trades('trailing-stop', { qty, triggerPrice, terms: termsOf(offset, tick) }));
}

function slotOf(draft: Draft): Resting {
  return new Book().add({ ...draft, terms: { ...PLAIN, ...draft.terms } } as Order, 0);
}

/** Prices that the stop watches, in order: the last trade, then its side of the quote. */
function watched(side: 'buy' | 'sell', { price, last, bid, ask }: Step & { last?: number }) {
  return [price, last, side === 'buy' ? ask : bid].filter((one) => one !== undefined);
}

describe.skipIf(!here)(
  'the trailing stop of Nautilus (skipped where shared/cases is absent)',
  () => {
    it.each((cases.trailing_update ?? []) as readonly Update[])(
      '$id, $side, $offset $offset_type behind $market',
      (one) => {
        const slot = slotOf(draftOf(one, one.tick_size));
        for (const price of watched(one.side, one.market)) followTrail(slot, price);
        expect(slot.triggerPrice).toBeCloseTo(one.expected_new_trigger ?? one.initial_trigger!, 9);
      },
    );
  },
);

describe.skipIf(!here)(
  'sequences of Nautilus and LEAN (skipped where shared/cases is absent)',
  () => {
    const all = (cases.trailing_sequences ?? []) as readonly Sequence[];

    it.each(all)('$id: the trigger after each price', ({ id, order, steps }) => {
      const slot = slotOf(draftOf(order, order.tick));
      steps.forEach((step, k) => {
        const { expect: wanted } = step;
        // The market before the order was in: it has not seen it.
        if (wanted === undefined) return;
        for (const price of watched(order.side, step)) followTrail(slot, price);
        if (wanted.activated !== undefined) expect(slot.best === slot.best).toBe(wanted.activated);
        if (wanted.trigger === undefined) return;
        const trigger = wanted.trigger ?? Number.NaN;
        if (trigger !== trigger) expect(slot.triggerPrice).toBeNaN();
        else expect(slot.triggerPrice, `${id}, step ${k}`).toBeCloseTo(trigger, 9);
      });
    });

    it.each(
      all.flatMap((one) =>
        (['pessimistic', 'ohlc', 'adaptive'] as const).map((path) => ({ ...one, path })),
      ),
    )('$id, path $path: the fill', ({ order, steps, path }) => {
      const prices = steps.map((step) => watched(order.side, step)[0]!);
      const chart = prices.map((price) => `${price}/${price}/${price}/${price}`).join(' ');
      const before = steps.filter((step) => step.expect === undefined).length;
      const held = order.side === 'buy' ? -order.qty : order.qty;
      const draft = draftOf(order, order.tick, order.qty);
      const seen = meet(chart, [draft], { held, heldAt: prices[0]!, before, fills: { path } });
      const last = steps.length - 1;
      // Behind its trigger at the open: it takes what is there, better or worse than the trigger.
      const price = steps[last]!.expect!.fill_price ?? prices[last]!;
      expect(seen.map(({ row, qty, price, maker }) => [row, qty, price, maker])).toEqual([
        [last, -held, price, 0],
      ]);
    });
  },
);
