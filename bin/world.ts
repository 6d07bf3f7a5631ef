// From a config to the world it is tried in: which range, how much warm-up, and the panel of
// columns with its digests. Which datasets are meant is said in legs.ts; the store is only read.

import type { DatasetRow, History } from '../data/store.ts';
import { type SeatSpec, warmupCandles } from '../engine/agents/seat.ts';
import { parseInstant } from '../engine/config/check.ts';
import { isoText } from '../engine/config/instant.ts';
import type { Config, DecisionConfig, WorldConfig } from '../engine/config/schema.ts';
import { InputError, nearest, type Problem, problemText } from '../engine/errors.ts';
import { DAY_MS, intervalMs, intervalName, intervalOr, MINUTE_MS } from '../engine/interval.ts';
import { missingCandles } from '../engine/market/column.ts';
import { uncoveredFundingMs } from '../engine/market/funding.ts';
import { atr } from '../engine/market/indicators/atr.ts';
import { buildPanel, type LegInput, type Panel } from '../engine/market/panel.ts';
import { STATE_CANDLES } from '../engine/market/state.ts';
import { venuesOf } from '../engine/market/venues.ts';
import { executionProblems } from '../engine/research/contradictions.ts';
import { SPREAD_CANDLES } from '../engine/risk/rules.ts';
import { outagesOf } from '../engine/simulation/outages.ts';
import { listingsOf, qualityOfLegs, readLegSeries } from './leg-parts.ts';
import { chooseFallbacks, chooseFiner, chooseMark, choosePrimaries } from './legs.ts';

export interface World {
  readonly panel: Panel;
  /** First row inside the range asked for; rows before it are warm-up. */
  readonly firstRow: number;
  readonly synthetic: boolean;
  /** Of the primary legs; those of the fallback venues come after them in the panel. */
  readonly symbols: readonly string[];
  /** Symbols that nobody asked for by name and that have no candle in the range. */
  readonly leftOut: readonly string[];
  /** Listings that ended inside the range, by the names they run under. */
  readonly ended: readonly string[];
  readonly dataDigest: string;
  readonly legDigests: readonly string[];
  /** `quality 99.6 of 100 (missing candles 0.4)`: of the worst leg that is decided on. */
  readonly quality: string;
  /** What stood in for a sentiment column: see RunLabels. */
  readonly sentiment: string;
}

export interface WorldOptions {
  readonly seats: readonly SeatSpec[];
  /** True when the person asked for this sentiment series by name. */
  readonly needsSentiment: boolean;
  /** Refuse missing funding and holes instead of warning. */
  readonly strict: boolean;
}

