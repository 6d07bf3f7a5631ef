// What cells may use without importing it, in place of the toolkit's list, which comes from the network.

import { columnWidth } from './width.ts';

export const width = columnWidth;
export const Plot = () => import('@observablehq/plot');
/** Markdown with values in it, as the toolkit renders its text cells. */
export const md = () => import('observable:runtime/stdlib/md.js').then((module) => module.md);
/** Numbers as the reports write them: `write.percent(0.031)`, `write.usd(12)`. */
export const write = () => import('../../reports/format.ts');
export const table = () => import('./table.ts').then((module) => module.table);
export const figure = () => import('./figure.ts').then((module) => module.figure);
export const slider = () => import('./slider.ts').then((module) => module.slider);
/** Normal distribution, Sharpe ratios of luck and the like, as the engine computes them. */
export const statistics = () => import('./statistics.ts');
