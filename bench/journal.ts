// What the journal costs, in a process of its own; prints one JSON document.
//
//   journal-append   µs to append a line, flush left out; floor: JSON.stringify and SHA-256, chained
//   journal-verify   lines a second whose chain, numbers and stamps are checked
//   journal-decode   and that are decoded as well
//   journal-flush    ms until a line is on the disk
//
//   node bench/journal.ts [lines]

import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../engine/event.ts';
import type { Intent } from '../engine/intent.ts';
import { GENESIS } from '../live/journal/chain.ts';
import { machineDisk } from '../live/journal/disk.ts';
import { FORMAT } from '../live/journal/manifest.ts';
import { JournalReader } from '../live/journal/reader.ts';
import { JournalWriter } from '../live/journal/writer.ts';
import type { LiveFigure } from './live.ts';
import { measureInTurn } from './measure.ts';

const LINES = Number(process.argv[2] ?? 200_000);
const START_MS = 1_750_000_000_000;
const FROM = { seq: -1, hash: GENESIS, tsMs: 0, bytes: 0, inputs: 0, outputs: 0 };

function event(k: number): Event {
  const tsMs = START_MS + k * 1000;
  const price = 60_000 + Math.sin(k) * 500;
  const [open, high, low, close] = [price, price + 12.5, price - 12.25, price + 3.1];
  return {
    kind: 'candle',
    tsMs,
    leg: k % 6,
    openMs: tsMs - 60_000,
    open,
    high,
    low,
    close,
    volume: 12.345,
  };
}

const cancel: Intent = { kind: 'cancel-order', leg: 3, orderId: 1234 };

/** A manifest, then candles, an intent for every twentieth. */
async function writerWith(path: string, lines: number): Promise<JournalWriter> {
  const writer = new JournalWriter(path, await machineDisk.create(path), FROM);
  writer.append({
    kind: 'manifest',
    tsMs: START_MS,
    manifest: {
      format: FORMAT,
      sessionId: 'bench',
      feed: 'bench',
      code: 'bench',
      node: process.version,
      seed: 1,
      config: {},
      configDigest: '',
      market: {},
      data: {},
      parent: null,
    },
  });
  for (let k = 1; k < lines; k++) append(writer, k);
  return writer;
}

function append(writer: JournalWriter, k: number): void {
  const tsMs = START_MS + k * 1000;
  if (k % 20 !== 19) writer.append({ kind: 'in', event: event(k) });
  else writer.append({ kind: 'out', tsMs, causeSeq: Math.max(0, writer.seq), intent: cancel });
}

/** The floor of an append: the same events as JSON, chained, nothing checked or kept. */
function bareAppend(): void {
  let last = GENESIS;
  for (let k = 1; k < LINES; k++) {
    last = hash('sha256', `${last}"}\n${JSON.stringify({ s: k, e: event(k) })}`, 'base64url');
  }
}

async function flushTimes(path: string): Promise<number[]> {
  const writer = await writerWith(path, 1);
  await writer.flush();
  const times: number[] = [];
  for (let k = 1; k <= 200; k++) {
    append(writer, k);
    const startMs = performance.now();
    await writer.flush();
    times.push(performance.now() - startMs);
  }
  await writer.close();
  return times.sort((a, b) => a - b);
}

const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
try {
  const path = join(folder, 'journal-000001.ndjson');
  const full = await writerWith(path, LINES);
  await full.close();
  const discarded = await machineDisk.create(join(folder, 'discarded'));
  const works = {
    bare: bareAppend,
    append: () => {
      let writer = new JournalWriter('discarded', discarded, FROM);
      for (let k = 1; k < LINES; k++) {
        // A session flushes by then: nothing waits for longer.
        if (k % 8192 === 0) writer = new JournalWriter('discarded', discarded, FROM);
        append(writer, k);
      }
    },
    verify: () => new JournalReader(path).verify(),
    decode: () => {
      for (const line of new JournalReader(path).lines()) if (line.seq < 0) throw new Error('seq');
    },
  };
  const measured = measureInTurn(works, LINES, 7, 2);
  const [bare, appended, verified, decoded] = measured.map(({ medianMs }) => medianMs);
  const bests = measured.map(({ bestMs }) => bestMs);
  await discarded.close();
  const flushes = await flushTimes(join(folder, 'flush'));
  const perLine = (ms: number) => (ms * 1000) / LINES;
  const rate = (ms: number) => Math.round((LINES * 1000) / ms);
  const size = `${LINES} lines of ${Math.round(statSync(path).size / LINES)} bytes`;
  const figures: LiveFigure[] = [
    {
      name: 'journal-append',
      value: perLine(appended!),
      unit: 'µs/line',
      target: 10,
      detail: `${size}; best ${perLine(bests[1]!).toFixed(2)}`,
      ratioToFloor: bare! / appended!,
    },
    {
      name: 'journal-verify',
      value: rate(verified!),
      unit: 'lines/s',
      target: 300_000,
      detail: `best ${rate(bests[2]!)}`,
      ratioToFloor: null,
    },
    {
      name: 'journal-decode',
      value: rate(decoded!),
      unit: 'lines/s',
      target: 300_000,
      detail: `verified too; best ${rate(bests[3]!)}`,
      ratioToFloor: verified! / decoded!,
    },
    {
      name: 'journal-flush',
      value: flushes[100]!,
      unit: 'ms',
      target: 20,
      detail: `fdatasync; p99 ${flushes[198]!.toFixed(2)} ms`,
      ratioToFloor: null,
    },
  ];
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
