// The trial ledger: every distinct trial counts, and none twice.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  LEDGER_FILE,
  LedgerBook,
  readTrials,
  recordTrial,
  recordTrials,
  type Trial,
} from '../../data/runs/ledger.ts';
import { runsRoot } from '../../data/runs/root.ts';
import { InputError } from '../../engine/errors.ts';

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'sapphire-ledger-')), 'runs');
});
afterEach(() => {
  rmSync(join(root, '..'), { recursive: true, force: true });
});

function trialOf(changes: Partial<Trial> = {}): Trial {
  return {
    strategyDigest: 'aa',
    symbols: ['BTCUSDC', 'ETHUSDC'],
    configDigest: 'c1',
    dataDigest: 'd1',
    startedAt: '2025-11-20T21:30:45Z',
    status: 'finished',
    ...changes,
  };
}

const ledger = () => readFileSync(join(root, LEDGER_FILE), 'utf8');

describe('the trial ledger', () => {
  it('numbers the trials of a family, failed and aborted ones included', async () => {
    expect(await recordTrial(root, trialOf())).toEqual({ trialNumber: 1 });
    const failed = trialOf({ configDigest: 'c2', status: 'failed' });
    expect(await recordTrial(root, failed)).toEqual({ trialNumber: 2 });
    const aborted = trialOf({ configDigest: 'c3', status: 'aborted' });
    expect(await recordTrial(root, aborted)).toEqual({ trialNumber: 3 });
    expect(await readTrials(root)).toHaveLength(3);
  });

  it('does not count a rerun: the same four digests are one line', async () => {
    await recordTrial(root, trialOf());
    const rerun = trialOf({ startedAt: '2025-11-21T08:00:00Z', symbols: ['ETHUSDC', 'BTCUSDC'] });
    expect(await recordTrial(root, rerun)).toEqual({ trialNumber: 1 });
    expect(ledger().split('\n')).toHaveLength(2);
  });

  it('counts another tape or memory over the same candles as another trial of the same family', async () => {
    await recordTrial(root, trialOf());
    const over = (dataDigest: string) => trialOf({ dataDigest, candlesDigest: 'd1' });
    expect(await recordTrial(root, over('tape a'))).toEqual({ trialNumber: 2 });
    expect(await recordTrial(root, over('tape b'))).toEqual({ trialNumber: 3 });
    expect(await recordTrial(root, over('tape a'))).toEqual({ trialNumber: 3 });
    expect(ledger().trimEnd().split('\n')).toHaveLength(3);
  });

  it('notes that a failed trial finished when run again, and still counts one', async () => {
    await recordTrial(root, trialOf({ status: 'failed' }));
    expect(await recordTrial(root, trialOf())).toEqual({ trialNumber: 1 });
    expect((await readTrials(root)).map((trial) => trial.status)).toEqual(['finished']);
  });

  it.each([
    { strategyDigest: 'bb' },
    { symbols: ['BTCUSDC'] },
    { dataDigest: 'd2', fromMs: 200, toMs: 300 },
  ])('begins anew for %o', async (changes) => {
    await recordTrial(root, trialOf({ fromMs: 100, toMs: 200 }));
    const other = trialOf({ fromMs: 100, toMs: 200, ...changes });
    expect(await recordTrial(root, other)).toEqual({ trialNumber: 1 });
  });

  it('goes on counting when candles are added, and when the source of a strategy is edited', async () => {
    const tried = (changes: Partial<Trial>) =>
      recordTrial(root, trialOf({ strategy: 'mine', fromMs: 100, toMs: 200, ...changes }));
    for (const configDigest of ['c1', 'c2', 'c3']) await tried({ configDigest });
    // A day more: the same config is the same idea, another one is one more.
    const more = { dataDigest: 'd2', toMs: 220 };
    expect(await tried({ ...more, configDigest: 'c3' })).toEqual({ trialNumber: 3 });
    expect(await tried({ ...more, configDigest: 'c4' })).toEqual({ trialNumber: 4 });
    expect(await tried({ strategyDigest: 'edited' })).toEqual({ trialNumber: 5 });
    // What overlaps with the day alone has those of the day.
    const day = { dataDigest: 'd3', fromMs: 200, toMs: 220, configDigest: 'c5' };
    expect(await tried(day)).toEqual({ trialNumber: 3 });
  });

  it('takes lines that do not say when their candles are for overlapping', async () => {
    mkdirSync(root, { recursive: true });
    const odd = { ...trialOf({ configDigest: 'c7' }), fromMs: 'long ago', toMs: null };
    writeFileSync(join(root, LEDGER_FILE), `${JSON.stringify(odd)}\n`);
    const one = trialOf({ fromMs: 100, toMs: 200 });
    expect(await recordTrial(root, one)).toEqual({ trialNumber: 2 });
  });

  it('takes a batch in one append and gives each trial the size of its family', async () => {
    const batch = ['c1', 'c2', 'c2', 'c3'].map((configDigest) => trialOf({ configDigest }));
    const other = trialOf({ strategyDigest: 'bb' });
    expect(await recordTrials(root, [...batch, other])).toEqual([3, 3, 3, 3, 1]);
    expect(await readTrials(root)).toHaveLength(4);
  });

  it('passes over a torn last line and closes it off before the next one', async () => {
    await recordTrial(root, trialOf());
    const whole = ledger();
    appendFileSync(join(root, LEDGER_FILE), whole.slice(0, whole.length / 2));
    expect(await readTrials(root)).toHaveLength(1);
    expect(await recordTrial(root, trialOf({ configDigest: 'c2' }))).toEqual({ trialNumber: 2 });
    expect(await readTrials(root)).toHaveLength(2);
    expect(ledger().startsWith(whole)).toBe(true);
  });

  it('keeps every line of two processes that append at once', async () => {
    mkdirSync(root, { recursive: true });
    const module = new URL('../../data/runs/ledger.ts', import.meta.url).href;
    const children = ['p', 'q'].map((name) => {
      const script = `
        import { recordTrial } from ${JSON.stringify(module)};
        const trial = ${JSON.stringify(trialOf())};
        for (let k = 0; k < 150; k++) {
          await recordTrial(${JSON.stringify(root)}, { ...trial, configDigest: '${name}' + k });
        }`;
      return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    });
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0]);
    const lines = ledger()
      .split('\n')
      .filter((line) => line !== '');
    expect(lines).toHaveLength(300);
    expect(lines.every((line) => JSON.parse(line).dataDigest === 'd1')).toBe(true);
    expect(await recordTrial(root, trialOf({ configDigest: 'p0' }))).toEqual({ trialNumber: 300 });
  });

  it('is empty where there is none', async () => {
    expect(await readTrials(root)).toEqual([]);
  });

  it('says --out when it cannot be written', async () => {
    writeFileSync(root, 'a file where the folder should be');
    await expect(recordTrial(root, trialOf())).rejects.toThrow(InputError);
    await expect(recordTrial(root, trialOf())).rejects.toThrow(/^--out: must be a folder/);
  });

  it('is a clear error when it cannot be read', async () => {
    mkdirSync(join(root, LEDGER_FILE), { recursive: true });
    await expect(readTrials(root)).rejects.toThrow(/trials.ndjson: must be a readable file/);
  });
});

