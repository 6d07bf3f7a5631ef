// A prepared sweep from its first trial, or the first that is not kept yet, to its result.
//
//   stored rows -> board, ledger      search (workers) -> rows, ledger -> the best on the test span
//   -> facts -> result.json           Ctrl-C: workers end, what is in stays, the rest is run later

import { hostname } from 'node:os';
import { canonicalJson, configDigest, sha256 } from '../data/runs/canonical.ts';
import { runsRoot } from '../data/runs/root.ts';
import { factsDigest, planDigest, type SweepFolder } from '../data/runs/sweep-folder.ts';
import { releaseMemory } from '../data/store/garbage.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import {
  type Crew,
  runSearch,
  SpoiltCandlesError,
  type StoppableCrew,
} from '../engine/host/sweep-host.ts';
import type { Proposal } from '../engine/research/samplers/contract.ts';
import type { RowRange } from '../engine/research/splits.ts';
import {
  type BestTrial,
  SWEEP_SCHEMA_VERSION,
  type SweepFacts,
  type SweepResult,
  type TestRow,
} from '../engine/research/sweep/facts.ts';
import { type NeighbourRow, sensitivityOf } from '../engine/research/sweep/neighbours.ts';
import {
  Board,
  hasRun,
  judgedOf,
  rowOf,
  type Scored,
  type TrialOutcome,
  type TrialRow,
} from '../engine/research/sweep/outcome.ts';
import { shareOf, taskOf } from '../engine/research/sweep/plan.ts';
import { type Point, pointKey } from '../engine/research/sweep/space.ts';
import { type TrialTask, trialConfig } from '../engine/research/sweep/trial.ts';
import { ledgerDigests, ledgerSpan } from './beside.ts';
import { interruptible } from './output.ts';
import { progress } from './progress.ts';
import { LedgerFeed } from './sweep-ledger.ts';
import type { Prepared } from './sweep-setup.ts';
import { judgeSweep } from './sweep-verdict.ts';
import { VERSION } from './version.ts';

export interface SweepOptions {
  /** Who carries trials out; it is let go at the end. */
  readonly crew: StoppableCrew;
  readonly silent: boolean;
  /** Called with what ends the run early: Ctrl-C. The function it returns takes it back. */
  readonly onStop: (stop: () => void) => () => void;
}

/** The search was ended by hand; what is in the folder is kept. */
export interface Interrupted {
  readonly kept: number;
}

const SYNC_MS = 1000;
/** Rows after which their text is let go. */
const A_WHILE = 2000;

/** Runs what is left of a sweep. Throws Error (exit code 1) when a strategy spoilt the candles. */
export async function runSweep(
  prepared: Prepared,
  folder: SweepFolder,
  options: SweepOptions,
): Promise<SweepResult | Interrupted> {
  const run = new SweepRun(prepared, folder, options);
  return run.toEnd();
}

class SweepRun {
  readonly #prepared: Prepared;
  readonly #folder: SweepFolder;
  readonly #options: SweepOptions;
  readonly #board: Board;
  readonly #ledger: LedgerFeed;
  /** Trials of earlier processes. */
  readonly #before: number;
  #syncedMs = 0;
  #flushing: Promise<void> = Promise.resolve();

  constructor(prepared: Prepared, folder: SweepFolder, options: SweepOptions) {
    this.#prepared = prepared;
    this.#folder = folder;
    this.#options = options;
    this.#board = new Board(prepared.sweep.objectives.map(({ goal }) => goal));
    const { symbols, dataDigest } = prepared.plan;
    const digests = ledgerDigests(prepared.candlesDigest, dataDigest);
    const span = ledgerSpan(prepared.ground.columns, prepared.ground.firstRow);
    const family = { symbols, ...digests, ...span, strategy: prepared.label };
    this.#ledger = new LedgerFeed(runsRoot(process.env), family);
    this.#before = folder.rows;
  }

