// A shorter way to the files that a command is made of. Node asks the disk several times for each of
// some 3000 imports, 2300 of them inside the schema library; a relative import that ends in `.ts` or
// `.mjs` says by its text alone where it leads. Loaded before everything else, by the command and by
// each worker thread; a person's own files are left to Node, which tells better what is missing.

import { registerHooks } from 'node:module';

const PACKAGE = new URL('../../', import.meta.url).href;
const OURS = ['bin', 'data', 'engine', 'live', 'reports', 'node_modules/typebox'].map(
  (folder) => `${PACKAGE}${folder}/`,
);
const FORMATS = { '.ts': 'module-typescript', '.mjs': 'module' } as const;

registerHooks({
  resolve(specifier, { parentURL }, next) {
    const ending = /^\.\.?\/.*(\.ts|\.mjs)$/.exec(specifier)?.[1];
    if (ending === undefined || parentURL === undefined) return next(specifier);
    if (!OURS.some((folder) => parentURL.startsWith(folder))) return next(specifier);
    const url = new URL(specifier, parentURL).href;
    return { url, format: FORMATS[ending as keyof typeof FORMATS], shortCircuit: true };
  },
});