describe('the runs folder', () => {
  it('is SAPPHIRE_RUNS, or runs where the person stands', () => {
    expect(runsRoot({ SAPPHIRE_RUNS: '/tmp/elsewhere' })).toBe('/tmp/elsewhere');
    expect(runsRoot({})).toBe(join(process.cwd(), 'runs'));
    expect(runsRoot({ SAPPHIRE_RUNS: '' })).toBe(join(process.cwd(), 'runs'));
  });
});

describe('a ledger that is added to again and again', () => {
  it('counts what others added since, nothing twice, and begins anew with another file', async () => {
    const book = new LedgerBook(root);
    const one = (n: number, changes: Partial<Trial> = {}) =>
      trialOf({ configDigest: `c${n}`, ...changes });
    expect(book.record([one(1), one(2)])).toEqual([2, 2]);
    // Another process: one that is known, a new one, and one of another family; then a torn line.
    await recordTrials(root, [one(2), one(3), one(4, { strategyDigest: 'other' })]);
    appendFileSync(join(root, LEDGER_FILE), '{"startedAt":"2025-');
    expect(book.record([one(3), one(5, { status: 'failed' })])).toEqual([4, 4]);
    // It ended otherwise: a line more, and no trial more. The same once more: nothing.
    expect(book.record([one(5)])).toEqual([4]);
    const before = ledger();
    expect(book.record([one(5), one(1)])).toEqual([4, 4]);
    expect(ledger()).toBe(before);
    const lines = before.trimEnd().split('\n').length;
    // 1, 2 | 3, other | torn | 5 failed | 5 finished
    expect(lines).toBe(7);
    expect((await readTrials(root)).map((trial) => trial.configDigest)).toEqual([
      'c1',
      'c2',
      'c3',
      'c4',
      'c5',
    ]);
    rmSync(join(root, LEDGER_FILE));
    expect(book.record([one(6)])).toEqual([1]);
    expect(ledger().trimEnd().split('\n')).toHaveLength(1);
  });
});
