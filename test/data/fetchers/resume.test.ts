// Any stretches in any order, cut short anywhere, over a venue that stumbles: what is stored in the end
// is what one undisturbed fetch would have stored.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aster } from '../../../data/fetchers/aster.ts';
import { startAsterServer } from '../../support/venues/aster-server.ts';
import { inventedCandles } from '../../support/venues/candles.ts';
import { VirtualPace } from '../../support/venues/pace.ts';
import { ALL, datasetsOf, fetchInto, freshPath, recordsOf, withStore } from './fetch-room.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const MINUTE = 60_000;
const START_MS = Date.UTC(2025, 0, 6);
const ROWS = 300;
const END_MS = START_MS + ROWS * MINUTE;
const candles = inventedCandles(3, START_MS, ROWS + 1, MINUTE);

const row = fc.integer({ min: 0, max: ROWS });
const step = fc.record({
  from: row,
  to: row,
  /** A row that one answer lacks, a fault that passes, one that does not, and an interruption. */
  lost: fc.option(row),
  fault: fc.constantFrom(null, 'html', 'truncated', 'reset'),
  isAway: fc.boolean(),
  isStopped: fc.boolean(),
});

it('ends as one undisturbed fetch does', async () => {
  const missing = fc.uniqueArray(row, { maxLength: 6 });
  // Long over: what is missing by then is missing for good.
  await fc.assert(
    fc.asyncProperty(
      missing,
      fc.array(step, { minLength: 1, maxLength: 6 }),
      async (gone, steps) => {
        const pace = new VirtualPace(END_MS + 3 * 3_600_000);
        const symbols = { BTCUSDT: { candles } };
        const server = await startAsterServer({ symbols, nowMs: () => pace.nowMs() });
        const common = { fetcher: aster, url: server.hosts.restUrl, pace, symbols: ['BTCUSDT'] };
        try {
          for (const k of gone) server.miss('BTCUSDT', candles[k]!.openMs);
          const path = freshPath();
          for (const { from, to, lost, fault, isAway, isStopped } of steps) {
            if (from >= to) continue;
            if (lost !== null) server.lose('BTCUSDT', candles[lost]!.openMs);
            if (fault !== null) server.fail({ kind: fault }, isAway ? 99 : 2, '/fapi/v3/klines');
            const stop = new AbortController();
            const range = { fromMs: START_MS + from * MINUTE, toMs: START_MS + to * MINUTE };
            const onRows = () => isStopped && stop.abort();
            await fetchInto({ ...common, ...range, path, signal: stop.signal, onRows });
            server.heal();
            pace.pass(60_000);
            pace.set(-60_000);
          }
          await fetchInto({ ...common, path, fromMs: START_MS, toMs: END_MS });
          const whole = freshPath();
          await fetchInto({ ...common, path: whole, fromMs: START_MS, toMs: END_MS });
          const wanted = candles.slice(0, ROWS).filter((_, k) => !gone.includes(k));
          await withStore(path, async (store) => {
            const { openMs, close } = await store.readCandles('aster', 'BTCUSDT', MINUTE, ...ALL);
            expect([...openMs]).toEqual(wanted.map((one) => one.openMs));
            expect([...close]).toEqual(wanted.map((one) => one.close));
          });
          const [[found], [other]] = [await datasetsOf(path), await datasetsOf(whole)];
          expect([found!.digest, found!.sources]).toEqual([other!.digest, other!.sources]);
          const asked = (await recordsOf(path))[0]!.asked;
          expect(asked).toEqual((await recordsOf(whole))[0]!.asked);
        } finally {
          await server.stop();
        }
      },
    ),
    { seed: 20_250_106, numRuns: LONG ? 150 : 6, endOnFailure: true },
  );
}, 600_000);
