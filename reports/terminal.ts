// The screen of a run: at most 20 lines of at most 100 columns that can be read aloud. A pure
// function from a result to a string; the caller prints it on stdout. What does not fit is left to
// the report; what was lost on the way (holes, refusals, warnings, luck) is never left out.

import { DAY_MS } from '../engine/interval.ts';
import type { RunFacts, RunResult, Warning } from '../engine/research/result.ts';
import { executionWords } from './execution.ts';
import {
  count,
  decimal,
  duration,
  percent,
  plainName,
  plainText,
  rate,
  shortDigest,
  shortUsd,
  usd,
  utcDate,
  utcMinute,
} from './format.ts';
import { cutoffLines } from './models.ts';
import {
  cut,
  LABEL_WIDTH,
  type Layout,
  labelled,
  listThatFits,
  type Piece,
  paint,
  sparkline,
  whole,
  widthOf,
  wrap,
} from './table.ts';
import { decidesAlone, luck, topRefusals, whyNoTrades } from './verdict.ts';

export { sparkline } from './table.ts';

export interface TerminalOptions {
  /** Put ANSI colours in. */
  readonly color: boolean;
  /** The report's path, as the person would type it; printed whole, however long. */
  readonly out: string;
  /** Columns, 80 to 100; 100 when absent. */
  readonly width?: number;
  /** Commands worth typing next; printed whole. */
  readonly next?: readonly string[];
}

export const WIDEST = 100;
export const NARROWEST = 80;
export const MOST_LINES = 20;
const MOST_WARNING_LINES = 3;
const MOST_NEXT_LINES = 3;
const PERFORMANCE_LINES = 3;
const CURVE_WIDTH = 40;
const SPARK_FROM = 8;
const SPARK_TO = 24;
const SYNTHETIC = 'synthetic-data';

/** The whole screen, without a line break at its end. */
export function terminalReport(result: RunResult, options: TerminalOptions): string {
  const width = Math.min(WIDEST, Math.max(NARROWEST, Math.floor(options.width ?? WIDEST)));
  const layout: Layout = { width, color: options.color };
  const { facts } = result;
  const beforePerformance = [header(result, layout), ...dataLines(facts, layout)];
  const afterPerformance = [
    ...costLines(facts, layout),
    ...funnelLines(facts, layout),
    deciders(facts, layout),
    ...memoryLines(facts, layout),
    ...cutoffLines(facts, layout),
    ...luckLines(result, layout),
  ];
  const after = [reportLine(result, options, layout), digests(facts, layout)];
  const commands = options.next ?? [];
  const plain = [...beforePerformance, ...afterPerformance, ...after];
  const warned = Math.min(MOST_WARNING_LINES, facts.warnings.length);
  // The curve gets a line of its own where no warning and no command has to go for it.
  const used = plain.length + PERFORMANCE_LINES + warned + Math.min(1, commands.length);
  const performance = performanceLines(result, layout, used < MOST_LINES);
  const before = [...beforePerformance, ...performance, ...afterPerformance];
  // A command to type is worth more than one more warning, which the report has too.
  const room = MOST_LINES - before.length - after.length - Math.min(1, commands.length);
  const lines = [...before, ...warningLines(facts, room, layout), ...after];
  const next = commands.slice(0, Math.min(MOST_NEXT_LINES, MOST_LINES - lines.length));
  const nextLines = next.map((command, i) =>
    whole(i === 0 ? 'next' : '', plainText(command), layout),
  );
  return [...lines, ...nextLines].map((line) => line.trimEnd()).join('\n');
}

/** `name · symbols · interval · from → to · candles in seconds (rate)`. */
function header({ facts, circumstances }: RunResult, layout: Layout): string {
  const { data } = facts;
  // The default name says nothing; the strategy does.
  const title = plainName(facts.name === 'run' ? facts.strategy : facts.name);
  const seconds = data.candles / circumstances.candlesPerSecond;
  const speed = Number.isFinite(seconds)
    ? ` in ${decimal(seconds, { digits: seconds < 10 ? 2 : 0 })} s`
    : '';
  const span = data.toMs - data.fromMs;
  const time = span < 3 * DAY_MS ? utcMinute : utcDate;
  const after = [
    plainName(data.interval),
    `${time(data.fromMs)} → ${time(data.toMs)}`,
    `${count(data.candles)} candles${speed}`,
  ].join(' · ');
  const rest = ` · ${after}`;
  const perSecond = speed === '' ? '' : ` (${rate(circumstances.candlesPerSecond)})`;
  const symbols = shortSymbols(facts);
  const room = layout.width - widthOf(title) - 3 - widthOf(rest);
  const withRate = listThatFits(symbols, Math.max(12, room - widthOf(perSecond)));
  const line = ` · ${withRate}${rest}${perSecond}`;
  const fits = widthOf(title) + widthOf(line) <= layout.width;
  const body = fits ? line : ` · ${listThatFits(symbols, Math.max(12, room))}${rest}`;
  const name = cut(title, Math.max(12, layout.width - widthOf(body)));
  return paint({ text: name, paint: 'bold' }, layout) + cut(body, layout.width - widthOf(name));
}