  async toEnd(): Promise<SweepResult | Interrupted> {
    const { spans, columnsDigest } = this.#prepared;
    const columnsBefore = columnsDigest();
    await this.#recall();
    const { crew } = this.#options;
    let most = 0;
    let begun: Promise<readonly TrialTask[]> | null = null;
    const forget = this.#options.onStop(() => {
      begun ??= crew.stop();
    });
    const fromMs = performance.now();
    try {
      const { ended, open } = await this.#search(crew);
      const searchMs = performance.now() - fromMs;
      const ran = this.#folder.rows - this.#before;
      const { plan, sweep } = this.#prepared;
      const judged = () => judgedOf(this.#board, sweep.objectives.length, plan.judged);
      const best = ended === null ? null : judged();
      const tests = best && (await this.#judge(crew, best, spans.test));
      if (ended === null || best === null || tests === null) {
        await this.#breakOff(open, (await begun) ?? []);
        return { kept: this.#folder.rows };
      }
      most = crew.size;
      await crew.close();
      if (columnsDigest() !== columnsBefore) {
        throw new SpoiltCandlesError();
      }
      // Nothing is left to be stopped in an orderly way: Ctrl-C may end it at once.
      forget();
      const facts = this.#facts(best, tests, ended);
      await interruptible(() => this.#writeVerdict(facts));
      await this.#ledger.flush();
      const result: SweepResult = {
        facts,
        resultDigest: factsDigest(facts),
        circumstances: {
          startedAt: this.#folder.start.startedAt,
          endedAt: new Date().toISOString(),
          ran,
          backtestsPerSecond: searchMs > 0 ? (ran * 1000) / searchMs : 0,
          workers: most,
          trialNumber: this.#ledger.trialNumber,
          node: process.versions.node,
          version: VERSION,
          host: hostname(),
        },
      };
      this.#folder.finish(result);
      return result;
    } catch (error) {
      if (error instanceof SpoiltCandlesError) this.#folder.spoil(error.message);
      throw error;
    } finally {
      forget();
      await crew.close();
      await this.#ledger.flush();
    }
  }

  /** What earlier processes kept; what a crash kept from the ledger is added there. */
  async #recall(): Promise<void> {
    for (const row of this.#folder.all()) {
      this.#board.add(row);
      this.#count(row, row.point);
      if (row.index % 1000 === 999) await this.#ledger.flush();
    }
    await this.#ledger.flush();
  }

  async #search(crew: Crew): Promise<{ ended: string | null; open: readonly Proposal[] }> {
    const { sweep, ground, spans } = this.#prepared;
    const board = this.#board;
    const bar = progress(process.stderr, {
      label: 'sweep',
      total: sweep.budget - this.#before,
      unit: 'trials',
      silent: this.#options.silent,
    });
    try {
      return await runSearch({
        sweep,
        crew,
        taskOf: ({ index, point, fraction }) =>
          taskOf(ground, index, point, shareOf(spans.train, fraction)),
        known: (proposal) => this.#known(proposal),
        keep: (proposal, outcome) => {
          this.#keep(proposal, outcome);
          const best = board.best;
          const note = best === null ? '' : `best ${sweep.objectives[0]!.name} ${shown(best)}`;
          bar.update(this.#folder.rows - this.#before, note);
        },
        told: () => this.#flushing,
      });
    } finally {
      bar.stop();
    }
  }

  #known(proposal: Proposal): TrialRow | null {
    if (proposal.index >= this.#folder.rows) return null;
    const row = this.#folder.row(proposal.index);
    const isSame = pointKey(row.point) === pointKey(proposal.point);
    if (isSame && row.fraction === proposal.fraction) return row;
    const rule = `must be a trial of ${pointKey(proposal.point)}: it was edited`;
    throw new InputError({ key: `${this.#folder.path}: trial ${proposal.index}`, rule });
  }

  #keep(proposal: Proposal, outcome: TrialOutcome): void {
    const row = rowOf(proposal, outcome, this.#digestOf(proposal, outcome.config));
    this.#folder.append(row, outcome.dailyReturns);
    this.#board.add(row);
    this.#count(row, row.point);
    this.#flushing = this.#flushing.then(() => this.#ledger.flushNow());
    // It is awaited after the batch, and must not end the process before.
    this.#flushing.catch(() => {});
    const nowMs = performance.now();
    if (nowMs - this.#syncedMs < SYNC_MS) return;
    this.#folder.sync();
    this.#syncedMs = performance.now();
  }

  #count(row: Pick<TrialRow, 'code' | 'configDigest' | 'statistics'>, point: Point): void {
    const status = hasRun(row) ? 'finished' : 'failed';
    const source = this.#prepared.sourceOf(point);
    const { candlesDigest, dataDigestOf } = this.#prepared;
    const data = ledgerDigests(candlesDigest, dataDigestOf(point));
    this.#ledger.add(source, row.configDigest, status, row.statistics?.sharpe ?? null, data);
  }

  /** The digest of a trial's config; of one that is refused, of what was tried. */
  #digestOf({ point, fraction }: Pick<Proposal, 'point' | 'fraction'>, config: Config | null) {
    if (config !== null) return configDigest(config);
    const base = this.#prepared.plan.configDigest;
    return sha256(canonicalJson({ refused: { base, point, fraction } }));
  }

  // ---- the best ----------------------------------------------------------------------------------

  /** The best on rows that were not searched; null when it was stopped. */
  async #judge(
    crew: Crew,
    best: readonly Scored[],
    span: RowRange | null,
  ): Promise<readonly (TestRow | null)[] | null> {
    if (span === null) return best.map(() => null);
    const { ground } = this.#prepared;
    const points = best.map(({ index }) => this.#folder.row(index).point);
    const tasks = best.map(({ index }, k) => taskOf(ground, index, points[k]!, span));
    const outcomes: TrialOutcome[] = [];
    const isDone = await crew.run(tasks, (k, outcome) => {
      outcomes[k] = outcome;
    });
    if (!isDone) return null;
    const rows = outcomes.map((outcome, k): TestRow => {
      const {
        fraction: _,
        rung: _rung,
        from: _from,
        point: _point,
        ...row
      } = rowOf(
        { index: best[k]!.index, point: points[k]!, fraction: 1, rung: 0, from: null },
        outcome,
        this.#digestOf({ point: points[k]!, fraction: -1 }, outcome.config),
      );
      this.#count(row, points[k]!);
      return row;
    });
    const returns = outcomes.map(({ dailyReturns }) => dailyReturns);
    this.#folder.writeTests(rows, returns);
    return rows;
  }

  /** What may be believed of the best; no trial with a value, no verdict. */
  async #writeVerdict({ best: [best], sensitivity }: SweepFacts): Promise<void> {
    if (best === undefined) return;
    const text = await judgeSweep({
      prepared: this.#prepared,
      folder: this.#folder,
      best,
      // Of several objectives the best may be another trial than the one that it is about.
      sensitivity: sensitivity?.best === best.index ? sensitivity : null,
      onTrial: (point, outcome) => {
        const { code, statistics, config } = outcome;
        const digest = this.#digestOf({ point, fraction: -1 }, config);
        this.#count({ code, statistics, configDigest: digest }, point);
      },
      count: async () => {
        await this.#ledger.flush();
        return this.#ledger.trialNumber;
      },
    });
    this.#folder.writeVerdict(text);
  }

  // ---- the end -----------------------------------------------------------------------------------

  /** Trials that were begun count; those before them in the plan were begun, too. */
  async #breakOff(open: readonly Proposal[], begun: readonly TrialTask[]): Promise<void> {
    const { ground, spans } = this.#prepared;
    const last = Math.max(-1, ...begun.map(({ index }) => index));
    for (const { index, point, fraction } of open) {
      if (index > last) break;
      const task = taskOf(ground, index, point, shareOf(spans.train, fraction));
      let config: Config | null = null;
      try {
        config = trialConfig(ground.config, task);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
      const digest = this.#digestOf({ point, fraction }, config);
      const { candlesDigest, dataDigestOf, sourceOf } = this.#prepared;
      const data = ledgerDigests(candlesDigest, dataDigestOf(point));
      this.#ledger.add(sourceOf(point), digest, 'aborted', null, data);
    }
    this.#folder.sync();
    await this.#ledger.flush();
  }

  #facts(best: readonly Scored[], tests: readonly (TestRow | null)[], ended: string): SweepFacts {
    const { sweep, plan, ground, spans, label, isSynthetic } = this.#prepared;
    const { openMs, intervalMs } = ground.columns;
    const times = ({ from, to }: RowRange) =>
      [openMs[from]!, openMs[to - 1]! + intervalMs] as const;
    const { trials, completed, failed, failures } = this.#board;
    const isOne = sweep.objectives.length === 1;
    return {
      schemaVersion: SWEEP_SCHEMA_VERSION,
      kind: 'sweep',
      name: plan.name,
      strategy: label,
      symbols: plan.symbols,
      planDigest: planDigest(plan),
      configDigest: plan.configDigest,
      dataDigest: plan.dataDigest,
      strategyDigest: plan.strategyDigest,
      sampler: sweep.sampler,
      seed: sweep.seed,
      budget: sweep.budget,
      objectives: sweep.objectives.map(({ name, goal }) => ({ name, goal })),
      splits: sweep.splits,
      isSynthetic,
      trainMs: times(spans.train),
      testMs: spans.test && times(spans.test),
      trials,
      completed,
      failed,
      failures: { ...failures },
      ended,
      best: best.map((one, k) => bestOfRow(this.#folder.row(one.index), tests[k]!)),
      front: isOne ? [] : this.#board.front().map(({ index }) => index),
      sensitivity: sensitivityOf(triedRows(this.#folder), sweep.objectives[0]!.goal),
      ...this.#folder.digests(),
    };
  }
}

/** As much of every row as its neighbours ask for: there may be very many, and the rest is let go. */
function triedRows(folder: SweepFolder): NeighbourRow[] {
  const rows: NeighbourRow[] = [];
  for (const { index, status, fraction, point, values } of folder.all()) {
    rows.push({ index, status, fraction, point, values });
    if (rows.length % A_WHILE === 0) releaseMemory();
  }
  return rows;
}

function bestOfRow(row: TrialRow, test: TestRow | null): BestTrial {
  const { index, point, fraction, values, configDigest: config, digest, decisionDigest } = row;
  const { statistics } = row;
  const what = { index, point, fraction, values, configDigest: config, digest, decisionDigest };
  return { ...what, statistics, test };
}

function shown({ values }: Scored): string {
  return String(Number(values[0]!.toPrecision(4)));
}
