// The gates that ask whether the numbers mean anything, and whether they survive worse conditions.

import { shortIso } from '../../config/instant.ts';
import type { Column } from '../../market/column.ts';
import { headlineIntervals } from '../../statistics/headline-bootstrap.ts';
import type { Resampling } from '../../statistics/stationary-bootstrap.ts';
import { grouped } from '../../text.ts';
import { contaminationText, type ModelExposure } from '../model-exposure.ts';
import { type Gate, gateOf, shown } from './gate.ts';
import type { RememberedBefore, Stressed, VerdictInput } from './input.ts';

/** Two-sided, so that 5 % lie below the lower end. */
const CONFIDENCE = 0.9;

/** No answer may depend on what came later. */
export function lookaheadGate(lookahead: VerdictInput['lookahead']): Gate {
  const what = {
    id: 'look-ahead',
    name: 'no look-ahead',
    rule: 'no answer depends on a later candle',
    threshold: 0,
  } as const;
  if (lookahead === null) return gateOf(what, Number.NaN, () => false, 'it was not looked for');
  const { clean, checked, what: offence } = lookahead;
  if (!clean) return gateOf(what, 1, () => false, offence ?? 'an answer depends on later candles');
  if (!(checked > 0)) return gateOf(what, Number.NaN, () => false, 'no answer was compared');
  return gateOf(what, 0, () => true, `${grouped(checked)} answers were compared, none differed`);
}

/**
 * What a model had read about a candle it need not foresee. Where nobody answered, or a stand-in did,
 * nothing is known of the models that will.
 */
export function knowledgeGate(models: ModelExposure): Gate {
  const what = {
    id: 'model-knowledge',
    name: 'models cannot know it',
    rule: 'no candle from before the models’ cut-off',
    threshold: 0,
  } as const;
  const { tape, standIn, candles, contaminatedCandles } = models;
  const unknown = (why: string) => gateOf(what, Number.NaN, () => false, why);
  if (tape === null) return unknown('no tape was read: what models answer, and know, is open');
  if (standIn)
    return unknown('a stand-in answered, which is no model: nothing follows about models');
  const why =
    contaminationText(models) ??
    `all ${candles} candles came after ${shortIso(tape.knowledgeMs!)}, the cut-off of the models`;
  return gateOf(what, contaminatedCandles, (count) => count === 0, why);
}

/** What was remembered of the rows themselves, or of later ones, is no knowledge that one could have had. */
export function memoryGate({ trades, inSample }: RememberedBefore): Gate {
  const what = {
    id: 'memory-knowledge',
    name: 'memory cannot know it',
    rule: 'every trade that is remembered at the start was over before the rows',
    threshold: 0,
  } as const;
  const why =
    inSample === 0
      ? `all ${trades} were over before`
      : `${inSample} of ${trades} ended within the rows or after them: they knew the future`;
  return gateOf(what, inSample, (count) => count === 0, why);
}

/** Every return that the verdict rests on is a finite number. */
export function finiteGate(input: VerdictInput): Gate {
  const { matrix, benchmark, doubledCosts, lateByOne } = input;
  const columns = [matrix.values, benchmark, columnOf(doubledCosts), columnOf(lateByOne)];
  let odd = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) if (!Number.isFinite(column[i])) odd++;
  }
  const what = {
    id: 'finite-inputs',
    name: 'finite numbers',
    rule: 'no return is NaN or infinite',
    threshold: 0,
  } as const;
  return gateOf(what, odd, (count) => count === 0, `${odd} returns are no finite number`);
}

/** Its returns; none where it was not run. */
function columnOf(stressed: Stressed): Column {
  return stressed === null || typeof stressed === 'string' ? [] : stressed;
}

const STRESSES = {
  'doubled-costs': 'at doubled costs',
  'late-by-one': 'one candle late',
} as const;

/** The growth that 19 of 20 resampled histories exceed is above zero under a stress. */
export function stressGate(
  id: keyof typeof STRESSES,
  returns: Stressed,
  resampling: Resampling,
): Gate {
  const what = {
    id,
    name: `growth ${STRESSES[id]}`,
    rule: 'the 5 % bound of yearly growth is above 0',
    threshold: 0,
  } as const;
  if (returns === null || typeof returns === 'string') {
    const reason = returns === null ? '' : `: ${returns}`;
    return gateOf(what, Number.NaN, () => false, `it was not run${reason}`);
  }
  const { cagr, meanBlock } = headlineIntervals(returns, resampling, CONFIDENCE);
  const why = Number.isFinite(cagr.lower)
    ? `grew by ${shown(cagr.estimate)} a year ${STRESSES[id]}, ${shown(cagr.lower)} to ` +
      `${shown(cagr.upper)} in 9 of 10 resampled histories; runs of ${shown(meanBlock)} days`
    : 'it never moved, is too short, or is no number';
  return gateOf(what, cagr.lower, (value) => value > 0, why);
}

/** The deepest fall inside one out-of-sample fold stays within its limit. */
export function foldGate(worstFold: VerdictInput['worstFold']): Gate {
  const name = 'worst fold';
  if (worstFold === null) {
    const what = { id: 'fold-drawdown', name, rule: 'drawdown within its limit' } as const;
    const why =
      'nothing was kept from the search to judge on: add "splits": { "train": 0.7 } to the sweep, ' +
      'or ask a walk-forward';
    return gateOf({ ...what, threshold: null }, Number.NaN, () => false, why);
  }
  const { depth, limit } = worstFold;
  const threshold = Number.isFinite(limit) ? -limit : null;
  const rule = `drawdown of the worst fold not below ${shown(-limit)}`;
  const what = { id: 'fold-drawdown', name, rule, threshold } as const;
  const why = `the worst out-of-sample fold fell by ${shown(-depth)}`;
  // Compared as it stands, so that a limit that is no number passes nothing.
  return gateOf(what, depth, (value) => value <= 0 && value >= -limit, why);
}
