// A session as whoever is told of it sees it: its notes, halts, and candles that do not come.

import { MINUTE_MS } from '../../engine/interval.ts';
import type { Kernel } from '../../engine/kernel.ts';
import type { Clock } from '../clock.ts';
import type { Onlooker } from '../session-parts.ts';
import type { Ear } from './alerts.ts';
import { ofNote } from './worth.ts';

/** Without a candle that can be traded on for so long, or for three intervals, somebody is told. */
const SILENT_MS = 5 * MINUTE_MS;
const SILENT_INTERVALS = 3;

/** `clock`: any that runs on; `intervalMs`: of the base candles; `feed`: for people. */
export function alertsOf(
  ear: Ear,
  clock: Pick<Clock, 'monotonicMs'>,
  { intervalMs, feed }: { readonly intervalMs: number; readonly feed: string },
): Required<Pick<Onlooker, 'onRow' | 'onNote' | 'onBeat'>> {
  const patienceMs = Math.max(SILENT_MS, SILENT_INTERVALS * intervalMs);
  let freshMs = clock.monotonicMs();
  let isSilent = false;
  let isHalted = false;
  let hasBegun = false;
  return {
    onRow({ standing }, _, isRecovering) {
      // What an earlier process went through was told by it.
      if (standing.isHalted && !isHalted && !isRecovering) {
        ear.say({ code: 'halted', urgency: 'act', text: 'halted: everything is being closed' });
      }
      isHalted = standing.isHalted;
      if (standing.isStale) return;
      freshMs = clock.monotonicMs();
      if (!isSilent) return;
      isSilent = false;
      ear.say({ code: 'fresh', urgency: 'know', text: 'candles can be traded on again' });
    },
    onNote: (note, kernel) => ear.say(ofNote(note, symbolOf(kernel, note.leg))),
    onBeat() {
      // Its journal has been run again by now: one that cannot go on has not begun.
      if (!hasBegun) ear.say({ code: 'began', urgency: 'know', text: `began with ${feed}` });
      hasBegun = true;
      const silentMs = clock.monotonicMs() - freshMs;
      if (isSilent || silentMs < patienceMs) return;
      isSilent = true;
      const minutes = Math.round(silentMs / MINUTE_MS);
      const text = `no candle that can be traded on for ${minutes} minutes`;
      ear.say({ code: 'silent', urgency: 'look', text });
    },
  };
}

function symbolOf({ panel }: Kernel, leg: number): string {
  const instrument = panel.legs[leg]?.instrument;
  return instrument === undefined ? '' : `${instrument.venue} ${instrument.symbol}`;
}
