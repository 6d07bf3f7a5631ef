// From an empty folder to orders at two venues and back to none, in the words that a person types:
//
//   import -> backtest -> sweep with verdict -> paper trial with its drills -> promote -> live -> flatten
//
// Half a year of a market with something to find in it, so that every gate is as it always is. Then the
// primary venue goes away in the middle of trading. What happened is read off the venues' own books.

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFolder } from '../../live/journal/folder.ts';
import { ended, endWatchdogs, room, start } from '../support/cli.ts';
import { lastLines } from '../support/journal.ts';
import { plantedCsv } from '../support/planted-candles.ts';
import type { BookOrder } from '../support/venues/book.ts';
import { startTwoVenues, type TwoVenues } from './two-venues.ts';

const LONG = process.env['SAPPHIRE_LONG'] === '1';
const DAYS = 190;
/** Where the backtest ends and the paper trial begins. */
const TRIAL_FROM = '2025-07-03';
const SEED = 3;
const FACTOR = LONG ? 1 : 10;
/** Bytes of a journal after which its process is killed: about a day of the seven. */
const KILL_AT_BYTES = 800_000;
/** Half a per cent apart: more than the strategy asks for. */
const LOW = 60_000;
const HIGH = 60_300;

const here = room('nothing-to-live');
const env = { SAPPHIRE_RUNS: here.at('runs'), HOME: here.at('home') };
const DB = ['--db', 'market.duckdb'];
const CONFIG = ['--config', 'follow.json'];
let backtest = '';
let verdict = '';
let promotion = '';

const STRATEGY = `import { change, defineStrategy } from 'sapphire';
export default defineStrategy({
  name: 'follow',
  parameters: {
    lookback: { default: 20, min: 2, max: 240, integer: true },
    threshold: { default: 0.003, min: 0.0001, max: 0.1 },
  },
  features: (p) => ({ move: change(p.lookback) }),
  decide({ i, features: { move }, parameters: { threshold } }) {
    const now = move[i];
    if (now >= threshold) return 1;
    if (now <= -threshold) return -1;
    return Math.abs(now) < threshold / 5 ? 0 : undefined;
  },
});
`;
const FOLLOW = {
  name: 'follow',
  decision: { strategy: './follow.ts', parameters: { lookback: 20, threshold: 0.003 } },
  world: {
    venue: 'aster',
    fallbacks: ['hyperliquid'],
    venues: { hyperliquid: { cashUsd: 10_000 } },
    symbols: ['BTCUSDT'],
    interval: '1m',
    sentiment: null,
  },
};
const SWEEP = {
  parameters: {
    'parameters.lookback': { values: LONG ? [10, 15, 20, 30] : [15, 20] },
    'parameters.threshold': { values: [0.003, 0.004] },
  },
  objective: 'sharpe',
  sampler: 'grid',
  splits: { train: 0.7 },
};

async function sapphire(words: readonly string[], more: Record<string, string> = {}) {
  const told = await here.sapphire(words, { env: { ...env, ...more } });
  const { code, stderr, stdout } = told;
  if (code !== 0) throw new Error(`${words.join(' ')}: ${code}\n${stderr}\n${stdout}`);
  return stdout;
}

/** What a process has ended with; null while it runs. */
type Ending = () => Awaited<ReturnType<typeof ended>> | null;

