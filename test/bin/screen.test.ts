// The screen of a running session, on a terminal made of strings: when it paints, what its keys do, and
// that it gives the terminal back.

import { describe, expect, it } from 'vitest';
import { type ScreenOptions, screen } from '../../bin/screen.ts';
import { liveState, type Surroundings } from '../../bin/screen-state.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { type LiveState, liveView } from '../../reports/live.ts';
import { panelOf, START_MS } from '../support/market.ts';
import { runOf, staking, voter } from '../support/run.ts';

// ---- a terminal, a keyboard and a clock made of nothing ------------------------------------------

const ESC = '\u001b';
const PAINT = `${ESC}[H`;

function stage(options: Partial<ScreenOptions> & { readonly isTTY?: boolean } = {}) {
  const { isTTY = true, ...given } = options;
  let nowMs = 0;
  let work: (() => void) | null = null;
  const written: string[] = [];
  const said: string[] = [];
  const raw: boolean[] = [];
  let hear: ((text: string) => void) | null = null;
  let resized: (() => void) | null = null;
  let restore: (() => void) | null = null;
  const output = {
    isTTY,
    columns: 80,
    rows: 30,
    write: (text: string) => written.push(text),
    on: (_: 'resize', listener: () => void) => {
      resized = listener;
    },
    off: () => {
      resized = null;
    },
  };
  const input = {
    isTTY: true,
    setRawMode: (isRaw: boolean) => raw.push(isRaw),
    on: (_: 'data', listener: (text: string) => void) => {
      hear = listener;
    },
    off: () => {
      hear = null;
    },
    resume: () => said.push('input resumed'),
    pause: () => said.push('input paused'),
  };
  const shown = screen({
    output,
    input,
    clock: {
      now: () => nowMs,
      every: (_, tick) => {
        work = tick;
        return () => {
          work = null;
        };
      },
    },
    onCommand: (command) => said.push(command),
    onQuit: () => said.push('quit'),
    onInterrupt: () => said.push('interrupted'),
    atExit: (again) => {
      restore = again;
      return () => {
        restore = null;
      };
    },
    ...given,
  });
  return {
    shown,
    output,
    written,
    said,
    raw,
    press: (text: string) => hear?.(text),
    /** The listeners that are left. */
    left: () => [work, hear, resized, restore].filter((one) => one !== null).length,
    resize: (columns: number) => {
      output.columns = columns;
      resized?.();
    },
    die: () => restore?.(),
    paints: () => written.filter((text) => text.includes(PAINT)),
    /** Lets time pass, ten ms at a time. */
    pass: (ms: number, each?: () => void) => {
      for (const endMs = nowMs + ms; nowMs < endMs; ) {
        nowMs += 10;
        each?.();
        if (nowMs % 250 === 0) work?.();
      }
    },
  };
}

/** What a paint put on the screen, line by line. */
const linesOf = (text: string) =>
  text
    .slice(text.indexOf(PAINT) + PAINT.length)
    .replaceAll(`${ESC}[K`, '')
    .replaceAll(`${ESC}[J`, '')
    .split('\r\n');

const AROUND: Surroundings = {
  name: 'made-up',
  strategy: 'swarm of 2 agents',
  feed: 'replay',
  speed: Number.POSITIVE_INFINITY,
  isRecovering: false,
  firstRow: 0,
  actThreshold: 0.6,
  elapsedMs: 1000,
  feedNowMs: START_MS,
  counts: { late: 0, revised: 0, repeated: 0, unsound: 0 },
  events: [],
  journal: '/tmp/journal',
};

const STATE: LiveState = liveState(
  runOf(panelOf({ A: '100 100 101' }), [voter('ann', 'b.7 b.7')], staking(0.5)).kernel,
  AROUND,
);

