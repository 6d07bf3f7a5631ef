// The page of a run, drawn and read back as a person without a screen would.

import { parseHTML } from 'linkedom';
import type { RunResult } from '../../engine/research/result.ts';
import { renderReport } from '../../reports/run/report.ts';
import { type SampleOptions, sampleResult } from '../support/sample-result.ts';

export interface Page {
  /** Without what is in its scripts. */
  readonly text: string;
  /** Characters of all of it. */
  readonly size: number;
  readonly find: (selector: string) => PageElement[];
  /** Text of the first match, white space collapsed. */
  readonly read: (selector: string) => string;
}

export interface PageElement {
  readonly tagName: string;
  readonly parentElement: PageElement | null;
  readonly textContent: string;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

export async function pageOf(given: SampleOptions | RunResult = {}): Promise<Page> {
  const whole = await renderReport('facts' in given ? given : sampleResult(given));
  const { document } = parseHTML(whole);
  const text = whole.replace(/(<script[^>]*>)[\s\S]*?(<\/script>)/g, '$1$2');
  const find = (selector: string): PageElement[] => [...document.querySelectorAll(selector)];
  const read = (selector: string) => find(selector)[0]!.textContent.replace(/\s+/g, ' ').trim();
  return { text, size: whole.length, find, read };
}

/** Cells of every table below a selector, row by row; what stands below in a cell comes after a |. */
export function tablesOf(page: Page, selector: string): string[][][] {
  return page.find(`${selector} table`).map((table) =>
    [...table.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('th, td')].map((cell) => {
        const [below] = cell.querySelectorAll('small');
        const text = cell.textContent.trim();
        if (below === undefined) return text;
        return `${text.slice(0, -below.textContent.length).trim()} | ${below.textContent}`;
      }),
    ),
  );
}
