// Where the money went between the prices and the account: a sum that can be checked by eye.

import type { RunFacts } from '../../engine/research/result.ts';
import { decimal, percent } from '../format.ts';
import type { Html } from '../html.ts';
import { type TableColumn, table } from './table.ts';

interface Step {
  readonly label: string;
  readonly usd: number;
}

const SIGNED = { digits: 2, sign: true } as const;

/** Without costs, each cost, and what is left. */
export function costsTable({ costs, config, statistics }: RunFacts): Html {
  const { cashUsd } = config.world;
  const steps: Step[] = [
    { label: 'Gain without costs', usd: costs.returnWithoutCosts * cashUsd },
    { label: 'Fees', usd: -costs.feesUsd },
    { label: 'Slippage', usd: -costs.slippageUsd },
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
  ];
  return table('The same fills with and without costs', columns, steps);
}
