// What a promotion rests on, read and made again: the run folder's facts, the same backtest run today,
// verdict.json, and the paper trial told again from its journal. Nothing is taken from trial.json, which
// anybody could have written.

import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { decisionConfigDigest, rulesDigest, sha256 } from '../data/runs/canonical.ts';
import { engineDigest, sessionDigest } from '../data/runs/code-digest.ts';
import { findRun } from '../data/runs/find.ts';
import { readRun } from '../data/runs/folder.ts';
import { memoryDigest } from '../data/runs/memory-file.ts';
import { runsRoot } from '../data/runs/root.ts';
import { strategyDigest } from '../data/runs/strategy-digest.ts';
import { endedAfter } from '../engine/agents/memory.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import { loadSeats } from '../engine/host/load.ts';
import { intervalName } from '../engine/interval.ts';
import { runDigest } from '../engine/research/backtest.ts';
import type { RunFacts } from '../engine/research/result.ts';
import { VERDICT_SCHEMA_VERSION } from '../engine/research/verdict.ts';
import type { Market } from '../live/market.ts';
import type { Place, PromotionBody } from '../live/promotion/document.ts';
import type { Evidence, VerdictEvidence } from '../live/promotion/gates.ts';
import { kinderThanMarkets } from '../live/promotion/kinder.ts';
import { mustBeOrderable } from '../live/promotion/orderable.ts';
import { cashAt, largestEntryUsd, stakeAt } from '../live/promotion/stages.ts';
import { configsFrom } from '../live/replay.ts';
import { readTrial } from '../live/trial.ts';
import { runToday } from './run.ts';
import { marketIn, sessionCode } from './session-plan.ts';

export interface EvidencePaths {
  /** Run folder, folder of the trial's journal, and verdict.json or its folder. */
  readonly run: string;
  readonly trial: string;
  readonly verdict: string;
  /** Absolute path of the store that the backtest is run on again. */
  readonly db: string;
  /** The primary one first. */
  readonly places: readonly Pick<Place, 'venue' | 'capitalUsd'>[];
  /** Shares of the capital, stage by stage. */
  readonly shares: readonly number[];
}

export interface Gathered {
  readonly evidence: Evidence;
  readonly facts: RunFacts;
  /** The trial's whole config: where it ran, and what decided. */
  readonly config: Config;
  /** Of each venue that it is to trade at. */
  readonly symbols: ReadonlyMap<string, readonly string[]>;
  readonly pins: PromotionBody['pins'];
}

/** Throws InputError for what is missing, edited or of another version. */
export async function gather(paths: EvidencePaths, maxDrawdown: number): Promise<Gathered> {
  const { facts, resultDigest } = await readRun(
    findRun(runsRoot(process.env), paths.run, process.cwd()),
  );
  const { verdict, verdictSha256 } = readVerdict(paths.verdict);
  const { config } = facts;
  const venues = paths.places.map(({ venue }) => venue);
  mustBeOrderable(config, venues);
  const { files, remembered = [] } = await loadSeats(config.decision, process.cwd());
  const memory = memoryDigest(remembered);
  const open = configsFrom(process.cwd());
  const tried: Config[] = [];
  const { facts: trial } = await readTrial(resolve(paths.trial), async (written) => {
    const opened = await open(written);
    tried.push(opened.config);
    return opened;
  });
  const lived = tried.at(-1)!;
  const market = await marketIn(resolve(paths.trial));
  const symbols = symbolsAt(market!, venues);
  const evidence: Evidence = {
    run: { ...facts, world: config.world },
    places: venues.map((venue) => ({ venue, symbols: [...symbols.get(venue)!] })),
    trialLegs: market!.legs.map(({ instrument }) => instrument),
    trialInterval: intervalName(market!.intervalMs),
    trialWorld: lived.world,
    runDecisionDigest: decisionConfigDigest(config),
    runRulesDigest: rulesDigest(config),
    kinder: kinderThanMarkets(
      config.world,
      market!.legs.map(({ instrument }) => instrument),
    ),
    again: await again(facts, paths.db),
    firstStage: await firstStage(facts, market!, paths),
    verdict,
    trial,
    memory: {
      digest: memory,
      trades: remembered.length,
      afterTrial: endedAfter(remembered, trial.fromMs),
    },
    code: await sessionCode(files),
    strategyDigest: strategyDigest(files),
    engineDigest: engineDigest(),
    maxDrawdown,
  };
  return {
    evidence,
    facts,
    config: lived,
    symbols,
    pins: {
      decisionConfigDigest: evidence.runDecisionDigest,
      strategyDigest: evidence.strategyDigest,
      codeDigest: sessionDigest(),
      node: process.versions.node,
      resultDigest,
      dataDigest: facts.dataDigest,
      ...(memory === null ? {} : { memoryDigest: memory }),
      verdictSha256,
      trial: {
        sessionId: trial.sessionId,
        digest: trial.digest,
        journalHash: trial.journal.hash,
      },
    },
  };
}

