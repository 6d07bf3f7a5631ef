// `sapphire backtest --watch`: a save shows a new screen and a new page, whatever way the editor
// saves; a broken save says why and waits; Ctrl-C ends it with 130.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesBelow, room, start } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('watch');
const db = here.at('market.duckdb');
const children: ChildProcessWithoutNullStreams[] = [];
beforeAll(() => writeSmallStore(db));
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  here.remove();
});

/** Enters at every n-th candle and leaves at the next: n decides what the run is. */
const strategy = (n: string, more = '') =>
  `import { defineStrategy } from 'sapphire';\n${more}
export default defineStrategy({ name: 'mine', decide: (view) => (view.i % ${n} === 0 ? 1 : 0) });\n`;

/** A child with what it has printed so far, and a way to wait for more. */
function watched(words: readonly string[], cwd: string) {
  const child = start(['backtest', '--watch', '--db', db, ...words], { cwd });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.err += text;
  });
  const exit = new Promise<number | string | null>((done) => {
    child.on('exit', (code, signal) => done(code ?? signal));
  });
  const until = async (holds: () => boolean, what: string) => {
    for (let k = 0; k < 400 && !holds(); k++) await new Promise((done) => setTimeout(done, 50));
    if (!holds()) throw new Error(`waited for ${what} in vain: ${JSON.stringify(said)}`);
  };
  const digests = () => [...said.out.matchAll(/^run\s+digest (\w+)/gm)].map((found) => found[1]!);
  const screens = (count: number) => until(() => digests().length >= count, `${count} screens`);
  return { child, said, exit, until, digests, screens };
}

const page = async (url: string) => (await fetch(url)).text();

it('shows a new screen and page after each save, through errors, until Ctrl-C', async () => {
  const cwd = here.folder();
  const file = join(cwd, 'my.ts');
  writeFileSync(file, strategy('20'));
  const { child, said, exit, until, digests, screens } = watched(['--strategy', './my.ts'], cwd);
  await screens(1);
  await until(() => said.err.includes('Ctrl-C'), 'the address');
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(said.err)![0];
  const first = await page(url);
  expect(first).toContain('EventSource');
  expect(first).toContain(digests()[0]!);

  // An open page is told.
  const stream = (await fetch(`${url}saved`)).body!.getReader();
  writeFileSync(file, strategy('30'));
  await screens(2);
  let events = '';
  while (!events.includes('data: saved')) {
    events += new TextDecoder().decode((await stream.read()).value);
  }
  await stream.cancel();
  const second = await page(url);
  expect(second).not.toBe(first);
  expect(second).toContain(digests()[1]!);
  expect(digests()[1]).not.toBe(digests()[0]);

  // A broken save: the old page stays.
  writeFileSync(file, strategy('('));
  await until(() => /error: .*my\.ts: does not load/.test(said.err), 'the error');
  expect(await page(url)).toBe(second);

  // Saved by a rename, as many editors do, and back to what it was first.
  writeFileSync(join(cwd, 'my.ts~'), strategy('20'));
  renameSync(join(cwd, 'my.ts~'), file);
  await screens(3);
  expect(digests()[2]).toBe(digests()[0]);

  // What it imports counts as well.
  writeFileSync(join(cwd, 'n.ts'), 'export const n = 40;\n');
  writeFileSync(file, strategy('n', "import { n } from './n.ts';"));
  await screens(4);
  writeFileSync(join(cwd, 'n.ts'), 'export const n = 50;\n');
  await screens(5);
  expect(new Set(digests()).size).toBe(4);

  child.kill('SIGINT');
  expect(await exit).toBe(130);
  const results = filesBelow(join(cwd, 'runs')).filter((name) => name.endsWith('result.json'));
  expect(results).toHaveLength(5);
});

it('waits for a first save when what it was given does not load yet', async () => {
  const cwd = here.folder();
  const file = join(cwd, 'my.ts');
  writeFileSync(file, 'export default {');
  const { child, said, exit, until, screens } = watched(['--strategy', './my.ts'], cwd);
  await until(() => said.err.includes('does not load'), 'the error');
  writeFileSync(file, strategy('20'));
  await screens(1);
  child.kill('SIGINT');
  expect(await exit).toBe(130);
});

it('reads a config file again when it is saved', async () => {
  const cwd = here.folder();
  const config = (fast: number) =>
    JSON.stringify({ decision: { strategy: 'sma-cross', parameters: { fast } } });
  writeFileSync(join(cwd, 'my.json'), config(3));
  const { child, exit, digests, screens } = watched(['--config', 'my.json'], cwd);
  await screens(1);
  writeFileSync(join(cwd, 'my.json'), config(5));
  await screens(2);
  expect(new Set(digests()).size).toBe(2);
  child.kill('SIGINT');
  expect(await exit).toBe(130);
});
