// The notebooks as a reader has them: all six built once by the command, opened in a real browser from
// their files, and held against the runs that they speak of.

import { existsSync, linkSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECIPES, type Recipe } from '../../notebooks/kit/recipes.ts';
import { servePages } from '../../notebooks/kit/serve.ts';
import { prepareStudy, type Study, typed } from '../../notebooks/kit/study.ts';
import { Tables } from '../../notebooks/kit/tables.ts';
import { percent } from '../../reports/format.ts';
import { BROWSER_NOTE, launchChromium, SKIP_BROWSER } from '../support/chromium.ts';
import { room, sha256File, start, TOP } from '../support/cli.ts';
import { expectContrast, type Opened, openPage } from '../support/open-page.ts';

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;
const here = room('notebooks');
const IDS = RECIPES.map(({ id }) => id);
const BUILD = ['notebooks', '--study', 'kept/study', '--build', 'site'];

interface Built {
  readonly id: string;
  readonly digest: string;
  readonly queries: number;
}
let built: readonly Built[] = [];

beforeAll(async () => {
  const { code, stdout, stderr } = await here.sapphire([...BUILD, '--json']);
  expect(code, stderr).toBe(0);
  built = JSON.parse(stdout).notebooks;
}, 600_000);
afterAll(() => here.remove());

const pageOf = (id: string) => here.at('site', `${id}.html`);

/** What `result.json` of a step says, read without the notebooks' own tables. */
function factsOf(id: string, step: string) {
  const { out } = JSON.parse(
    readFileSync(here.at('kept/study', id, step, 'document.json'), 'utf8'),
  );
  return JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')).facts;
}

