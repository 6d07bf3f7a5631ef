// What the page runs: the chart library as it was published, and our own modules in client/, joined into
// one script. Files of this project and of a package, read once; nothing of a run comes in here.

import { readFileSync } from 'node:fs'; // house: constant files of this room and of a plotting package

const CLIENT = ['text', 'colours', 'data', 'votes', 'chart', 'detail', 'table', 'main'];
const LIBRARY =
  '../../node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.js';

let client: string | undefined;
let library: string | undefined;

/** Our modules as one script: every name is used by the others as it stands, so imports fall away. */
export function clientScript(): string {
  client ??= `'use strict';(() => {\n${CLIENT.map(moduleText).join('\n')}\n})();\n`;
  return client;
}

/** TradingView's Lightweight Charts, Apache-2.0; its notice is in its first lines. */
export function chartLibrary(): string {
  library ??= readFileSync(new URL(LIBRARY, import.meta.url), 'utf8');
  return library;
}

function moduleText(name: string): string {
  const text = readFileSync(new URL(`client/${name}.js`, import.meta.url), 'utf8');
  return text
    .replace(/^import [^;]*;\n/gm, '')
    .replace(/^export /gm, '')
    .replace(/^\s*\/\/.*\n/gm, '')
    .replace(/^ {2,}/gm, ' ');
}