async function until(holds: () => boolean, what: string, ending: Ending = () => null) {
  for (let k = 0; !holds(); k++) {
    const over = ending();
    if (over !== null) throw new Error(`it ended before ${what}: ${JSON.stringify(over)}`);
    if (k > 12_000 / FACTOR) throw new Error(`it never came to that: ${what}\n${lastLines(STAGE)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

beforeAll(() => {
  mkdirSync(env.HOME, { recursive: true });
  writeFileSync(here.at('follow.ts'), STRATEGY);
  writeFileSync(here.at('follow.json'), JSON.stringify(FOLLOW));
  writeFileSync(here.at('sweep.json'), JSON.stringify(SWEEP));
  const market = { seed: SEED, minutes: DAYS * 1440, price: 60_000 };
  const csv = plantedCsv(market, Date.UTC(2025, 0, 1));
  for (const name of ['aster__BTCUSDT__1m.csv', 'hyperliquid__BTCUSDC__1m.csv']) {
    writeFileSync(here.at(name), csv);
  }
});
afterAll(() => here.remove());

describe('from nothing to live', () => {
  it('stores the candles, runs the config and finds that the search believes in it', async () => {
    const files = ['aster__BTCUSDT__1m.csv', 'hyperliquid__BTCUSDC__1m.csv'];
    expect(await sapphire(['data', 'import', ...files, ...DB])).toContain('2 files imported');
    const ran = await sapphire(['backtest', ...CONFIG, ...DB, '--to', TRIAL_FROM, '--json']);
    backtest = JSON.parse(ran).out;
    const swept = await sapphire([
      ...['sweep', 'sweep.json', ...CONFIG, ...DB],
      ...['--to', TRIAL_FROM, '--gate', '--json'],
    ]);
    const { out, best, verdict: judged } = JSON.parse(swept);
    verdict = out;
    expect(judged.sentence).toBe('passes all 10 gates');
    // What was swept round is the best of it: the backtest above is of the config that is judged.
    expect(best.parameters).toEqual({
      'decision.parameters.lookback': 20,
      'decision.parameters.threshold': 0.003,
    });
  }, 300_000);

  it('trades seven days on paper, through a crash, an outage and a stop', async () => {
    const drill = { from: '2025-07-05T00:00Z', to: '2025-07-05T12:00Z' };
    const words = [
      ...['paper', ...CONFIG, '--feed', 'replay:market.duckdb', '--from', TRIAL_FROM],
      ...['--days', '7', '--dir', 'trial'],
      ...['--set', `world.outages.listed.drill=${JSON.stringify(drill)}`],
    ];
    const first = start([...words, '--speed', '40000'], { cwd: here.root, env });
    const firstEnd = ended(first);
    const journal = here.at('trial', 'journal-000001.ndjson');
    const size = () => statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
    await until(() => size() > KILL_AT_BYTES, 'a day of paper');
    first.kill('SIGKILL');
    expect((await firstEnd).code).toBe('SIGKILL');
    for (const word of ['halt', 'resume']) {
      await sapphire(['paper', '--dir', 'trial', '--tell', word]);
    }
    const stdout = await sapphire(words);
    expect(stdout).toContain('rows       10080 of 10080');
    expect(stdout).toContain('The machine did what the backtest says');
  }, 300_000);

  it('promotes it with every gate passed, none of them by anybody’s word', async () => {
    const key = await sapphire(['promote', '--new-key']);
    expect(key).toContain('operator.pem');
    const wish = ['promote', backtest, '--verdict', verdict, '--trial', 'trial', ...DB];
    wish.push('--venue', 'aster', '--max-drawdown', '0.05');
    if (LONG) {
      // A tenth of it is less than the smallest order of either venue: nothing could ever be sent.
      const poor = [...wish, '--capital', '200', '--fallback', 'hyperliquid=100'];
      const { code, stdout: said } = await here.sapphire(poor, { env });
      expect(said).toMatch(/first stage +FAILED .* no order can be sent with 30 USD/);
      expect(code).toBe(4);
    }
    wish.push('--capital', '10000', '--fallback', 'hyperliquid=5000');
    const stdout = await sapphire(wish);
    expect(stdout.match(/^gate .* passed /gm)).toHaveLength(16);
    expect(stdout).not.toMatch(/FAILED|NOT MEASURED|OVERRIDDEN/);
    expect(stdout).toContain('REHEARSAL  the paper trial replayed a stored range');
    expect(stdout).toContain('fallback   hyperliquid: BTCUSDC with 5000 USD');
    const folder = here.at('runs', 'promotions');
    promotion = `${folder}/${readdirSync(folder)[0]}`;
  }, 300_000);

  it('trades at Aster, goes to Hyperliquid while Aster is away, and ends with nothing open', async () => {
    const venues = await startTwoVenues(LOW, FACTOR);
    try {
      await trade(venues);
    } finally {
      await venues.stop();
      endWatchdogs(here.at('live'));
    }
  }, 900_000);
});

async function trade(venues: TwoVenues): Promise<void> {
  const { aster, hyperliquid } = venues;
  const more = { ...env, ...venues.env };
  const given = ['--promotion', promotion, ...venues.words];
  const child = start(['live', ...given, '--dir', 'live', '--confirm', 'follow'], {
    cwd: here.root,
    env: more,
  });
  const end = ended(child);
  let over: ReturnType<Ending> = null;
  void end.then((how) => {
    over = how;
  });
  const comes = (holds: () => boolean, what: string) => until(holds, what, () => over);
  await comes(() => told('reconciled') > 0, 'peace with both venues');
  venues.steer(HIGH, 2);
  await comes(() => aster.book.qty(aster.symbol) > 0, 'a position at Aster');
  await comes(() => aster.book.open(aster.symbol).length > 0, 'its stop there');
  venues.steer(LOW, 2);
  await comes(() => aster.book.qty(aster.symbol) === 0, 'the way out');
  aster.server.refuse(true);
  venues.steer(HIGH, 2);
  await comes(() => hyperliquid.book.qty(hyperliquid.symbol) > 0, 'a position at Hyperliquid');
  await comes(() => hyperliquid.book.open(hyperliquid.symbol).length > 0, 'its stop there');
  child.kill('SIGINT');
  await new Promise((done) => child.once('exit', done));
  // The books are the truth: one entry each, and none for an order that the other one had.
  for (const { book } of [aster, hyperliquid]) {
    expect(book.log.filter(({ reduceOnly }) => !reduceOnly)).toHaveLength(1);
    const ids = book.log.map(({ clientId }) => clientId);
    expect(new Set(ids).size).toBe(ids.length);
  }
  expect(told('mismatch')).toBe(0);
  expect(told('complaint')).toBeGreaterThan(0);
  // One venue is looked at in vain: the other one is flat all the same.
  const away = await here.sapphire(['flatten', ...given, '--yes', '--seconds', '60'], {
    env: more,
  });
  expect(away.code).toBe(5);
  expect(away.stdout).toContain('aster: NOT LOOKED AT');
  expect(away.stdout).toContain(
    'hyperliquid: FLAT, says the venue\nfound      1 orders, 1 positions',
  );
  aster.server.refuse(false);
  // Its watchdog is there until both venues have said what is open.
  const { code, stdout, stderr } = await end;
  expect(code).toBe(130);
  expect(stderr).toContain('mode       LIVE: 1000 USD at aster and 500 USD at hyperliquid');
  expect(stderr).toContain('REHEARSAL  the paper trial replayed a stored range');
  expect(stdout).toContain('positions open 1');
  const flat = await sapphire(['flatten', ...given, '--yes'], more);
  expect(flat.match(/FLAT, says the venue/g)).toHaveLength(2);
  for (const { book, symbol } of [aster, hyperliquid]) {
    expect(book.qty(symbol)).toBe(0);
    expect(book.open()).toEqual([]);
    expect(netOf(book.log)).toBe(0);
  }
  const replay = await sapphire(['replay', here.at('live', 'stage-1'), '--json']);
  expect(JSON.parse(replay)).toMatchObject({ equal: true });
}

const STAGE = here.at('live', 'stage-1');

function told(code: string): number {
  if (!existsSync(STAGE) || readdirSync(STAGE).every((name) => !name.endsWith('.ndjson'))) return 0;
  const lines = [...readFolder(STAGE)];
  return lines.filter((line) => line.kind === 'note' && line.note.code === code).length;
}

function netOf(log: readonly BookOrder[]): number {
  const lots = log.reduce((sum, { side, filled }) => sum + side * Math.round(filled * 1000), 0);
  return lots / 1000;
}