/** Reads everything a run needs. Throws InputError for unknown symbols, venues, empty ranges. */
export async function readWorld(
  store: History,
  config: Config,
  options: WorldOptions,
): Promise<World> {
  const { world } = config;
  const datasets = await store.datasets();
  const chosen = choosePrimaries(datasets, world, store.path);
  const baseMs = intervalMs(chosen[0]!.interval!);
  const fromMs =
    world.from === null ? Number.NEGATIVE_INFINITY : parseInstant(world.from, 'world.from');
  const toMs = world.to === null ? Number.POSITIVE_INFINITY : parseInstant(world.to, 'world.to');
  checkDecisionInterval(config, baseMs);
  const unfit = executionProblems(config.decision.execution, baseMs);
  if (unfit.length > 0) throw new InputError(unfit);
  const warmupMs = world.from === null ? 0 : warmupOf(config, options.seats, baseMs) * baseMs;
  const { combineMonths, digestColumns, monthDigests, sha256 } = await import('../data/digest.ts');
  const reader = new LegReader(store, datasets, world, baseMs);
  const legs: LegInput[] = [];
  const rows: DatasetRow[] = [];
  const leftOut: string[] = [];
  const ended: LegInput[] = [];
  for (const row of chosen) {
    const leg = await reader.read(row, fromMs, { fromMs: fromMs - warmupMs, toMs });
    if (leg !== null) {
      const listings = listingsOf(leg, baseMs, world.maxHoleCandles);
      legs.push(listings.pop()!);
      ended.push(...listings.filter(({ candles }) => candles.openMs.at(-1)! >= fromMs));
      rows.push(row);
      continue;
    }
    if (world.symbols.length > 0) throw noCandles(chosen, row.symbol, world);
    leftOut.push(row.symbol);
  }
  if (legs.length === 0) throw noCandles(chosen, null, world);
  // Fallbacks are of what is listed now: what ended comes behind, under a name of its own.
  legs.push(...ended);
  const symbols = legs.map((leg) => leg.instrument.symbol);
  // A fallback only matters while the primary trades: it never makes the history longer.
  const span = {
    fromMs: Math.min(...legs.map(({ candles }) => candles.openMs[0]!)),
    toMs: Math.max(...legs.map(({ candles }) => candles.openMs.at(-1)!)) + baseMs,
  };
  for (const { row, primary } of chooseFallbacks(datasets, world, rows)) {
    const leg = await reader.read(row, fromMs, span);
    const newest = leg && listingsOf(leg, baseMs, world.maxHoleCandles).at(-1)!;
    if (newest !== null) legs.push({ ...newest, primary });
  }
  reader.refuseProblems();
  refuseStrangers(config, legs);
  const legDigests = legs.map((leg) => digestColumns(leg.candles, leg.funding, leg));
  // A part that was made up is enough: the whole is no market then.
  const synthetic = chosen.some((row) => row.synthetic);
  const series = await readSentiment(store, world, legs, options, synthetic);
  const seats = options.seats.map(({ strategy }) => strategy);
  const ofLegs = await readLegSeries(store, datasets, legs, baseMs, {
    flow: seats.some((one) => one.series?.includes('takerBuyVolume')),
    spread: world.costs.spread === 'stored',
  });
  const joined = [...(series ? [series] : []), ...ofLegs.series];
  const news = await readNews(world, legs, baseMs);
  const panel = buildPanel(legs, baseMs, world.maxHoleCandles, joined, news?.headlines);
  let firstRow = 0;
  while (firstRow < panel.length && panel.openMs[firstRow]! < fromMs) firstRow++;
  if (options.strict) refuseGaps(panel, firstRow, world);
  const fetched = await store.fetched();
  const decided = legs.slice(0, symbols.length);
  const quality = await qualityOfLegs(decided, fetched, baseMs, world, options.strict);
  const named = legs.map(({ instrument: { venue, symbol } }, k) => {
    return `${venue} ${symbol} ${legDigests[k]}`;
  });
  if (series) {
    named.push(`series ${combineMonths(monthDigests([series.publishedMs, series.value]))}`);
  }
  named.push(...ofLegs.digests);
  if (news !== null) named.push(`headlines ${news.digest}`);
  const reads = seats.some((one) => one.series?.includes('sentiment'));
  const mood = reads ? `sentiment ${series ? `from ${world.sentiment}` : 'by price proxy'}` : '';
  return {
    panel,
    firstRow,
    synthetic,
    symbols,
    leftOut,
    dataDigest: sha256([intervalName(baseMs), ...named].join('\n')),
    legDigests,
    quality,
    ended: ended.map(({ instrument }) => instrument.symbol),
    sentiment: [mood, ofLegs.text, newsText(news)].filter(Boolean).join(', '),
  };
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reads legs one by one, and keeps what is wrong with them until all have been seen. */
class LegReader {
  readonly #store: History;
  readonly #datasets: readonly DatasetRow[];
  readonly #world: WorldConfig;
  readonly #baseMs: number;
  readonly #problems: Problem[] = [];

  constructor(store: History, datasets: readonly DatasetRow[], world: WorldConfig, baseMs: number) {
    this.#store = store;
    this.#datasets = datasets;
    this.#world = world;
    this.#baseMs = baseMs;
  }

  /** A leg's history inside a range; null when no candle of it opens at or after `neededMs`. */
  async read(row: DatasetRow, neededMs: number, range: Range): Promise<LegInput | null> {
    const { venue, symbol } = row;
    const store = this.#store;
    const baseMs = this.#baseMs;
    const candles = await store.readCandles(venue, symbol, baseMs, range.fromMs, range.toMs);
    const { openMs } = candles;
    if (openMs.length === 0 || openMs.at(-1)! < neededMs) return null;
    const fromMs = openMs[0]!;
    const toMs = openMs.at(-1)! + baseMs;
    const funding = this.#world.funding
      ? await store.readFunding(venue, symbol, fromMs, toMs)
      : { atMs: new Float64Array(0), rate: new Float64Array(0) };
    const marked = chooseMark(this.#datasets, row);
    const mark = marked
      ? await store.readMark(venue, symbol, intervalMs(marked.interval!), fromMs, toMs)
      : undefined;
    const finer = await this.#readFiner(row, fromMs, toMs);
    return {
      instrument: await store.instrument(venue, symbol),
      candles,
      funding,
      ...(mark ? { mark } : {}),
      ...(finer ? { finer } : {}),
    };
  }

  /** Throws what `read` found wrong, all of it. */
  refuseProblems(): void {
    if (this.#problems.length > 0) throw new InputError(this.#problems);
  }

  async #readFiner(row: DatasetRow, fromMs: number, toMs: number) {
    const { path, finerInterval } = this.#world.fills;
    if (path !== 'finer') return undefined;
    const found = chooseFiner(this.#datasets, row, finerInterval);
    if ('key' in found) {
      this.#add(found);
      return undefined;
    }
    const stepMs = intervalMs(found.interval!);
    const finer = await this.#store.readCandles(row.venue, row.symbol, stepMs, fromMs, toMs);
    if (finer.openMs.length > 0) return finer;
    const from = isoText(found.fromMs);
    const to = isoText(found.toMs + stepMs);
    const rule = `${row.symbol} has ${found.interval} candles from ${from} to ${to} only`;
    this.#add({ key: 'world.fills.path', rule, value: path });
    return undefined;
  }

  /** A wrong interval is wrong once, not once a leg. */
  #add(problem: Problem): void {
    const text = problemText(problem);
    if (!this.#problems.some((one) => problemText(one) === text)) this.#problems.push(problem);
  }
}

/** Throws InputError when decisions cannot fall on closes of the base candles. */
export function checkDecisionInterval({ decision }: Config, baseMs: number): void {
  if (decision.interval === null) return;
  if (intervalMs(decision.interval) % baseMs === 0) return;
  const rule = `must be a multiple of the base candles (${intervalName(baseMs)})`;
  throw new InputError({ key: 'decision.interval', rule, value: decision.interval });
}

/** Base candles to read before the first decision so that it is a warm one. */
export function warmupOf({ decision }: Config, seats: readonly SeatSpec[], baseMs: number): number {
  const decisionMs = intervalOr(decision.interval, baseMs);
  const needs = seats.map((seat) => warmupCandles(seat, decisionMs, baseMs));
  const { atrStop } = decision.risk;
  if (atrStop.enabled) {
    const ms = Math.max(intervalOr(atrStop.interval, decisionMs), baseMs);
    needs.push(((atr(atrStop.period).indicator.warmupCandles + 1) * ms) / baseMs);
  }
  needs.push(ruleCandles(decision, decisionMs, baseMs));
  return Math.ceil(Math.max(0, ...needs));
}

/** Base candles that the risk rules which are on look back over. */
function ruleCandles(
  { risk, execution, memory }: DecisionConfig,
  decisionMs: number,
  baseMs: number,
) {
  const { sizing, delever, correlation, bandit } = risk;
  const tellsStates = memory.enabled || (bandit.enabled && bandit.context === 'regime');
  const decisionCandles = sizing.rule === 'volatility-target' ? sizing.volatilityCandles + 1 : 0;
  return Math.max(
    (decisionCandles * decisionMs) / baseMs,
    tellsStates ? (STATE_CANDLES * decisionMs) / baseMs : 0,
    delever.enabled ? (delever.lookbackMinutes * MINUTE_MS) / baseMs + 1 : 0,
    correlation.enabled ? correlation.lookbackCandles + 1 : 0,
    risk.maxSlippageBps === null ? 0 : SPREAD_CANDLES + 1,
    execution.algorithm === 'auto' ? execution.selection.lookbackCandles + 1 : 0,
  );
}

async function readSentiment(
  store: History,
  world: WorldConfig,
  legs: readonly LegInput[],
  options: WorldOptions,
  synthetic: boolean,
) {
  // Real moods say nothing about an invented market.
  if (world.sentiment === null || synthetic) return null;
  const firstMs = Math.min(...legs.map((leg) => leg.candles.openMs[0]!));
  const lastMs = Math.max(...legs.map((leg) => leg.candles.openMs.at(-1)!));
  const series = await store.readSeries(world.sentiment, firstMs, lastMs + DAY_MS);
  if (series && series.value.length > 0) return { ...series, name: 'sentiment' };
  if (!options.needsSentiment) return null;
  const rule = 'must be a stored series: npm run data -- fetch feargreed';
  throw new InputError({ key: 'world.sentiment', rule, value: world.sentiment });
}

/** Agents that read news look back a week at most. */
const NEWS_MS = 7 * DAY_MS;

async function readNews({ headlines }: WorldConfig, legs: readonly LegInput[], baseMs: number) {
  if (headlines === null) return null;
  const { readHeadlines } = await import('../data/headlines.ts');
  const firstMs = Math.min(...legs.map((leg) => leg.candles.openMs[0]!));
  const lastMs = Math.max(...legs.map((leg) => leg.candles.openMs.at(-1)!)) + baseMs;
  return readHeadlines(headlines, firstMs - NEWS_MS, lastMs);
}

function newsText(news: Awaited<ReturnType<typeof readNews>>): string {
  return news === null ? '' : `${news.headlines.length} headlines`;
}

function noCandles(chosen: readonly DatasetRow[], symbol: string | null, world: WorldConfig) {
  const rows = symbol === null ? chosen : chosen.filter((row) => row.symbol === symbol);
  const fromMs = Math.min(...rows.map((row) => row.fromMs));
  const toMs = Math.max(...rows.map((row) => row.toMs + intervalMs(row.interval!)));
  const range = `${isoText(fromMs)} to ${isoText(toMs)}`;
  const names = symbol ?? rows.map((row) => row.symbol).join(', ');
  const rule = `${names} ${names.includes(', ') ? 'have' : 'has'} candles from ${range} only`;
  const value = `${world.from ?? 'start'} to ${world.to ?? 'end'}`;
  return new InputError({ key: 'world.from, world.to', rule, value });
}

/** Venues that are spoken of and not traded at, and candles on which no order could ever fill. */
function refuseStrangers({ world, seed }: Config, legs: readonly LegInput[]): void {
  const venues = venuesOf(legs.map(({ instrument }) => instrument)).names;
  const problems: Problem[] = Object.keys(world.venues)
    .filter((name) => !venues.includes(name))
    .map((name) => {
      const rule = `must be a venue of the run (${venues.join(', ')})`;
      return { key: 'world.venues', rule, value: name, nearest: nearest(name, venues) };
    });
  const isDead = ({ candles }: LegInput) => candles.volume.every((volume) => !(volume > 0));
  const dead = world.fills.zeroVolume === 'wait' ? legs.filter(isDead) : [];
  for (const { instrument } of dead) {
    const rule =
      'has no volume in any candle, so every order would wait (fill = trade all the same)';
    problems.push({ key: 'world.fills.zeroVolume', rule, value: instrument.symbol });
  }
  if (problems.length > 0) throw new InputError(problems);
  // Refused here and not in the middle of a run; what they are is worked out again there.
  outagesOf(world, venues, 0, 0, seed);
}

/** `--strict`: what would only be a warning is refused before the run. */
function refuseGaps(panel: Panel, firstRow: number, world: WorldConfig): void {
  const problems = panel.legs.flatMap(({ instrument, candles, funding }) => {
    const found = [];
    const { openMs } = candles;
    const missingMs = uncoveredFundingMs(funding, openMs[firstRow]!, openMs[panel.length - 1]!);
    if (world.funding && missingMs > 0) {
      const rule = 'lacks funding history (--strict), in days';
      found.push({ key: instrument.symbol, rule, value: Math.ceil(missingMs / DAY_MS) });
    }
    const holes = missingCandles(candles, firstRow, panel.length, panel.intervalMs);
    if (holes > 0) {
      found.push({ key: instrument.symbol, rule: 'has missing candles (--strict)', value: holes });
    }
    return found;
  });
  if (problems.length > 0) throw new InputError(problems);
}
