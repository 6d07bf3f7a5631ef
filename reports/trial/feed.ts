// The feed and the process: how much of the market was seen, and what the journal notes about candles
// that were not as they should be, the connection, restarts. Each is named, oldest first.

import type { TrialFacts, TrialNote } from '../../engine/research/trial.ts';
import { count } from '../format.ts';
import { type Html, html } from '../html.ts';
import { some } from '../run/numbers.ts';
import { table } from '../run/table.ts';
import { namedCell, timeCell, wordsCell } from './cells.ts';
import { share, span } from './words.ts';

/** What each code of a note means, in the order in which they are listed. */
export const NOTE_WORDS: Readonly<Record<string, string>> = {
  began: 'a process took the session up',
  recovered: 'the journal was run again and agreed with what it holds',
  ended: 'a process left the session in order',
  alive: 'a process was there, said about once an hour',
  connected: 'the feed was connected',
  lost: 'the feed lost its connection',
  gap: 'candles were missing and could not be had',
  repaired: 'candles were missing, were asked for and came',
  late: 'a candle came after its row had closed; it changed nothing',
  revised: 'a candle came again with other values',
  repeated: 'a candle came again as it was',
  unsound: 'something came that is no candle, or of no leg',
  complaint: 'the venue complained, or said what cannot be read',
  reconciled: 'positions of the venue were ours',
  mismatch: 'positions of the venue were not ours',
  external: 'somebody else traded on the account',
  'late-fill': 'an order that had ended here was filled at the venue all the same',
  blocked: 'nothing new was opened on a leg until what was found there was settled',
  unblocked: 'the leg was traded on again',
  'news-lost': 'a source of headlines was away, or said too much',
  'news-back': 'a source of headlines was there again',
  safety: 'what may be sent to venues has changed',
  alert: 'a person was needed',
};

const OF_CANDLES = ['gap', 'repaired', 'late', 'revised', 'repeated', 'unsound'];

/** Notes that are listed without being asked for. */
const MOST_OPEN = 20;

/** Counts, then the notes themselves. */
export function feedSection(facts: TrialFacts): Html {
  const isOfCandle = ({ code }: TrialNote) => OF_CANDLES.includes(code);
  const candles = facts.notes.filter(isOfCandle);
  const others = facts.notes.filter((one) => !isOfCandle(one));
  return html`${seenWords(facts)}${countsTable(facts)}
${candles.length === 0 ? html`<p class="remark">No note about a candle: none was missing, late, revised or unsound.</p>` : notesTable('Candles that were not as they should be', candles)}
${others.length > 0 && notesTable('Process, connection and positions', others)}${leftOut(facts)}`;
}

function seenWords(facts: TrialFacts): Html {
  const { rows, expectedRows, candlesSeen, candlesExpected, starts, recoveries } = facts;
  const seen = candlesExpected > 0 ? share(candlesSeen / candlesExpected) : 'n/a';
  const stale =
    facts.staleMs > 0
      ? `${span(facts.staleMs)} of market time was too old to be traded on`
      : 'No row was too old to be traded on';
  return html`<p>${count(rows)} of ${some(expectedRows, 'row')} closed, with ${count(candlesSeen)} of ${some(candlesExpected, 'candle')} (${seen}). ${stale}. ${some(starts, 'process', 'processes')} took the session up, ${count(recoveries)} of them after a crash.</p>
`;
}

function countsTable({ noteCounts }: TrialFacts): Html {
  const codes = Object.keys(noteCounts).filter((code) => noteCounts[code]! > 0);
  if (codes.length === 0) return html`<p class="remark">The journal holds no notes.</p>`;
  const known = Object.keys(NOTE_WORDS);
  const rank = (code: string) => (known.includes(code) ? known.indexOf(code) : known.length);
  return table(
    'Notes in the journal',
    [
      {
        title: 'Note',
        kind: 'text',
        cell: (code) =>
          namedCell(
            html`<code>${code}</code>`,
            Object.hasOwn(NOTE_WORDS, code) && NOTE_WORDS[code],
          ),
      },
      { title: 'Times', kind: 'number', cell: (code) => count(noteCounts[code]) },
    ],
    codes.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)),
  );
}

/** Folded away where it would bury the rest of the page; the counts stand above it. */
function notesTable(caption: string, notes: readonly TrialNote[]): Html {
  const rows = tableOf(caption, notes);
  if (notes.length <= MOST_OPEN) return rows;
  return html`<details><summary>${caption}: ${count(notes.length)} notes</summary>${rows}</details>`;
}

function tableOf(caption: string, notes: readonly TrialNote[]): Html {
  return table<TrialNote>(
    `${caption}, oldest first`,
    [
      { title: 'Noted at, UTC', kind: 'text', cell: ({ tsMs }) => timeCell(tsMs) },
      { title: 'Note', kind: 'text', cell: ({ code }) => html`<code>${code}</code>` },
      { title: 'Symbol', kind: 'text', cell: ({ symbol }) => symbol },
      {
        title: 'Candle of',
        kind: 'text',
        cell: ({ atMs }) => (Number.isFinite(atMs) ? timeCell(atMs) : ''),
      },
      { title: 'Details', kind: 'text', cell: ({ text }) => wordsCell(text) },
    ],
    notes,
  );
}

/** Notes that are only counted: said all the time, or too many. */
function leftOut({ notes, noteCounts }: TrialFacts): Html | null {
  const left = Object.entries(noteCounts)
    .map(([code, n]) => [code, n - notes.filter((one) => one.code === code).length] as const)
    .filter(([, n]) => n > 0);
  if (left.length === 0) return null;
  const words = left.map(([code, n]) => `${count(n)} ${code}`).join(', ');
  return html`<p class="remark">Counted and not listed: ${words}. The journal has them all.</p>`;
}
