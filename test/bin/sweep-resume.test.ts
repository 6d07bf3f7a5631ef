// Whatever ends a sweep, what it tried is kept, and going on leaves the same files as never having
// stopped: Ctrl-C, a killed process, a worker that dies. Real processes are started and really killed.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, ended, room, start } from '../support/cli.ts';
import {
  factsBytes,
  factsOf,
  folderWith,
  KEPT_FILES,
  ledgerOf,
  rowsOf,
  SLOW,
  SLOW_SPEC,
  type SweepDocument,
  statusesOf,
  sweepJson,
  until,
  wholeSweep,
  writeSpec,
} from './sweep-support.ts';

const here = room('sweep-resume');
const TRIALS = 60;

let words: readonly string[];
/** What never having stopped leaves. */
let whole: SweepDocument;
let wanted: Readonly<Record<string, string>>;
let made = 0;

beforeAll(async () => {
  const swept = await wholeSweep(here, { budget: TRIALS, batch: 7, judged: 3, workers: 2 });
  words = swept.words;
  whole = swept.document;
  wanted = swept.wanted;
});
afterAll(() => here.remove());

interface Begun {
  readonly runs: string;
  readonly out: string;
  readonly end: Promise<Ended>;
  readonly child: ChildProcessWithoutNullStreams;
}

/** Starts the sweep in a runs folder of its own and waits until some trials are in. */
async function begin(rows: number, more: readonly string[] = []): Promise<Begun> {
  const runs = here.at(`runs-${made++}`);
  const env = { SAPPHIRE_RUNS: runs };
  const child = start(['sweep', ...words, '--workers', '2', ...more], { cwd: here.root, env });
  const end = ended(child);
  const out = await folderWith(runs, rows);
  return { runs, out, end, child };
}

const resume = (out: string, runs: string, more: readonly string[] = []) =>
  sweepJson(here, ['--resume', out, ...more], { env: { SAPPHIRE_RUNS: runs } });

/** Each trial once, by config: 60, three of which are judged with another range, and two in worse worlds. */
function expectCounted(runs: string): void {
  const last = statusesOf(runs);
  expect(last.size).toBe(TRIALS + 3 + 2);
  expect(new Set(last.values())).toEqual(new Set(['finished']));
}

