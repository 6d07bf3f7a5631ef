// The runs of a sweep, for whoever records what they ask: every point on the rows that are searched and on
// those that are kept back. Their questions are those of the trials, so that the sweep finds them answered.

import { asksModels } from '../engine/agents/seating.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import type { RunInput } from '../engine/research/backtest.ts';
import { taskOf } from '../engine/research/sweep/plan.ts';
import { Slices } from '../engine/research/sweep/slice.ts';
import type { Point } from '../engine/research/sweep/space.ts';
import { type Sweep, startSampler } from '../engine/research/sweep/spec.ts';
import { seatsOf, trialConfig } from '../engine/research/sweep/trial.ts';
import { prepareSweep, type SweepFlags } from './sweep-setup.ts';

/** Samplers that propose the same points whatever comes of them. */
const FORESEEN: readonly string[] = ['grid', 'random', 'sobol'];

/** Throws InputError for a sweep that cannot begin, and for one whose points hang on its trials. */
export async function sweepInputs(
  file: string,
  flags: SweepFlags,
  cwd: string,
): Promise<{ readonly config: Config; readonly inputs: readonly RunInput[] }> {
  // The tape is what is made here: it need not be there.
  const set = [...(flags.set ?? []), 'world.tape.file=null'];
  const { ground, sweep, spans, beside } = await prepareSweep(file, { ...flags, set }, cwd, 1);
  if (!FORESEEN.includes(sweep.sampler)) {
    const rule = `must be of the sampler ${FORESEEN.join(', ')}: what others try hangs on what came before`;
    throw new InputError({ key: '--sweep', rule, value: sweep.sampler });
  }
  const slices = new Slices(ground.columns);
  const ranges = spans.test === null ? [spans.train] : [spans.train, spans.test];
  const inputs = pointsOf(sweep).flatMap((point) =>
    ranges.flatMap((rows): RunInput[] => {
      const task = taskOf(ground, 0, point, rows);
      if (task.missingCandles > 0) return [];
      try {
        const config = trialConfig(ground.config, task);
        const { seats, solo } = seatsOf(config.decision, ground.strategies);
        if (!asksModels({ seats })) return [];
        const panel = slices.panel(task.readRow, task.toRow, config.world.maxHoleCandles);
        const firstRow = task.fromRow - task.readRow;
        const { load } = config.decision.memory;
        const remembered = load === null ? undefined : beside.remembered;
        return [{ panel, config, seats, solo, firstRow, remembered }];
      } catch (error) {
        // A point that the sweep will refuse asks nothing.
        if (error instanceof InputError) return [];
        throw error;
      }
    }),
  );
  if (inputs.length > 0) return { config: ground.config, inputs };
  throw new InputError({
    key: '--sweep',
    rule: 'has no point at which anybody asks a model',
    value: file,
  });
}

function pointsOf(sweep: Sweep): Point[] {
  const sampler = startSampler(sweep);
  const points: Point[] = [];
  for (;;) {
    const proposals = sampler.propose(sweep.batch);
    if (proposals.length === 0) return points;
    for (const { index, point } of proposals) {
      points.push(point);
      sampler.tell(
        index,
        sweep.objectives.map(() => Number.NaN),
        'failed',
      );
    }
  }
}
