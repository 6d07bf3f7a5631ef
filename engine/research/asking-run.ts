// The loop of a backtest for whoever records: it stops wherever an answer is missing and goes on when the
// book has it, so that only what the run really comes to is ever asked.

import type { Question } from '../agents/question.ts';
import { Kernel } from '../kernel.ts';
import { Answering } from '../simulation/answering.ts';
import { SimulatedVenue } from '../simulation/venue.ts';
import { closeOf, kernelOptions, type Run, type RunInput } from './backtest.ts';

/**
 * Yields the questions of one moment that `replies` does not answer. Resumed, it looks again: what is
 * still missing counts as answered too late. Its digests are those of `runLoop` over the same book.
 */
export function* runAsking(input: RunInput): Generator<readonly Question[], Run, void> {
  const { panel, config } = input;
  const kernel = new Kernel(kernelOptions(input, panel));
  const venue = new SimulatedVenue(panel, config.world, config.seed, kernel);
  const answering = new Answering(input.replies ?? null, 'timeout');
  const { tray } = kernel;
  function* carryOut(): Generator<readonly Question[], void, void> {
    if (tray.length === 0) return;
    const missing = answering.missing(tray);
    if (missing.length > 0) yield missing;
    answering.take(tray);
    venue.take(tray, kernel.nowMs);
    tray.clear();
  }
  for (let i = 0; i < panel.length; i++) {
    while (answering.deliver(closeOf(panel, i), kernel)) yield* carryOut();
    if (venue.isBusy(i)) venue.meet(i);
    kernel.onRow(i);
    yield* carryOut();
  }
  return { kernel, venue, answering };
}
