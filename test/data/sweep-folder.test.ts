// The folder of a sweep: rows in plan order, whatever a crash tore is cut off, and nothing is taken for a
// row that is none.

import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineDigest } from '../../data/runs/code-digest.ts';
import { listRuns } from '../../data/runs/folder.ts';
import {
  factsDigest,
  isFinished,
  planDigest,
  readPlan,
  readSweepResult,
  SWEEP_FILES,
  SweepFolder,
} from '../../data/runs/sweep-folder.ts';
import { LOCK_FILE } from '../../data/runs/sweep-lock.ts';
import { linesOf, readReturns, readReturnsOf } from '../../data/runs/sweep-rows.ts';
import { InputError } from '../../engine/errors.ts';
import type { SweepPlan, SweepResult } from '../../engine/research/sweep/facts.ts';
import type { TrialRow } from '../../engine/research/sweep/outcome.ts';
import { configOf } from '../support/run.ts';

const DAYS = 3;
const PLAN: SweepPlan = {
  schemaVersion: 1,
  name: 'mine',
  spec: { parameters: {} },
  compiled: {},
  moduleDigest: null,
  config: configOf(),
  configDigest: 'c',
  symbols: ['BTC'],
  dataDigest: 'd',
  legDigests: {},
  strategyDigest: 's',
  code: '0+1',
  judged: 10,
  days: DAYS,
  testDays: 2,
};
const START = { startedAt: '2025-11-20T21:30:45.123Z', cwd: '/', file: 'mine.json', flags: {} };

let root: string;
let open: SweepFolder[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-sweep-folder-'));
  open = [];
});
afterEach(() => {
  for (const folder of open) folder.close();
  rmSync(root, { recursive: true, force: true });
});

const opened = (folder: SweepFolder) => {
  open.push(folder);
  return folder;
};
const create = (plan = PLAN) => opened(SweepFolder.create(root, plan, START));
const row = (index: number, message = 'fine'): TrialRow =>
  ({ index, message, values: [index / 3], point: { a: index } }) as unknown as TrialRow;
const returns = (index: number) => Float64Array.of(index, index + 0.5, -index);

/** A folder with this many rows, closed. */
function filled(count: number): string {
  const folder = create();
  for (let k = 0; k < count; k++) folder.append(row(k), returns(k));
  folder.close();
  return folder.path;
}
const rowsOf = (path: string) => [...opened(SweepFolder.open(path)).all()];
const file = (path: string, name: keyof typeof SWEEP_FILES) => join(path, SWEEP_FILES[name]);

