// The terminal screen of a run, line by line, for results built by hand.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../engine/interval.ts';
import type { Trade } from '../../engine/portfolio/trade.ts';
import type { RunFacts } from '../../engine/research/result.ts';
import type { Statistics } from '../../engine/statistics/performance.ts';
import { type TerminalOptions, terminalReport } from '../../reports/terminal.ts';
import { agent, type Change, FACTS, leg, MAY_1, result, STATISTICS, way } from './built-run.ts';

const ESC = '\u001b';

const OPTIONS: TerminalOptions = {
  color: false,
  out: 'runs/20261120-swarm-01234567/report.html',
  next: ['npm run -s sweep', 'npm run -s why'],
};

function screen(change: Change = {}, options: Partial<TerminalOptions> = {}): string[] {
  return terminalReport(result(change), { ...OPTIONS, ...options }).split('\n');
}

const line = (lines: readonly string[], label: string) =>
  lines.find((text) => text.startsWith(label.padEnd(11))) ?? '';

const NO_TRADES: Partial<Statistics> = {
  totalReturn: 0,
  trades: 0,
  winRate: null,
  profitFactor: null,
  expectancyUsd: null,
  sharpe: null,
  sortino: null,
  calmar: null,
  volatility: 0,
  maxDrawdown: 0,
  maxDrawdownUsd: 0,
  maxDrawdownMs: 0,
  tailRatio: null,
  systemQuality: null,
  probabilisticSharpe: null,
};

function zero(change: Partial<RunFacts>): string {
  const facts = { ...FACTS, statistics: { ...STATISTICS, ...NO_TRADES }, ...change };
  return line(screen({ facts }), 'trades');
}

describe('what agents remember', () => {
  it('has a line of its own, where anything is remembered', () => {
    const memory = {
      ...{ kept: 500, added: 740, loaded: 0, inSample: 0, asked: 5000, recalled: 4990 },
      ...{ keptOut: 310, letIn: 24, patterns: [], lessons: [] },
    };
    expect(line(screen({ facts: { memory } }), 'memory')).toBe(
      'memory     500 trades   turned 310 agreements down, let 24 in   knew alike at 4,990 of 5,000 votes',
    );
    expect(line(screen(), 'memory')).toBe('');
  });
});

