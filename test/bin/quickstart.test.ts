// The first commands a person types, as they are written in the README.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { VERBS } from '../../bin/main.ts';
import { room, TOP } from '../support/cli.ts';
import { writeSmallStore } from '../support/small-store.ts';

const here = room('quickstart');
afterAll(() => here.remove());
const README = readFileSync(join(TOP, 'README.md'), 'utf8');

/** Runs a line through the shell in the checkout, with the Node of this process first in PATH. */
function shell(line: string) {
  const PATH = `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`;
  const done = spawnSync('sh', ['-c', line], {
    cwd: TOP,
    encoding: 'utf8',
    env: { ...process.env, PATH, NO_COLOR: '1', npm_config_update_notifier: 'false' },
  });
  return { code: done.status, out: done.stdout };
}

const { version } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8'));

it('npx sapphire --help lists every verb', () => {
  const { code, out } = shell('npx sapphire --help');
  expect(code).toBe(0);
  for (const { name, summary } of VERBS)
    expect(out).toMatch(new RegExp(`^  ${name} .*${summary}`, 'm'));
});

it('node bin/sapphire.mjs --version and npm run -s sapphire -- --version print the version', () => {
  for (const line of ['node bin/sapphire.mjs', 'npm run -s sapphire --']) {
    expect(shell(`${line} --version`)).toMatchObject({ code: 0, out: `${version}\n` });
  }
});

it.each(VERBS.map(({ name }) => name))(
  '%s --help shows examples that begin as they are typed',
  (verb) => {
    const { code, out } = shell(`node bin/sapphire.mjs ${verb} --help`);
    expect(code).toBe(0);
    const examples = out.split('Examples:\n')[1]!.trimEnd().split('\n');
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(line).toMatch(/^ {2}([A-Z_]+=\S+ )?sapphire /);
  },
);

it('the npm scripts of the verbs run the verbs', () => {
  for (const verb of ['backtest', 'data', 'config']) {
    const { code, out } = shell(`npm run -s ${verb} -- --help`);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: sapphire ${verb}`);
  }
});

/** Command lines of the README's code blocks: `npm run x -- ...`, without what is said after #. */
const typed = README.split(/^```/m)
  // Text and blocks take turns; a block of another language says so in its first line.
  .filter((block, k) => k % 2 === 1 && block.startsWith('\n'))
  .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
  .flatMap((line) => line.split('#')[0]!.split('&&'))
  .map((line) => line.trim())
  .filter((line) => line.startsWith('npm run '));

it("every command of the README's blocks names a script, and flags that its verb has", () => {
  const { scripts } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8'));
  expect(typed.length).toBeGreaterThanOrEqual(30);
  const flagsOf = new Map<string, Set<string>>();
  for (const line of typed) {
    const [, , script, ...rest] = line.split(/\s+/);
    expect(Object.keys(scripts)).toContain(script);
    const verb = /bin\/sapphire\.mjs (.*)/.exec(scripts[script!])?.[1];
    if (verb === undefined) continue;
    const words = rest.slice(1);
    const noun = /^(data|config)$/.test(verb) ? [words[0]!] : [];
    const command = [verb, ...noun].join(' ');
    const flags = flagsOf.get(command) ?? new Set();
    for (const word of words.filter((one) => one.startsWith('--'))) flags.add(word);
    flagsOf.set(command, flags);
  }
  for (const [command, flags] of flagsOf) {
    const { code, out } = shell(`node bin/sapphire.mjs ${command} --help`);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: sapphire ${command}`);
    for (const flag of flags) expect(out, command).toMatch(new RegExp(`${flag}\\b`));
  }
});

it("the README's strategy runs from any folder, with the flags it is shown with", async () => {
  const source = /```ts\n(import \{ defineStrategy.*?)```/s.exec(README)![1]!;
  writeFileSync(here.at('my-cross.ts'), source);
  await writeSmallStore(here.at('market.duckdb'));
  const words = ['--strategy', './my-cross.ts', '--set', 'parameters.fast=20', '--verify'];
  const { code, stdout, stderr } = await here.sapphire([
    'backtest',
    '--db',
    'market.duckdb',
    ...words,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^my-cross · BTC, ETH · 1h · /);
  expect(stdout).toMatch(/run again: same numbers +event by event: same numbers/);
});