describe('the built notebooks', () => {
  it('are six pages and a list, each one file that names no other host', () => {
    expect(built.map(({ id }) => id)).toEqual(IDS);
    for (const id of IDS) {
      const text = readFileSync(pageOf(id), 'utf8');
      const urls = text.match(/https?:\/\/[\w.-]+/g) ?? [];
      // Names of XML dialects and the words of an error message, which nobody fetches.
      expect(
        [...new Set(urls)].filter((url) => !/www\.w3\.org$|\/github\.com$/.test(url)),
        id,
      ).toEqual([]);
      expect(text).toMatch(
        /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;/,
      );
      expect(text).not.toMatch(/<(script|link|img)[^>]* (src|href)="(?!data:)/);
    }
    const list = readFileSync(here.at('site/index.html'), 'utf8');
    for (const { title, question } of RECIPES) {
      expect(list).toContain(title);
      expect(list).toContain(question);
    }
  });

  it('print their digest and the commands that make them', () => {
    for (const { id, digest, queries } of built) {
      const text = readFileSync(pageOf(id), 'utf8');
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(text).toContain(digest);
      expect(queries).toBeGreaterThan(0);
      for (const step of RECIPES.find((recipe) => recipe.id === id)!.steps) {
        expect(text).toContain(typed(step));
      }
    }
  });

  it('are the same bytes when built again, without running anything', async () => {
    const before = sha256File(pageOf('02-costs-matter'));
    const again = await here.sapphire([...BUILD, '--only', '02']);
    expect(again.stderr).toBe('');
    expect(again.stdout).toContain(built[1]!.digest.slice(0, 12));
    expect(sha256File(pageOf('02-costs-matter'))).toBe(before);
  });
});

describe.skipIf(SKIP_BROWSER)(`the notebooks in Chromium${BROWSER_NOTE}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(url: string): Promise<Opened> {
    const opened = await openPage(browser, url);
    await opened.page.locator('figure svg').nth(1).waitFor({ timeout: 60_000 });
    await opened.page.locator('.answer').waitFor();
    return opened;
  }

  it.each(IDS)(
    'opens without a complaint or a request, fits a phone in the dark: %s',
    async (id) => {
      const { page, complaints, width } = await open(`file://${pageOf(id)}`);
      expect(await page.locator('.observablehq--error').count()).toBe(0);
      for (const figure of await page.locator('figure').all()) {
        // A chart with marks in it, and a name for those who cannot see it.
        const name = await figure.locator('.picture').getAttribute('aria-label');
        expect(name?.length).toBeGreaterThan(20);
        expect(
          await figure.locator('svg path, svg circle, svg rect, svg line').count(),
        ).toBeGreaterThan(3);
      }
      const said = page.locator('blockquote, figcaption, .answer, figure svg text, main > div > p');
      const words = (await said.allTextContents()).join('\n');
      expect(words).not.toMatch(/NaN|undefined|null|Infinity|Invalid|n\/a|\[object/);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.setViewportSize({ width: 390, height: 844 });
      // Charts are drawn again for the width they have.
      await expect.poll(width).toBe(390);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );

  it('has text of enough contrast, light and dark', async () => {
    const opened = await open(`file://${pageOf('02-costs-matter')}`);
    await expectContrast(opened);
    await opened.close();
  });

  it('says the numbers of the runs themselves', async () => {
    const { page } = await open(`file://${pageOf('02-costs-matter')}`);
    const answer = await page.locator('blockquote').innerText();
    const of = (step: string) => factsOf('02-costs-matter', step).statistics.totalReturn as number;
    expect(answer).toContain(`made ${percent(of('free'), { sign: true })}`);
    expect(answer).toContain(`lost ${percent(-of('paid'))}`);
    expect(answer).toContain(percent(-of('twice')));
    await page.context().close();
  });

  it('counts again when the cost of a trade is moved', async () => {
    const { page, complaints } = await open(`file://${pageOf('02-costs-matter')}`);
    const shareAt = async (bps: string) => {
      await page.locator('.slider input').fill(bps);
      await page.getByText(`At ${Number(bps).toFixed(1)} bps a trip`).waitFor();
      const title = await page.getByText('bps a trip').innerText();
      return Number(/(\d+) % of trades win/.exec(title)![1]);
    };
    expect(await shareAt('30')).toBeLessThan(await shareAt('0'));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it.runIf(LONG)('draws a saved notebook again while it watches', async () => {
    const child = start(['notebooks', '--study', 'kept/study', '--only', '02', '--watch'], {
      cwd: here.root,
    });
    try {
      const url = await new Promise<string>((done) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          const found = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(text);
          if (found) done(found[0]);
        });
      });
      const { page, complaints, close } = await open(url);
      expect(await page.locator('figure svg').count()).toBeGreaterThan(2);
      // A save that changes nothing but the time of the file is a save.
      const loaded = page.waitForEvent('load', { timeout: 60_000 });
      const now = new Date();
      utimesSync(join(TOP, 'notebooks/02-costs-matter.html'), now, now);
      await loaded;
      await page.locator('.answer').waitFor({ timeout: 60_000 });
      expect(await page.locator('figure svg').count()).toBeGreaterThan(2);
      expect(complaints.filter((text) => /error|request/.test(text))).toEqual([]);
      await close();
    } finally {
      child.kill('SIGINT');
    }
  });
});

describe('the runs behind a notebook', () => {
  const recipe: Recipe = {
    id: '99-tried',
    title: 'Tried',
    question: 'Is it made once?',
    steps: [{ name: 'one', words: ['backtest', '--strategy', 'momentum'] }],
  };

  it('are made once, and again when the recipe changes', async () => {
    const root = here.folder('again');
    linkSync(here.at('kept/study/market.duckdb'), join(root, 'market.duckdb'));
    const calls: string[] = [];
    const command = async (words: readonly string[]) => {
      calls.push(words.join(' '));
      return '{}';
    };
    const prepare = (given: Recipe) => prepareStudy(given, root, command, () => {});
    const { folder, key } = await prepare(recipe);
    writeFileSync(join(folder, 'left-behind'), '');
    expect((await prepare(recipe)).key).toBe(key);
    expect(calls).toEqual(['backtest --strategy momentum --json']);
    const [step] = recipe.steps;
    const other = { ...recipe, steps: [{ ...step!, words: [...step!.words, '--seed', '2'] }] };
    expect((await prepare(other)).key).not.toBe(key);
    expect(calls).toHaveLength(2);
    expect(existsSync(join(folder, 'left-behind'))).toBe(false);
  });

  it('are made again when one of them failed half-way', async () => {
    const root = here.folder('half');
    linkSync(here.at('kept/study/market.duckdb'), join(root, 'market.duckdb'));
    const fails = async () => Promise.reject(new Error('no'));
    await expect(prepareStudy(recipe, root, fails, () => {})).rejects.toThrow('no');
    let calls = 0;
    const works = async () => `${++calls && '{}'}`;
    await prepareStudy(recipe, root, works, () => {});
    expect(calls).toBe(1);
  });
});