describe('the terminal screen', () => {
  it('is this one for this run', () => {
    expect(screen()).toEqual([
      'swarm · BTC, ETH, SOL · 1m · 2025-05-01 → 2025-06-20 · 220,320 candles in 0.05 s (4.4 M/s)',
      'data       real, aster: 3 legs, 0 holes   sentiment from feargreed   digest 7f3a90bc12de',
      'trades     412   win 54 %   profit factor 1.21   expectancy +1.20 USD',
      'return     +31.2 %   (buy and hold +12.0 %)   CAGR +626.0 %   volatility 45.5 %',
      'equity     ▁▁▁▂▂▂▂▂▂▃▃▃▃▃▄▄▄▄▄▄▅▅▅▅▅▅▆▆▆▆▆▇▇▇▇▇▇███   10,000 → 13,120 USD   lowest 10,000 USD',
      'risk       max drawdown -12.8 %, longest 12 days   Sharpe 1.21   Sortino 1.80   Calmar 48.90',
      'costs      fees -4.1 %   spread -1.9 %   impact -0.4 %   funding -1.7 %   (without costs: +39.3 %)',
      'execution  market 412 orders, shortfall 1.5 bps (delay 0.1 spread 0.7 fee 0.6) · exit 410, 1.5 bps',
      'funnel     220,320 candles → 3,114 votes → 611 agreed → 468 passed risk → 412 filled',
      '           refused: already-in-position 120, no-capital 23, veto 4   undecided 1,204',
      'agents     quant-alpha +520, risk-guardian +4.2, sentiment-reader -10.0, degen-hunter -20.1 (USD)',
      'luck       probabilistic Sharpe 0.38 over 50 days: not proven, and 12 trials so far lower this',
      '           the best of 12 without any skill would show a Sharpe near 4.50; this run shows 1.21',
      'warnings   instruments are assumed: 3 of 3',
      'report     runs/20261120-swarm-01234567/report.html   (0.9 s before the report)',
      'run        digest 0123456789ab   decisions 99aa00bb11cc   seed 1',
      'next       npm run -s sweep',
      '           npm run -s why',
    ]);
  });

  it('draws equity on a line of its own, unless a warning or a command would go for it', () => {
    const full = screen();
    expect(full.some((text) => text.startsWith('equity'))).toBe(true);
    const crowded = screen({
      facts: {
        data: { ...FACTS.data, kind: 'synthetic' },
        warnings: ['one', 'two', 'three'].map((code) => ({ code, text: `warning ${code}` })),
      },
    });
    expect(crowded.length).toBeLessThanOrEqual(20);
    for (const words of ['warning one', 'warning two', 'warning three', 'npm run -s sweep']) {
      expect(crowded.join('\n')).toContain(words);
    }
  });

  it('says the lowest equity of the curve, not of its ends', () => {
    const equityUsd = Float64Array.from({ length: 100 }, (_, k) => (k === 50 ? 9123 : 10_000 + k));
    const closeMs = equityUsd.map((_, k) => MAY_1 + k * 60_000);
    const equity = { length: 100, closeMs, equityUsd, benchmarkUsd: equityUsd };
    const lines = terminalReport({ ...result(), equity }, OPTIONS).split('\n');
    expect(line(lines, 'equity')).toContain('lowest 9,123 USD');
  });

  it('starts with a banner when the data are synthetic', () => {
    const lines = screen({ facts: { data: { ...FACTS.data, kind: 'synthetic' } } });
    expect(lines[1]).toBe(
      'data       SYNTHETIC: made by a generator, not a market. Real candles: npm run data -- import FILE',
    );
    expect(lines[2]).toMatch(/^ {11}aster: 3 legs/);
  });

  it('has no escape character without colour, and with it the same words', () => {
    const plain = terminalReport(result(), OPTIONS);
    const colored = terminalReport(result(), { ...OPTIONS, color: true });
    expect(plain).not.toContain(ESC);
    expect(colored).toContain(`${ESC}[32m+31.2 %${ESC}[0m`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out
    const bare = colored.replace(/\u001b\[\d+m/g, '').split('\n');
    expect(bare.map((text) => text.trimEnd())).toEqual(plain.split('\n'));
  });

  it('is at most 20 lines of at most the width, whatever the run holds', () => {
    const word = fc.string({ unit: 'binary', maxLength: 40 });
    const amount = fc.oneof(
      fc.double(),
      fc.constantFrom(0, -0.0001, 1e9, -1e22, Number.NaN, Number.POSITIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.array(fc.lorem({ maxCount: 30 }), { maxLength: 6 }),
        fc.array(fc.tuple(word, amount), { maxLength: 9 }),
        fc.record({ totalReturn: amount, cagr: amount, maxDrawdown: amount, winRate: amount }),
        fc.array(fc.tuple(word, amount, amount), { maxLength: 6 }),
        fc.integer({ min: 20, max: 200 }),
        (symbols, warnings, agents, statistics, ways, width) => {
          const lines = screen(
            {
              statistics,
              facts: {
                name: symbols.join('') || 'run',
                strategy: symbols.join(' '),
                statistics: { ...STATISTICS, ...statistics },
                data: { ...FACTS.data, kind: 'synthetic', legs: symbols.map(leg) },
                warnings: warnings.map((text, i) => ({ code: `code-${i}`, text })),
                agents: agents.map(([id, pnlUsd]) => agent(id, pnlUsd)),
                refusals: Object.fromEntries(agents.map(([id], i) => [id || 'x', i])),
                execution: ways.map(([name, totalUsd, paperUsd], i) =>
                  way(name, i, totalUsd, paperUsd),
                ),
                liquidations: ways.length,
              },
            },
            { width, next: ['npm a', 'npm b', 'npm c', 'npm d'] },
          );
          const widest = Math.min(100, Math.max(80, width));
          expect(lines.length).toBeLessThanOrEqual(20);
          for (const text of lines) {
            expect([...text].length, text).toBeLessThanOrEqual(widest);
            expect(text).not.toMatch(/[\p{Cc}\p{Cf}]|NaN|Infinity|undefined/u);
          }
          expect(line(lines, 'next')).toBe('next       npm a');
        },
      ),
      { seed: 41, numRuns: 200 },
    );
  });

  it('puts the way that moved most money first and exits last, whatever their order', () => {
    const twap = { ...way('twap', 1, 10, 50_000), delayUsd: -1 };
    const execution = [way('exit', 9, 9, 90_000), twap];
    expect(line(screen({ facts: { execution } }), 'execution')).toBe(
      // 10 / 50,000 = 2.0 bps; spread 5, fee 4 and delay -1 of 50,000
      'execution  twap 1 order, shortfall 2.0 bps (delay -0.2 spread 1.0 fee 0.8) · exit 9, 1.0 bps',
    );
  });

  it('leaves the parts of the shortfall out before a way of working, and then says how many', () => {
    const names = ['market', 'twap', 'vwap', 'iceberg', 'sniper', 'exit'];
    const execution = names.map((name, k) => {
      return { ...way(name, 100, 100, 100_000 - k), filledPaperUsd: 96_000, missedUsd: 30 };
    });
    const at = (width: number, many: number) =>
      line(screen({ facts: { execution: execution.slice(0, many) } }, { width }), 'execution');
    const [main, parts] = [
      'execution  market 100 orders, shortfall 10.0 bps',
      '(delay 1.0 spread 5.0 fee 4.0 missed 3.0)',
    ];
    expect(at(100, 1)).toBe(`${main} ${parts}`);
    expect(at(100, 2)).toBe(`${main} · twap 100, 10.0 bps, 4 % missed`);
    expect(at(100, 6)).toBe(`${main} · twap 100, 10.0 bps, 4 % missed and 4 more`);
    expect(at(80, 3)).toBe(`${main} and 2 more`);
  });

  it('tells of several venues who traded, who failed and who stood in', () => {
    const symbols = [
      { ...FACTS.symbols[0]!, venue: 'near', trades: 12 },
      { ...FACTS.symbols[0]!, venue: 'far', trades: 3 },
    ];
    const routing = [
      { venue: 'near', breakerOpened: 2, aloneBps: 9.25 },
      { venue: 'far', breakerOpened: 0, aloneBps: 12 },
    ];
    expect(line(screen({ facts: { symbols, routing, failovers: 5 } }), 'routing')).toBe(
      'routing    near 12 trades, breaker opened 2x   far 3 trades   5 failed over',
    );
    const calm = routing.map((venue) => ({ ...venue, breakerOpened: 0 }));
    const split = { symbols, routing: calm, splitBps: 7.5 };
    expect(line(screen({ facts: split }), 'routing')).toContain(
      'split 7.5 bps (near alone 9.3, far alone 12.0)',
    );
    expect(line(screen({}), 'routing')).toBe('');
  });

  it('has no line of execution when nothing was sent', () => {
    expect(line(screen({ facts: { execution: [] } }), 'execution')).toBe('');
  });

  it('says liquidations in capitals and red, right after the number of trades', () => {
    expect(line(screen({ facts: { liquidations: 3 } }), 'trades')).toMatch(
      /^trades {5}412 {3}3 LIQUIDATED {3}win 54 %/,
    );
    const colored = terminalReport(result({ facts: { liquidations: 3 } }), {
      ...OPTIONS,
      color: true,
    });
    expect(colored).toContain(`${ESC}[31m3 LIQUIDATED${ESC}[0m`);
    expect(screen().join('\n')).not.toContain('LIQUIDATED');
  });

  it('gives up a warning before the only command that may be typed next', () => {
    const warnings = ['a', 'b', 'c', 'd'].map((code) => ({ code, text: `text of ${code}` }));
    const data = { ...FACTS.data, kind: 'synthetic' as const };
    const lines = screen({ facts: { data, warnings } }, { width: 80 });
    const at = lines.indexOf('warnings   text of a');
    expect(lines.slice(at + 1).map((text) => text.slice(0, 30).trim())).toEqual([
      'and 3 more: b, c, d',
      'report     runs/20261120-swarm',
      'run        digest 0123456789ab',
      'next       npm run -s sweep',
    ]);
    expect(lines).toHaveLength(20);
  });

  it('breaks the luck line on a narrow screen instead of cutting its verdict off', () => {
    const lines = screen({}, { width: 80 });
    const at = lines.indexOf(line(lines, 'luck'));
    expect(lines.slice(at, at + 4)).toEqual([
      'luck       probabilistic Sharpe 0.38 over 50 days: not proven, and 12 trials so',
      '           far lower this',
      '           the best of 12 without any skill would show a Sharpe near 4.50; this',
      '           run shows 1.21',
    ]);
    expect(line(lines, 'funnel')).toMatch(/468 passed → 412 filled$/);
  });

  it('keeps the path and the next commands whole, because they are copied', () => {
    const out = `/a/${'very-long/'.repeat(12)}report.html`;
    const command = `npm run -s sweep -- ${'--set decision.parameters.x=1 '.repeat(4)}--end`;
    const lines = screen({}, { out, next: [command] });
    expect(line(lines, 'report')).toBe(`report     ${out}`);
    expect(line(lines, 'next')).toBe(`next       ${command}`);
  });

  it('neutralises control characters and HTML in names', () => {
    const lines = screen({
      facts: {
        name: `x${ESC}[2J<script>`,
        agents: [agent('evil\u202e\r\nid', 1)],
        refusals: { 'a<b>\u0007': 3 },
        warnings: [{ code: 'w', text: `price < 0${ESC}]0;title\u0007\nsecond line` }],
      },
    });
    const text = lines.join('\n');
    expect(text).not.toMatch(/[\p{Cf}<>]script/u);
    expect(lines[0]).toMatch(/^x\?\[2J\?script\? · /);
    expect(line(lines, 'agents')).toContain('evil???id +1.0 (USD)');
    expect(text).toContain('refused: a?b?? 3');
    expect(line(lines, 'warnings')).toBe('warnings   price < 0?]0;title? second line');
  });

  it('cuts long lists with how many more there are', () => {
    const legs = Array.from({ length: 40 }, (_, i) => leg(`COIN${i}USDT`));
    const refusals = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`reason-${i}`, 99 - i]),
    );
    const lines = screen({ facts: { data: { ...FACTS.data, legs }, refusals } });
    expect(lines[0]).toMatch(/^swarm · COIN0 and 39 more · 1m · /);
    expect(lines.join('\n')).toMatch(
      /refused: reason-0 99, reason-1 98, .* and \d+ more {3}undecided/,
    );
  });

  it('writes n/a for what is not defined', () => {
    const lines = screen({ statistics: { cagr: null, sharpe: null, profitFactor: null } });
    expect(line(lines, 'return')).toContain('CAGR n/a');
    expect(line(lines, 'risk')).toContain('Sharpe n/a');
    expect(line(lines, 'trades')).toContain('profit factor n/a');
  });

  it('says how many positions are still open, and what decides when nobody votes', () => {
    const open = [{ exitReason: 'open' } as Trade, { exitReason: 'stop' } as Trade];
    expect(line(screen({ trades: open }), 'trades')).toMatch(/\(1 more still open\)$/);
    const alone = screen({ facts: { agents: [], strategy: 'momentum', name: 'run' } });
    expect(alone[0]).toMatch(/^momentum · BTC/);
    expect(line(alone, 'strategy')).toBe('strategy   momentum decides alone');
  });

  it('gives the minutes of a run of hours', () => {
    const data = { ...FACTS.data, toMs: MAY_1 + DAY_MS / 2 };
    expect(screen({ facts: { data } })[0]).toContain('2025-05-01 00:00 → 2025-05-01 12:00');
  });

  it('names the warnings that it has no room for', () => {
    const warnings = ['a', 'b', 'c', 'd', 'e'].map((code) => ({ code, text: `text of ${code}` }));
    const lines = screen({ facts: { warnings } });
    const at = lines.indexOf('warnings   text of a');
    expect(lines.slice(at + 1, at + 3).map((text) => text.trim())).toEqual([
      'text of b',
      'and 3 more: c, d, e',
    ]);
  });
});

