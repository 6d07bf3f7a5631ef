// The view of a running paper session: at most 24 lines that never wrap, painted again and again. What
// went wrong stands above what was won, and whatever is cut says how many more there are.
//
//   name, time, state, equity, feed, breakers | positions | votes | events | journal, keys

import { MINUTE_MS } from '../engine/interval.ts';
import { count, decimal, percent, usd, utcMinute } from './format.ts';
import { ascii, cutStart, fitted, type GridColumn, grid } from './live/lines.ts';
import type { LiveBreaker, LiveKeys, LivePosition, LiveState } from './live/state.ts';
import { price, qty } from './run/numbers.ts';
import type { Layout, Piece } from './table.ts';

export type {
  LiveBreaker,
  LiveEvent,
  LiveKeys,
  LivePosition,
  LiveState,
  LiveVote,
} from './live/state.ts';

export interface LiveOptions {
  /** Put ANSI colours in. */
  readonly color?: boolean;
  /** Lines that the window has; 24 when absent, and never more than that. */
  readonly height?: number;
  readonly keys?: LiveKeys;
}

export const MOST_LIVE_LINES = 24;
const MOST_EVENTS = 5;
const LABEL_WIDTH = 11;
const SIGNED = { digits: 2, sign: true } as const;

/** The lines, printable ASCII and no wider than `width` columns; colours are not counted. */
export function liveView(state: LiveState, width: number, options: LiveOptions = {}): string[] {
  const { color = false, height = MOST_LIVE_LINES, keys = 'none' } = options;
  const layout: Layout = { width: Math.max(1, Math.floor(width)), color };
  const lines = Math.max(1, Math.min(MOST_LIVE_LINES, Math.floor(height)));
  const top = [
    headLine(state, layout),
    timeLine(state, layout),
    stateLine(state, layout),
    equityLine(state, layout),
    feedLine(state, layout),
    breakerLine(state, layout),
  ];
  const bottom = [journalLine(state, layout), ...keysLine(keys, layout)];
  const room = lines - top.length - bottom.length;
  const events = Math.min(state.events.length, MOST_EVENTS, Math.max(0, Math.floor(room / 3)));
  // Two of them are titles.
  const tables = Math.max(0, room - events - 2);
  const [positions, votes] = shares(tables, state.positions.length, state.votes.length);
  const middle = [
    ...positionLines(state, positions, layout),
    ...voteLines(state, votes, layout),
    ...eventLines(state, events, layout),
  ].slice(0, Math.max(0, room));
  // In a very low window the first lines and the last one are what matters.
  return [...top.slice(0, Math.max(1, lines - bottom.length)), ...middle, ...bottom].slice(
    0,
    lines,
  );
}

/** One line for a log: where no terminal is. */
export function liveLine(state: LiveState): string {
  const { equityUsd, cashUsd, positions, fills, breakers } = state;
  const troubles = breakers.filter(({ mode }) => mode !== 'closed');
  const parts = [
    `${utcMinute(state.marketMs)} UTC`,
    `equity ${usd(equityUsd)} (${percent(equityUsd / cashUsd - 1, SIGNED)})`,
    `positions ${count(positions.length)}`,
    `fills ${count(fills)}`,
    ...troubles.map(({ venue, mode }) => `breaker of ${venue} ${mode}`),
    ...flags(state).map(({ name }) => name),
  ];
  return parts.map(ascii).join('  ');
}

/** How many lines positions and votes get: all they need, or about half each, positions first. */
function shares(room: number, positions: number, votes: number): [number, number] {
  const first = Math.min(positions, Math.max(Math.ceil(room / 2), room - votes));
  return [first, Math.min(votes, room - first)];
}

function line(label: string, pieces: readonly Piece[], layout: Layout): string {
  const spaced = pieces.filter(({ text }) => text !== '');
  const body = spaced.map(({ text, paint }, at) => ({
    text: at === 0 ? text : `  ${text}`,
    paint,
  }));
  return fitted([{ text: label.padEnd(LABEL_WIDTH), paint: 'dim' }, ...body], layout);
}

function headLine({ name, strategy, feed, speed }: LiveState, layout: Layout): string {
  const pace =
    speed === null ? 'as fast as it goes' : speed === 1 ? '' : `x${decimal(speed, { digits: 0 })}`;
  return fitted(
    [
      { text: name, paint: 'bold' },
      { text: `  ${strategy}` },
      { text: `  ${feed}` },
      { text: pace === '' ? '' : `  ${pace}` },
    ],
    layout,
  );
}

function timeLine(state: LiveState, layout: Layout): string {
  const { marketMs, rows, expectedRows, elapsedMs } = state;
  const of = Number.isFinite(expectedRows) ? ` of ${count(expectedRows)}` : '';
  return line(
    'time',
    [
      { text: Number.isFinite(marketMs) ? `${utcMinute(marketMs)} UTC` : 'no row yet' },
      { text: `row ${count(rows)}${of}` },
      { text: `here for ${age(elapsedMs)}` },
    ],
    layout,
  );
}