/**
 * What is traded at each venue: at the primary one the symbols that the trial decided on, elsewhere what
 * the trial had there. Throws InputError for a fallback that it did not have: nobody could say then what
 * an asset is called there.
 */
function symbolsAt({ legs }: Market, venues: readonly string[]): Map<string, readonly string[]> {
  const symbolsOf = (some: Market['legs']) => some.map(({ instrument }) => instrument.symbol);
  const decided = symbolsOf(legs.filter(({ primary }, k) => primary === k));
  return new Map(
    venues.map((venue, k) => {
      const there = symbolsOf(legs.filter(({ instrument }) => instrument.venue === venue));
      if (there.length > 0) return [venue, there];
      if (k === 0) return [venue, decided];
      const rule = `must be a venue of the paper trial: --set 'world.fallbacks=["${venue}"]' there`;
      throw new InputError({ key: '--fallback', rule, value: venue });
    }),
  );
}

/** A store that is not there any more is no reason to stop: the gate says that it was not measured. */
async function again(facts: RunFacts, db: string): Promise<Evidence['again']> {
  try {
    const kernel = await runToday({ config: facts.config, origins: new Map(), db, out: null });
    return { equal: runDigest(kernel) === facts.digest };
  } catch (error) {
    return notRun(error);
  }
}

function notRun(error: unknown): { readonly why: string } {
  if (!(error instanceof InputError)) throw error;
  return { why: `it could not be run: ${error.message.split('\n')[0]}` };
}

/** The backtest with what the first stage trades with, and how large its entries may be at each venue. */
async function firstStage(
  { config }: RunFacts,
  { legs }: Market,
  { places, shares, db }: EvidencePaths,
): Promise<Evidence['firstStage']> {
  const stage = { share: shares[0]! };
  const capitalUsd = places.reduce((sum, place) => sum + stakeAt(stage, place), 0);
  const bounds = legs.flatMap(({ instrument }) => {
    const place = places.find(({ venue }) => venue === instrument.venue);
    if (place === undefined) return [];
    const { venue, symbol, minNotionalUsd: leastUsd } = instrument;
    const { risk } = config.decision;
    const mostUsd = largestEntryUsd(risk, instrument, capitalUsd, stakeAt(stage, place));
    return [{ venue, symbol, leastUsd, mostUsd }];
  });
  const world = { ...config.world, ...cashAt(stage, places, config.world) };
  try {
    const staked = { config: { ...config, world }, origins: new Map(), db, out: null };
    const { trades, portfolio, desk } = await runToday(staked);
    const tooSmall = desk.refusals.toRecord()['below-min-notional'] ?? 0;
    const entries = trades.closed().length + portfolio.openPositions;
    return { capitalUsd, bounds, came: { entries, tooSmall } };
  } catch (error) {
    return { capitalUsd, bounds, came: notRun(error) };
  }
}

function readVerdict(path: string) {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? join(path, 'verdict.json')
    : path;
  const refuse = (rule: string, cause?: unknown, value?: unknown) => {
    return new InputError({ key: file, rule, value }, { cause });
  };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw refuse('must be a verdict: walk-forward and sweep write verdict.json with --out', cause);
  }
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refuse('must be JSON', cause);
  }
  if (parsed?.['kind'] !== 'verdict' || !Array.isArray(parsed['gates'])) {
    throw refuse('must be a verdict of walk-forward or sweep');
  }
  if (parsed['schemaVersion'] !== VERDICT_SCHEMA_VERSION) {
    const rule = `must be a verdict with schemaVersion ${VERDICT_SCHEMA_VERSION}`;
    throw refuse(rule, undefined, parsed['schemaVersion']);
  }
  return { verdict: parsed as unknown as VerdictEvidence, verdictSha256: sha256(text) };
}
