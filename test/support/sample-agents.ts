// Agents of an invented run.

import { TrackRecorder } from '../../engine/agents/track-record.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';

/** The record of an agent that voted for all of them, with a confidence of 0.7. */
export function trackRecordOf(trades: readonly Trade[]) {
  const recorder = new TrackRecorder();
  for (const { returnFraction } of trades) recorder.add(0.7, returnFraction);
  return recorder.record();
}