/** What keeps it from acting, the furthest reaching first. */
function flags({ isHalted, isStale, isPaused }: LiveState) {
  const all = [
    {
      holds: isHalted,
      name: 'HALTED',
      words: 'what is open is closed, nothing is opened',
      paint: 'red',
    },
    { holds: isStale, name: 'STALE', words: 'candles too old to act on', paint: 'yellow' },
    { holds: isPaused, name: 'PAUSED', words: 'nothing is opened, stops stay', paint: 'yellow' },
  ] as const;
  return all.filter(({ holds }) => holds);
}

function stateLine(state: LiveState, layout: Layout): string {
  const found = flags(state);
  const pieces: Piece[] = found.map(({ name, words, paint }) => ({
    // Names of all of them before the words of any.
    text: found.length > 1 ? name : `${name}: ${words}`,
    paint,
  }));
  if (state.isRecovering)
    pieces.unshift({ text: 'recovering: the journal is run again', paint: 'yellow' });
  return line('state', pieces.length > 0 ? pieces : [{ text: 'running', paint: 'green' }], layout);
}

function equityLine(state: LiveState, layout: Layout): string {
  const { equityUsd, cashUsd, drawdown, fills, trades } = state;
  const change = percent(equityUsd / cashUsd - 1, SIGNED);
  return line(
    'equity',
    [
      { text: usd(equityUsd) },
      { text: change, paint: toneOf(change) },
      { text: `drawdown ${percent(drawdown, { digits: 2 })}` },
      { text: `fills ${count(fills)}` },
      { text: `trades ${count(trades)}` },
    ],
    layout,
  );
}

function feedLine({ feedAgeMs, counts }: LiveState, layout: Layout): string {
  const odd = (name: string, n: number): Piece => ({
    text: `${name} ${count(n)}`,
    paint: n > 0 && name !== 'repeated' ? 'yellow' : undefined,
  });
  return line(
    'feed',
    [
      {
        text: Number.isFinite(feedAgeMs) ? `newest candle ${age(feedAgeMs)} old` : 'no candle yet',
      },
      odd('late', counts.late),
      odd('revised', counts.revised),
      odd('unsound', counts.unsound),
      odd('repeated', counts.repeated),
    ],
    layout,
  );
}

const MODE_WORDS: Readonly<Record<LiveBreaker['mode'], string>> = {
  closed: 'closed',
  open: 'OPEN, no entries',
  'half-open': 'half-open, probing',
  isolated: 'ISOLATED by hand',
};

/** Those that keep entries back come first; when all are closed one line says it. */
function breakerLine({ breakers }: LiveState, layout: Layout): string {
  const rank = ({ mode }: LiveBreaker) => Number(mode === 'closed');
  const sorted = [...breakers].sort((a, b) => rank(a) - rank(b));
  const pieces = sorted.map(
    ({ venue, mode }): Piece => ({
      text: `${ascii(venue)} ${MODE_WORDS[mode]}`,
      paint: mode === 'closed' ? undefined : mode === 'half-open' ? 'yellow' : 'red',
    }),
  );
  return line('breakers', withMore(pieces, layout.width - LABEL_WIDTH), layout);
}

/** As many as fit, then how many more; pieces are two columns apart. */
function withMore(pieces: readonly Piece[], room: number): Piece[] {
  for (let shown = pieces.length; shown > 0; shown--) {
    const more = pieces.length - shown;
    const tail: Piece[] = more > 0 ? [{ text: `and ${more} more` }] : [];
    const all = [...pieces.slice(0, shown), ...tail];
    if (all.reduce((sum, { text }) => sum + text.length + 2, -2) <= room || shown === 1) return all;
  }
  return [];
}

function positionLines({ positions, breakers }: LiveState, room: number, layout: Layout): string[] {
  if (positions.length === 0) return [line('position', [{ text: 'none' }], layout)];
  const shown = positions.length <= room ? positions.length : Math.max(0, room - 1);
  const text = (title: string, cell: (one: LivePosition) => string): GridColumn => ({
    title,
    kind: 'text',
    cells: positions.map((one) => ascii(cell(one))),
  });
  const number = (title: string, cell: (one: LivePosition) => string): GridColumn => ({
    ...text(title, cell),
    kind: 'number',
  });
  const gains = positions.map(({ pnlUsd }) => decimal(pnlUsd, SIGNED));
  const columns: GridColumn[] = [
    text('position', (one) => legName(one, breakers.length > 1)),
    text('side', ({ side }) => side),
    number('qty', (one) => qty(one.qty)),
    number('entry', (one) => price(one.entryPrice)),
    number('mark', (one) => price(one.markPrice)),
    { title: 'P&L USD', kind: 'number', cells: gains, paints: gains.map(toneOf) },
    number('stop', stopWord),
  ];
  const lines = grid(columns, shown, layout);
  const hidden = positions.slice(shown);
  if (hidden.length === 0) return lines;
  const hiddenUsd = hidden.reduce((sum, { pnlUsd }) => sum + pnlUsd, 0);
  const words = `and ${hidden.length} more, P&L ${usd(hiddenUsd, SIGNED)}`;
  return [...lines, line('', [{ text: words }], layout)];
}

