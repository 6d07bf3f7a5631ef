// What a resting order gets of a candle, in the cases of Nautilus, LEAN and jesse.
//
// Nautilus walks O-H-L-C, or to the nearer extreme first, and fills a limit that is touched: its cases
// run with `path` ohlc or adaptive and `throughTicks` 0. LEAN's stops need neither: they run by the
// default rule, as do Nautilus's of a single stop.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { panelOf } from '../../support/market.ts';
import { buy, closing, type MeetOptions, meet, sell } from '../../support/resting.ts';
import { FREE, runOf, targets, withFunding } from '../../support/run.ts';
import type { Draft, Told } from '../../support/venue.ts';

const CASES = new URL('../../../../shared/cases/matching_fills_trailing.json', import.meta.url);
const here = existsSync(CASES);

interface Bar {
  readonly o: number;
  readonly h?: number;
  readonly l?: number;
  readonly c?: number;
  readonly v?: number;
  readonly before_order?: boolean;
  readonly expect?: 'none' | { readonly price: number; readonly qty: number };
}

interface OrderCase {
  readonly id: string;
  readonly type: 'stop_market' | 'limit';
  readonly side: 'buy' | 'sell';
  readonly trigger?: number;
  readonly price?: number;
  readonly qty?: number;
}

interface BarCase {
  readonly id: string;
  readonly config?: { readonly adaptive_high_low?: boolean };
  readonly orders: readonly OrderCase[];
  readonly bar?: Bar;
  readonly bars?: readonly Bar[];
  readonly expect?:
    | readonly { id: string; price: number; qty?: number }[]
    | { total_filled: number };
  readonly expect_order?: readonly string[];
}

interface Split {
  readonly candles: Readonly<Record<string, readonly [number, number, number, number]>>;
  readonly cases: readonly {
    readonly candle: string;
    readonly price: number;
    readonly earlier: readonly [number, number, number, number];
    readonly later: readonly [number, number, number, number];
  }[];
}

const cases = here ? JSON.parse(readFileSync(CASES, 'utf8')) : {};
const barFills = (cases.bar_fills ?? []) as readonly BarCase[];
const byId = (id: string) => barFills.find((one) => one.id === id)!;

/** The order of a case: it opens, since the cases hold nothing. */
function orderOfCase({ type, side, trigger, price, qty = 1 }: OrderCase): Draft {
  const trades = side === 'buy' ? buy : sell;
  if (type === 'limit') return trades('limit', { qty, terms: { limitPrice: price! } });
  return trades('stop-market', { qty, triggerPrice: trigger! });
}

function wordOf({ o, h, l, c, v = 100 }: Bar): string {
  const close = c ?? l ?? o;
  return `${o}/${h ?? Math.max(o, close)}/${l ?? Math.min(o, close)}/${close}@${v}`;
}

function fillsOfCase(one: BarCase, fills: MeetOptions['fills'] = {}): readonly Told[] {
  const bars = one.bars ?? [one.bar!];
  const before = bars.filter((bar) => bar.before_order).length;
  const chart = bars.map(wordOf).join(' ');
  return meet(chart, one.orders.map(orderOfCase), {
    fills: { volumeShare: null, ...fills },
    before,
  });
}

