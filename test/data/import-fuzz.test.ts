// Mutated files: whatever happens to a file on its way, importing it never crashes, and every row that
// is stored stands in the file, number by number, and is a possible one.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { importFile } from '../../data/importers/import.ts';
import { candleFault } from '../../data/quality.ts';
import { openStore } from '../../data/store.ts';
import { MINUTE_MS } from '../../engine/interval.ts';
import { random } from '../../engine/random.ts';

const LONG = process.env['SAPPHIRE_LONG'] !== undefined;
const FILES = LONG ? 10_000 : 400;
const SEED = Number(process.env['SAPPHIRE_SEED'] ?? 7);
const folder = mkdtempSync(join(tmpdir(), 'sapphire-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const T = Date.UTC(2025, 0, 1);
const ROWS = 40;
type Draw = () => number;
const whole = (draw: Draw, below: number) => Math.floor(draw() * below);

/** Files of every importer that reads text, by the name that says what they are. */
const KINDS: Readonly<Record<string, (draw: Draw) => string>> = {
  '1h.csv': (draw) =>
    `ts,open,high,low,close,volume\n${lines(draw, (t, row) => [t, ...row].join())}`,
  'funding.csv': (draw) => `ts,rate\n${lines(draw, (t) => `${t},${(draw() / 1000).toFixed(6)}`)}`,
  'klines.csv': (draw) =>
    lines(draw, (t, row) => [t, ...row, t + 3_599_999, 1, 2, row[4]! / 2, 3, 0].join()),
  'odd.csv': (draw) =>
    `Date;O;H;L;C;Vol\n${lines(draw, (t, row) => [new Date(t).toISOString(), ...row].join(';'))}`,
  'trades.csv': (draw) =>
    `ts,price,qty,side\n${lines(draw, (t, row) => `${t},${row[0]},${row[4]},${draw() < 0.5 ? 'buy' : 'sell'}`)}`,
  'quotes.csv': (draw) => `ts,bid,ask\n${lines(draw, (t, row) => `${t},${row[2]},${row[1]}`)}`,
  'rows.json': (draw) =>
    `[${lines(draw, (t, row) => `[${[t, ...row].join()}]`).replaceAll('\n', ',')}]`,
};

function lines(draw: Draw, line: (t: number, row: number[]) => string): string {
  return Array.from({ length: ROWS }, (_, k) => {
    const [open, close] = [100 + draw(), 100 + draw()].map((x) => Number(x.toFixed(3)));
    const row = [
      open!,
      Math.max(open!, close!) + 1,
      Math.min(open!, close!) - 1,
      close!,
      whole(draw, 99) + 1,
    ];
    return line(T + k * 60 * MINUTE_MS, row);
  }).join('\n');
}

const INSERTS = [
  'NaN',
  'Infinity',
  '-1',
  '1e400',
  '9'.repeat(30),
  '"',
  '""',
  ',',
  ';',
  '\n',
  '\r\n',
  '\ufeff',
  '\0',
  '<html>',
  'ts,open',
  'null',
  '{',
  '[',
  '1735689600',
  '1735689600000000',
  '-',
  '.',
  'é',
  '\u202e',
];

/** One to three things that happen to files. */
function mutate(bytes: Buffer, draw: Draw): Buffer {
  let out = Buffer.from(bytes);
  for (let times = 1 + whole(draw, 3); times > 0; times--) {
    const at = whole(draw, out.length + 1);
    const to = Math.min(out.length, at + 1 + whole(draw, 80));
    const kind = whole(draw, 8);
    if (kind === 0) out = out.subarray(0, at);
    else if (kind === 1) out = Buffer.concat([out.subarray(0, at), out.subarray(to)]);
    else if (kind === 2) out = Buffer.concat([out.subarray(0, to), out.subarray(at)]);
    else if (kind === 3 && at < out.length) out[at] = whole(draw, 256);
    else if (kind === 4 && at < out.length) out[at] = 48 + whole(draw, 10);
    else if (kind === 5) {
      const rows = out.toString('latin1').split('\n');
      const [a, b] = [whole(draw, rows.length), whole(draw, rows.length)];
      [rows[a], rows[b]] = [rows[b]!, rows[a]!];
      out = Buffer.from(rows.join('\n'), 'latin1');
    } else if (kind === 6) {
      out = Buffer.concat([
        out.subarray(0, at),
        Buffer.from(INSERTS[whole(draw, INSERTS.length)]!),
        out.subarray(at),
      ]);
    } else
      out = Buffer.concat([
        out.subarray(0, at),
        Buffer.from([whole(draw, 256), whole(draw, 256)]),
        out.subarray(at),
      ]);
  }
  return out;
}

/** Every row of the text as numbers, cut by the simplest means; a row may be cut in several ways. */
function rowsIn(text: string): Set<string> {
  const found = new Set<string>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n|\],?|\[/)) {
    for (const by of [',', ';', '\t', '|']) {
      const cells = line.split(by).map((cell) =>
        cell
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .trim(),
      );
      // Binance's extra cells and csv of other origin: the first number after the time is the open.
      found.add(cells.slice(1, 6).map(Number).join());
      found.add(cells.slice(1, 2).map(Number).join());
    }
  }
  return found;
}

it(
  `${FILES} mutated files never crash an importer and never store a row that is not theirs (seed ${SEED})`,
  async () => {
    const draw = random(SEED, 'fuzz');
    const store = await openStore(join(folder, 'store.duckdb'), { write: true });
    const counts = { imported: 0, failed: 0, skipped: 0 };
    const names = Object.keys(KINDS);
    for (let k = 0; k < FILES; k++) {
      const name = names[k % names.length]!;
      const bytes = mutate(Buffer.from(KINDS[name]!(draw)), draw);
      const zipped = draw() < 0.1;
      const path = join(folder, `v__S${k}__${name}${zipped ? '.gz' : ''}`);
      writeFileSync(path, zipped ? gzipSync(bytes) : bytes);
      const flags = /^(klines|odd|rows)/.test(name) ? { interval: '1h' } : {};
      const outcome = await importFile({ path, named: true }, flags, async () => store);
      rmSync(path);
      counts[outcome.status]++;
      if (outcome.status !== 'imported') continue;
      const dataset = (await store.datasets()).at(-1 - outcome.also.length)!;
      const [times, ...columns] = await store.readRows(
        dataset,
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      );
      const text = bytes.toString('utf8');
      // White space means nothing between the tokens of JSON.
      const cut = rowsIn(name === 'rows.json' ? text.replace(/\s+/g, '') : text);
      const theirs = /^(trades|quotes)/.test(name) ? null : cut;
      for (let i = 0; i < times!.length; i++) {
        const row = columns.map((column) => column[i]!);
        const fault =
          dataset.kind === 'candles'
            ? candleFault(...(row as [number, number, number, number, number]))
            : null;
        const isTheirs = theirs === null || theirs.has(row.join());
        if (fault === null && isTheirs && Number.isFinite(row[0]!)) continue;
        throw new Error(
          `file ${k} (${name}): row ${row.join()} ${fault ?? 'is not in it'}:\n${bytes.toString('latin1')}`,
        );
      }
    }
    store.close();
    // The mutations must leave some files good and break others, or nothing was tried.
    expect(counts.imported).toBeGreaterThan(FILES / 20);
    expect(counts.failed).toBeGreaterThan(FILES / 4);
  },
  LONG ? 1_800_000 : 120_000,
);
