// What `live` says before it trades: what, where, with how much, until when, and who is told.

import type { Place, PromotionBody } from '../live/promotion/document.ts';
import type { StageAt } from '../live/promotion/stage-at.ts';
import { stakeAt } from '../live/promotion/stages.ts';
import type { Margin } from '../live/venues/port.ts';

/** `50 USD at aster and 25 USD at hyperliquid` */
export function stakeOf(places: readonly Place[], stage: StageAt): string {
  return places.map((one) => `${stakeAt(stage.stage, one)} USD at ${one.venue}`).join(' and ');
}

export function headOf(
  body: PromotionBody,
  places: readonly Place[],
  stage: StageAt,
  margin: Margin,
  missing: readonly string[],
  alertHost: string | null,
): string {
  const { name, strategy, rehearsal, maxDrawdown, expiresAt, gates } = body;
  const overridden = gates.filter(({ override }) => override !== null);
  const mode =
    missing.length === 0
      ? `LIVE: ${stakeOf(places, stage)}`
      : `PAPER over their candles: ${missing.join(', ')} not in the environment`;
  return [
    `live       ${name} (${strategy})`,
    ...places.map(({ venue, symbols }, k) => {
      return `${(k === 0 ? 'venue' : 'fallback').padEnd(11)}${venue}: ${symbols.join(', ')}`;
    }),
    `mode       ${mode}`,
    `margin     ${margin.mode} at ${margin.leverage}x, set at the venue${places.length > 1 ? 's' : ''}`,
    ...rehearsal.map((reason) => `REHEARSAL  ${reason}`),
    ...overridden.map((gate) => `OVERRIDDEN ${gate.name}: ${gate.override}`),
    `stage      ${stage.number}: ${stage.capitalUsd} USD, halted after ${100 * maxDrawdown} % are lost` +
      (stage.step === null ? '' : ` (${stage.step})`),
    `alerts     ${alertHost ?? 'nobody is told when it needs you: see SAPPHIRE_ALERT_URL'}`,
    `until      ${expiresAt.slice(0, 10)}   journal ${stage.folder}`,
  ].join('\n');
}
