// The numbers of a page, each to be told again by other means: a place of the page is covered when what
// it says equals what a test worked out. What nothing covers is told with its place.

import type { DuckDBConnection } from '@duckdb/node-api';
import { expect } from 'vitest';
import type { RunResult } from '../../../engine/research/result.ts';
import type { Page, PageElement } from '../page.ts';

export type Row = Record<string, number & string>;

/** A claim about some numbers of the page, and how it is tried. */
export interface Check {
  readonly claim: string;
  readonly check: (numbers: Numbers) => Promise<void>;
}

/** Dates, times of day, and numbers with their signs; thousands marked. */
const NUMBER =
  /\d{4}-\d\d-\d\d(?: \d\d:\d\d)?|\d+:\d\d|[+-]?\d(?:[\d,]*\d)?(?:\.\d+)?(?:e[+-]?\d+)?/g;

/** Elements whose own text says numbers; one within another is told by itself. */
const BLOCKS = 'td, th, dd, dt, figcaption, p, li, summary, h1, h2, h3, svg title, i[title]';

export class Numbers {
  readonly page: Page;
  readonly result: RunResult;
  readonly #duck: DuckDBConnection;
  readonly #covered = new Set<PageElement>();

  constructor(page: Page, result: RunResult, duck: DuckDBConnection) {
    this.page = page;
    this.result = result;
    this.#duck = duck;
  }

  async sql(query: string): Promise<Row[]> {
    const reader = await this.#duck.runAndReadAll(query);
    return reader
      .getRowObjectsJS()
      .map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([k, v]) => [k, typeof v === 'bigint' ? Number(v) : v]),
        ),
      ) as Row[];
  }

  /** The first row of an answer. */
  async one(query: string): Promise<Row> {
    const [row] = await this.sql(query);
    return row!;
  }

  /** The table whose caption begins so says exactly these rows; notes below in a cell do not count. */
  table(caption: string, rows: readonly (readonly string[])[], within = 'main'): void {
    const tables = this.page.find(`${within} table`);
    const found = tables.filter((one) => nameOf(one).startsWith(caption));
    expect(found.length, caption).toBe(1);
    const table = found[0]!;
    const shown = [...table.querySelectorAll('tbody tr')].map((row) => [
      ...row.querySelectorAll('th, td'),
    ]);
    expect(
      shown.map((row) => row.map((cell) => spaced(cell.textContent))),
      caption,
    ).toEqual(rows);
    for (const cell of shown.flat()) this.#covered.add(cell);
  }

  /** The places of a kind whose text begins so say these numbers and no others, in their order. */
  words(selector: string, begins: string, numbers: readonly string[]): void {
    const found = this.page
      .find(selector)
      .filter((one) => spaced(one.textContent).startsWith(begins));
    expect(found.length, `${selector}: ${begins}`).toBeGreaterThan(0);
    for (const one of found) {
      expect(numbersIn(one.textContent), `${selector}: ${begins}`).toEqual(
        numbersIn(numbers.join(' ')),
      );
      this.#covered.add(one);
    }
  }

  /** Every place below a selector says only numbers of this pool, or of `constants`. */
  pool(selector: string, pool: ReadonlySet<string>): void {
    for (const block of this.page
      .find(selector)
      .flatMap((one) => [...one.querySelectorAll(BLOCKS)])) {
      const strange = ownNumbers(block).filter((number) => !pool.has(number));
      if (strange.length === 0) this.#covered.add(block);
    }
  }

  /** All that the cell around an element says. */
  textOf(selector: string, text: string): string {
    const [found] = this.page.find(selector).filter((one) => one.textContent === text);
    return spaced(found!.parentElement!.textContent);
  }

  /** How many reasons the verdict has beyond those that its line names; nothing for none. */
  moreReasons(named: number): string[] {
    const more = this.page.find('#trust > ul')[0]!.querySelectorAll('li');
    const left = [...more].length - named;
    return left > 0 ? [String(left)] : [];
  }

  /** Marks what a check looked at by itself. */
  cover(elements: readonly PageElement[]): void {
    for (const one of elements) this.#covered.add(one);
  }

  /** What nobody has told again: `place: text`. */
  left(): string[] {
    return this.page
      .find(BLOCKS)
      .filter((one) => !this.#covered.has(one) && ownNumbers(one).length > 0)
      .map((one) => `<${one.tagName.toLowerCase()}> ${spaced(one.textContent).slice(0, 90)}`);
  }
}

/** The numbers in a text, as they are written there. */
export function numbersIn(text: string): string[] {
  return text.match(NUMBER) ?? [];
}

function spaced(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function nameOf(table: PageElement): string {
  const [caption] = table.querySelectorAll('caption');
  return table.getAttribute('aria-label') ?? caption?.textContent ?? '';
}

/** Numbers of an element and its tooltip, without those of blocks within it. */
function ownNumbers(one: PageElement): string[] {
  if (one.tagName.toLowerCase() === 'i') return numbersIn(one.getAttribute('title') ?? '');
  let text = spaced(one.textContent);
  for (const inner of one.querySelectorAll(BLOCKS))
    text = text.replace(spaced(inner.textContent), ' ');
  return numbersIn(text);
}
