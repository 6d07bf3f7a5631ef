// The terminal view of a running session: its lines word for word, and that whatever is in it and
// however small the window, no line wraps, none is too many, and what is cut is counted.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../engine/interval.ts';
import {
  type LiveOptions,
  type LivePosition,
  type LiveState,
  type LiveVote,
  liveLine,
  liveView,
  MOST_LIVE_LINES,
} from '../../reports/live.ts';

const SEED = 20_261_121;
const MAY_1 = Date.UTC(2025, 4, 1);

function position(symbol: string, change: Partial<LivePosition> = {}): LivePosition {
  return {
    venue: 'aster',
    symbol,
    side: 'long',
    qty: 0.012,
    entryPrice: 94_200,
    markPrice: 94_300,
    pnlUsd: 1.2,
    stopPrice: 93_000.5,
    isTrailedByVenue: false,
    ...change,
  };
}

function vote(symbol: string, change: Partial<LiveVote> = {}): LiveVote {
  return {
    venue: 'aster',
    symbol,
    side: 1,
    score: 0.73,
    votes: [0.8, -0.35, 0, Number.NaN],
    target: Number.NaN,
    ...change,
  };
}

const STATE: LiveState = {
  name: 'swarm-7-days',
  strategy: 'swarm of 4 agents',
  feed: 'replay:market.duckdb',
  speed: 60,
  isRecovering: false,
  marketMs: MAY_1 + 825 * MINUTE_MS,
  rows: 825,
  expectedRows: 10_080,
  elapsedMs: 41_000,
  cashUsd: 10_000,
  equityUsd: 10_012.34,
  drawdown: 0.00403,
  fills: 14,
  trades: 6,
  positions: [
    position('BTCUSDT'),
    position('ETHUSDT', { side: 'short', qty: 1.5, pnlUsd: -3.4, stopPrice: Number.NaN }),
  ],
  agents: ['quant-alpha', 'degen-hunter', 'sentiment-sage', 'risk-guardian'],
  actThreshold: 0.6,
  votes: [vote('BTCUSDT'), vote('ETHUSDT', { side: 0, score: 0, votes: [0, 0, 0, 0] })],
  breakers: [{ venue: 'aster', mode: 'closed' }],
  feedAgeMs: 3_200,
  isStale: false,
  isPaused: false,
  isHalted: false,
  counts: { late: 0, revised: 1, repeated: 2, unsound: 0 },
  events: [
    { tsMs: MAY_1 + 13 * MINUTE_MS, text: 'bought 0.012 BTCUSDT at 94,200.00, fee 0.56 USD' },
    { tsMs: MAY_1 + 14 * MINUTE_MS, text: 'the feed lost its connection' },
  ],
  journal: '/work/runs/paper/swarm-7-days-5d0a1f8e',
};

const viewOf = (change: Partial<LiveState> = {}, width = 80, options: LiveOptions = {}) =>
  liveView({ ...STATE, ...change }, width, options);
const lineOf = (label: string, change: Partial<LiveState> = {}, width = 80) =>
  viewOf(change, width).find((line) => line.startsWith(label));