/** Symbols without the quote currency they share, as long as they stay different. */
function shortSymbols(facts: RunFacts): string[] {
  const names = [...new Set(facts.data.legs.map((leg) => plainName(leg.symbol)))];
  const bases = names.map((name) => name.replace(/[-_/:]?(USDT|USDC|USD)?[-_]?(PERP)?$/, ''));
  const clear = bases.every((base) => base !== '') && new Set(bases).size === names.length;
  return clear ? bases : names;
}

function dataLines(facts: RunFacts, layout: Layout): string[] {
  const { legs, kind, sentiment, quality = '' } = facts.data;
  let holes = 0;
  for (const leg of legs) holes += leg.holes;
  const venues = [...new Set(legs.map((leg) => plainName(leg.venue)))].join(' and ');
  const where = venues === '' ? '' : `${venues}: `;
  const summary = `${where}${plural(legs.length, 'leg')}, ${plural(holes, 'hole')}`;
  const pieces: Piece[] = [
    { text: kind === 'real' ? `real, ${summary}` : summary },
    { text: plainText(quality) },
    { text: plainText(sentiment) },
    { text: `digest ${shortDigest(facts.dataDigest)}`, paint: 'dim' },
  ];
  if (kind === 'real') return realLines(pieces, layout);
  const banner = 'SYNTHETIC: made by a generator, not a market';
  const help = `${banner}. Real candles: npm run data -- import FILE`;
  const text = widthOf(help) <= layout.width - LABEL_WIDTH ? help : banner;
  return [labelled('data', [{ text, paint: 'yellow' }], layout), labelled('', pieces, layout)];
}

/** One line where all of it fits, else what agents read on a line below: the digest is never left out. */
function realLines(pieces: readonly Piece[], layout: Layout): string[] {
  const [first, quality, read, digest] = pieces as [Piece, Piece, Piece, Piece];
  const said = pieces.filter(({ text }) => text !== '');
  const width = said.reduce((sum, { text }) => sum + widthOf(text) + 3, LABEL_WIDTH - 3);
  if (read.text === '' || width <= layout.width) return [labelled('data', pieces, layout)];
  return [labelled('data', [first, quality, digest], layout), labelled('', [read], layout)];
}

function performanceLines(result: RunResult, layout: Layout, hasCurve: boolean): string[] {
  const { facts, trades, equity } = result;
  const s = facts.statistics;
  const { benchmark, liquidations } = facts;
  const open = trades.filter((trade) => trade.exitReason === 'open').length;
  const none = whyNoTrades(facts);
  const signed = { sign: true };
  const liquidated: Piece = {
    text: liquidations === 0 ? '' : `${count(liquidations)} LIQUIDATED`,
    paint: 'red',
  };

  const returnPieces: Piece[] = [
    { text: percent(s.totalReturn, signed), paint: s.totalReturn < 0 ? 'red' : 'green' },
    { text: `(${plainName(benchmark.name)} ${percent(benchmark.totalReturn, signed)})` },
    { text: `CAGR ${percent(s.cagr, signed)}` },
    { text: `volatility ${percent(s.volatility)}` },
  ];
  const used = returnPieces.reduce((sum, piece) => sum + widthOf(piece.text) + 3, LABEL_WIDTH);
  const room = hasCurve ? 0 : Math.min(SPARK_TO, layout.width - used);
  const spark = room >= SPARK_FROM ? sparkline(equity.equityUsd, room) : '';

  return [
    none === null
      ? labelled(
          'trades',
          [
            { text: count(s.trades) },
            liquidated,
            { text: `win ${percent(s.winRate, { digits: 0 })}` },
            { text: `profit factor ${decimal(s.profitFactor)}` },
            { text: `expectancy ${usd(s.expectancyUsd, signed)}` },
            { text: open === 0 ? '' : `(${count(open)} more still open)` },
          ],
          layout,
        )
      : labelled('trades', [liquidated, { text: `none: ${none}`, paint: 'yellow' }], layout),
    labelled('return', [...returnPieces, { text: spark }], layout),
    ...(hasCurve ? [curveLine(result, layout)] : []),
    labelled(
      'risk',
      [
        { text: `max drawdown ${percent(s.maxDrawdown)}, longest ${duration(s.maxDrawdownMs)}` },
        { text: `Sharpe ${decimal(s.sharpe)}` },
        { text: `Sortino ${decimal(s.sortino)}` },
        { text: `Calmar ${decimal(s.calmar)}` },
        { text: `exposure ${percent(s.exposureTime, { digits: 0 })}` },
      ],
      layout,
    ),
  ];
}