describe('a sweep', () => {
  it('that Ctrl-C ends keeps what is in, says how to go on, and goes on to the same files', async () => {
    const { runs, out, end, child } = await begin(15);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    const kept = rowsOf(out).length;
    expect(kept).toBeGreaterThanOrEqual(15);
    expect(kept).toBeLessThan(TRIALS);
    expect(stderr).toContain(`interrupted: ${kept} of 60 trials are kept; go on with\n`);
    expect(stderr).toMatch(/npm run sweep -- --resume runs-\d+\/.*-slow-[0-9a-f]{8}-sweep\n$/);
    expect(existsSync(join(out, 'result.json'))).toBe(false);
    // What was under way is counted, and so is what is in.
    const statuses = ledgerOf(runs).map(({ status }) => status);
    expect(statuses.filter((status) => status === 'finished')).toHaveLength(kept);
    const aborted = statuses.filter((status) => status === 'aborted').length;
    expect(aborted).toBeGreaterThanOrEqual(1);
    expect(aborted).toBeLessThanOrEqual(7);

    const { digest } = await resume(out, runs, ['--workers', '1']);
    expect({ digest, ...factsBytes(out, KEPT_FILES) }).toEqual(wanted);
    expectCounted(runs);
  });

  it('that is killed goes on to the same files, however often, with a torn line, too', async () => {
    const { runs, out, end, child } = await begin(9);
    child.kill('SIGKILL');
    await end;
    const first = rowsOf(out).length;
    appendFileSync(join(out, 'trials.ndjson'), '{"index":9,"sta');
    appendFileSync(join(out, 'daily-returns.f64'), 'torn');
    const again = start(['sweep', '--resume', out], { env: { SAPPHIRE_RUNS: runs } });
    const second = ended(again);
    await until(
      () => readFileSync(join(out, 'trials.ndjson'), 'utf8').split('\n').length > first + 9,
    );
    again.kill('SIGKILL');
    await second;
    expect(rowsOf(out).length).toBeGreaterThan(first);

    const { digest, trials } = await resume(out, runs);
    expect(trials).toBe(TRIALS);
    expect({ digest, ...factsBytes(out, KEPT_FILES) }).toEqual(wanted);
    expectCounted(runs);
  });

  it('of which a worker dies in the middle leaves the same files', async () => {
    const cwd = here.folder('dying');
    const mark = join(cwd, 'died');
    const dying = (dies: boolean) =>
      SLOW.replace(
        'let x = 0;',
        `let x = 0;
        if (${dies} && i === 200 && size > 0.5 && !isMainThread && !existsSync(${JSON.stringify(mark)})) {
          writeFileSync(${JSON.stringify(mark)}, '');
          process.exit(1);
        }`,
      ).replace(
        'import',
        `import { existsSync, writeFileSync } from 'node:fs';
        import`,
      );
    const few = writeSpec(here, 'few.json', { ...SLOW_SPEC, budget: 24, batch: 7 });
    const found: Record<string, string>[] = [];
    for (const dies of [false, true]) {
      // The same source but for a word in a comment's place: its digest is part of the plan.
      writeFileSync(join(cwd, 'slow.ts'), dying(true));
      if (!dies) writeFileSync(mark, '');
      const { out } = await sweepJson(here, [few, ...words.slice(1)], { cwd });
      found.push({ ...factsBytes(out, KEPT_FILES) });
      expect(existsSync(mark)).toBe(true);
      rmSync(mark);
    }
    expect(found[1]).toEqual(found[0]);
  });

  it('that has ended is shown again and not run again', async () => {
    const runs = here.at('whole');
    const lines = ledgerOf(runs).length;
    const { digest, best, trials } = await resume(whole.out, runs);
    expect({ digest, best, trials }).toEqual({
      digest: wanted.digest,
      best: whole.best,
      trials: 60,
    });
    expect(ledgerOf(runs)).toHaveLength(lines);
    const shown = await here.call(['sweep', '--resume', whole.out]);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('60 trials were made: 60 completed');
    expect(factsOf(whole.out).best[0]!.index).toBe(best!.index);
  });

  it('that another process has open is left alone, with code 7', async () => {
    const { out, runs, end, child } = await begin(3);
    const other = await here.call(['sweep', '--resume', out], { env: { SAPPHIRE_RUNS: runs } });
    expect(other).toMatchObject({ code: 7, stdout: '' });
    expect(other.stderr).toContain(`is being swept by process ${child.pid}`);
    child.kill('SIGKILL');
    await end;
  });
});

describe('going on', () => {
  it('with another spec, config, strategy, data or number of judged is refused, by name', async () => {
    const { out, runs, end, child } = await begin(3);
    child.kill('SIGKILL');
    await end;
    const files = () =>
      readdirSync(out).map((name) => [name, readFileSync(join(out, name)).length]);
    const before = files();
    const other = writeSpec(here, 'other.json', {
      ...SLOW_SPEC,
      budget: TRIALS,
      batch: 7,
      seed: 5,
      parameters: { ...SLOW_SPEC.parameters, 'parameters.n': { from: 2, to: 50, step: 1 } },
    });
    // All of it is told at once; a strategy only where the file is the same.
    writeFileSync(here.at('slow.ts'), SLOW.replace('2_500', '2_501'));
    const base = words.slice(1, -2).map((word) => (word === 'BTCUSDT' ? 'ETHUSDT' : word));
    const all = ['sweep', other, ...base, '--top', '4', '--set', 'world.slippageBps=7'];
    const { code, stdout, stderr } = await here.call([...all, '--resume', out], {
      env: { SAPPHIRE_RUNS: runs },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const said of [
      `spec parameters.parameters.n.to: must be as in ${out} (60), was 50`,
      `spec seed: must be as in ${out} (nothing), was 5`,
      `config world.slippageBps: must be as in ${out} (2), was 7`,
      'data of paperx ETHUSDT: must be the',
      '--top: must be 3, as',
      'strategies: must be the strategies that',
    ]) {
      expect(stderr).toContain(said);
    }
    writeFileSync(here.at('slow.ts'), SLOW);
    expect(files()).toEqual(before);
    const { digest } = await resume(out, runs);
    expect(digest).toBe(wanted.digest);
  });
});
