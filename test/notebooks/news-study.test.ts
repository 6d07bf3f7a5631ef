// The study of headlines and a tape: what it refuses, and, in the long form, what it says over real files.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { study } from '../../notebooks/news/study.ts';
import { DATA, room } from '../support/cli.ts';

const here = room('news-study');
afterAll(() => here.remove());

const CANDLES = join(DATA, 'binance-usdm__BTCUSDT__1h_2019_2025.parquet');
const HEADLINES = join(DATA, 'btcnews__HEADLINES__2021-11_2023-06.parquet');
const LONG = process.env['SAPPHIRE_LONG'] === '1' && existsSync(CANDLES) && existsSync(HEADLINES);

it('names every file that is not there before anything is made, and leaves nothing where it fails', () => {
  const out = here.at('made', 'study');
  expect(() => study(here.at('c.parquet'), here.at('h.parquet'), here.root)).toThrow(
    /CANDLES: must be a file.*\n?.*HEADLINES: must be a file[\s\S]*FOLDER: must not be there yet/,
  );
  writeFileSync(here.at('c.csv'), 'no,candles\n1,2\n');
  expect(() => study(here.at('c.csv'), here.at('c.csv'), out)).toThrow(/ended at sapphire data/);
  expect(existsSync(here.at('made'))).toBe(false);
});

it.skipIf(!LONG)(
  'carries the stand-in in tape, report and text, is equal in two processes, and concludes nothing',
  () => {
    const text = study(CANDLES, HEADLINES, here.at('study'));
    expect(text).toContain('the runs are equal to the last bit');
    expect(text).toContain('Nothing about language models follows from it');
    const rows = readFileSync(here.at('study', 'answers.ndjson'), 'utf8').trimEnd().split('\n');
    expect(new Set(rows.map((row) => JSON.parse(row).model))).toEqual(new Set(['stand-in']));
    expect(rows.length).toBeGreaterThan(1000);
  },
  600_000,
);
