// What came of each agent's votes, whether its confidence meant anything, and what was remembered.

import type { AgentFacts, MemoryFacts, RunFacts } from '../../engine/research/result.ts';
import { count, decimal, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import { part } from './page.ts';
import { type TableColumn, table } from './table.ts';

const SIGNED = { digits: 2, sign: true } as const;

/** The track records and, where trades are remembered, what memory holds and did. */
export function recordsSection(facts: RunFacts): Html {
  const voters = facts.agents.filter(({ record }) => record.trades > 0);
  const records =
    voters.length === 0
      ? html`<p class="remark">No trade was voted for: there is no record yet.</p>`
      : html`${recordsTable(voters)}${calibrationTable(voters)}`;
  const { memory } = facts;
  return html`${part('track-records', 'Track records', records)}
${memory === null ? '' : part('memory', 'Memory', memoryWords(memory))}`;
}

function recordsTable(agents: readonly AgentFacts[]): Html {
  const record = (title: string, cell: (agent: AgentFacts) => string): TableColumn<AgentFacts> => {
    return { title, kind: 'number', cell };
  };
  const signed = (title: string, pick: (agent: AgentFacts) => number | null) => {
    return { ...record(title, (agent) => percent(pick(agent), SIGNED)), isSigned: true };
  };
  const columns: TableColumn<AgentFacts>[] = [
    { title: 'Agent', kind: 'text', cell: ({ id }) => id },
    record('Trades', ({ record: { trades } }) => count(trades)),
    record('Win rate', ({ record: { trades, wins } }) => percent(wins / trades)),
    signed('Average win', (agent) => agent.record.averageWin),
    signed('Average loss', (agent) => agent.record.averageLoss),
    signed('Expectancy', (agent) => agent.record.expectancy),
    record('Brier score', (agent) => decimal(agent.record.brier, { digits: 3 })),
  ];
  if (agents.some(({ earnedWeight }) => earnedWeight !== null)) {
    columns.push(record('Weight at the end', ({ earnedWeight }) => decimal(earnedWeight)));
  }
  return html`${table('Trades that each agent voted for: returns on notional at entry, after costs', columns, agents)}
<p class="remark">Brier score: the mean squared distance of confidence from outcome, a win being 1. 0 is perfect; whoever always says 0.5 has 0.25. Confidence is the agent’s own, before any weight or memory.</p>`;
}

interface Bin {
  readonly agent: string;
  readonly from: number;
  readonly trades: number;
  readonly wins: number;
  readonly meanConfidence: number;
}

function calibrationTable(agents: readonly AgentFacts[]): Html | '' {
  const bins = agents.flatMap(({ id, record }): Bin[] => {
    return record.calibration.map((bin) => ({ agent: id, ...bin }));
  });
  if (bins.length === 0) return '';
  const columns: TableColumn<Bin>[] = [
    { title: 'Agent', kind: 'text', cell: ({ agent }) => agent },
    {
      title: 'Confidence',
      kind: 'text',
      cell: ({ from }) =>
        `${decimal(from, { digits: 1 })} to ${decimal(from + 0.1, { digits: 1 })}`,
    },
    { title: 'Trades', kind: 'number', cell: ({ trades }) => count(trades) },
    { title: 'Mean confidence', kind: 'number', cell: (bin) => percent(bin.meanConfidence) },
    { title: 'Won', kind: 'number', cell: ({ wins, trades }) => percent(wins / trades) },
  ];
  return table(
    'Calibration: of trades voted for with such confidence, how many were won',
    columns,
    bins,
  );
}

function memoryWords(memory: MemoryFacts): Html {
  const { kept, added, loaded, inSample, asked, recalled, keptOut, letIn } = memory;
  const from = loaded === 0 ? '' : `, ${count(loaded)} of them loaded`;
  const leak =
    inSample === 0
      ? ''
      : html`<p><b>In-sample memory:</b> ${count(inSample)} of the loaded trades ended within this run or after it. What it decided then knew what came of its own candles: its result proves nothing.</p>`;
  type Pattern = (typeof memory.patterns)[number];
  const columns: TableColumn<Pattern>[] = [
    { title: 'Market', kind: 'text', cell: ({ words }) => words },
    { title: 'Side', kind: 'text', cell: ({ side }) => (side > 0 ? 'long' : 'short') },
    { title: 'Trades', kind: 'number', cell: ({ trades }) => count(trades) },
    { title: 'Won', kind: 'number', cell: ({ wins, trades }) => percent(wins / trades) },
    { title: 'Shrunk', kind: 'number', cell: ({ winRate }) => percent(winRate) },
    {
      title: 'Expectancy',
      kind: 'number',
      cell: ({ expectancy }) => percent(expectancy, SIGNED),
      isSigned: true,
    },
  ];
  const patterns =
    memory.patterns.length === 0
      ? html`<p class="remark">No five trades are alike enough to be a pattern.</p>`
      : table('Patterns: remembered trades in markets that looked alike', columns, memory.patterns);
  return html`${leak}<p>It holds ${count(kept)} trades${from}, and learned ${count(added)} in this run. It was asked at ${count(asked)} votes, knew something alike at ${count(recalled)}, and turned ${count(keptOut)} agreements down and ${count(letIn)} near misses into agreements.</p>
${patterns}
<details><summary>The newest lessons</summary><ul>${memory.lessons.map((lesson) => html`<li>${lesson}</li>`)}</ul></details>`;
}
