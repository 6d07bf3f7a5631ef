// The paper venue: the simulated venue of a backtest behind a live venue's port.
//
// It has a world of its own, written row by row from the candles that the journal holds, and meets
// row i when it is complete, before the kernel sees it: its answers to orders sent at earlier closes
// come first, as in a backtest. It holds copies of orders, as a venue does.

import type { Config } from '../../engine/config/schema.ts';
import { assert } from '../../engine/errors.ts';
import type { Intent } from '../../engine/intent.ts';
import { Tray } from '../../engine/kernel/tray.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import { type FundingColumns, type MarkColumns, Panel } from '../../engine/market/panel.ts';
import { eventSink } from '../../engine/research/backtest.ts';
import { SimulatedVenue } from '../../engine/simulation/venue.ts';
import type { VenueEvent } from '../inbox.ts';
import { growingPanel, type Market } from '../market.ts';
import type { ClosedRow } from '../rows.ts';
import type { Answer, VenuePort } from './port.ts';

/** Shorter candles of a leg, to be replayed inside its own: known for a stored range only. */
export type Finer = CandleArrays | null;

export class PaperVenue implements VenuePort {
  readonly id = 'paper';
  readonly #panel: Panel;
  readonly #venue: SimulatedVenue;
  readonly #tray = new Tray();
  readonly #rates: readonly Rates[];
  #isOpen = true;

  /** `finer`: one for each leg, or none at all. */
  constructor(market: Market, config: Config, finer: readonly Finer[], answer: Answer) {
    const grown = growingPanel(market, config.world.maxHoleCandles);
    const legs = grown.legs.map((leg, k) => ({ ...leg, finer: finer[k] ?? null, ...NO_RATES }));
    this.#rates = legs.map((leg) => new Rates(leg));
    const { intervalMs, openMs, series } = grown;
    const panel = new Panel(intervalMs, openMs, legs, series, 0);
    this.#panel = panel;
    const sink = eventSink((event) => {
      if (this.#isOpen) answer(event as VenueEvent);
    });
    this.#venue = withinSpan(market, panel, () => {
      return new SimulatedVenue(panel, config.world, config.seed, sink);
    });
  }

  onRow({ openMs, candles, rates }: ClosedRow): void {
    const panel = this.#panel;
    for (const { leg, atMs, rate, markPrice } of rates)
      this.#rates[leg]!.add(atMs, rate, markPrice);
    if (rates.length > 0) this.#venue.funding.renew();
    const i = panel.openRow(openMs);
    for (const candle of candles) {
      const columns = panel.legs[candle.leg]!.candles;
      columns.open[i] = candle.open;
      columns.high[i] = candle.high;
      columns.low[i] = candle.low;
      columns.close[i] = candle.close;
      columns.volume[i] = candle.volume;
    }
    // A spread estimated from candles is a feature of the venue's own world.
    for (const { features } of panel.legs) features.advance(i + 1);
    this.#venue.meet(i);
  }

  carryOut(intents: readonly Intent[], nowMs: number): void {
    for (const intent of intents) this.#tray.push(copied(intent));
    this.#venue.take(this.#tray, nowMs);
    this.#tray.clear();
  }

  positions(): readonly number[] | null {
    const { accounts, hasAnswersUnderWay } = this.#venue;
    return hasAnswersUnderWay ? null : accounts.positions.map(({ qty }) => qty);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}

const NO_RATES = Object.freeze({
  funding: { atMs: new Float64Array(0), rate: new Float64Array(0) },
  mark: { atMs: new Float64Array(0), price: new Float64Array(0) },
});

/** Funding and mark prices of a leg as they become known: columns that are replaced by longer ones. */
class Rates {
  readonly #leg: { funding: FundingColumns; mark: MarkColumns };

  constructor(leg: { funding: FundingColumns; mark: MarkColumns }) {
    this.#leg = leg;
  }

  add(atMs: number, rate: number, price: number): void {
    const { funding, mark } = this.#leg;
    this.#leg.funding = { atMs: and(funding.atMs, atMs), rate: and(funding.rate, rate) };
    if (price !== price) return;
    this.#leg.mark = { atMs: and(mark.atMs, atMs), price: and(mark.price, price) };
  }
}

/** A stamp comes a few times a day: nothing is gained by room for more. */
function and(column: Float64Array, value: number): Float64Array {
  const longer = new Float64Array(column.length + 1);
  longer.set(column);
  longer[column.length] = value;
  return longer;
}

/** The kernel goes on writing in its own order. */
function copied(intent: Intent): Intent {
  if (intent.kind !== 'submit-order') return intent;
  return { kind: 'submit-order', order: { ...intent.order } };
}

/**
 * Makes a venue on a panel that seems to span the market's whole time: the simulated venue draws its
 * outages for the span of its panel when it is made, and from there on the panel grows from nothing.
 */
function withinSpan(market: Market, panel: Panel, make: () => SimulatedVenue): SimulatedVenue {
  const { fromMs, toMs, intervalMs } = market;
  const lastMs = toMs - intervalMs;
  assert(panel.length === 0, 'a paper venue begins with an empty panel');
  panel.openRow(fromMs);
  if (lastMs > fromMs) panel.openRow(lastMs);
  try {
    return make();
  } finally {
    panel.length = 0;
  }
}
