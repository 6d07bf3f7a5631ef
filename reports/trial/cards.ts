// The eight numbers of a trial that matter, each with the one remark without which it misleads.

import type { ShadowFacts } from '../../engine/research/shadow.ts';
import type { TrialFacts } from '../../engine/research/trial.ts';
import { count, percent, usd } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { toneOf } from '../run/table.ts';
import { inBps, missingDrills, share, span } from './words.ts';

interface Card {
  readonly label: string;
  readonly value: string;
  readonly remark: string;
  readonly tone?: 'up' | 'down' | '';
}

/** The cards, in reading order. */
export function trialCards(facts: TrialFacts, shadow: ShadowFacts): Html {
  const items = [...machineCards(facts, shadow), ...processCards(facts)].map(
    ({ label, value, remark, tone = '' }) =>
      html`<div class="card"><dt>${label}</dt><dd class="value ${tone}">${value}</dd><dd class="remark">${remark}</dd></div>\n`,
  );
  return html`<section aria-label="The numbers that matter"><dl class="cards">${items}</dl></section>`;
}

function machineCards(facts: TrialFacts, shadow: ShadowFacts): Card[] {
  const { signalsEqual, replayEqual, candles, fillErrorBps, fillBiasBps } = facts;
  const isEqual = signalsEqual && replayEqual;
  const replay = replayEqual ? 'the journal replays to the same intents' : 'the replay differs';
  const both = shadow.fills.filter(({ errorBps }) => Number.isFinite(errorBps)).length;
  const gained = percent(facts.equityUsd / facts.cashUsd - 1, { digits: 2, sign: true });
  return [
    {
      label: 'Decision parity',
      value: candles === 0 ? 'n/a' : isEqual ? 'equal' : 'differs',
      remark: `${some(candles, 'instrument-candle')} compared; ${replay}`,
      tone: isEqual ? '' : 'down',
    },
    {
      label: 'Fill error, median',
      value: inBps(fillErrorBps.median),
      remark: `95 % within ${inBps(fillErrorBps.p95)}, of ${some(both, 'pair')}; mean with sign ${inBps(fillBiasBps, { sign: true })}${biasWords(fillBiasBps)}`,
    },
    {
      label: 'Equity gap',
      value: inBps(facts.equityGapBps, { sign: true }),
      remark: `of starting cash: ${usd(facts.equityUsd)} in the session, ${usd(facts.modelEquityUsd)} in the model`,
    },
    {
      label: 'P&L',
      value: gained,
      remark: `${usd(facts.equityUsd - facts.cashUsd, { sign: true })} after ${some(facts.fills, 'fill')}, ${some(facts.trades, 'closed trade')}; max drawdown ${percent(Math.abs(facts.maxDrawdown), { digits: 2 })}`,
      tone: toneOf(gained),
    },
  ];
}

function biasWords(biasBps: number | null): string {
  if (biasBps === null || !(Math.abs(biasBps) >= 0.05)) return '';
  return biasBps > 0 ? ' (the model is too kind)' : ' (the model is too harsh)';
}

function processCards(facts: TrialFacts): Card[] {
  const { rows, expectedRows, staleMs, starts, recoveries, reconciled, mismatched, drills } = facts;
  const missing = missingDrills(drills);
  return [
    {
      label: 'Uptime',
      value: share(facts.uptime),
      remark: `${count(rows)} of ${some(expectedRows, 'row')} closed; started ${some(starts, 'time')}, ${count(recoveries)} after a crash`,
    },
    {
      label: 'Stale',
      value: staleMs > 0 ? span(staleMs) : staleMs === 0 ? 'never' : 'n/a',
      remark: 'market time on candles that were too old to be traded on',
      tone: staleMs > 0 ? 'down' : '',
    },
    {
      label: 'Reconciled',
      value: reconciled + mismatched > 0 ? some(reconciled, 'time') : 'n/a',
      remark: `every position of the venue was ours; ${some(mismatched, 'position was', 'positions were')} not`,
      tone: mismatched > 0 ? 'down' : '',
    },
    {
      label: 'Drills',
      value: `${count(drills.length - missing.length)} of ${count(drills.length)}`,
      remark:
        missing.length === 0
          ? 'all done'
          : `missing: ${missing.map(({ name }) => name).join(', ')}`,
    },
  ];
}
