// Keeps built pages off the network. The toolkit's runtime would load chart libraries from a public
// server when a page is opened; here what cells may use is bundled from npm packages, and everything
// else from outside is a module that only says so.

import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const LIBRARY = fileURLToPath(new URL('../cells/library.ts', import.meta.url));
const PUBLIC = 'https://cdn.jsdelivr.net/npm/';
const ABSENT = '\0absent:';
const PLAIN = '\0plain-code';

/** Where the toolkit's own modules are; `observable:styles/index.css` is one of them. */
const TOOLKIT = fileURLToPath(new URL('./', import.meta.resolve('@observablehq/notebook-kit')));

/** Resolves what the toolkit would fetch. */
export function offline(): Plugin {
  return {
    name: 'sapphire:offline',
    enforce: 'pre',
    resolveId(id) {
      if (/(^|\/)recommendedLibraries\.js$/.test(id)) return LIBRARY;
      if (/(^|\/)sampleDatasets\.js$/.test(id)) return `${ABSENT}sample data`;
      // Colours for code in text cells: a third of a page for what no cell uses.
      if (/(^|\/)highlight\.js$/.test(id)) return PLAIN;
      return /^(https?:|npm:|jsr:|absent:)/.test(id) ? `${ABSENT}${id}` : null;
    },
    // Addresses that would only be asked at run time: of a decoder for Parquet, which nothing uses.
    transform(code, id) {
      if (!id.startsWith(TOOLKIT) || !code.includes(PUBLIC)) return null;
      return { code: code.replaceAll(PUBLIC, 'absent:'), map: null };
    },
    load(id) {
      if (id === PLAIN) return 'export const highlight = () => {};';
      if (!id.startsWith(ABSENT)) return null;
      const words = 'not part of this page: it would come from the network';
      return `export default () => { throw new Error(${JSON.stringify(words)}); };`;
    },
  };
}

/** The toolkit's names for its own modules. */
export const ALIAS = [{ find: /^observable:(.*)$/, replacement: `${TOOLKIT}$1` }];
