// The table of faults: every row says what is done, and every claim it names is there.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const HERE = new URL('.', import.meta.url).pathname;
const TABLE = readFileSync(new URL('../../live/FAULTS.md', import.meta.url), 'utf8');
const SHARED = new URL('../../../shared/facts/fault_table.json', import.meta.url);
const hasShared = existsSync(SHARED);
const without = hasShared ? '' : ' (skipped: the shared facts are not here)';
const IDS = Array.from({ length: 50 }, (_, k) => `F${String(k + 1).padStart(2, '0')}`);

const rows = TABLE.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim());
  const id = /^F\d\d\b/.exec(cells[1] ?? '')?.[0];
  return id === undefined ? [] : [{ id, where: cells[3]! }];
});
const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.test.ts'),
);

describe('the table of faults', () => {
  it('has one row for each of F01 to F50', () => {
    expect(rows.map(({ id }) => id).sort()).toEqual(IDS);
  });

  it.skipIf(!hasShared)(`has the faults that were listed first${without}`, () => {
    const listed = JSON.stringify(JSON.parse(readFileSync(SHARED, 'utf8')));
    for (const id of IDS) expect(listed).toContain(`"${id}"`);
  });

  it.each(rows)('$id names claims that are there', ({ id, where }) => {
    const cited = [...where.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
    expect(cited.length).toBeGreaterThan(0);
    for (const path of cited) expect(files).toContain(path);
    // At least one of the files that it names makes the claim, under its number.
    const claims = cited.map((path) => readFileSync(HERE + path, 'utf8')).join('\n');
    expect(claims).toContain(`'${id} `);
  });
});
