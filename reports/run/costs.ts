// Where the money went between the prices and the account: a sum that can be checked by eye.

import type { RunResult } from '../../engine/research/result.ts';
import { tradedIn } from '../execution.ts';
import { bps, decimal, percent, usd } from '../format.ts';
import { type Html, html } from '../html.ts';
import { type TableColumn, table } from './table.ts';

interface Step {
  readonly label: string;
  readonly usd: number;
}

const SIGNED = { digits: 2, sign: true } as const;

/** Without costs, each cost, and what is left. */
export function costsTable({ facts, fills }: RunResult): Html {
  const { costs, config, statistics } = facts;
  const { cashUsd } = config.world;
  const { notionalUsd } = tradedIn(fills);
  const steps: Step[] = [
    { label: 'Gain without costs', usd: costs.returnWithoutCosts * cashUsd },
    { label: 'Fees', usd: -costs.feesUsd },
    { label: 'Spread', usd: -costs.spreadUsd },
    { label: 'Impact of our own size', usd: -costs.impactUsd },
    { label: costs.fundingUsd > 0 ? 'Funding received' : 'Funding paid', usd: costs.fundingUsd },
    { label: 'Gain after costs', usd: statistics.totalReturn * cashUsd },
  ];
  const columns: TableColumn<Step>[] = [
    { title: 'Step', kind: 'text', cell: (step) => step.label },
    {
      title: 'USD',
      kind: 'number',
      cell: (step) => decimal(step.usd, SIGNED),
      isSigned: true,
    },
    {
      title: 'Of starting cash',
      kind: 'number',
      cell: (step) => percent(step.usd / cashUsd, SIGNED),
    },
    {
      title: 'Of traded notional',
      kind: 'number',
      cell: (step) => bps(notionalUsd > 0 ? step.usd / notionalUsd : null, SIGNED),
    },
  ];
  return html`${table('The same fills with and without costs', columns, steps)}
<p class="remark">Traded notional: ${usd(notionalUsd)}, entries and exits together. Slippage elsewhere on this page is spread and impact together.</p>`;
}