describe('the tables of SQL cells', () => {
  const study: Study = {
    recipe: RECIPES[1]!,
    folder: '',
    store: '',
    key: '',
  };
  const open = () =>
    Tables.open({
      ...study,
      folder: here.at('kept/study', study.recipe.id),
      store: here.at('kept/study/market.duckdb'),
    });

  it('hold what the runs left: trades add up to what result.json says', async () => {
    const tables = await open();
    try {
      const sql = 'SELECT count(*) AS n, sum(pnlUsd) AS pnl, max(exitMs) AS last FROM paid.trades';
      const { rows } = await tables.ask(sql, 'x');
      const { statistics, cashUsd } = factsOf('02-costs-matter', 'paid');
      // One trade is still open and is in the equity, as it stands.
      expect(rows[0]!['n']).toBeGreaterThanOrEqual(statistics.trades);
      expect(rows[0]!['pnl']).toBeCloseTo(statistics.finalEquityUsd - cashUsd, 6);
      expect(typeof rows[0]!['last']).toBe('number');
    } finally {
      tables.close();
    }
  });

  it('give plain values: no large integers, no NaN, times as ISO', async () => {
    const tables = await open();
    try {
      const sql = `SELECT 1::BIGINT AS a, 'NaN'::DOUBLE AS b, make_timestamp(0) AS c, [1, 2] AS d`;
      expect(await tables.ask(sql, 'x')).toEqual({
        rows: [{ a: 1, b: null, c: '1970-01-01T00:00:00.000Z', d: [1, 2] }],
        schema: [
          { name: 'a', type: 'other' },
          { name: 'b', type: 'other' },
          { name: 'c', type: 'date' },
          { name: 'd', type: 'other' },
        ],
      });
    } finally {
      tables.close();
    }
  });

  it.each([
    ['SELECT nothing FROM nowhere', /page cell 3: must be SQL that DuckDB runs/],
    ['SELECT * FROM range(20001)', /page cell 3: must give at most 20000 rows, was 20001/],
    ['INSERT INTO market.candle SELECT 1, 1, 1, 1, 1, 1, 1', /page cell 3: must be SQL/],
  ])('refuse %s', async (sql, words) => {
    const tables = await open();
    try {
      await expect(tables.ask(sql, 'page cell 3')).rejects.toThrow(words);
    } finally {
      tables.close();
    }
  });
});

describe('the command', () => {
  it.each([
    [['--only', '2'], '--only: must be one of 01, 02, 03, 04, 05, 06, was "2"'],
    [['--port', '70000'], '--port: must be a whole number from 0 to 65535, was "70000"'],
    [['--json'], '--json: goes with --build'],
  ])('names what is wrong with %s', async (words, rule) => {
    const { code, stdout, stderr } = await here.call(['notebooks', ...words]);
    expect(code).toBe(2);
    expect(`${stderr}${stdout.replaceAll(/",\s+"rule": "/g, ': ')}`).toContain(rule);
  });

  it('serves pages on the loopback address, and nothing beside them', async () => {
    mkdirSync(here.at('secret'), { recursive: true });
    writeFileSync(here.at('secret.html'), 'secret');
    const { url, close } = await servePages(here.at('site'), 0);
    try {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(await (await fetch(url)).text()).toContain('Sapphire notebooks');
      for (const path of ['../secret.html', '%2e%2e/secret.html', 'x.html', '..%2fsecret.html']) {
        expect((await fetch(url + path)).status, path).toBe(404);
      }
    } finally {
      await close();
    }
  });
});
