// `sapphire backtest`: a config over stored candles, once through the kernel, then the screen, the
// report and the run folder.

import type { Command } from 'commander';
import { addRunFlags, examples, loadRunConfig, type RunFlags } from './flags.ts';
import { checkMemoryOut, keepMemory } from './memory-out.ts';
import { hasColor, printJson } from './output.ts';
import type { Outcome } from './run.ts';

interface BacktestFlags extends RunFlags {
  readonly open?: boolean;
  readonly watch?: boolean;
  readonly verify?: boolean;
  readonly strict?: boolean;
  readonly memoryOut?: string;
  readonly check?: boolean;
}

export function register(program: Command): void {
  const command = program.command('backtest').description('run a config over stored candles');
  addRunFlags(command)
    .option('--open', 'open the report in the browser')
    .option('--watch', 'run again whenever the config or a strategy file is saved')
    .option('--verify', 'run again, and once more event by event; every number must be the same')
    .option('--check', 'look whether decisions know the future, too: the page says what came of it')
    .option('--strict', 'refuse missing funding and missing candles instead of warning')
    .option('--memory-out <file>', 'keep what agents remember, for decision.memory.load')
    .addHelpText(
      'after',
      examples(
        ['sapphire backtest', 'the default swarm over everything stored, or the demo'],
        ['sapphire backtest --strategy sma-cross --symbols BTCUSDC --set parameters.fast=20', ''],
        ['sapphire backtest --strategy ./my.ts --watch --open', 'edit, save, look'],
        ['sapphire backtest --verify --json', 'for scripts'],
      ),
    )
    .action(backtest);
}

async function backtest(flags: BacktestFlags): Promise<void> {
  const { runOnce } = await import('./run.ts');
  const once = async (fresh: boolean): Promise<Outcome> => {
    const loaded = await loadRunConfig(flags, process.env, process.cwd());
    await checkMemoryOut(flags.memoryOut, loaded.config);
    const { verify = false, strict = false, check = false, json = false } = flags;
    const asked = { verify, strict, check, silent: json, fresh, usesDefaultDb: !flags.db };
    return runOnce({ ...loaded, ...asked });
  };
  if (flags.watch) {
    const { watch } = await import('./watch.ts');
    await watch(once, show, flags);
    return;
  }
  const outcome = await once(false);
  await show(outcome, flags);
  await keepMemory(flags.memoryOut, outcome.remembered);
  if (flags.open) (await import('./open.ts')).openInBrowser(outcome.report);
  const { verified, result } = outcome;
  const isLeaky = result.circumstances.lookahead?.clean === false;
  if (isLeaky || (verified && !(verified.again && verified.apply))) process.exitCode = 1;
}

/** Prints the one document or the screen. */
async function show(outcome: Outcome, flags: BacktestFlags): Promise<void> {
  const { result, out, runId, verified, report } = outcome;
  const { facts, circumstances } = result;
  if (flags.json) {
    printJson({
      runId,
      digest: facts.digest,
      decisionDigest: facts.decisionDigest,
      configDigest: facts.configDigest,
      dataDigest: facts.dataDigest,
      candles: facts.data.candles,
      candlesPerSecond: circumstances.candlesPerSecond,
      statistics: facts.statistics,
      trades: facts.statistics.trades,
      out,
      ...(verified ? { verified } : {}),
      ...(circumstances.lookahead ? { lookahead: circumstances.lookahead } : {}),
    });
    return;
  }
  const { terminalReport } = await import('../reports/terminal.ts');
  const color = hasColor(process.stdout);
  const width = process.stdout.columns ?? 100;
  const next = suggestions(outcome, flags);
  process.stdout.write(`${terminalReport(result, { color, out: report, width, next })}\n`);
  if (circumstances.lookahead) {
    const { lookaheadWords } = await import('../reports/verdict.ts');
    process.stdout.write(`look-ahead ${lookaheadWords(circumstances.lookahead)}\n`);
  }
  if (!verified) return;
  const word = (same: boolean) => (same ? 'same numbers' : 'DIVERGED');
  const { again, apply } = verified;
  process.stdout.write(`verified   run again: ${word(again)}   event by event: ${word(apply)}\n`);
}

function suggestions({ result }: Outcome, flags: BacktestFlags): string[] {
  const { facts } = result;
  const list: string[] = [];
  if (facts.data.kind === 'synthetic') list.push('npm run data -- import FILE...');
  if (!flags.verify) list.push('npm run backtest -- --verify');
  if (facts.strategy.startsWith('swarm')) list.push('npm run backtest -- --strategy sma-cross');
  else list.push('npm run backtest -- --set world.slippageBps=5');
  return list;
}
