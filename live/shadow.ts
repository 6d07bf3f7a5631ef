// A session's journal against a backtest of the very candles that it holds.
//
//   journal -> inputs through a fresh kernel, strategies overheard      what the session did
//          `-> its candles, series, funding -> panel -> backtest         what the model says
//
// The journal is read once. What it does not hold (candles inside its own) is said and never taken for
// equal; where it does not follow from its inputs any more, the comparison ends and signals are not
// equal.

import type { Reply, ReplyBook } from '../engine/agents/question.ts';
import type { Command } from '../engine/event.ts';
import { intervalName } from '../engine/interval.ts';
import { buildPanel, type LegInput, Panel } from '../engine/market/panel.ts';
import type { Side } from '../engine/research/fill-pairs.ts';
import { Hand } from '../engine/research/hand.ts';
import {
  compareRuns,
  runModel,
  type ShadowFacts,
  type SignalDifference,
} from '../engine/research/shadow.ts';
import { differenceText } from './divergence.ts';
import type { Line } from './journal/line.ts';
import {
  type Onlooker,
  type OpenConfig,
  type Opened,
  type ReplayOutcome,
  replayFolder,
} from './replay.ts';
import type { RateEvent } from './rows.ts';

export interface ShadowOutcome {
  readonly shadow: ShadowFacts;
  /** The replay of the journal, on which it rests. */
  readonly replay: ReplayOutcome;
  /** What the session did. */
  readonly hand: Hand;
}

/** Sees what a trial needs beside it, in the same pass. */
export type AlsoSee = Pick<Onlooker, 'see'>;

/**
 * Reads a folder of journal files and runs the shadow backtest. Throws what `replayFolder` throws, and
 * InputError for a strategy that fails on the whole of its history.
 */
export async function readShadow(
  folder: string,
  open: OpenConfig,
  also?: AlsoSee,
): Promise<ShadowOutcome> {
  const watch = new SessionWatch(also);
  const replay = await replayFolder(folder, open, watch);
  const { hand } = watch;
  const { kernel, opened } = replay;
  const { config, loaded, market } = opened;
  const rows = kernel.row;
  const panel = historyOf(replay, watch.rates);
  const { seats, solo, remembered } = loaded;
  const { firstRow } = market;
  const replies = heardBy(kernel);
  const model = runModel({
    ...{ panel, config, seats, solo, firstRow, remembered, replies },
    onMiss: 'timeout',
  });
  const session: Side = { hand, kernel };
  const isBlind = config.world.fills.path === 'finer';
  const broken = replay.equal ? null : brokenAt(replay);
  const warnings = warningsOf(replay, panel);
  const options = { rows, firstRow, isBlind, broken, warnings };
  const facts = compareRuns(session, model, options);
  const shadow =
    facts.candles > 0 ? facts : { ...facts, warnings: [...warnings, NOTHING_COMPARED] };
  return { shadow, replay, hand };
}

/** What models said in the session, as a backtest replays it: to each question when it was asked. */
function heardBy({ decider }: ReplayOutcome['kernel']): ReplyBook {
  const replies = new Map<string, Reply>();
  for (const { digest, tsMs, endedMs, answer, code, origin } of decider.parking?.asking.log ?? []) {
    if (origin === null) continue;
    const after = { ...origin, latencyMs: endedMs - tsMs };
    const key = `${digest} ${tsMs}`;
    if (answer !== null) replies.set(key, { ok: true, answer, origin: after });
    else if (code !== '') replies.set(key, { ok: false, code, origin: after });
  }
  return { find: ({ digest, tsMs }) => replies.get(`${digest} ${tsMs}`) ?? null };
}

const NOTHING_COMPARED =
  'no signal was compared: nobody was asked who reads the market and nothing else';

/** Writes down what the replayed session does. */
class SessionWatch implements Onlooker {
  readonly rates: RateEvent[] = [];
  readonly #also: AlsoSee | undefined;
  #hand: Hand | null = null;
  /** Number of the line of a person's last word. */
  #commandSeq = -1;
  #isHaltedByPerson = false;
  /** The session has seen other positions at the venue, and will say `pause` to itself. */
  #isAtOdds = false;
  #isPausedByItself = false;

  constructor(also: AlsoSee | undefined) {
    this.#also = also;
  }

  get hand(): Hand {
    return this.#hand!;
  }

  begin({ market, loaded }: Opened) {
    const instruments = market.legs.map((leg) => leg.instrument);
    const hand = new Hand(instruments, loaded.seats, market.capacity);
    this.#hand = hand;
    return hand.signals.overheard();
  }

