// `sapphire shadow DIR`: the journal of a session beside a backtest of the candles that it holds. Equal
// signals are 0 whatever fills did, others 1, a journal that may not be believed is 2.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ShadowFacts } from '../engine/research/shadow.ts';
import type { ShadowOutcome } from '../live/shadow.ts';
import { examples } from './flags.ts';
import { printJson } from './output.ts';

export function register(program: Command): void {
  program
    .command('shadow')
    .argument('<dir>', 'folder of a journal')
    .description('compare a session with a backtest of the candles that it saw')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', examples(['sapphire shadow runs/paper/swarm-1a2b3c4d', '']))
    .action(shadow);
}

async function shadow(dir: string, flags: { readonly json?: boolean }): Promise<void> {
  const { configsFrom } = await import('../live/replay.ts');
  const { readShadow } = await import('../live/shadow.ts');
  const outcome = await readShadow(resolve(dir), configsFrom(process.cwd()));
  if (flags.json) printJson(documentOf(outcome));
  else process.stdout.write(await textOf(outcome));
  if (!outcome.shadow.signalsEqual) process.exitCode = 1;
}

/** What was never measured is null. */
function documentOf({ shadow: facts, replay }: ShadowOutcome) {
  const { median, p95 } = facts.fillErrorBps;
  return {
    signalsEqual: facts.signalsEqual,
    candles: facts.candles,
    firstDifference: facts.firstDifference,
    unasked: facts.unasked,
    uncompared: facts.uncompared,
    fills: facts.fills.length,
    causes: facts.causes,
    fillErrorBps: { median: finite(median), p95: finite(p95) },
    fillBiasBps: finite(facts.fillBiasBps),
    equityGapBps: facts.equityGapBps,
    equityUsd: { session: facts.paperUsd.at(-1) ?? null, model: facts.modelUsd.at(-1) ?? null },
    replayEqual: replay.equal,
    stopCode: replay.stopCode,
    warnings: facts.warnings,
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

async function textOf({ shadow: facts, replay }: ShadowOutcome): Promise<string> {
  const { differenceText } = await import('../live/divergence.ts');
  const { equal, firstDivergence, stopCode } = replay;
  const { equityGapBps, unasked, uncompared, warnings } = facts;
  const [session, model] = [facts.paperUsd.at(-1), facts.modelUsd.at(-1)];
  const asked = unasked > 0 ? `, ${count(unasked)} of a halted one left out` : '';
  const others = uncompared > 0 ? `, ${count(uncompared)} answers on the account not compared` : '';
  return [
    `shadow     ${await verdictOf(facts)}`,
    `candles    ${count(facts.candles)} compared${asked}${others}`,
    `fills      ${fillsText(facts)}`,
    ...causeTexts(facts),
    `equity     ${money(session)} USD, model ${money(model)}: gap ${signed(equityGapBps)} bps`,
    `replay     ${equal ? `equal, ${stopCode ?? 'broken off'}` : differenceText(firstDivergence!)}`,
    ...warnings.map((text) => `warning    ${text}`),
    '',
  ].join('\n');
}

async function verdictOf({ signalsEqual, firstDifference }: ShadowFacts): Promise<string> {
  if (signalsEqual || firstDifference === null) return 'signals equal';
  const { isoText } = await import('../engine/config/instant.ts');
  const { closeMs, venue, symbol, paper, model } = firstDifference;
  const leg = symbol === '' ? '' : ` on ${venue} ${symbol}`;
  return `signals differ at ${isoText(closeMs)}${leg}: session ${paper}; model ${model}`;
}

function fillsText({ fills, fillErrorBps: { median, p95 }, fillBiasBps }: ShadowFacts): string {
  if (fills.length === 0) return 'none';
  const orders = `${count(fills.length)} orders`;
  if (!Number.isFinite(median)) return `${orders}, none of them filled in both`;
  const error = `error median ${median.toFixed(2)}, p95 ${p95.toFixed(2)} bps`;
  return `${orders}, ${error}, bias ${signed(fillBiasBps)} bps`;
}

/** Causes that were found, `equal` among them. */
function causeTexts({ causes, fills }: ShadowFacts): string[] {
  if (fills.length === 0) return [];
  const found = Object.entries(causes).filter(([, times]) => times > 0);
  return [`causes     ${found.map(([cause, times]) => `${cause} ${count(times)}`).join(', ')}`];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function money(usd: number | undefined): string {
  return usd === undefined ? 'no' : usd.toFixed(2);
}

function signed(bps: number): string {
  return `${bps >= 0 ? '+' : ''}${bps.toFixed(2)}`;
}
