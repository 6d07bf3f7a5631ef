#!/usr/bin/env node
// The command's first file: plain JavaScript that any Node of the last years can read, because it
// must be able to say that a Node is too old. Everything else is TypeScript and starts at main.ts.
//
// On an older Node it starts itself again with the one that npm installed beside the package.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const NEEDED = [24, 12];
const [major, minor] = process.versions.node.split('.').map(Number);
const isOld = major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]);

// NO_COLOR wins over FORCE_COLOR (output.ts). Node decides the other way and warns of it on stderr.
if (process.env.NO_COLOR) delete process.env.FORCE_COLOR;

if (!isOld) {
  // History lies in columns outside the heap. A large young generation would only hold pages that
  // are never given back: 60 MB of a backtest's peak, and no faster.
  setFlagsFromString('--max-semi-space-size=8');
  const { directory } = module.enableCompileCache();
  // Worker threads and the watchdog have a cache only where the environment says so.
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= dirname(directory);
  await import('../engine/host/shortcut.ts');
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
} else {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const beside = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url));
  if (existsSync(beside) && process.env.SAPPHIRE_RESTARTED !== '1') startAgain(beside);
  else {
    const wanted = `Node ${NEEDED.join('.')} or newer`;
    console.error(`error: sapphire needs ${wanted}, this is ${process.versions.node}: try npm ci`);
    process.exitCode = 2;
  }
}

function startAgain(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, SAPPHIRE_RESTARTED: '1' },
  });
  // A terminal sends Ctrl-C to both; main.ts takes the second of two that come together for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`error: ${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
