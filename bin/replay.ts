// `sapphire replay DIR`: reads the journal of a session again through a fresh kernel. Equal is 0, the
// first line that does not follow any more is 1, a journal that may not be believed is 2.
// `sapphire replay RUN RUN`: the first decision in which two backtests differ, two tapes for instance.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ReplayOutcome } from '../live/replay.ts';
import { examples } from './flags.ts';
import { printJson } from './output.ts';

export function register(program: Command): void {
  program
    .command('replay')
    .argument('<dir>', 'folder of a journal, or the first of two runs')
    .argument('[run]', 'a second run: names the first decision in which the two differ')
    .description('run the journal of a session again and compare')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      examples(
        ['sapphire replay runs/paper/swarm-1a2b3c4d', ''],
        ['sapphire replay latest~1 latest', 'what another tape, config or strategy changed first'],
      ),
    )
    .action(replay);
}

interface ReplayFlags {
  readonly json?: boolean;
}

async function replay(dir: string, other: string | undefined, flags: ReplayFlags): Promise<void> {
  if (other !== undefined) {
    await compare([dir, other], flags);
    return;
  }
  const { configsFrom, replayFolder } = await import('../live/replay.ts');
  const outcome = await replayFolder(resolve(dir), configsFrom(process.cwd()));
  const { equal, lines, digest, decisionDigest, firstDivergence } = outcome;
  if (flags.json) printJson({ equal, lines, digest, decisionDigest, firstDivergence });
  else process.stdout.write(await textOf(outcome));
  if (!equal) process.exitCode = 1;
}

/** Two runs, from their folders alone. */
async function compare(words: readonly string[], { json }: ReplayFlags): Promise<void> {
  const { findRun } = await import('../data/runs/find.ts');
  const { readRun } = await import('../data/runs/folder.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const { partingOf } = await import('../engine/research/run-parting.ts');
  const { isoText } = await import('../engine/config/instant.ts');
  const folders = words.map((word) => findRun(runsRoot(process.env), word, process.cwd()));
  const [a, b] = [await readRun(folders[0]!), await readRun(folders[1]!)];
  const first = partingOf(a, b);
  const equal = a.facts.decisionDigest === b.facts.decisionDigest && first === null;
  if (!equal) process.exitCode = 1;
  const digests = [a, b].map(({ facts: { digest, decisionDigest, models } }) => {
    return { digest, decisionDigest, tape: models?.tape?.digest ?? null };
  });
  if (json) {
    printJson({ equal, runs: digests, firstDecision: first });
    return;
  }
  const where = first && `${isoText(first.atMs)} ${first.venue} ${first.symbol}`;
  const verdict = equal
    ? 'equal'
    : first === null
      ? 'answers or votes differ, and every order is the same'
      : `the first decision that differs: ${where}: ${first.first}, then ${first.second}`;
  const lines = digests.map(({ digest, decisionDigest, tape }, k) => {
    const shown = tape === null ? '' : `   tape ${tape.slice(0, 12)}`;
    return (
      (k === 0 ? 'first' : 'second').padEnd(11) +
      `digest ${digest}   decisions ${decisionDigest}${shown}`
    );
  });
  process.stdout.write(`compare    ${verdict}\n${lines.join('\n')}\n`);
}

async function textOf(outcome: ReplayOutcome): Promise<string> {
  const { equal, lines, digest, decisionDigest, firstDivergence, manifest, stopCode } = outcome;
  const { differenceText } = await import('../live/divergence.ts');
  const verdict = equal ? 'equal' : differenceText(firstDivergence!);
  const node = manifest.node === process.version ? '' : `, recorded under ${manifest.node}`;
  return [
    `replay     ${verdict}`,
    `lines      ${lines.toLocaleString('en-US')}, ${stopCode ?? 'broken off'}`,
    `written    by ${manifest.code}${node}`,
    `digest     ${digest}   decisions ${decisionDigest}`,
    '',
  ].join('\n');
}