  see(line: Line, kernel: ReplayOutcome['kernel'], isFollowed: boolean): void {
    this.#also?.see(line, kernel, isFollowed);
    if (!isFollowed) return;
    if (line.kind === 'out') {
      const byOperator = line.causeSeq === this.#commandSeq;
      const { intent } = line;
      if (intent.kind === 'submit-order') this.hand.submitted(intent.order, byOperator);
      else if (intent.kind === 'cancel-order') this.hand.cancelled(intent.orderId, byOperator);
    }
    if (line.kind === 'note' && line.note.code === 'mismatch') this.#isAtOdds = true;
    if (line.kind !== 'in') return;
    const { event } = line;
    if (event.kind === 'row-closed') {
      const isHaltedByPerson = this.#isHaltedByPerson;
      const isPausedByItself = this.#isPausedByItself;
      this.hand.closed(kernel, { isHaltedByPerson, isPausedByItself });
    } else if (event.kind === 'funding-rate') this.rates.push(event);
    else if (event.kind === 'command') this.#obey(line.seq, event.command);
  }

  #obey(seq: number, command: Command): void {
    const isItsOwn = command === 'pause' && this.#isAtOdds;
    this.#isAtOdds = false;
    if (!isItsOwn) this.#commandSeq = seq;
    if (command === 'halt') this.#isHaltedByPerson = true;
    else if (command === 'pause') this.#isPausedByItself = isItsOwn;
    else this.#isHaltedByPerson = this.#isPausedByItself = false;
  }
}

/** The closed rows of a replayed journal as a history: holes where they were, features anew. */
function historyOf({ kernel, opened }: ReplayOutcome, rates: readonly RateEvent[]): Panel {
  const rows = kernel.row;
  const { panel } = kernel;
  const openMs = panel.openMs.slice(0, rows);
  const stamps = [...rates].sort((a, b) => a.atMs - b.atMs);
  const inputs = panel.legs.map(({ index, primary, instrument, candles }): LegInput => {
    const { open, high, low, close, volume } = candles;
    const own = stamps.filter(({ leg }) => leg === index);
    const marked = own.filter(({ markPrice }) => markPrice === markPrice);
    return {
      instrument,
      primary,
      candles: {
        openMs,
        open: open.slice(0, rows),
        high: high.slice(0, rows),
        low: low.slice(0, rows),
        close: close.slice(0, rows),
        volume: volume.slice(0, rows),
      },
      funding: {
        atMs: Float64Array.from(own, ({ atMs }) => atMs),
        rate: Float64Array.from(own, ({ rate }) => rate),
      },
      mark: {
        atMs: Float64Array.from(marked, ({ atMs }) => atMs),
        price: Float64Array.from(marked, ({ markPrice }) => markPrice),
      },
    };
  });
  const { maxHoleCandles } = opened.config.world;
  const built = buildPanel(inputs, panel.intervalMs, maxHoleCandles);
  const series = Object.fromEntries(
    Object.entries(panel.series).map(([name, column]) => [name, column.slice(0, rows)]),
  );
  return new Panel(panel.intervalMs, built.openMs, built.legs, series, rows, panel.headlines);
}

/** Where the journal does not follow any more: what the session said from there on is not known. */
function brokenAt({ kernel, opened, firstDivergence }: ReplayOutcome): SignalDifference {
  const { panel, row } = kernel;
  const { seq, what, recorded, found } = firstDivergence!;
  const { label } = opened.loaded;
  const leg = /"leg":(\d+)/.exec(recorded ?? found ?? '')?.[1];
  const instrument = leg === undefined ? undefined : panel.legs[Number(leg)]?.instrument;
  return {
    closeMs: row === 0 ? 0 : panel.openMs[row - 1]! + panel.intervalMs,
    venue: instrument?.venue ?? '',
    symbol: instrument?.symbol ?? '',
    paper: `${label}: line ${seq}, ${what} ${recorded ?? 'none'}`,
    model: `${label}: ${what} ${found ?? 'none'}`,
  };
}

function warningsOf({ kernel, opened, firstDivergence }: ReplayOutcome, panel: Panel): string[] {
  const { world } = opened.config;
  const warnings: string[] = [];
  if (firstDivergence !== null) {
    const after = `compared up to row ${kernel.row} only, because the journal`;
    warnings.push(`${after} ${differenceText(firstDivergence)}`);
  }
  if (world.fills.path === 'finer') {
    warnings.push(
      `world.fills.path is finer, and the journal holds no candles shorter than ${intervalName(panel.intervalMs)}: ` +
        'what happened inside them is not known to the model, and fills that differ are put down to data',
    );
  }
  const isLater = panel.length > 0 && panel.openMs[0] !== opened.market.fromMs;
  if (isLater && world.outages.perMonth > 0) {
    warnings.push(
      'the first row came later than planned: outages drawn from the seed fall at other times',
    );
  }
  return warnings;
}
