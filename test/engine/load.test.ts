// Finding and loading strategies. What the hooks do is tried in a Node of its own that begins as the
// command does.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors.ts';
import { loadSeats, loadStrategy, shippedStrategies } from '../../engine/host/load.ts';
import { configOf } from '../support/run.ts';

const LOADER = new URL('../../engine/host/load.ts', import.meta.url).href;
const SHORTCUT = new URL('../../engine/host/shortcut.ts', import.meta.url).href;
let folder = '';

const FILES: Readonly<Record<string, string>> = {
  'good.ts': `import { defineStrategy, sma } from 'sapphire';
    import { half } from './helpers/half.ts';
    export default defineStrategy({
      name: 'good',
      parameters: { period: { default: 10, min: 2, max: 50, integer: true } },
      features: ({ period }) => ({ slow: sma(period) }),
      decide: (): number => half(1),
    });`,
  'helpers/half.ts': 'export const half = (x: number): number => x / 2;',
  'nothing.ts': 'export const strategy = 1;',
  'silent.ts': `export default { name: 'silent' };`,
  'throws.ts': `throw new Error('no luck today');`,
  'syntax.ts': 'export default { name: ',
  'enum.ts': `enum Mode { Fast } export default { name: 'enum', decide: () => Mode.Fast };`,
  'missing-import.ts': `import { x } from './nowhere.ts'; export default { name: 'm', decide: () => x };`,
  'no-such-export.ts': `import { smaa } from 'sapphire'; export default { name: 'm', decide: () => smaa };`,
  'notes.txt': 'hello',
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sapphire-load-'));
  mkdirSync(join(folder, 'helpers'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs TypeScript in a Node of its own with the loader at hand; what it returns, as JSON. */
function inNode(body: string): unknown {
  const script = `
    import { writeFileSync } from 'node:fs';
    import { loadStrategy, loadSeats } from ${JSON.stringify(LOADER)};
    const cwd = ${JSON.stringify(folder)};
    const told = async (act) => {
      try { return await act(); } catch (e) { return e.name + ': ' + e.message; }
    };
    const out = await (async () => { ${body} })();
    console.log(JSON.stringify(out));`;
  const args = ['--import', SHORTCUT, '--input-type=module-typescript', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: folder });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

async function complaint(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('a strategy is found', () => {
  it('by its name, wherever one stands', async () => {
    const { strategy, file } = await loadStrategy('sma-cross', '/', 'k');
    expect(strategy.name).toBe('sma-cross');
    expect(file).toMatch(/strategies\/sma-cross\.ts$/);
    expect(shippedStrategies()).toContain('momentum');
  });

  it('by a path from the folder one stands in, or an absolute one', async () => {
    const here = join(LOADER.slice('file://'.length), '../../..');
    const relative = await loadStrategy('./strategies/momentum.ts', here, 'k');
    const absolute = await loadStrategy(join(here, 'strategies/momentum.ts'), '/', 'k');
    expect(relative.file).toBe(absolute.file);
    expect(absolute.strategy.name).toBe('momentum');
  });

  it.each([
    ['sma-cros', /^k: must be one of .*, was "sma-cros" \(did you mean sma-cross\?\)$/],
    ['zzzzzzzzzz', /^k: must be one of .*, or the path of a \.ts file, was "zzzzzzzzzz"$/],
    ['./nowhere.ts', /^k: no such file, was "\.\/nowhere\.ts"$/],
  ])('or not, and %s is told what there is', async (name, text) => {
    expect(await complaint(() => loadStrategy(name, folder, 'k'))).toMatch(text);
  });

  it('only in a .ts file', async () => {
    expect(await complaint(() => loadStrategy('./notes.txt', folder, 'k'))).toBe(
      'k: must be a .ts file, was "./notes.txt"',
    );
  });
});

describe('a file of a person, in any folder', () => {
  it("may import 'sapphire' and its own helpers", () => {
    const out = inNode(`
      const { strategy, file } = await loadStrategy('./good.ts', cwd, 'k');
      const slow = Object.keys(strategy.features({ period: 3 }));
      return { name: strategy.name, half: strategy.decide({}), slow, file };`);
    expect(out).toEqual({ name: 'good', half: 0.5, slow: ['slow'], file: join(folder, 'good.ts') });
  });

  it('that is not a strategy, or does not load, is told what is wrong: bad input, not a crash', () => {
    const names = [
      'nothing',
      'silent',
      'throws',
      'syntax',
      'enum',
      'missing-import',
      'no-such-export',
    ];
    const out = inNode(`
      const out = {};
      for (const name of ${JSON.stringify(names)}) {
        out[name] = await told(() => loadStrategy('./' + name + '.ts', cwd, 'strategy'));
      }
      return out;`) as Record<string, string>;
    expect(out['nothing']).toBe(
      'InputError: ./nothing.ts: must export default defineStrategy({...})',
    );
    expect(out['silent']).toBe(
      'InputError: ./silent.ts: must have analyze (a vote), decide (a target exposure) or asks (a model)',
    );
    expect(out['throws']).toBe('InputError: strategy ./throws.ts: does not load: no luck today');
    for (const name of ['syntax', 'enum', 'missing-import', 'no-such-export']) {
      expect(out[name]).toMatch(
        new RegExp(`^InputError: strategy \\./${name}\\.ts: does not load: .`),
      );
    }
    expect(out['missing-import']).toContain('nowhere.ts');
    expect(out['no-such-export']).toContain('smaa');
  });

  it('is read again when asked for afresh, its helpers too, however quickly it was saved', () => {
    const out = inNode(`
      const seen = [];
      for (let k = 1; k <= 5; k++) {
        writeFileSync(cwd + '/helpers/half.ts', 'export const half = (x: number) => ' + k + ' + x;');
        const { strategy } = await loadStrategy('./good.ts', cwd, 'k', true);
        seen.push(strategy.decide({}));
      }
      writeFileSync(cwd + '/helpers/half.ts', ${JSON.stringify(FILES['helpers/half.ts'])});
      return seen;`);
    expect(out).toEqual([2, 3, 4, 5, 6]);
  });
});

describe('the seats of a config', () => {
  const seats = (decision: Parameters<typeof configOf>[0]) =>
    loadSeats(configOf(decision).decision, folder);

  it('are one that decides alone, with its parameters', async () => {
    const {
      seats: one,
      solo,
      label,
      files,
    } = await seats({
      decision: { strategy: 'sma-cross', parameters: { fast: 5 } },
    });
    expect({ solo, label, files: files.length }).toEqual({
      solo: true,
      label: 'sma-cross',
      files: 1,
    });
    expect(one[0]).toMatchObject({ id: 'sma-cross', weight: 1, parameters: { fast: 5 } });
  });

  it('or agents by id, in the order of the config, under the weights given', async () => {
    const agents = {
      chartist: { use: 'quant-alpha', weight: 2 },
      'risk-guardian': {},
    } as never;
    const { seats: two, solo, label } = await seats({ decision: { agents } });
    expect({ solo, label }).toEqual({ solo: false, label: 'swarm of 2 agents' });
    expect(two.map(({ id, weight, strategy }) => [id, weight, strategy.name])).toEqual([
      ['chartist', 2, 'quant-alpha'],
      ['risk-guardian', 1, 'risk-guardian'],
    ]);
  });

  it('are checked all at once: names, parameters, and whether they can vote', async () => {
    const agents = {
      'quant-alfa': {},
      'sma-cross': {},
      'degen-hunter': { parameters: { nonsense: 1 } },
    } as never;
    const text = await complaint(() => seats({ decision: { agents } }));
    const lines = text.split('\n');
    expect(lines.length).toBe(3);
    expect(lines[0]).toMatch(/^decision\.agents\.quant-alfa: .*did you mean quant-alpha\?/);
    expect(lines[1]).toBe('decision.agents.sma-cross: sma-cross has no analyze, so it cannot vote');
    expect(lines[2]).toMatch(
      /^decision\.agents\.degen-hunter\.parameters\.nonsense: is not a param/,
    );
  });

  it.each([
    ['out of its range', { fast: -3 }, /^decision\.parameters\.fast: must be .*, was -3$/],
    ['misspelt', { fats: 3 }, /^decision\.parameters\.fats: .*did you mean fast\?/],
  ])('refuse a parameter that is %s', async (_, parameters, text) => {
    const decision = { strategy: 'sma-cross', parameters: parameters as never };
    expect(await complaint(() => seats({ decision }))).toMatch(text);
  });

  it.each([
    ['nobody', {}],
    ['only listeners', { 'quant-alpha': { weight: 0 } }],
  ])('refuse %s to decide', async (_, agents) => {
    expect(await complaint(() => seats({ decision: { agents: agents as never } }))).toBe(
      'decision.agents: must hold an agent with a weight above 0',
    );
  });
});
