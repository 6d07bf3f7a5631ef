// `sapphire walk-forward`: search on some of the days, trade the others, and a verdict on what is stitched.
//
//   FILE or config -> columns -> folds or splits (search, trade) -> verdict -> screen, files
//
// What is carried out is walk-forward-run.ts, how flags divide the days walk-forward-options.ts.

import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../engine/errors.ts';
import type { WalkDocument } from '../reports/walk-forward/document.ts';
import { addRunFlags, examples, loadRunConfig, MAX_DRAWDOWN, type RunFlags } from './flags.ts';
import { hasColor, printJson } from './output.ts';
import type { Prepared, SweepFlags } from './sweep-setup.ts';
import { addDivisionFlags, type DivisionFlags, walkOptions } from './walk-forward-options.ts';
import type { Ground, Walked } from './walk-forward-run.ts';

interface WalkFlags extends RunFlags, DivisionFlags {
  readonly gate?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command('walk-forward')
    .description('search on some of the days, trade the others, and judge the whole')
    .argument(
      '[file]',
      'a sweep whose parameters are searched in each fold; none = a config as it is',
    );
  addDivisionFlags(addRunFlags(command))
    .option('--max-drawdown <fraction>', `deepest drawdown of a fold that passes (${MAX_DRAWDOWN})`)
    .option('--gate', 'exit with 4 when the verdict does not pass')
    .addHelpText(
      'after',
      examples(
        ['sapphire walk-forward --strategy momentum --symbols BTCUSDT', 'fold by fold, as it is'],
        ['sapphire walk-forward my-sweep.json --folds 8 --train 4', 'searched anew in each fold'],
        ['sapphire walk-forward my-sweep.json --scheme purged', 'every fold, by all the others'],
        [
          'sapphire walk-forward my-sweep.json --scheme combinatorial --out cpcv',
          '15 splits, 5 paths, a page',
        ],
        ['sapphire walk-forward my-sweep.json --anchored --gate --json', 'for scripts'],
      ),
    )
    .action(walk);
}

async function walk(file: string | undefined, flags: WalkFlags): Promise<void> {
  const options = walkOptions(flags);
  // Before hours of trials, and again when it is written.
  if (flags.out !== undefined && existsSync(join(resolve(flags.out), 'verdict.json'))) {
    const rule = 'must be a folder without a verdict.json: verdicts are not overwritten';
    throw new InputError({ key: '--out', rule, value: flags.out });
  }
  if (flags.out !== undefined) {
    const { mustTakeFolder } = await import('../data/runs/root.ts');
    mustTakeFolder(flags.out, '--out');
  }
  const ground = await groundOfWalk(file, flags);
  const { carryOut } = await import('./walk-forward-run.ts');
  const { documentOf } = await import('./walk-forward-document.ts');
  const done = await carryOut(ground, options, flags.json ?? false);
  const document = documentOf(ground, options, done);
  const written = flags.out === undefined ? [] : await write(document, done, flags.out);
  if (flags.json) printJson(document);
  else await print(document, written);
  if (flags.gate && !done.verdict.passed) process.exitCode = 4;
}

// ---- ground --------------------------------------------------------------------------------------

/** Of a sweep, or of a config as it is (`file` undefined). Throws InputError. */
export async function groundOfWalk(file: string | undefined, flags: SweepFlags): Promise<Ground> {
  return file === undefined ? plainGround(flags) : sweptGround(file, flags);
}

async function sweptGround(file: string, flags: SweepFlags): Promise<Ground> {
  const { prepareSweep } = await import('./sweep-setup.ts');
  // What a sweep keeps for its gate is divided into folds here, like all the rest.
  const { gate: _, ...searched } = flags;
  const prepared = await prepareSweep(file, searched, process.cwd(), 1);
  if (prepared.sweep.splits !== null && !flags.json) {
    process.stderr.write('the splits of the sweep are left aside: folds divide the data\n');
  }
  return prepared;
}

/** A config as it is: one point, nothing to search. */
async function plainGround(flags: SweepFlags): Promise<Ground> {
  const cwd = process.cwd();
  const { storedRun, wantsSentiment } = await import('./run-store.ts');
  const given = await loadRunConfig(flags, process.env, cwd);
  const wish = { isNamed: flags.db !== undefined, silent: flags.json ?? false };
  const { loadSeats } = await import('../engine/host/load.ts');
  const { loadBook } = await import('../engine/host/sweep-ground.ts');
  const { configDigest } = await import('../data/runs/canonical.ts');
  const digests = await import('../data/runs/strategy-digest.ts');
  const { openStore } = await import('../data/store.ts');
  const { strategyNames } = await import('../engine/research/sweep/plan.ts');
  const { readWorld, warmupOf } = await import('./world.ts');
  const { asksModels } = await import('../engine/agents/seating.ts');
  const { besideOf, dataDigestWith } = await import('./beside.ts');
  const loaded = await loadSeats(given.config.decision, cwd);
  const { seats, files, label, remembered } = loaded;
  const nothing = { axes: [] } as unknown as Prepared['sweep']['space'];
  const { book } = await loadBook(strategyNames(given.config, nothing), cwd);
  const run = await storedRun(given, wish);
  const { config } = run;
  const store = await openStore(run.db);
  try {
    const needsSentiment = wantsSentiment(run);
    const world = await readWorld(store, config, { seats, needsSentiment, strict: false });
    const { panel, firstRow, symbols, dataDigest, synthetic } = world;
    const readCandles = config.world.from === null ? 0 : warmupOf(config, seats, panel.intervalMs);
    const source = digests.strategySourceDigest(files);
    const beside = await besideOf(config, asksModels(loaded), remembered, cwd);
    const allDigest = dataDigestWith(dataDigest, beside, config, loaded);
    return {
      sweep: null,
      ground: { config, columns: panel, firstRow, readCandles, strategies: book, warmupOf },
      plan: {
        symbols,
        configDigest: configDigest(config),
        dataDigest: allDigest,
        strategyDigest: digests.strategyDigest(files),
      },
      label,
      isSynthetic: synthetic,
      sourceOf: () => source,
      beside,
      candlesDigest: dataDigest,
      dataDigestOf: () => allDigest,
    };
  } finally {
    store.close();
  }
}

// ---- writing -------------------------------------------------------------------------------------

/** Writes verdict.json, the document and the page; nothing over another verdict. */
async function write(document: WalkDocument, { json }: Walked, out: string): Promise<string[]> {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const { renderWalkForward } = await import('../reports/walk-forward/report.ts');
  const files: readonly (readonly [name: string, text: string, flag: 'wx' | 'w'])[] = [
    ['verdict.json', json, 'wx'],
    ['walk-forward.json', `${JSON.stringify(document, null, 2)}\n`, 'w'],
    ['report.html', await renderWalkForward(document), 'w'],
  ];
  try {
    mkdirSync(resolve(out), { recursive: true });
    for (const [name, text, flag] of files) writeFileSync(join(resolve(out), name), text, { flag });
  } catch (cause) {
    const rule = `must be a folder that takes a new verdict.json (${(cause as Error).message})`;
    throw new InputError({ key: '--out', rule, value: out }, { cause });
  }
  return files.map(([name]) => relative(process.cwd(), join(resolve(out), name)));
}

// ---- telling -------------------------------------------------------------------------------------

async function print(document: WalkDocument, written: readonly string[]): Promise<void> {
  const { walkScreen } = await import('./walk-forward-screen.ts');
  const layout = { width: process.stdout.columns ?? 100, color: hasColor(process.stdout) };
  process.stdout.write(`${walkScreen({ document, written, layout })}\n`);
}
