// `sapphire monte-carlo` as a person starts it: over a run of the small store, and with mistakes.

import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { room } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('monte-carlo');
const db = here.at('small.duckdb');
const env = { SAPPHIRE_RUNS: here.at('runs') };
const RUN = ['--db', db, '--strategy', 'sma-cross', '--symbols', 'BTCUSDT'];
const deal = (...words: string[]) => here.call(['monte-carlo', ...words], { env });

beforeAll(async () => {
  await writeSmallStore(db);
  await here.call(['backtest', ...RUN, '--set', 'parameters.slow=20'], { env });
});
afterAll(() => here.remove());

describe('monte-carlo', () => {
  it('deals the trades of a run from its folder alone', async () => {
    const { code, stdout, stderr } = await deal('latest', '--count', '300');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^monte-carlo of trades: sma-cross \w{12}, 300 times, seed 1\n/);
    expect(stdout).toContain('the same trades in another order');
    expect(stdout).toMatch(/total return +[+-]\d+\.\d %/);
    expect(stdout).toMatch(
      /the same bet at other sizes\n +times +of 100 trades\n +as traded +1\.00/,
    );
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it.each(['candles', 'entries'])('deals %s through the kernel, in one document', async (kind) => {
    const words = ['latest', '--kind', kind, '--count', '8', '--db', db, '--json'];
    const { code, stdout, stderr } = await deal(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ kind, count: 8, seed: 1 });
    expect(document.meanBlock).toBe(kind === 'candles' ? 24 : null);
    expect(document.dealt[0].spreads.map(({ count }: { count: number }) => count)).toEqual([
      8, 8, 8,
    ]);
    expect(document.words.length).toBeGreaterThan(1);
    expect((await deal(...words)).stdout).toBe(stdout);
  });

  it('writes a page that loads nothing, and never into a run folder', async () => {
    const page = here.at('dealt.html');
    const { code } = await deal('latest', '--count', '50', '--out', page);
    expect(code).toBe(0);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('Content-Security-Policy');
    expect(text).toContain('the same trades in another order');
    const run = JSON.parse((await deal('latest', '--count', '5', '--json')).stdout).run;
    const refused = await deal('latest', '--out', `${run}/dealt.html`);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--out: must not be in a run folder');
    expect(existsSync(`${run}/dealt.html`)).toBe(false);
  });

  it('refuses mistakes, all at once', async () => {
    const words = ['--kind', 'dice', '--count', '0', '--seed', '-1', '--block', 'x'];
    const { code, stdout, stderr } = await deal('latest', ...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const key of ['--kind', '--count', '--seed', '--block']) expect(stderr).toContain(key);
    const other = await deal('nothing-here');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/run: must be a run/);
    // Before anything is dealt: nobody waits for an answer that cannot be kept.
    const nowhere = await deal('latest', '--out', here.at('not-there', 'page.html'));
    expect({ ...nowhere, stderr: '' }).toEqual({ code: 2, stdout: '', stderr: '' });
    expect(nowhere.stderr).toMatch(
      /--out: must be a file that can be written \(there is no folder/,
    );
  });

  it('refuses a store that holds other candles', async () => {
    const changed = here.at('other.duckdb');
    await writeSmallStore(changed, 4);
    const { code, stderr } = await deal('latest', '--kind', 'entries', '--db', changed);
    expect(code).toBe(2);
    expect(stderr).toContain('must be the store that the run was made from');
  });
});
