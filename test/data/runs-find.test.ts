// The names that a person gives to runs, and the folders that they mean.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRun } from '../../data/runs/find.ts';

let root: string;
const NAMES = [
  '20250101T000000Z-swarm-ab120000',
  '20250102T000000Z-swarm-ab345678',
  '20250103T000000Z-sma-cross-ab345678',
  '20250104T000000Z-a-cafe1234',
  '20250104T000000Z-a-cafe1234-2',
] as const;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sapphire-find-'));
  for (const name of NAMES) {
    mkdirSync(join(root, name));
    const digest = /-([0-9a-f]{8})(-\d+)?$/.exec(name)![1];
    writeFileSync(
      join(root, name, 'result.json'),
      JSON.stringify({ facts: { digest: `${digest}99` } }),
    );
  }
  mkdirSync(join(root, '20250105T000000Z-unfinished-00000000'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('the name of a run', () => {
  it.each([
    ['latest', NAMES[4]],
    ['latest~0', NAMES[4]],
    ['latest~3', NAMES[1]],
    ['ab12', NAMES[0]],
    // The same digest twice is the same run twice: the newest.
    ['ab34', NAMES[2]],
    ['cafe1234', NAMES[4]],
    ['cafe123499', NAMES[4]],
    [NAMES[1], NAMES[1]],
  ])('%s means a folder of the root', (word, name) => {
    expect(findRun(root, word, '/')).toBe(join(root, name));
  });

  it('is a path, or a page in a run folder, before it is anything else', () => {
    expect(findRun('/nowhere', NAMES[0], root)).toBe(join(root, NAMES[0]));
    expect(findRun('/nowhere', `${NAMES[0]}/result.json`, root)).toBe(join(root, NAMES[0]));
  });

  it.each([
    ['ab', /must be a run/],
    ['ab3456788', /must be a run/],
    ['cafe12349a', /must be a run/],
    ['latest~5', /must be one of the 5 runs .* the oldest is latest~4/],
    ['latest~', /must be a run/],
    ['20250101T000000Z-swarm-ab120001', /did you mean 20250101T000000Z-swarm-ab120000/],
  ])('%s is refused', (word, words) => {
    expect(() => findRun(root, word, '/')).toThrow(words);
  });

  it('must not mean two runs', () => {
    writeFileSync(join(root, 'x'), '');
    mkdirSync(join(root, '20250106T000000Z-b-cafe9999'));
    writeFileSync(join(root, '20250106T000000Z-b-cafe9999', 'result.json'), '{}');
    expect(() => findRun(root, 'cafe', '/')).toThrow(
      'must name one run: 2 digests begin so (cafe1234, cafe9999)',
    );
  });

  it('says how to make one where there is none', () => {
    expect(() => findRun('/nowhere', 'latest', '/')).toThrow('npm run backtest makes one');
  });
});
