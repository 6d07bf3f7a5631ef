// What could have gone wrong and what did: the deepest falls, the worst days, what Kelly would stake,
// how near a liquidation came, what risk refused, and when venues were out of reach.

import type { Trade } from '../../engine/portfolio/trade.ts';
import type { Break } from '../../engine/research/record.ts';
import type { RunResult } from '../../engine/research/result.ts';
import { count, decimal, duration, percent, utcMinute } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Plotter } from '../plot.ts';
import { lineFigure } from './charts.ts';
import { daysOf } from './days.ts';
import { deepestFalls, type Fall } from './drawdowns.ts';
import { funnelSection } from './funnel.ts';
import { legNamer } from './legs.ts';
import { price, some } from './numbers.ts';
import { part } from './page.ts';
import { tailOf } from './rolling.ts';
import { table } from './table.ts';

const TWO = { digits: 2 } as const;
const MOST_FALLS = 5;
/** Closed trades that a Kelly fraction looks back on. */
export const KELLY_TRADES = 50;
const MOST_NEAR = 5;

export function riskSection(result: RunResult, plotter: Plotter): Html {
  return html`${fallsTable(result)}${tailTable(result)}
${kellyFigure(result, plotter)}
${part('liquidation', 'Distance to liquidation', liquidationTable(result))}
${part('breaks', 'Venues out of reach', breaksTable(result))}
${part('decisions', 'Decisions and refusals', funnelSection(result.facts))}`;
}

function fallsTable(result: RunResult): Html {
  const falls = deepestFalls(result, MOST_FALLS);
  if (falls.length === 0) return html`<p class="remark">Equity never closed below its peak.</p>`;
  const endMs = result.facts.data.toMs;
  return table<Fall>(
    `The ${falls.length === 1 ? 'only drawdown' : `${count(falls.length)} deepest drawdowns`}`,
    [
      { title: 'Peak', kind: 'text', cell: ({ peakMs }) => utcMinute(peakMs) },
      { title: 'Trough', kind: 'text', cell: ({ troughMs }) => utcMinute(troughMs) },
      {
        title: 'Recovered',
        kind: 'text',
        cell: ({ recoveredMs }) => (recoveredMs === null ? 'not yet' : utcMinute(recoveredMs)),
      },
      { title: 'Depth', kind: 'number', cell: ({ depth }) => percent(depth, TWO) },
      {
        title: 'Lasted',
        kind: 'number',
        cell: ({ peakMs, recoveredMs }) => duration((recoveredMs ?? endMs) - peakMs),
      },
    ],
    falls,
  );
}

interface Beyond {
  readonly share: string;
  readonly limit: number | null;
  readonly mean: number | null;
}

function tailTable(result: RunResult): Html {
  const { var95, var99, cvar95, cvar99 } = tailOf(daysOf(result).returns);
  return table<Beyond>(
    'The worst UTC days, from the days that were: no distribution is assumed. n/a = fewer than 20 days for one in 20, than 100 for one in 100',
    [
      { title: 'One day in', kind: 'text', cell: ({ share }) => share },
      { title: 'Loses at least (VaR)', kind: 'number', cell: ({ limit }) => percent(limit, TWO) },
      { title: 'On average then (CVaR)', kind: 'number', cell: ({ mean }) => percent(mean, TWO) },
    ],
    [
      { share: '20', limit: var95, mean: cvar95 },
      { share: '100', limit: var99, mean: cvar99 },
    ],
  );
}

export interface KellyPoint {
  readonly atMs: number;
  readonly fraction: number;
}

/**
 * Full Kelly p - (1 - p) / b of the last `KELLY_TRADES` closed trades at each close of one: win rate p,
 * mean win over mean loss b, both of returns on entry notional (Kelly 1956; Thorp 2006). 1 without a
 * loss, -infinity is not a stake and reads as left out.
 */
export function kellyOverTime(trades: readonly Trade[]): KellyPoint[] {
  const closed = trades.filter(({ exitReason }) => exitReason !== 'open');
  const points: KellyPoint[] = [];
  for (let k = KELLY_TRADES; k <= closed.length; k++) {
    let [wins, won, lost] = [0, 0, 0];
    for (let j = k - KELLY_TRADES; j < k; j++) {
      const { returnFraction } = closed[j]!;
      if (returnFraction > 0) {
        wins++;
        won += returnFraction;
      } else lost -= returnFraction;
    }
    const losses = KELLY_TRADES - wins;
    const share = wins / KELLY_TRADES;
    const ratio = won / wins / (lost / losses);
    const fraction =
      losses === 0 || lost === 0 ? share : wins === 0 ? Number.NaN : share - (1 - share) / ratio;
    if (fraction === fraction) points.push({ atMs: closed[k - 1]!.exitMs, fraction });
  }
  return points;
}

