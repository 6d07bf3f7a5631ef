// How long a decision of four agents waits for its answers: known ones, and real packages against a local
// server whose answers take as long as they are told. `node bench/models.ts`.
//
//   cached      four questions that were asked within the last seconds          target 5 ms
//   parallel    four new ones, the slowest of which takes SLOWEST_MS            bounded by the slowest

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { questionDigest } from '../engine/agents/question.ts';
import { checkConfig } from '../engine/config/check.ts';
import { machineClock } from '../live/clock.ts';
import { openRouter } from '../live/models/list.ts';
import { Secret } from '../live/venues/secret.ts';
import { KEY, LocalModels } from '../test/support/models/local-models.ts';

const RUNS = 200;
const SLOWEST_MS = 300;
/** The first question loads the provider's package, which a busy machine does in its own time. */
const PATIENCE_MS = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'sapphire-bench-'));
const server = await LocalModels.open(() => ({
  action: 'BUY',
  confidence: 0.7,
  risk: 0.8,
  words: '',
}));
const provider = { kind: 'compatible', model: 'm', baseUrl: `${server.url}/v1` };
const models = {
  order: ['one'],
  providers: { one: provider },
  cacheSeconds: 600,
  timeoutMs: PATIENCE_MS,
};
const { decision } = checkConfig({ decision: { strategy: 'buy-and-hold', models } });
const { router } = openRouter({
  models: decision.models,
  secretOf: () => new Secret(KEY),
  clock: machineClock,
  stateFolder: folder,
  random: () => 0,
});

/** Asks what four agents ask at a close; gives the ms until the last answer. */
async function decide(row: number): Promise<number> {
  const startMs = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const asks = ['a', 'b', 'c', 'd'].map((agent) => {
    const prompt = { system: 'A bench.', user: `${agent} at ${row}`, numbers: '{}' };
    const asked = { agent, model: '', kind: 'vote' as const, shape: 'opinion' as const, leg: 0 };
    const where = {
      venue: 'v',
      symbol: 'BTC',
      row,
      side: 0 as const,
      tsMs: 0,
      deadlineMs: PATIENCE_MS,
    };
    const question = { ...asked, ...where, prompt };
    return router.ask({ ...question, id: row, digest: questionDigest(question) }, signal);
  });
  const replies = await Promise.all(asks);
  if (replies.some(({ ok }) => !ok)) throw new Error('a bench asks what is answered');
  return performance.now() - startMs;
}

await decide(0);
const cached: number[] = [];
for (let k = 0; k < RUNS; k++) cached.push(await decide(0));
const parallel: number[] = [];
for (let k = 1; k <= 10; k++) {
  server.fail({ kind: 'slow', ms: SLOWEST_MS }, { kind: 'slow', ms: 50 });
  parallel.push((await decide(k)) - SLOWEST_MS);
}
await router.close();
await server.close();
rmSync(folder, { recursive: true, force: true });

const at = (values: number[], share: number) =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
const line = (name: string, values: number[], target: string) =>
  `${name.padEnd(34)}${at(values, 0.5).toFixed(2).padStart(8)}${at(values, 0.99).toFixed(2).padStart(9)} ms   ${target}\n`;
process.stdout.write(`${' '.repeat(37)}p50      p99\n`);
process.stdout.write(line('four agents, answers known', cached, 'target 5 ms'));
process.stdout.write(
  line(`four models beyond the ${SLOWEST_MS} ms`, parallel, 'of the slowest, in parallel'),
);
