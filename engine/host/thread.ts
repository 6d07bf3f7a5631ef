// Where a worker thread begins: hooks first, which threads do not inherit; then the module that it is
// to run, given by its URL as the one argument.

import './shortcut.ts';

await import(process.argv[2]!);
