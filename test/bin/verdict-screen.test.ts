// The gates on a screen: whatever the window, each with its number, its rule and its reason.

import { describe, expect, it } from 'vitest';
import { verdictLines } from '../../bin/verdict-screen.ts';

const GATE = {
  id: 'track-record',
  name: 'track record',
  rule: 'at least as many days as show the Sharpe ratio to be above 0 at 0.95',
  value: 22,
  threshold: 43,
  passed: false,
  why: '22 days; 43 are needed',
  beside: {},
} as const;

describe('a gate on the screen', () => {
  it.each([60, 80, 100, 160])('says its whole rule in %i columns', (width) => {
    const verdict = { gates: [GATE], passed: false, sentence: 'does not pass' };
    const lines = verdictLines(verdict, { width, color: false });
    const text = lines.join(' ').replace(/ +/g, ' ');
    expect(text).toContain(GATE.rule);
    expect(text).toContain(GATE.why);
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines[0]).toMatch(/^FAIL +track record +22/);
  });
});
