// Both ends of a sweep on several machines: what its coordinator announces, and what a worker must have
// to help. The digests of both are made here, of the same things in the same way.

import { relative, resolve } from 'node:path';
import { configDigest, sha256 } from '../data/runs/canonical.ts';
import { memoryDigest } from '../data/runs/memory-file.ts';
import { strategyDigest, strategySourceDigest } from '../data/runs/strategy-digest.ts';
import { planDigest, type SweepStart } from '../data/runs/sweep-folder.ts';
import { checkConfig } from '../engine/config/check.ts';
import { loadSeats } from '../engine/host/load.ts';
import {
  type Announcement,
  PROTOCOL,
  refuseDifferences,
} from '../engine/host/remote/announcement.ts';
import type { RedisLine } from '../engine/host/remote/redis.ts';
import { RemoteCrew } from '../engine/host/remote/remote-crew.ts';
import { loadBook, type SweepWorkerData } from '../engine/host/sweep-ground.ts';
import { lostOutcome } from '../engine/host/sweep-host.ts';
import { CONTRADICTIONS } from '../engine/research/contradictions.ts';
import { answersOf, besideOf } from './beside.ts';
import { groundDigest, type OpenCandles, readSweepData } from './sweep-data.ts';
import { codeVersion, type Prepared } from './sweep-setup.ts';

/** Announces the sweep; workers may come from here on. */
export function openRemote(
  prepared: Prepared,
  start: SweepStart,
  line: RedisLine,
): Promise<RemoteCrew> {
  const objectives = prepared.sweep.objectives.length;
  return RemoteCrew.open({
    line,
    announcement: announcementOf(prepared, start),
    lost: (task, why) => lostOutcome(task, objectives, 'several', why),
  });
}

function announcementOf(prepared: Prepared, start: SweepStart): Announcement {
  const { plan, workerData, reading } = prepared;
  const { config, strategies, objectives, module, cwd } = workerData;
  return {
    // The same after --resume, wherever the folder lies by then; no other sweep has it.
    id: sha256(JSON.stringify([planDigest(plan), start])).slice(0, 24),
    name: plan.name,
    startedAt: start.startedAt,
    reading,
    config,
    strategies,
    objectives,
    module: module === null ? null : relative(cwd, module),
    digests: {
      protocol: PROTOCOL,
      code: plan.code,
      node: process.version,
      configDigest: plan.configDigest,
      strategyDigest: plan.strategyDigest,
      moduleDigest: plan.moduleDigest,
      tapeDigest: plan.tapeDigest ?? null,
      memoryDigest: plan.memoryDigest ?? null,
      dataDigest: prepared.candlesDigest,
      legDigests: plan.legDigests,
      groundDigest: prepared.groundDigest(),
    },
  };
}

/**
 * What trials of an announced sweep stand on here; paths are taken from `cwd`. Throws InputError with
 * every difference, code before strategies before candles.
 */
export async function groundFor(
  announcement: Announcement,
  open: OpenCandles,
  cwd: string,
): Promise<SweepWorkerData> {
  const { digests, strategies, objectives, reading } = announcement;
  refuseDifferences(digests, {
    protocol: PROTOCOL,
    code: codeVersion(),
    node: process.version,
  });
  const config = checkConfig(announcement.config, CONTRADICTIONS);
  const module = announcement.module === null ? null : resolve(cwd, announcement.module);
  const { book, fileOf } = await loadBook(strategies, cwd);
  refuseDifferences(digests, {
    configDigest: configDigest(config),
    strategyDigest: strategyDigest([...fileOf.values()]),
    // A module without a function of its own is not needed here.
    ...(module === null ? {} : { moduleDigest: strategySourceDigest([module]) }),
  });
  const { seats, remembered } = await loadSeats(config.decision, cwd);
  const asks = [...book.values()].some((strategy) => strategy.asks !== undefined);
  const beside = await besideOf(config, asks, remembered, cwd);
  refuseDifferences(digests, {
    tapeDigest: beside.tape?.digest ?? null,
    memoryDigest: memoryDigest(beside.remembered),
  });
  const { venue, interval, symbols } = reading;
  const world = { ...config.world, venue, interval, symbols: [...symbols] };
  const data = await readSweepData(open, { ...config, world }, seats, () => reading);
  const { dataDigest, legDigests, columns } = data;
  refuseDifferences(digests, { dataDigest, legDigests, groundDigest: groundDigest(data) });
  return {
    ...{ columns, config, strategies, cwd, objectives, module },
    remembered: beside.remembered,
    answers: answersOf(beside.tape),
  };
}
