// Why a trade was made: that numbers are those of the run folder, that shortfalls add up, and that no
// name from outside can move a terminal.

import { describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors.ts';
import { explanationOf, explanationText } from '../../reports/explain.ts';
import { sampleResult } from '../support/sample-result.ts';

const LAYOUT = { width: 100, color: false };

describe('the explanation of a trade', () => {
  const run = sampleResult();

  it('has the trade, its votes and its orders as the run folder has them', () => {
    run.trades.forEach((trade, k) => {
      const one = explanationOf(run, k + 1);
      const origin = run.record.origins[k]!;
      expect(one).toMatchObject({ trade: k + 1, pnlUsd: trade.pnlUsd, side: trade.side });
      expect(one.entry?.agents.map(({ agent }) => agent) ?? []).toEqual(
        origin.entry.said.map(({ agent }) => agent),
      );
      for (const { agent, action, confidence } of one.entry?.agents ?? []) {
        const { vote } = origin.entry.said.find((said) => said.agent === agent)!;
        const sign = action === 'BUY' ? 1 : action === 'SELL' ? -1 : 0;
        if (action === null) expect(vote).toBeNaN();
        else expect(sign * (confidence ?? 0)).toBeCloseTo(vote, 12);
      }
      if (origin.entryOrderId > 0) {
        expect(one.orders.map(({ id }) => id)).toContain(origin.entryOrderId);
      }
    });
  });

  it('splits what fills cost, so that the parts add up to the whole and to the fees', () => {
    let seen = 0;
    run.trades.forEach((_, k) => {
      const { shortfall, orders } = explanationOf(run, k + 1);
      for (const { delayUsd, spreadUsd, impactUsd, feeUsd, totalUsd } of shortfall) {
        expect(delayUsd + spreadUsd + impactUsd + feeUsd).toBeCloseTo(totalUsd, 9);
        seen++;
      }
      const fees = orders.flatMap(({ fills }) => fills.map(({ feeUsd }) => feeUsd));
      const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
      expect(sum(shortfall.map(({ feeUsd }) => feeUsd))).toBeCloseTo(sum(fees), 9);
    });
    expect(seen).toBeGreaterThan(0);
  });

  it.each([0, 99_999, 1.5])('is refused for a trade that is not there: %d', (number) => {
    expect(() => explanationOf(run, number)).toThrow(InputError);
    expect(() => explanationOf(run, number)).toThrow(
      /^--trade: must be a trade of the run: .* 1 to/,
    );
  });

  it('says of a strategy that decides alone what exposure it wanted, and not that it abstained', () => {
    const one = explanationOf(run, 1);
    const alone = { ...one.entry!.agents[0]!, agent: 'momentum', action: null, told: null };
    const entry = { ...one.entry!, score: 0.5, agents: [alone] };
    const text = explanationText({ ...one, entry }, run.facts, LAYOUT);
    expect(text).toMatch(/^why in .* exposure wanted 0\.50\n {11}momentum +target +weight /m);
    expect(/^why in.*?^why out/ms.exec(text)![0]).not.toMatch(/abstains|score/);
  });

  it('prints no control character, whatever agents and symbols are called', () => {
    const hostile = sampleResult({ hostile: true });
    const text = explanationText(explanationOf(hostile, 1), hostile.facts, LAYOUT);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).not.toMatch(/NaN|undefined/);
  });
});