/** Equity from the first close to the last, and the money it began, ended and was lowest with. */
function curveLine({ facts, equity }: RunResult, layout: Layout): string {
  const { cashUsd, statistics } = facts;
  const money = (value: number) => usd(value, { digits: 0 });
  let lowest = cashUsd;
  for (let row = 0; row < equity.length; row++) {
    if (equity.equityUsd[row]! < lowest) lowest = equity.equityUsd[row]!;
  }
  const ends = `${decimal(cashUsd, { digits: 0 })} → ${money(statistics.finalEquityUsd)}`;
  return labelled(
    'equity',
    [
      { text: sparkline(equity.equityUsd, CURVE_WIDTH) },
      { text: ends },
      { text: `lowest ${money(lowest)}` },
    ],
    layout,
  );
}

/** What trading cost: of starting cash, and against the prices at which it was decided. */
function costLines(facts: RunFacts, layout: Layout): string[] {
  const { costs, cashUsd } = facts;
  const signed = { sign: true };
  const ofCash = (paidUsd: number) => percent(-paidUsd / cashUsd, signed);
  const line = labelled(
    'costs',
    [
      { text: `fees ${ofCash(costs.feesUsd)}` },
      { text: `spread ${ofCash(costs.spreadUsd)}` },
      { text: `impact ${ofCash(costs.impactUsd)}` },
      { text: `funding ${ofCash(-costs.fundingUsd)}` },
      { text: `(without costs: ${percent(costs.returnWithoutCosts, signed)})` },
    ],
    layout,
  );
  const words = executionWords(facts, layout.width - LABEL_WIDTH);
  const lines = words === null ? [line] : [line, labelled('execution', [{ text: words }], layout)];
  const routed = routingPieces(facts);
  return routed.length === 0 ? lines : [...lines, labelled('routing', routed, layout)];
}

/** With several venues, or one that was out: who traded, who failed, what splitting was to save. */
function routingPieces({ routing, failovers, splitBps, symbols }: RunFacts): Piece[] {
  const isQuiet = routing.length < 2 && routing.every(({ breakerOpened }) => breakerOpened === 0);
  if (isQuiet) return [];
  const venues = routing.map(({ venue, breakerOpened }) => {
    const own = symbols.filter((symbol) => symbol.venue === venue);
    const trades = own.reduce((sum, symbol) => sum + symbol.trades, 0);
    const out = breakerOpened > 0 ? `, breaker opened ${count(breakerOpened)}x` : '';
    return { text: `${venue} ${count(trades)} trades${out}` };
  });
  const alone = routing.flatMap(({ venue, aloneBps }) =>
    aloneBps === null ? [] : [`${venue} alone ${decimal(aloneBps, { digits: 1 })}`],
  );
  return [
    ...venues,
    { text: failovers > 0 ? `${count(failovers)} failed over` : '' },
    {
      text:
        splitBps === null
          ? ''
          : `split ${decimal(splitBps, { digits: 1 })} bps (${alone.join(', ')})`,
    },
  ].filter(({ text }) => text !== '');
}

function funnelLines(facts: RunFacts, layout: Layout): string[] {
  const { candles, votes, undecided, agreed, passedRisk, filled } = facts.funnel;
  const stages = [
    `${count(candles)} candles`,
    ...(decidesAlone(facts)
      ? [`${count(agreed)} new targets`]
      : [`${count(votes)} votes`, `${count(agreed)} agreed`]),
    `${count(passedRisk)} passed risk`,
    `${count(filled)} filled`,
  ];
  const room = layout.width - LABEL_WIDTH;
  const full = stages.join(' → ');
  const line = widthOf(full) <= room ? full : full.replace(' passed risk', ' passed');
  const lines = [labelled('funnel', [{ text: line }], layout)];
  const refused = topRefusals(facts);
  const undecidedText = undecided === 0 ? '' : `undecided ${count(undecided)}`;
  const lead = 'refused: ';
  const listRoom = room - lead.length - (undecided === 0 ? 0 : widthOf(undecidedText) + 3);
  const refusedText = refused.length === 0 ? '' : lead + listThatFits(refused, listRoom);
  if (undecidedText !== '' || refusedText !== '') {
    lines.push(labelled('', [{ text: refusedText }, { text: undecidedText }], layout));
  }
  return lines;
}

