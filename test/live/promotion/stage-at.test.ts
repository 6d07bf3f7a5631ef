// At which stage a restart trades: read from what the stages before came to, each in a journal of its own.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../engine/interval.ts';
import { beginAgain, stageAt } from '../../../live/promotion/stage-at.ts';
import type { StageRecord } from '../../../live/promotion/stages.ts';
import { body } from './sample.ts';

const root = mkdtempSync(join(tmpdir(), 'sapphire-stages-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const WELL: StageRecord = { tradedMs: 8 * DAY_MS, drawdown: 0.01, isClean: true };

/** 10 %, 50 % and all of 500 USD at one venue and 250 at another, 7 days each; halted after 5 %. */
function scene(name: string) {
  const dir = join(root, name);
  mkdirSync(dir);
  let came: StageRecord | null = null;
  /** Starts, after a session there that came to this; a journal is left behind. */
  const start = async (record: StageRecord | null) => {
    came = record;
    const at = await stageAt(dir, body(), async () => came);
    mkdirSync(at.folder, { recursive: true });
    return { folder: basename(at.folder), usd: at.capitalUsd, step: at.step };
  };
  return { dir, start };
}

describe('a stage', () => {
  it('begins small, goes on where it was, and leads up when it went well', async () => {
    const { start } = scene('up');
    expect(await start(null)).toEqual({ folder: 'stage-1', usd: 75, step: null });
    expect(await start(null)).toEqual({ folder: 'stage-1', usd: 75, step: null });
    const early = { ...WELL, tradedMs: 6.9 * DAY_MS };
    expect(await start(early)).toMatchObject({ folder: 'stage-1', step: 'stay' });
    expect(await start(WELL)).toEqual({ folder: 'stage-2', usd: 375, step: 'up' });
    expect(await start(WELL)).toEqual({ folder: 'stage-3', usd: 750, step: 'up' });
    expect(await start(WELL)).toMatchObject({ folder: 'stage-3', step: 'stay' });
  });

  it('that is come back to has a journal of its own', async () => {
    const { start } = scene('down');
    await start(null);
    await start(WELL);
    const badly = { ...WELL, drawdown: 0.04 };
    expect(await start(badly)).toEqual({ folder: 'stage-1-again-1', usd: 75, step: 'down' });
    expect(await start(WELL)).toEqual({ folder: 'stage-2-again-1', usd: 375, step: 'up' });
  });

  it('that has lost its limit halts at every start, until a person lets it begin again', async () => {
    const { dir, start } = scene('halt');
    await start(null);
    await start(WELL);
    const lost = { ...WELL, drawdown: 0.05 };
    expect(await start(lost)).toMatchObject({ folder: 'stage-2', step: 'halt' });
    expect(await start(lost)).toMatchObject({ folder: 'stage-2', step: 'halt' });
    const again = beginAgain(dir, body());
    expect(basename(again.folder)).toBe('stage-1-again-1');
    expect(existsSync(again.folder)).toBe(false);
    expect(await start(null)).toMatchObject({ folder: 'stage-1-again-1', usd: 75 });
  });

  it('is refused where it is none of the promotion', async () => {
    const { dir, start } = scene('none');
    for (const text of ['', '{"stage":4,"turn":0}', '{"stage":1.5,"turn":0}', '{"stage":1}']) {
      writeFileSync(join(dir, 'stage.json'), text);
      await expect(start(null), text).rejects.toThrow(
        'must name a stage of this promotion, 1 to 3',
      );
    }
  });
});