describe('the screen', () => {
  it('paints at most four times a second, and asks for a state only then', () => {
    const { shown, paints, pass } = stage();
    let asked = 0;
    pass(2000, () =>
      shown.update(() => {
        asked++;
        return STATE;
      }),
    );
    // At 10, 260, 510, ... ms: eight in two seconds.
    expect(paints()).toHaveLength(8);
    expect(asked).toBe(8);
  });

  it('paints what came too soon after the last time a little later, once', () => {
    const { shown, paints, pass } = stage();
    shown.update(STATE);
    shown.update({ ...STATE, name: 'newer' });
    expect(paints()).toHaveLength(1);
    pass(900);
    expect(paints()).toHaveLength(2);
    expect(linesOf(paints()[1]!)[0]).toMatch(/^newer/);
  });

  it('goes on telling how old the feed is while nothing comes', () => {
    const { shown, paints, pass } = stage();
    let age = 0;
    shown.update(() => ({ ...STATE, feedAgeMs: age++ * 1000 }));
    pass(3000);
    expect(paints().map((text) => /candle (\d+) s old/.exec(text)![1])).toEqual([
      '0',
      '1',
      '2',
      '3',
    ]);
  });

  it('paints in place: from the first cell, every line to its end, nothing left below', () => {
    const { shown, written, pass } = stage();
    shown.update(STATE);
    pass(300);
    shown.update(STATE);
    const [first, second] = written;
    expect(first!.startsWith(`${ESC}[?1049h${ESC}[?25l${ESC}[2J${PAINT}`)).toBe(true);
    expect(second!.startsWith(PAINT)).toBe(true);
    expect(second!.endsWith(`${ESC}[J`)).toBe(true);
    expect(linesOf(second!)).toEqual(liveView(STATE, 79, { keys: 'usual' }));
  });

  it('fits a window whose size changes', () => {
    const { shown, output, paints, pass, resize } = stage();
    shown.update(STATE);
    pass(300);
    output.rows = 12;
    resize(40);
    const lines = linesOf(paints().at(-1)!);
    expect(lines.length).toBeLessThanOrEqual(11);
    expect(lines.every((line) => line.length <= 39)).toBe(true);
    expect(lines.at(-1)).toMatch(/^keys/);
  });

  it('gives everything back, once, also when the process ends without it', () => {
    for (const end of ['stop', 'die'] as const) {
      const { shown, written, raw, said, left, pass, die } = stage();
      shown.update(STATE);
      expect(left()).toBe(4);
      if (end === 'stop') shown.stop();
      else die();
      shown.stop();
      expect(written.at(-1)).toBe(`${ESC}[?25h${ESC}[?1049l`);
      expect(raw).toEqual([true, false]);
      expect(said).toEqual(['input resumed', 'input paused']);
      expect(left()).toBe(0);
      const before = written.length;
      shown.update(STATE);
      pass(2000);
      expect(written).toHaveLength(before);
    }
  });

  it('leaves a terminal alone on which it never painted', () => {
    const { shown, written } = stage();
    shown.stop();
    expect(written).toEqual([]);
  });

  it('says nothing and listens to nobody when it is to be silent', () => {
    const { shown, written, said, left } = stage({ silent: true });
    shown.update(STATE);
    shown.stop();
    expect([written, said, left()]).toEqual([[], [], 0]);
  });
});

describe('the keys', () => {
  const heard = (presses: readonly string[], gapMs = 100) => {
    const { shown, said, press, pass } = stage();
    shown.update(STATE);
    for (const key of presses) {
      press(key);
      pass(gapMs);
    }
    return said.slice(1);
  };

  it('pause, resume and quit at once, in either case', () => {
    expect(heard(['p', 'R', 'q'])).toEqual(['pause', 'resume', 'quit']);
  });

  it('halt only on a second h within three seconds', () => {
    expect(heard(['h'])).toEqual([]);
    expect(heard(['h', 'h'])).toEqual(['halt']);
    expect(heard(['h', 'h'], 2990)).toEqual(['halt']);
    expect(heard(['h', 'h'], 3000)).toEqual([]);
    expect(heard(['h', 'p', 'h'])).toEqual(['pause']);
    expect(heard(['h', 'h', 'h'])).toEqual(['halt']);
  });

  it('ask on the screen for the second h, and take the question back', () => {
    const { shown, press, pass, paints } = stage();
    shown.update(STATE);
    pass(300);
    press('h');
    expect(paints().at(-1)).toContain('h again within 3 s');
    pass(4000);
    expect(paints().at(-1)).not.toContain('h again within 3 s');
  });

  it('that come in one piece count once when they are the same and not at all otherwise', () => {
    expect(heard(['hhhh'])).toEqual([]);
    expect(heard(['hh', 'hh'])).toEqual(['halt']);
    expect(heard(['have hope', `${ESC}[A`, `${ESC}OP`, ''])).toEqual([]);
  });

  it('hand Ctrl-C on, which a terminal read key by key makes no signal of', () => {
    expect(heard(['\u0003', 'x\u0003'])).toEqual(['interrupted', 'interrupted']);
  });

  it('are not offered where nobody can press them', () => {
    const { shown, written } = stage({ input: null });
    shown.update(STATE);
    expect(linesOf(written[0]!).at(-1)).toMatch(/^journal/);
  });
});

describe('without a terminal', () => {
  it('a line is written for each new minute of market time', () => {
    const { shown, written, raw, pass } = stage({ isTTY: false });
    let marketMs = START_MS;
    // Real time: a state every ten seconds, six to a minute.
    for (let k = 0; k < 18; k++) {
      shown.update({ ...STATE, marketMs });
      pass(10_000);
      marketMs += 10_000;
    }
    expect(written.map((line) => line.slice(0, 16))).toEqual([
      '2024-01-01 00:00',
      '2024-01-01 00:01',
      '2024-01-01 00:02',
    ]);
    expect(written.every((line) => line.endsWith('\n') && !line.includes(ESC))).toBe(true);
    expect(raw).toEqual([]);
  });

  it('a session faster than the market writes a line every ten seconds at most', () => {
    const { shown, written, pass } = stage({ isTTY: false });
    let marketMs = START_MS;
    pass(30_000, () => {
      marketMs += MINUTE_MS;
      shown.update({ ...STATE, marketMs });
    });
    // At 10, 10,010 and 20,010 ms.
    expect(written).toHaveLength(3);
  });

  it('nothing is written before the first row', () => {
    const { shown, written } = stage({ isTTY: false });
    shown.update({ ...STATE, marketMs: Number.NaN });
    expect(written).toEqual([]);
  });
});
