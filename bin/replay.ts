// `sapphire replay DIR`: reads the journal of a session again through a fresh kernel. Equal is 0, the
// first line that does not follow any more is 1, a journal that may not be believed is 2.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ReplayOutcome } from '../live/replay.ts';
import { examples } from './flags.ts';
import { printJson } from './output.ts';

export function register(program: Command): void {
  program
    .command('replay')
    .argument('<dir>', 'folder of a journal')
    .description('run the journal of a session again and compare')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', examples(['sapphire replay runs/paper/swarm-1a2b3c4d', '']))
    .action(replay);
}

async function replay(dir: string, flags: { readonly json?: boolean }): Promise<void> {
  const { configsFrom, replayFolder } = await import('../live/replay.ts');
  const outcome = await replayFolder(resolve(dir), configsFrom(process.cwd()));
  const { equal, lines, digest, decisionDigest, firstDivergence } = outcome;
  if (flags.json) printJson({ equal, lines, digest, decisionDigest, firstDivergence });
  else process.stdout.write(await textOf(outcome));
  if (!equal) process.exitCode = 1;
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