describe.skipIf(!here)('candles of other engines (skipped where shared/cases is absent)', () => {
  const ofStops = [
    'sell_stop_move_through',
    'doc_move_through_sell_stop',
    'lean_stop_buy',
    'lean_gap_buy',
    'lean_no_fill_before_submit_time',
  ];

  it.each(
    ofStops.flatMap((id) =>
      (['pessimistic', 'ohlc', 'adaptive'] as const).map((path) => [id, path]),
    ),
  )('%s, path %s', (id, path) => {
    const one = byId(id!);
    const bars = one.bars ?? [one.bar!];
    const wanted = Array.isArray(one.expect)
      ? one.expect.map(({ price }) => [0, price, 1])
      : bars.flatMap((bar, row) =>
          typeof bar.expect === 'object' ? [[row, bar.expect.price, bar.expect.qty]] : [],
        );
    const seen = fillsOfCase(one, { path: path as 'ohlc' });
    expect(seen.map(({ row, price, qty }) => [row, price, Math.abs(qty)])).toEqual(wanted);
  });

  it('adaptive_low_first: the nearer extreme comes first, and with it the sell stop', () => {
    const one = byId('adaptive_low_first');
    const seen = fillsOfCase(one, { path: 'adaptive' });
    expect(seen.map(({ orderId }) => one.orders[orderId - 1]!.id)).toEqual(one.expect_order);
    expect(seen.map(({ price }) => price)).toEqual([1490, 1510]);
    // The other path has them the other way round.
    expect(fillsOfCase(one, { path: 'ohlc' }).map(({ price }) => price)).toEqual([1510, 1490]);
  });

  it('buy_limit_volume_cap_3_units: of six, the three that were traded', () => {
    const one = byId('buy_limit_volume_cap_3_units');
    for (const path of ['pessimistic', 'ohlc'] as const) {
      const seen = fillsOfCase(one, { path, volumeShare: 1, throughTicks: 0 });
      const { total_filled } = one.expect as { total_filled: number };
      expect(seen.reduce((sum, { qty }) => sum + qty, 0)).toBe(total_filled);
    }
  });

  it.each(['two_units_fill_high_and_low', 'three_units_fill_at_high'])(
    '%s, path ohlc and default, touched is filled',
    (id) => {
      const one = byId(id);
      const wanted = one.expect as readonly { id: string; price: number; qty: number }[];
      for (const path of ['ohlc', 'pessimistic'] as const) {
        const seen = fillsOfCase(one, { path, volumeShare: 1, throughTicks: 0 });
        expect(
          seen.map((met) => [one.orders[met.orderId - 1]!.id, met.price, Math.abs(met.qty)]),
        ).toEqual(wanted.map((met) => [met.id, met.price, met.qty]));
        expect(seen.every(({ maker }) => maker === 1)).toBe(true);
      }
    },
  );

  it('are all met', () => {
    const met = [
      ...ofStops,
      'adaptive_low_first',
      'buy_limit_volume_cap_3_units',
      'two_units_fill_high_and_low',
      'three_units_fill_at_high',
    ];
    expect(barFills.map(({ id }) => id).filter((id) => !met.includes(id))).toEqual([]);
  });
});

describe.skipIf(!here)('funding of other engines (skipped where shared/cases is absent)', () => {
  it.each((cases.funding ?? []) as readonly FundingCase[])('$id', (one) => {
    const { side, qty = 1, mark, book, updates, rate } = one;
    // A stamp has one rate: of two updates before it the data hold the last. A book's middle is what
    // its candle says.
    const price = mark ?? (book!.bid + book!.ask) / 2;
    const last = updates?.at(-1) ?? rate!;
    const panel = withFunding(panelOf({ A: `${price}x4` }), { A: [[2, last]] });
    const cashUsd = one.balance_before ?? one.balance_after! - one.realized_pnl;
    const sign = side === 'long' ? 1 : -1;
    const script = `${(sign * qty * price) / cashUsd}`;
    const { kernel } = runOf(panel, [targets(script)], {
      ...FREE,
      world: { ...FREE.world, cashUsd },
    });
    expect(Math.abs(kernel.portfolio.positions[0]!.qty)).toBe(qty);
    expect(kernel.portfolio.fundingUsd).toBeCloseTo(one.realized_pnl, 12);
    expect(kernel.portfolio.walletUsd).toBeCloseTo(cashUsd + one.realized_pnl, 12);
  });
});

interface FundingCase {
  readonly id: string;
  readonly side: 'long' | 'short';
  readonly qty?: number;
  readonly mark?: number;
  readonly book?: { readonly bid: number; readonly ask: number };
  readonly updates?: readonly number[];
  readonly rate?: number;
  readonly balance_before?: number;
  readonly balance_after?: number;
  readonly realized_pnl: number;
}

