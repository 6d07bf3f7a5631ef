// One hour of real time against a local venue: `sapphire paper --feed aster` as a person would run
// it, one forced disconnect and one revised candle, then: are the candles of the journal those that
// were sent, and does it replay equal?
//
//   node bench/hour.ts [minutes] [dir]

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SaidCandle } from '../data/venues/contract.ts';
import { MINUTE_MS } from '../engine/interval.ts';
import { readFolder } from '../live/journal/folder.ts';
import { startAsterServer } from '../test/support/venues/aster-server.ts';
import { inventedCandle, playLive } from '../test/support/venues/candles.ts';

const minutes = Number(process.argv[2] ?? 60);
const folder = resolve(process.argv[3] ?? mkdtempSync(join(tmpdir(), 'sapphire-hour-')));
const PRICES = { BTCUSDT: 60_000, ETHUSDT: 2500, SOLUSDT: 150, XRPUSDT: 2.5, BNBUSDT: 600 };
const SYMBOLS = Object.keys(PRICES) as (keyof typeof PRICES)[];
const HISTORY = 3000;

/** The candle of a minute, the same at every call. */
function candleAt(symbol: string, openMs: number): SaidCandle {
  const k = SYMBOLS.indexOf(symbol as keyof typeof PRICES);
  const price = PRICES[SYMBOLS[k]!];
  return inventedCandle(k + 1, openMs, MINUTE_MS, price, price < 10 ? 4 : 2);
}

const startMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
const symbols = Object.fromEntries(
  SYMBOLS.map((symbol) => {
    const candles = Array.from({ length: HISTORY }, (_, k) =>
      candleAt(symbol, startMs - (HISTORY - k) * MINUTE_MS),
    );
    return [symbol, { candles }];
  }),
);
const server = await startAsterServer({ symbols });
const stop = playLive(
  {
    intervalMs: MINUTE_MS,
    nowMs: Date.now,
    symbols: SYMBOLS,
    form: (symbol, candle) => server.form(symbol, candle),
    close: (symbol, candle) => server.close(symbol, candle),
  },
  candleAt,
);
/** In the middle of a minute a third of the way through. */
const disconnectMs = startMs + Math.max(1, Math.floor(minutes / 3)) * MINUTE_MS + 29_000;
const reviseMs = startMs + Math.max(2, Math.floor((2 * minutes) / 3)) * MINUTE_MS + 12_000;
setTimeout(() => server.drop(), disconnectMs - Date.now());
let revisedMs = 0;
setTimeout(() => {
  revisedMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 3 * MINUTE_MS;
  const candle = candleAt('ETHUSDT', revisedMs);
  server.revise('ETHUSDT', { ...candle, close: candle.open, volume: candle.volume + 1 });
}, reviseMs - Date.now());

const code = await sapphire([
  'paper',
  ...['--feed', 'aster', '--rest-url', server.hosts.restUrl],
  ...['--stream-url', server.hosts.streamUrl, '--symbols', SYMBOLS.join()],
  ...['--strategy', 'sma-cross', '--set', 'decision.parameters.fast=3'],
  ...['--set', 'decision.parameters.slow=9', '--days', String(minutes / 1440), '--dir', folder],
]);
stop();
await server.stop();
process.exitCode = report(code) && (await sapphire(['replay', folder])) === 0 ? 0 : 1;

function sapphire(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ['bin/sapphire.mjs', ...words], { stdio: 'inherit' });
  return new Promise((done) => child.on('exit', (exit) => done(exit ?? 1)));
}

/** True when the journal holds every candle that was sent, as it was sent first. */
function report(exit: number): boolean {
  const seen = new Map<string, string>();
  const notes = new Map<string, number>();
  let rows = 0;
  for (const line of readFolder(folder)) {
    if (line.kind === 'note') notes.set(line.note.code, (notes.get(line.note.code) ?? 0) + 1);
    if (line.kind !== 'in') continue;
    if (line.event.kind === 'row-closed') rows++;
    if (line.event.kind !== 'candle') continue;
    const { leg, openMs, open, high, low, close, volume } = line.event;
    seen.set(`${SYMBOLS[leg]} ${openMs}`, [open, high, low, close, volume].join());
  }
  let wrong = 0;
  for (const [key, values] of seen) {
    const [symbol, openMs] = key.split(' ') as [string, string];
    const { open, high, low, close, volume } = candleAt(symbol, Number(openMs));
    if ([open, high, low, close, volume].join() !== values) wrong++;
  }
  const missing = rows * SYMBOLS.length - seen.size;
  const told = [...notes].map(([note, count]) => `${note} ${count}`).join(', ');
  process.stdout.write(
    `hour       exit ${exit}, ${rows} rows, ${seen.size} candles, ${missing} missing, ${wrong} wrong\n` +
      `notes      ${told}\nrevised    ETHUSDT ${new Date(revisedMs).toISOString()}\n`,
  );
  return exit === 0 && missing === 0 && wrong === 0 && (notes.get('revised') ?? 0) > 0;
}
