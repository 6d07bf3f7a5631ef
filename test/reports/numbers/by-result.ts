// Numbers that the page makes of result.json by a little arithmetic: shares, sums and rates. Made again here
// from the document itself.

import { bps, count, decimal, percent, probability } from '../../../reports/format.ts';
import type { Check } from './numbers.ts';

const SIGNED = { digits: 2, sign: true } as const;

export const BY_RESULT: readonly Check[] = [
  {
    claim: 'what each symbol made and cost',
    check: async (page) => {
      const rows = await page.sql(`SELECT symbol, count(*) AS n, avg((pnlUsd > 0)::INT) AS won,
        sum(pnlUsd) AS pnl, sum(feesUsd) AS fees, sum(slippageUsd) AS slip, sum(fundingUsd) AS funding
        FROM closed GROUP BY symbol`);
      const { data, symbols } = page.result.facts;
      page.table(
        'Symbols: closed trades',
        data.legs.map(({ symbol }, leg) => {
          const row = rows.find((one) => one['symbol'] === symbol)!;
          return [
            symbol,
            count(row['n']),
            percent(row['won']),
            decimal(row['pnl'], SIGNED),
            decimal(row['fees']),
            decimal(row['slip']),
            decimal(row['funding'], SIGNED),
            percent(symbols[leg]!.buyAndHoldReturn, SIGNED),
          ];
        }),
      );
    },
  },
  {
    claim: 'what each agent said and is credited with',
    check: async (page) => {
      const agents = [...page.result.facts.agents].sort((a, b) => b.pnlUsd - a.pnlUsd);
      page.table(
        'Agents: what they said',
        agents.map((one) => [
          one.id,
          decimal(one.weight),
          ...[one.buys, one.sells, one.holds, one.abstentions, one.vetoes, one.trades].map(count),
          percent(one.wins / one.trades),
          decimal(one.pnlUsd, SIGNED),
        ]),
      );
    },
  },
  {
    claim: 'the track record of each agent, and what its confidence was worth',
    check: async (page) => {
      const voters = page.result.facts.agents.filter(({ record }) => record.trades > 0);
      page.table(
        'Trades that each agent voted for',
        voters.map(({ id, record }) => [
          id,
          count(record.trades),
          percent(record.wins / record.trades),
          percent(record.averageWin, SIGNED),
          percent(record.averageLoss, SIGNED),
          percent(record.expectancy, SIGNED),
          decimal(record.brier, { digits: 3 }),
        ]),
      );
      const one = { digits: 1 };
      page.table(
        'Calibration',
        voters.flatMap(({ id, record }) =>
          record.calibration.map((bin) => [
            id,
            `${decimal(bin.from, one)} to ${decimal(bin.from + 0.1, one)}`,
            count(bin.trades),
            percent(bin.meanConfidence),
            percent(bin.wins / bin.trades),
          ]),
        ),
      );
    },
  },
  {
    claim: 'what working orders cost, in USD and of paper notional',
    check: async (page) => {
      const { execution } = page.result.facts;
      const sum = (pick: (one: (typeof execution)[number]) => number) =>
        execution.reduce((total, one) => total + pick(one), 0);
      const all = {
        algorithm: 'all',
        parents: sum((one) => one.parents),
        fills: sum((one) => one.fills),
        paperUsd: sum((one) => one.paperUsd),
        filledPaperUsd: sum((one) => one.filledPaperUsd),
        delayUsd: sum((one) => one.delayUsd),
        spreadUsd: sum((one) => one.spreadUsd),
        impactUsd: sum((one) => one.impactUsd),
        feeUsd: sum((one) => one.feeUsd),
        missedUsd: sum((one) => one.missedUsd),
        totalUsd: sum((one) => one.totalUsd),
      };
      const entries = execution.filter(({ algorithm }) => algorithm !== 'exit');
      const exits = execution.filter(({ algorithm }) => algorithm === 'exit');
      const rows = [...entries.sort((a, b) => b.paperUsd - a.paperUsd), ...exits, all].map(
        (one) => {
          const paid = (usd: number) => `${decimal(usd)}${bps(usd / one.paperUsd)}`;
          return [
            one.algorithm,
            count(one.parents),
            count(one.fills),
            count(one.paperUsd),
            percent(one.filledPaperUsd / one.paperUsd),
            ...[one.delayUsd, one.spreadUsd, one.impactUsd, one.feeUsd].map(paid),
            paid(one.missedUsd),
            paid(one.totalUsd),
          ];
        },
      );
      page.table('Shortfall by the way', rows);
    },
  },
  {
    claim: 'the funnel and its refusals, each as a share of the step before',
    check: async (page) => {
      const { funnel, refusals, config } = page.result.facts;
      const { holdThreshold, actThreshold } = config.decision.consensus;
      const { candles, votes, undecided, agreed, passedRisk, filled } = funnel;
      const steps: [string, number, number, number[]][] = [
        ['An agent voted', votes, candles, []],
        ['Undecided', undecided, votes, [holdThreshold, actThreshold]],
        ['Agreed', agreed, votes, []],
        ['Passed risk', passedRisk, agreed, []],
        ['Filled', filled, passedRisk, []],
      ];
      for (const [begins, n, of, before] of steps) {
        // Count and share stand side by side, without a space between them.
        page.words('.funnel li', begins, [...before.map(String), count(n) + percent(n / of)]);
      }
      page.table(
        'Refusals, most frequent first',
        Object.entries(refusals)
          .sort(([, a], [, b]) => b - a)
          .map(([code, times]) => [
            page.textOf(`#decisions code`, code),
            count(times),
            percent(times / agreed),
          ]),
      );
    },
  },
  {
    claim: 'the reasons of the verdict',
    check: async (page) => {
      const { statistics, intervals } = page.result.facts;
      const wanted = [probability(statistics.probabilisticSharpe), '0.95'];
      page.words('#trust li', 'probability of skill', wanted);
      const sharpe = intervals.sharpe!;
      // The two reasons after these are counted, and said below.
      page.words('.judgement', 'not proven', [
        ...wanted,
        decimal(sharpe.lower),
        decimal(sharpe.upper),
        count(page.result.circumstances.trialNumber),
        ...page.moreReasons(3),
      ]);
    },
  },
  {
    claim: 'how long it took',
    check: async (page) => {
      const { wallMs } = page.result.circumstances;
      page.words('#provenance dd', `${decimal(wallMs / 1000)} s`, [decimal(wallMs / 1000)]);
    },
  },
];
