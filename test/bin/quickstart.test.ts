// The first commands a person types, as they are written in the README.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { VERBS } from '../../bin/main.ts';
import { TOP } from '../support/cli.ts';

/** Runs a line through the shell in the checkout, with the Node of this process first in PATH. */
function shell(line: string) {
  const PATH = `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`;
  const started = performance.now();
  const done = spawnSync('sh', ['-c', line], {
    cwd: TOP,
    encoding: 'utf8',
    env: { ...process.env, PATH, NO_COLOR: '1', npm_config_update_notifier: 'false' },
  });
  return { code: done.status, out: done.stdout, ms: performance.now() - started };
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

it('--help answers before a person has let go of the key', () => {
  // Half a second is many times what it takes on an idle machine; the best of three of a busy one.
  const times = [1, 2, 3].map(() => shell('node bin/sapphire.mjs --help').ms);
  expect(Math.min(...times)).toBeLessThan(1000);
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