function kellyFigure({ trades, facts }: RunResult, plotter: Plotter): Html {
  const points = kellyOverTime(trades);
  if (points.length < 2) {
    return html`<p class="remark">A Kelly fraction over time takes more than ${KELLY_TRADES} closed trades with some of each kind.</p>`;
  }
  const { sizing } = facts.config.decision.risk;
  const last = points.at(-1)!;
  const positive = points.filter(({ fraction }) => fraction > 0).length / points.length;
  const step = Math.ceil(points.length / 60);
  return lineFigure(
    {
      text: {
        title: 'Kelly fraction',
        words: `What the last ${KELLY_TRADES} trades would have staked at full Kelly, of equity: ${percent(last.fraction)} at the end, above nothing ${percent(positive, { digits: 0 })} of the time. This run sized by ${sizing.rule}.`,
        table: table<KellyPoint>(
          'Kelly fraction after a closed trade',
          [
            { title: 'After', kind: 'text', cell: ({ atMs }) => utcMinute(atMs) },
            { title: 'Fraction', kind: 'number', cell: ({ fraction }) => percent(fraction) },
          ],
          points.filter((_, k) => (points.length - 1 - k) % step === 0),
        ),
      },
      lines: [
        {
          name: 'Kelly',
          className: 'first',
          series: {
            ms: points.map(({ atMs }) => atMs),
            value: points.map(({ fraction }) => fraction),
            length: points.length,
          },
        },
      ],
      time: [facts.data.fromMs, facts.data.toMs],
      isWide: true,
      label: (value, digits) => percent(value, { digits: Math.max(0, digits - 2) }),
    },
    plotter,
  );
}

interface Near {
  readonly trade: Trade;
  readonly number: number;
  readonly liquidationPrice: number;
  /** Share of the worst price that was left. */
  readonly left: number;
}

/** Trades by how near the worst price came to their liquidation price; those that have one. */
export function nearestLiquidations({ trades, record }: RunResult): Near[] {
  return trades
    .flatMap((trade, k): Near[] => {
      const origin = record.origins[k];
      if (origin === undefined || !(origin.liquidationPrice > 0)) return [];
      const { liquidationPrice, maeFraction } = origin;
      const sign = trade.side === 'long' ? 1 : -1;
      const worst = trade.entryPrice * (1 + sign * maeFraction);
      const left = Math.max(0, (sign * (worst - liquidationPrice)) / worst);
      return [{ trade, number: k + 1, liquidationPrice, left }];
    })
    .sort((a, b) => a.left - b.left);
}

function liquidationTable(result: RunResult): Html {
  const { enabled, mode, leverage } = result.facts.config.world.margin;
  if (!enabled)
    return html`<p class="remark">Margin is not checked in this run (<code>world.margin.enabled</code>).</p>`;
  const all = nearestLiquidations(result);
  if (all.length === 0) {
    return html`<p class="remark">No trade had a liquidation price above 0: ${mode} margin, leverage ${decimal(leverage, { digits: 1 })} at most.</p>`;
  }
  const nameOf = legNamer(result.facts);
  return table<Near>(
    `The nearest of ${some(all.length, 'trade')} with a liquidation price (${mode} margin): what was left between the worst price and it`,
    [
      { title: '#', kind: 'text', cell: ({ number }) => count(number) },
      { title: 'Symbol', kind: 'text', cell: ({ trade }) => nameOf(trade) },
      { title: 'Side', kind: 'text', cell: ({ trade }) => trade.side },
      { title: 'Entry', kind: 'text', cell: ({ trade }) => utcMinute(trade.entryMs) },
      { title: 'Liquidated at', kind: 'number', cell: (row) => price(row.liquidationPrice) },
      { title: 'Left', kind: 'number', cell: ({ left }) => percent(left) },
    ],
    all.slice(0, MOST_NEAR),
  );
}

const MOST_BREAKS = 60;

function breaksTable({ record, facts }: RunResult): Html {
  const { breaks } = record;
  if (breaks.length === 0) {
    return html`<p class="remark">None: no outage, and every breaker stayed closed. ${facts.failovers > 0 && `${some(facts.failovers, 'entry', 'entries')} went elsewhere.`}</p>`;
  }
  const { fromMs, toMs } = facts.data;
  const span = Math.max(1, toMs - fromMs);
  const lanes = [...new Set(breaks.map(({ venue, kind }) => `${venue}\u0000${kind}`))].map(
    (lane) => {
      const [venue, kind] = lane.split('\u0000') as [string, string];
      const bars = breaks
        .filter((one) => one.venue === venue && one.kind === kind)
        .map((one) => {
          const left = (Math.max(one.fromMs, fromMs) - fromMs) / span;
          const right = (Math.min(one.toMs, toMs) - fromMs) / span;
          return html`<i class="${one.what}" style="left:${(left * 100).toFixed(2)}%;width:${(Math.max(0, right - left) * 100).toFixed(2)}%" title="${`${one.what} ${utcMinute(one.fromMs)}`}"></i>`;
        });
      return html`<div class="lane"><span>${venue} ${kind}</span><div>${bars}</div></div>`;
    },
  );
  const words = `${some(breaks.length, 'time')} something was out of order, over the time of the run.`;
  return html`<figure class="lanes"><figcaption>${words}</figcaption><div role="img" aria-label="${words}">${lanes}</div></figure>
${table<Break>(
  breaks.length > MOST_BREAKS
    ? `The first ${MOST_BREAKS} of ${count(breaks.length)}`
    : 'Outages and breakers',
  [
    { title: 'From', kind: 'text', cell: (one) => utcMinute(one.fromMs) },
    {
      title: 'To',
      kind: 'text',
      cell: (one) => (Number.isFinite(one.toMs) ? utcMinute(one.toMs) : 'the end'),
    },
    { title: 'Venue', kind: 'text', cell: ({ venue }) => venue },
    { title: 'What', kind: 'text', cell: ({ kind, what }) => `${kind}: ${what}` },
  ],
  breaks.slice(0, MOST_BREAKS),
)}`;
}