describe('a screen without trades says why', () => {
  const funnel = (votes: number, agreed: number, passedRisk: number, filled: number) => ({
    funnel: { candles: 100, votes, undecided: 0, agreed, passedRisk, filled },
  });

  it('no candle', () => {
    expect(zero({ funnel: { ...FACTS.funnel, candles: 0 } })).toBe(
      'trades     none: the run holds no candle',
    );
  });

  it('no agent spoke, because all abstained', () => {
    const agents = [{ ...agent('a', 0), buys: 0, sells: 0, holds: 0, abstentions: 90 }];
    expect(zero({ ...funnel(0, 0, 0, 0), agents })).toBe(
      'trades     none: no agent spoke: all abstained (warming up, holes, or data they lack)',
    );
  });

  it('no agent spoke, because all held', () => {
    const agents = [{ ...agent('a', 0), buys: 0, sells: 0, holds: 80, abstentions: 20 }];
    expect(zero({ ...funnel(0, 0, 0, 0), agents })).toBe(
      'trades     none: no agent spoke: 80 times HOLD, 20 abstentions',
    );
  });

  it('the strategy that decides alone never asked', () => {
    expect(zero({ ...funnel(0, 0, 0, 0), agents: [] })).toBe(
      'trades     none: the strategy never asked for a position',
    );
  });

  it('no agreement above the threshold', () => {
    expect(zero(funnel(3114, 0, 0, 0))).toBe(
      'trades     none: no agreement: of 3,114 votes none scored above 0.60',
    );
  });

  it('refused by risk, with the top refusals', () => {
    expect(zero(funnel(50, 40, 0, 0))).toBe(
      'trades     none: risk refused all 40: already-in-position 120, no-capital 23, veto 4',
    );
  });

  it('not filled, or filled and not closed', () => {
    expect(zero(funnel(50, 40, 30, 0))).toBe(
      'trades     none: none of 30 orders was filled before the data ended',
    );
    expect(zero(funnel(50, 40, 30, 3))).toBe(
      'trades     none: nothing closed: 3 filled and still open at the end',
    );
  });

  it('and shows how often each agent spoke, and no luck', () => {
    const lines = screen({ statistics: NO_TRADES });
    expect(line(lines, 'agents')).toMatch(/degen-hunter 1,200 BUY 900 SELL, /);
    expect(line(lines, 'luck')).toBe('luck       n/a: the account did not move');
    expect(line(lines, 'risk')).toContain('max drawdown 0.0 %, longest 0 minutes');
  });
});