function stopWord({ stopPrice, isTrailedByVenue }: LivePosition): string {
  if (Number.isFinite(stopPrice)) return price(stopPrice);
  return isTrailedByVenue ? 'trailing' : 'none';
}

function voteLines(state: LiveState, room: number, layout: Layout): string[] {
  const { votes, agents, breakers, actThreshold } = state;
  if (votes.length === 0) return [line('votes', [{ text: 'none' }], layout)];
  const shown = votes.length <= room ? votes.length : Math.max(0, room - 1);
  const named = (title: string): GridColumn => ({
    title,
    kind: 'text',
    cells: votes.map((one) => ascii(legName(one, breakers.length > 1))),
  });
  const targets = votes.map(({ target }) =>
    Number.isFinite(target) ? percent(target, { sign: true }) : 'none yet',
  );
  const columns: GridColumn[] =
    agents.length === 0
      ? [named('target'), { title: 'exposure', kind: 'number', cells: targets }]
      : [
          named('votes'),
          { title: 'lean', kind: 'text', cells: votes.map(({ side }) => LEAN[side + 1]!) },
          {
            title: `acts>${decimal(actThreshold)}`,
            kind: 'number',
            cells: votes.map(({ score }) => decimal(score)),
          },
          ...agents.map(
            (id, k): GridColumn => ({
              title: ascii(id),
              kind: 'number',
              cells: votes.map((one) => voteWord(one.votes[k])),
            }),
          ),
        ];
  const lines = grid(columns, shown, layout);
  const hidden = votes.slice(shown);
  if (hidden.length === 0) return lines;
  const names = hidden.map((one) => ({ text: ascii(one.symbol) }));
  const lead: Piece = { text: `and ${hidden.length} more:` };
  const list = withMore(names, layout.width - LABEL_WIDTH - lead.text.length - 2);
  return [...lines, line('', [lead, ...list], layout)];
}

const LEAN = ['SELL', '-', 'BUY'] as const;

function voteWord(vote: number | undefined): string {
  if (vote === undefined || Number.isNaN(vote)) return '-';
  return vote === 0 ? 'hold' : decimal(vote, SIGNED);
}

function legName(leg: { readonly venue: string; readonly symbol: string }, isOfMany: boolean) {
  return isOfMany ? `${leg.symbol}@${leg.venue}` : leg.symbol;
}

function eventLines({ events }: LiveState, room: number, layout: Layout): string[] {
  return events.slice(events.length - room).map(({ tsMs, text }, at) => {
    const words = `${utcMinute(tsMs).slice(5)}  ${text}`;
    const width = Math.max(1, layout.width - LABEL_WIDTH);
    return line(at === 0 ? 'events' : '', [{ text: cutWords(ascii(words), width) }], layout);
  });
}

/** Cut between words, so that no number loses its end. */
function cutWords(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = text.lastIndexOf(' ', width - 1);
  return `${text.slice(0, Math.max(0, end))} ~`.slice(0, width);
}

function journalLine({ journal }: LiveState, layout: Layout): string {
  const path = cutStart(ascii(journal), Math.max(1, layout.width - LABEL_WIDTH));
  return line('journal', [{ text: path }], layout);
}

function keysLine(keys: LiveKeys, layout: Layout): string[] {
  if (keys === 'none') return [];
  if (keys === 'usual') {
    const words = ['p pause', 'r resume', 'h halt', 'q quit'];
    return [
      line(
        'keys',
        words.map((text) => ({ text })),
        layout,
      ),
    ];
  }
  const ask = 'h again within 3 s';
  const words = 'takes entries back and closes every position';
  return [
    line(
      'HALT?',
      [
        { text: ask, paint: 'red' },
        { text: words, paint: 'red' },
      ],
      layout,
    ),
  ];
}

function toneOf(text: string): Piece['paint'] {
  return text.startsWith('+') ? 'green' : text.startsWith('-') ? 'red' : undefined;
}

const SECOND_MS = 1000;

/** `41 s`, `12 min`, `5 h`, `3 days`. */
function age(ms: number): string {
  if (!Number.isFinite(ms)) return 'n/a';
  const kept = Math.max(0, ms);
  if (kept < 2 * MINUTE_MS) return `${count(Math.floor(kept / SECOND_MS))} s`;
  const minutes = Math.floor(kept / MINUTE_MS);
  if (minutes < 120) return `${count(minutes)} min`;
  return minutes < 2880
    ? `${count(Math.floor(minutes / 60))} h`
    : `${count(Math.floor(minutes / 1440))} days`;
}