describe("a sweep's folder", () => {
  it('is named by time, spec and plan, and is not taken for a run', () => {
    const { path } = create();
    const digest = planDigest(PLAN).slice(0, 8);
    expect(path).toBe(join(root, `20251120T213045Z-mine-${digest}-sweep`));
    expect(create().path).toBe(`${path}-2`);
    writeFileSync(file(path, 'result'), '{}');
    expect(listRuns(root)).toEqual([]);
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(readPlan(path)).toEqual({ plan: PLAN, start: START });
  });

  it('has a plan digest that changes with everything but the code', () => {
    expect(planDigest({ ...PLAN, code: '9' })).toBe(planDigest(PLAN));
    expect(planDigest({ ...PLAN, dataDigest: 'e' })).not.toBe(planDigest(PLAN));
    expect(engineDigest()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives back every row and its returns, also the umpteenth', () => {
    const path = filled(5000);
    const folder = opened(SweepFolder.open(path));
    expect(folder.rows).toBe(5000);
    expect(folder.row(4321)).toEqual(row(4321));
    let next = 0;
    for (const one of folder.all()) expect(one.index).toBe(next++);
    expect(next).toBe(5000);
    const { values } = readReturns(file(path, 'returns'), DAYS, 4321, 4323);
    expect([...values]).toEqual([...returns(4321), ...returns(4322)]);
    expect(() => readReturns(file(path, 'returns'), DAYS, 0, 5001)).toThrow(/5001 rows, was 5000/);
  });

  it('fills up the days that a trial does not have', () => {
    const folder = create();
    folder.append(row(0), Float64Array.of(0.5));
    folder.append(row(1), null);
    const { values } = readReturns(file(folder.path, 'returns'), DAYS, 0, 2);
    expect([...values]).toEqual([0.5, Number.NaN, Number.NaN, ...Array(3).fill(Number.NaN)]);
  });

  it('takes rows in plan order only', () => {
    const folder = create();
    expect(() => folder.append(row(1), null)).toThrow(/plan order/);
  });
});

describe('returns of some trials', () => {
  it('are the days that each has, in their order, and nothing after them', () => {
    const path = filled(6);
    const some = [
      { index: 1, days: 3 },
      { index: 4, days: 0 },
      { index: 5, days: 2 },
    ];
    const { trials, rows, values } = readReturnsOf(file(path, 'returns'), DAYS, some);
    expect([trials, rows]).toEqual([3, DAYS]);
    const none = Array.from({ length: DAYS - 3 }, () => 0);
    const first = [...returns(1), ...none];
    const last = [...returns(5).subarray(0, 2), 0, ...none];
    expect([...values]).toEqual([...first, 0, 0, 0, ...none, ...last]);
    const beyond = [{ index: 6, days: 1 }];
    expect(() => readReturnsOf(file(path, 'returns'), DAYS, beyond)).toThrow(/7 rows, was 6/);
    expect(readReturnsOf(file(path, 'returns'), DAYS, [])).toMatchObject({ trials: 0 });
  });
});

describe('after a crash', () => {
  it.each([1, 10, 30])('a line torn %i bytes before its end is cut off', (bytes) => {
    const path = filled(4);
    const before = readFileSync(file(path, 'trials'));
    truncateSync(file(path, 'trials'), before.length - bytes);
    expect(rowsOf(path)).toEqual([row(0), row(1), row(2)]);
    const third = open.at(-1)!;
    third.append(row(3), returns(3));
    expect(readFileSync(file(path, 'trials'))).toEqual(before);
    expect([...readReturns(file(path, 'returns'), DAYS, 3, 4).values]).toEqual([...returns(3)]);
  });

  it('a last line of garbage is cut off, and so are returns without a line', () => {
    const path = filled(2);
    const before = readFileSync(file(path, 'returns'));
    appendFileSync(file(path, 'trials'), '{"index":2,\0\0\0\n');
    appendFileSync(file(path, 'returns'), Buffer.alloc(37));
    expect(rowsOf(path)).toHaveLength(2);
    expect(readFileSync(file(path, 'returns'))).toEqual(before);
  });

  it('lines whose returns are not there are cut off', () => {
    const path = filled(4);
    truncateSync(file(path, 'returns'), 2 * DAYS * 8 + 5);
    expect(rowsOf(path)).toEqual([row(0), row(1)]);
  });

  it('a line in the middle that is none is an error, and nothing is cut', () => {
    const path = filled(4);
    const lines = readFileSync(file(path, 'trials'), 'utf8').split('\n');
    for (const bad of ['garbage', JSON.stringify(row(7)), '']) {
      const text = [lines[0], bad, ...lines.slice(2)].join('\n');
      writeFileSync(file(path, 'trials'), text);
      expect(() => SweepFolder.open(path)).toThrow(InputError);
      expect(() => SweepFolder.open(path)).toThrow(/trials.ndjson:2: must be the trials of this/);
      expect(readFileSync(file(path, 'trials'), 'utf8')).toBe(text);
    }
  });

  it('the lock of a process that is gone is taken over', () => {
    const path = filled(1);
    writeFileSync(join(path, LOCK_FILE), '99999999\n');
    expect(rowsOf(path)).toHaveLength(1);
  });

  it('the lock of one that lives is an error with exit code 7', () => {
    const path = filled(1);
    writeFileSync(join(path, LOCK_FILE), `${process.ppid}\n`);
    expect(() => SweepFolder.open(path)).toThrow(
      expect.objectContaining({ exitCode: 7, message: expect.stringContaining('is being swept') }),
    );
    rmSync(join(path, LOCK_FILE));
  });
});

describe('the result', () => {
  const facts = { schemaVersion: 1, kind: 'sweep', name: 'mine' } as SweepResult['facts'];
  const result = () =>
    ({ facts, resultDigest: factsDigest(facts), circumstances: {} }) as SweepResult;

  it('is written once all is in, and reads back', () => {
    const folder = create();
    expect(isFinished(folder.path)).toBe(false);
    folder.finish(result());
    folder.close();
    expect(isFinished(folder.path)).toBe(true);
    expect(readSweepResult(folder.path)).toEqual(result());
    expect(readdirSync(folder.path).sort()).toEqual([
      'daily-returns.f64',
      'result.json',
      'sweep.json',
      'trials.ndjson',
    ]);
  });

  it('that was edited is refused', () => {
    const folder = create();
    folder.finish(result());
    const path = file(folder.path, 'result');
    writeFileSync(path, readFileSync(path, 'utf8').replace('mine', 'ours'));
    expect(() => readSweepResult(folder.path)).toThrow(/was edited or damaged/);
  });

  it('is worth nothing where the candles were written into', () => {
    const folder = create();
    expect(() => folder.spoil('a strategy wrote into the candles')).toThrow(/wrote into/);
    folder.close();
    expect(() => SweepFolder.open(folder.path)).toThrow(/must be swept anew: a strategy wrote/);
  });

  it('is no folder of a sweep where there is no plan, or one of another version', () => {
    expect(() => readPlan(root)).toThrow(/must be the folder of a sweep, with a sweep.json/);
    const { path } = create();
    writeFileSync(file(path, 'plan'), JSON.stringify({ plan: { ...PLAN, schemaVersion: 9 } }));
    expect(() => readPlan(path)).toThrow(/must have schemaVersion 1, was 9/);
    writeFileSync(file(path, 'plan'), 'null');
    expect(() => readPlan(path)).toThrow(InputError);
  });
});

describe('lines of a file', () => {
  it('are whole wherever a block of a megabyte ends: in a letter, before an end, over many', () => {
    // Two bytes a letter, from an odd place: some line has its letter cut in two by the end of a block.
    const letters = (count: number) => 'é'.repeat(count);
    const lines = ['', 'x', letters(300_000), '', ...[100, 7, 2 ** 20, 3].map(letters), 'é'];
    const path = join(root, 'lines');
    for (const before of [0, 1, 2 ** 20 - 600_004, 2 ** 20 - 1, 2 ** 20]) {
      const first = 'a'.repeat(before);
      writeFileSync(path, [first, ...lines].join('\n'));
      const handle = openSync(path, 'r');
      const found = [...linesOf(handle)];
      expect(found.map(({ text }) => text)).toEqual([first, ...lines]);
      expect(found.map(({ isWhole }) => isWhole)).toEqual([...lines.map(() => true), false]);
      const rest = [...linesOf(handle, found[3]!.end)];
      expect(rest.map(({ text }) => text)).toEqual(lines.slice(3));
      expect(rest.at(-1)!.end).toBe(Buffer.byteLength([first, ...lines].join('\n')));
      closeSync(handle);
    }
  });
});