/** Who decided: the agents with the P&L credited to them, or with their votes when none traded. */
function deciders(facts: RunFacts, layout: Layout): string {
  const { agents } = facts;
  if (decidesAlone(facts)) {
    return labelled('strategy', [{ text: `${plainName(facts.strategy)} decides alone` }], layout);
  }
  const room = layout.width - LABEL_WIDTH;
  if (facts.statistics.trades === 0) {
    const votes = agents.map(
      (a) => `${plainName(a.id)} ${count(a.buys)} BUY ${count(a.sells)} SELL`,
    );
    return labelled('agents', [{ text: listThatFits(votes, room) }], layout);
  }
  const credited = [...agents]
    .sort((a, b) => b.pnlUsd - a.pnlUsd)
    .map((agent) => `${plainName(agent.id)} ${shortUsd(agent.pnlUsd)}`);
  return labelled('agents', [{ text: `${listThatFits(credited, room - 6)} (USD)` }], layout);
}

/** What agents remember, and how often it changed what they agreed on; none where memory is off. */
function memoryLines({ memory }: RunFacts, layout: Layout): string[] {
  if (memory === null) return [];
  const { kept, recalled, asked, keptOut, letIn } = memory;
  const trades = `${count(kept)} trades`;
  const turned = `turned ${count(keptOut)} agreements down, let ${count(letIn)} in`;
  const knew = `knew alike at ${count(recalled)} of ${count(asked)} votes`;
  return [labelled('memory', [{ text: trades }, { text: turned }, { text: knew }], layout)];
}

function luckLines({ facts, circumstances }: RunResult, layout: Layout): string[] {
  const verdict = luck(facts.statistics, circumstances.trialNumber, facts.data.kind);
  const color = verdict.likelySkill ? 'green' : 'yellow';
  const room = layout.width - LABEL_WIDTH;
  const headline = wrap(verdict.headline, room).map((text): Piece => ({ text, paint: color }));
  const detail =
    verdict.detail === null ? [] : wrap(verdict.detail, room).map((text) => ({ text }));
  return [...headline, ...detail].map((piece, i) =>
    labelled(i === 0 ? 'luck' : '', [piece], layout),
  );
}

function warningLines(facts: RunFacts, atMost: number, layout: Layout): string[] {
  const most = Math.max(1, Math.min(MOST_WARNING_LINES, atMost));
  const room = layout.width - LABEL_WIDTH;
  // The banner has said it already, and louder.
  const isSaid = ({ code }: Warning) => facts.data.kind === 'synthetic' && code === SYNTHETIC;
  const warnings = facts.warnings.filter((warning) => !isSaid(warning));
  const texts = warnings.map((warning) => plainText(warning.text));
  let lines = texts.flatMap((text) => wrap(text, room));
  if (lines.length > most) {
    const shown = texts.length > most ? most - 1 : texts.length;
    const others = warnings.slice(shown).map((warning) => plainName(warning.code));
    lines = texts.slice(0, shown).map((text) => cut(text, room));
    if (others.length > 0) {
      const lead = `and ${others.length} more: `;
      lines.push(lead + listThatFits(others, room - lead.length));
    }
  }
  return lines.map((text, i) =>
    labelled(i === 0 ? 'warnings' : '', [{ text, paint: 'yellow' }], layout),
  );
}

function reportLine(
  { circumstances }: RunResult,
  options: TerminalOptions,
  layout: Layout,
): string {
  const path = plainText(options.out);
  const wall = `(${decimal(circumstances.wallMs / 1000, { digits: 1 })} s before the report)`;
  const fits = LABEL_WIDTH + widthOf(path) + 3 + widthOf(wall) <= layout.width;
  return whole('report', fits ? `${path}   ${wall}` : path, layout);
}

function digests(facts: RunFacts, layout: Layout): string {
  return labelled(
    'run',
    [
      { text: `digest ${shortDigest(facts.digest)}` },
      { text: `decisions ${shortDigest(facts.decisionDigest)}` },
      { text: `seed ${facts.seed}` },
    ],
    layout,
  );
}

function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}
