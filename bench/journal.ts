// What the journal costs: µs to append a line without flush, lines verified and decoded a second,
// ms a flush. One process, one core; the median of several rounds, the best beside it.
//
//   node bench/journal.ts [lines]

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
  else writer.append({ kind: 'out', tsMs, causeSeq: writer.seq, intent: cancel });
}

const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
try {
  const path = join(folder, 'journal-000001.ndjson');
  const full = await writerWith(path, LINES);
  await full.close();
  const discarded = await machineDisk.create(join(folder, 'discarded'));
  const works = {
    append: () => {
      const writer = new JournalWriter('discarded', discarded, FROM);
      for (let k = 1; k < LINES; k++) append(writer, k);
    },
    verify: () => new JournalReader(path).verify(),
    decode: () => {
      for (const line of new JournalReader(path).lines()) if (line.seq < 0) throw new Error('seq');
    },
  };
  const [appended, verified, decoded] = measureInTurn(works, LINES, 7, 2);
  await discarded.close();

  const writer = await writerWith(join(folder, 'flush'), 1);
  await writer.flush();
  const flushes: number[] = [];
  for (let k = 1; k <= 200; k++) {
    append(writer, k);
    const startMs = performance.now();
    await writer.flush();
    flushes.push(performance.now() - startMs);
  }
  await writer.close();
  flushes.sort((a, b) => a - b);

  const perLine = (ms: number) => ((ms * 1000) / LINES).toFixed(2);
  const rate = (ms: number) => Math.round((LINES * 1000) / ms).toLocaleString('en-US');
  const bytes = Math.round(statSync(path).size / LINES);
  console.log(`journal of ${LINES.toLocaleString('en-US')} lines, ${bytes} bytes a line`);
  console.log(
    `append   ${perLine(appended!.medianMs)} µs a line (best ${perLine(appended!.bestMs)})`,
  );
  console.log(`verify   ${rate(verified!.medianMs)} lines/s (best ${rate(verified!.bestMs)})`);
  console.log(
    `decode   ${rate(decoded!.medianMs)} lines/s, verified too (best ${rate(decoded!.bestMs)})`,
  );
  console.log(`flush    ${flushes[100]!.toFixed(2)} ms median, ${flushes[198]!.toFixed(2)} ms p99`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