describe('the live view', () => {
  it('is these lines', () => {
    expect(viewOf({}, 100, { keys: 'usual' })).toEqual([
      'swarm-7-days  swarm of 4 agents  replay:market.duckdb  x60',
      'time       2025-05-01 13:45 UTC  row 825 of 10,080  here for 41 s',
      'state      running',
      'equity     10,012.34 USD  +0.12 %  drawdown 0.40 %  fills 14  trades 6',
      'feed       newest candle 3 s old  late 0  revised 1  unsound 0  repeated 2',
      'breakers   aster closed',
      'position   side     qty      entry       mark  P&L USD       stop',
      'BTCUSDT    long   0.012  94,200.00  94,300.00    +1.20  93,000.50',
      'ETHUSDT    short    1.5  94,200.00  94,300.00    -3.40       none',
      'votes      lean  acts>0.60  quant-alpha  degen-hunter  sentiment-sage  risk-guardian',
      'BTCUSDT    BUY        0.73        +0.80         -0.35            hold              -',
      'ETHUSDT    -          0.00         hold          hold            hold           hold',
      'events     05-01 00:13  bought 0.012 BTCUSDT at 94,200.00, fee 0.56 USD',
      '           05-01 00:14  the feed lost its connection',
      'journal    /work/runs/paper/swarm-7-days-5d0a1f8e',
      'keys       p pause  r resume  h halt  q quit',
    ]);
  });

  it('says what keeps it from acting, and what that means while there is room', () => {
    expect(lineOf('state', { isPaused: true })).toBe(
      'state      PAUSED: nothing is opened, stops stay',
    );
    expect(lineOf('state', { isStale: true })).toBe('state      STALE: candles too old to act on');
    const all = { isPaused: true, isStale: true, isHalted: true };
    expect(lineOf('state', all)).toBe('state      HALTED  STALE  PAUSED');
    expect(lineOf('state', { isRecovering: true })).toMatch(/recovering: the journal is run again/);
  });

  it('puts breakers that keep entries back before those that do not', () => {
    const breakers = [
      { venue: 'aster', mode: 'closed' },
      { venue: 'hyperliquid', mode: 'open' },
    ] as const;
    expect(lineOf('breakers', { breakers })).toBe(
      'breakers   hyperliquid OPEN, no entries  aster closed',
    );
    const many = Array.from({ length: 9 }, (_, k) => ({
      venue: `venue-${k}`,
      mode: 'closed' as const,
    }));
    expect(lineOf('breakers', { breakers: many })).toMatch(/ {2}and 6 more$/);
  });

  it('names the venue of a leg as soon as there are two', () => {
    const breakers = [
      { venue: 'aster', mode: 'closed' },
      { venue: 'hyperliquid', mode: 'closed' },
    ] as const;
    expect(lineOf('BTCUSDT@aster', { breakers })).toMatch(/^BTCUSDT@aster {2}long/);
  });

  it('says exposures where one strategy decides alone', () => {
    const votes = [
      vote('BTCUSDT', { target: -0.3, votes: [] }),
      vote('ETHUSDT', { target: Number.NaN, votes: [] }),
    ];
    const lines = viewOf({ agents: [], votes, positions: [] });
    expect(lines.slice(6, 10)).toEqual([
      'position   none',
      'target     exposure',
      'BTCUSDT     -30.0 %',
      'ETHUSDT    none yet',
    ]);
  });

  it('writes n/a or words before there is anything to say', () => {
    const early = {
      marketMs: Number.NaN,
      feedAgeMs: Number.NaN,
      expectedRows: Number.NaN,
      rows: 0,
      events: [],
      votes: [vote('BTCUSDT', { side: 0, score: Number.NaN, votes: [] })],
    };
    expect(lineOf('time', early)).toBe('time       no row yet  row 0  here for 41 s');
    expect(lineOf('feed', early)).toMatch(/^feed {7}no candle yet {2}late 0/);
    expect(viewOf(early).join('\n')).toMatch(/BTCUSDT {4}- +n\/a/);
  });

  it('writes the age of the feed in the unit that fits', () => {
    const ageOf = (feedAgeMs: number) => /candle (.*) old/.exec(lineOf('feed', { feedAgeMs })!)![1];
    expect([-5, 119_999, 120_000, 3 * 3_600_000, 5 * DAY_MS].map(ageOf)).toEqual([
      '0 s',
      '119 s',
      '2 min',
      '3 h',
      '5 days',
    ]);
  });

  it('says how many positions and votes are left out, and what they come to', () => {
    const symbols = Array.from({ length: 20 }, (_, k) => `COIN${k}`);
    const lines = viewOf(
      {
        positions: symbols.map((symbol) => position(symbol, { pnlUsd: -1.5 })),
        votes: symbols.map((symbol) => vote(symbol)),
        events: Array.from({ length: 9 }, (_, k) => ({ tsMs: MAY_1, text: `event ${k}` })),
      },
      80,
      { keys: 'usual' },
    );
    expect(lines).toHaveLength(MOST_LIVE_LINES);
    // 24 lines less 6 above, 2 below, 5 events and 2 titles leave 9: 5 for positions, 4 for votes.
    expect(lines[11]).toBe('           and 16 more, P&L -24.00 USD');
    expect(lines[16]).toMatch(/^ {11}and 17 more: {2}COIN3 {2}COIN4 .* {2}and \d+ more$/);
    expect(lines[17]).toBe('events     05-01 00:00  event 4');
    expect(lines.at(-1)).toMatch(/^keys/);
  });

  it('asks before it halts', () => {
    expect(viewOf({}, 80, { keys: 'confirm-halt' }).at(-1)).toBe(
      'HALT?      h again within 3 s  takes entries back and closes every position',
    );
    expect(viewOf().at(-1)).toMatch(/^journal/);
  });

  it('leaves a number out rather than cut it', () => {
    for (let width = 1; width <= 100; width++) {
      const line = lineOf('equity', {}, width) ?? '';
      const [, money] = /^equity {5}(\S+)/.exec(line) ?? [];
      expect(['10,012.34', undefined]).toContain(money);
    }
  });

  it('keeps the end of a path that does not fit', () => {
    expect(viewOf({}, 30).at(-1)).toBe('journal    ~rm-7-days-5d0a1f8e');
  });

  it('has colours only where they are asked for, and breaks lines at the same places', () => {
    const change = { isHalted: true, isPaused: true };
    const plain = viewOf(change, 70);
    const colored = viewOf(change, 70, { color: true });
    expect(plain.join('')).not.toContain('\u001b');
    expect(colored.join('')).toContain('\u001b[31mHALTED');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken away
    expect(colored.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(plain);
  });

  it(`is printable ASCII within the window, whatever the state (seed ${SEED})`, () => {
    const number = fc.oneof(fc.double(), fc.constantFrom(0, 1e15, -1e-9, Number.NaN));
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('BTCUSDT', '\u001b[2J', '比特币', 'a\r\nb', '\u202eabc', ''),
    );
    const state = fc
      .record({
        name: text,
        feed: text,
        journal: text,
        number,
        legs: fc.integer({ min: 0, max: 40 }),
        agents: fc.array(text, { maxLength: 9 }),
        events: fc.array(fc.record({ tsMs: number, text }), { maxLength: 9 }),
        flag: fc.boolean(),
      })
      .map(({ name, feed, journal, number: x, legs, agents, events, flag }): LiveState => {
        const every = Array.from({ length: legs });
        return {
          ...STATE,
          name,
          feed,
          journal,
          agents,
          events,
          marketMs: x,
          equityUsd: x,
          feedAgeMs: x,
          isHalted: flag,
          isStale: flag,
          positions: every.map(() =>
            position(name, { venue: feed, qty: x, pnlUsd: x, markPrice: x }),
          ),
          votes: every.map(() => vote(feed, { score: x, votes: agents.map(() => x) })),
          breakers: every.map(() => ({ venue: journal, mode: flag ? 'open' : 'half-open' })),
        };
      });
    const options = fc.record({
      height: fc.integer({ min: 1, max: 60 }),
      keys: fc.constantFrom('none', 'usual', 'confirm-halt'),
    });
    const property = fc.property(
      state,
      fc.integer({ min: 1, max: 160 }),
      options,
      (one, width, given) => {
        const lines = liveView(one, width, given as LiveOptions);
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.length).toBeLessThanOrEqual(Math.min(MOST_LIVE_LINES, given.height));
        for (const line of lines) {
          expect(line).toMatch(/^[\x20-\x7e]*$/);
          expect(line.length).toBeLessThanOrEqual(width);
        }
        if (given.keys !== 'none' && width > 20 && given.height > 2) {
          expect(lines.at(-1)).toMatch(given.keys === 'usual' ? /^keys/ : /^HALT\?/);
        }
        expect(liveLine(one)).toMatch(/^[\x20-\x7e]*$/);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 400 });
  });
});

describe('the line of a log', () => {
  it('says the time, the money, what is open, and what is wrong', () => {
    expect(liveLine(STATE)).toBe(
      '2025-05-01 13:45 UTC  equity 10,012.34 USD (+0.12 %)  positions 2  fills 14',
    );
    const wrong: LiveState = {
      ...STATE,
      isStale: true,
      breakers: [{ venue: 'aster', mode: 'open' }],
    };
    expect(liveLine(wrong)).toMatch(/fills 14 {2}breaker of aster open {2}STALE$/);
  });
});
