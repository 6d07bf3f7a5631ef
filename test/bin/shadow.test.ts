// `sapphire shadow` as a person starts it: its document, its words and its exit codes.

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('shadow');
const db = here.at('small.duckdb');
const RANGE = ['--db', db, '--to', '2025-01-11'];
const CROSS = [
  '--strategy',
  'sma-cross',
  '--set',
  'parameters.fast=5',
  '--set',
  'parameters.slow=20',
];

beforeAll(async () => {
  await writeSmallStore(db);
  const { code, stderr } = await here.call(['paper', ...RANGE, ...CROSS, '--dir', 'trial']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
afterAll(() => here.remove());

describe('sapphire shadow', () => {
  it('prints one document and ends with 0 where the signals are equal', async () => {
    const { code, stdout, stderr } = await here.call(['shadow', 'trial', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      signalsEqual: true,
      firstDifference: null,
      fillErrorBps: { median: 0, p95: 0 },
      fillBiasBps: 0,
      equityGapBps: 0,
      replayEqual: true,
      stopCode: 'ended',
      warnings: [],
    });
    expect(document.candles).toBeGreaterThan(400);
    expect(document.fills).toBeGreaterThan(10);
    expect(document.causes.equal).toBe(document.fills);
    expect(document.equityUsd.session).toBe(document.equityUsd.model);
  });

  it('says the same in words', async () => {
    const { code, stdout } = await here.call(['shadow', 'trial']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^shadow {5}signals equal\ncandles {4}\d+ compared\nfills {6}\d+ orders, /,
    );
    expect(stdout).toContain('error median 0.00, p95 0.00 bps, bias +0.00 bps\ncauses     equal ');
    expect(stdout).toMatch(/gap \+0\.00 bps\nreplay {5}equal, ended\n$/);
  });

  it('ends with 1 and names the strategy that depends on more than candles', async () => {
    // Two processes ask it alike; a second run in one process does not.
    const strategy = here.at('counter.ts');
    writeFileSync(
      strategy,
      `import { defineStrategy } from 'sapphire';
let calls = 0;
export default defineStrategy({
  name: 'counter',
  decide: () => (calls++ % 7 === 0 ? 0.5 : 0),
});
`,
    );
    const paper = await here.sapphire(['paper', ...RANGE, '--strategy', strategy, '--dir', 'odd']);
    expect(paper.code).toBe(0);
    const { code, stdout } = await here.sapphire(['shadow', 'odd']);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^shadow {5}signals differ at 2025-01-\S+ on paperx BTCUSDT: session counter: target \S+; model counter: target \S+\n/,
    );
    expect(stdout).toContain('replay     equal, ended\n');
    const document = JSON.parse((await here.sapphire(['shadow', 'odd', '--json'])).stdout);
    expect(document).toMatchObject({ signalsEqual: false, replayEqual: true });
    expect(document.firstDifference).toMatchObject({ venue: 'paperx', symbol: 'BTCUSDT' });
  });

  it('refuses with 2 a folder that is not there or holds no journal', async () => {
    here.folder('empty');
    for (const dir of ['empty', 'nowhere']) {
      const { code, stdout, stderr } = await here.call(['shadow', dir]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .*(must hold a journal|must be a folder that exists)/);
    }
  });
});
