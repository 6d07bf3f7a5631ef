// `sapphire explain RUN --trade N`: why a trade was made, from its run folder alone.

import type { Command } from 'commander';
import { InputError } from '../engine/errors.ts';
import { examples } from './flags.ts';
import { hasColor, printJson } from './output.ts';

interface ExplainFlags {
  readonly trade: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('explain')
    .argument('<run>', 'a run folder, the first letters of its digest, latest or latest~1')
    .description('say why a trade was made: votes, words, orders, shortfall')
    .requiredOption('--trade <n>', 'number of the trade, from 1, as on the page')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(['sapphire explain latest --trade 1', 'who voted what, and why']),
    )
    .action(explain);
}

async function explain(word: string, flags: ExplainFlags): Promise<void> {
  const number = Number(flags.trade);
  if (!/^\d+$/.test(flags.trade) || number < 1) {
    throw new InputError({
      key: '--trade',
      rule: 'must be a whole number from 1',
      value: flags.trade,
    });
  }
  const { findRun } = await import('../data/runs/find.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const { readRun } = await import('../data/runs/folder.ts');
  const { explanationOf, explanationText } = await import('../reports/explain.ts');
  const run = await readRun(findRun(runsRoot(process.env), word, process.cwd()));
  const found = explanationOf(run, number);
  if (flags.json) printJson(found);
  else {
    const { stdout } = process;
    const layout = { width: stdout.columns ?? 100, color: hasColor(stdout) };
    stdout.write(explanationText(found, run.facts, layout));
  }
}
