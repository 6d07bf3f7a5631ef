// The screen of a strategy that sets targets: nobody votes, so no line may speak of votes.

import { expect, it } from 'vitest';
import { terminalReport } from '../../reports/terminal.ts';
import { agent, FACTS, result } from './built-run.ts';

it('a strategy that decides alone has new targets, not 48 votes of which 96 agreed', () => {
  const alone = { ...agent('mine', 5), buys: 0, sells: 0, holds: 0, abstentions: 0 };
  const facts = {
    strategy: 'mine',
    agents: [alone],
    funnel: { ...FACTS.funnel, votes: 48, undecided: 0, agreed: 96, passedRisk: 90, filled: 90 },
  };
  const lines = terminalReport(result({ facts }), { color: false, out: 'x', next: [] }).split('\n');
  expect(lines).toContain(
    'funnel     220,320 candles → 96 new targets → 90 passed risk → 90 filled',
  );
  expect(lines).toContain('strategy   mine decides alone');
  expect(lines.join('\n')).not.toMatch(/votes|agreed/);
});
