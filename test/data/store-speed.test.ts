// The figures that bench/data.ts measures, against what they are meant to be: only in the long tests, on
// a machine that does nothing else.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;

it.runIf(LONG)(
  'five million candles go in and come out in the time they are meant to',
  () => {
    const file = fileURLToPath(new URL('../../bench/data.ts', import.meta.url));
    const child = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    const figures: { name: string; value: number; target: number }[] = JSON.parse(child.stdout);
    expect(figures).toHaveLength(5);
    for (const { name, value, target } of figures) expect(value, name).toBeLessThanOrEqual(target);
  },
  600_000,
);
