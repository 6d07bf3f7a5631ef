// Opens a page in the person's browser, or says where it is when there is none.

import { spawn } from 'node:child_process';

const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', win32: 'explorer' };

/** Never fails a run: a machine without a browser gets one line on stderr. */
export function openInBrowser(target: string): void {
  const command = OPENERS[process.platform] ?? 'xdg-open';
  const child = spawn(command, [target], { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write(`no browser could be started: open ${target}\n`));
  child.unref();
}