// jesse cuts a candle in two at an order's price. Nothing is cut here, but what an order wakes meets
// the rest of the path: the later part's extremes are the best and the worst that it can get. On the
// two candles of the cases our `adaptive` path is jesse's: green O-L-H-C, red O-H-L-C.
describe.skipIf(!here)('a candle cut by jesse (skipped where shared/cases is absent)', () => {
  const { candles, cases: cuts } = (cases.split_candle ?? { candles: {}, cases: [] }) as Split;
  const TICK = 0.01;
  const fills = { path: 'adaptive', throughTicks: 0, volumeShare: null } as const;

  /** A buy at `price`, and what it wakes: whether a stop at `low` and a target at `high` are met. */
  function wakes(candle: string, price: number, stopAt: number, targetAt: number): boolean[] {
    const [open, close, high, low] = candles[candle]!;
    const chart = `${open}/${high}/${low}/${close}`;
    const parent =
      price > open
        ? buy('stop-market', { triggerPrice: price })
        : price < open
          ? buy('limit', { terms: { limitPrice: price } })
          : buy('market');
    const distance = (at: number) => Math.abs(at / price - 1);
    const stop = closing(sell('stop-market', { attachedTo: 1, distance: distance(stopAt) }));
    const target = closing(sell('limit', { attachedTo: 1, distance: distance(targetAt) }));
    const met = (one: Draft) =>
      meet(chart, [parent, one], { fills }).some(({ orderId }) => orderId === 2);
    return [met(stop), met(target)];
  }

  it.each(cuts)('$candle at $price: what comes after', ({ candle, price, later }) => {
    const [, , high, low] = later;
    expect(wakes(candle, price, low, high)).toEqual([true, true]);
    expect(wakes(candle, price, low - TICK, high + TICK)).toEqual([false, false]);
  });

  it.each(cuts.filter(({ candle, price }) => price !== candles[candle]![0]))(
    '$candle at $price: what came before',
    ({ candle, price, earlier }) => {
      const [open, close, high, low] = candles[candle]!;
      const [, , before, below] = earlier;
      const chart = `${open}/${high}/${low}/${close}`;
      const at =
        price > open
          ? buy('stop-market', { triggerPrice: price })
          : buy('limit', { terms: { limitPrice: price } });
      const marks = [
        buy('stop-market', { triggerPrice: before }),
        sell('stop-market', { triggerPrice: below }),
        at,
        buy('stop-market', { triggerPrice: before + TICK }),
        sell('stop-market', { triggerPrice: below - TICK }),
      ];
      const order = meet(chart, marks, { fills }).map(({ orderId }) => orderId);
      const place = (id: number) =>
        order.includes(id) ? order.indexOf(id) : Number.POSITIVE_INFINITY;
      expect(place(1)).toBeLessThan(place(3));
      expect(place(2)).toBeLessThan(place(3));
      expect(place(4)).toBeGreaterThan(place(3));
      expect(place(5)).toBeGreaterThan(place(3));
    },
  );
});

describe('places in a queue', () => {
  it.skip.each(((cases.queue ?? []) as readonly { id: string }[]).map(({ id }) => id))(
    '%s is left out: candles have neither a book nor a queue',
    () => {},
  );
});

describe('an order that comes alive', () => {
  const rules = [{ path: 'pessimistic' }, { path: 'ohlc' }, { rules: 'freqtrade' }] as const;

  it.each(rules)('in its favour may open a position, %o', (fills) => {
    const touched = buy('take-profit-market', { triggerPrice: 95 });
    const limited = buy('take-profit-limit', { triggerPrice: 95, terms: { limitPrice: 94 } });
    for (const [order, price] of [
      [touched, 95],
      [limited, 94],
    ] as const) {
      const seen = meet('100 100/100/96/96 96/96/90/91', [order], { fills });
      expect(seen.map((one) => [one.row, one.price])).toEqual([[2, price]]);
    }
  });

  it.each(rules)(
    'as a limit that price has left behind fills when price comes back, %o',
    (fills) => {
      const stop = sell('stop-limit', { triggerPrice: 95, terms: { limitPrice: 94 } });
      for (const order of [stop, closing(stop)]) {
        const seen = meet('100 90/91/89/90 90/96/90/96', [order], { held: 1, fills });
        expect(seen.map((one) => [one.row, one.price])).toEqual([[2, 94]]);
      }
    },
  );
});
