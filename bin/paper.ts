// `sapphire paper`: a config traded on paper, event by event, with a journal that can be carried on.
//
//   config -> strategies -> stored range -> feed -> session (journal, kernel, paper venue) -> summary
//
// The same command again goes on from where the journal stands, after Ctrl-C, a crash or a move to
// another machine; a session that has ended says once more what came of it.

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../engine/config/schema.ts';
import { InputError, type Problem } from '../engine/errors.ts';
import type { LoadedSeats } from '../engine/host/load.ts';
import type { SessionOutcome, SessionPlan } from '../live/recovery.ts';
import { addRunFlags, examples, loadRunConfig, type RunConfig, type RunFlags } from './flags.ts';
import { printJson } from './output.ts';
import { progress } from './progress.ts';
import { VERSION } from './version.ts';
import type { World } from './world.ts';

interface PaperFlags extends RunFlags {
  readonly feed?: string;
  readonly speed: string;
  readonly days?: string;
  readonly dir?: string;
}

/** What there is to trade on; the word before the colon. */
const FEEDS = ['replay:DB'];
/** A paper trial is seven days unless somebody says otherwise. */
const DAYS = 7;

export function register(program: Command): void {
  const command = program.command('paper').description('trade a config on paper, with a journal');
  addRunFlags(command)
    .option('--feed <feed>', 'where candles come from: replay:DB, a store played again')
    .option('--speed <factor>', 'times real time, or max', 'max')
    .option('--days <number>', `days to trade (${DAYS}, or up to --to)`)
    .option('--dir <dir>', 'folder of the journal (in runs/paper/, by config)')
    .addHelpText(
      'after',
      examples(
        ['sapphire paper', 'seven days of what is stored, as fast as it goes'],
        ['sapphire paper --config momentum --speed 60 --days 1', 'a day in 24 minutes'],
        ['sapphire paper --feed replay:other.duckdb --dir trial --json', 'for scripts'],
      ),
    )
    .action(paper);
}

async function paper(flags: PaperFlags): Promise<void> {
  const { speed, days, store } = readFlags(flags);
  const given = await loadRunConfig(flags, process.env, process.cwd());
  const run = store === null ? given : { ...given, db: resolve(store) };
  const { loadSeats } = await import('../engine/host/load.ts');
  const loaded = await loadSeats(run.config.decision, process.cwd());
  const { config, world } = await readRange(run, loaded, days, flags);
  const plan = await planOf(run, config, world, loaded, speed, flags);
  const outcome = await runPlan(plan, world.panel.length, flags.json === true);
  await show(plan, outcome, flags.json === true);
  if (outcome.code === 'interrupted') process.exitCode = 130;
  else if (outcome.code !== 'ended') process.exitCode = 6;
}

/** Flags of this verb alone. Throws InputError with all that is wrong with them. */
function readFlags({ feed, speed, days }: PaperFlags) {
  const problems: Problem[] = [];
  const factor = speed === 'max' ? Number.POSITIVE_INFINITY : numberOf(speed);
  if (!(factor > 0)) {
    problems.push({ key: '--speed', rule: 'must be a number above 0, or max', value: speed });
  }
  const length = days === undefined ? null : numberOf(days);
  if (length !== null && !(length > 0 && length <= 3660)) {
    problems.push({ key: '--days', rule: 'must be a number above 0, at most 3660', value: days });
  }
  const store = feed?.startsWith('replay:') ? feed.slice('replay:'.length) : null;
  if (feed !== undefined && feed !== 'replay' && !store) {
    const rule = `must be one of ${FEEDS.join(', ')}: no other feed is built in`;
    problems.push({ key: '--feed', rule, value: feed });
  }
  if (problems.length > 0) throw new InputError(problems);
  return { speed: factor, days: length, store: store || null };
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** The stored range, and the config with its end written in: a backtest of it is the same run. */
async function readRange(
  { config, db, origins }: RunConfig,
  loaded: LoadedSeats,
  days: number | null,
  flags: PaperFlags,
): Promise<{ config: Config; world: World }> {
  const { openStore } = await import('../data/store.ts');
  const { WorldSchema } = await import('../engine/config/schema.ts');
  const { readWorld } = await import('./world.ts');
  if (!flags.db && !flags.feed) {
    const { fillMissingStore } = await import('./run.ts');
    await fillMissingStore(db, flags.json === true);
  }
  const store = await openStore(db);
  try {
    const within = await limited(store, config, days);
    const asked = origins.get('world.sentiment') ?? '';
    const { default: usual } = WorldSchema.properties.sentiment as { readonly default?: unknown };
    const needsSentiment = asked.startsWith('flag') || config.world.sentiment !== usual;
    const options = { seats: loaded.seats, needsSentiment, strict: false };
    return { config: within, world: await readWorld(store, within, options) };
  } finally {
    store.close();
  }
}

/** The config with `world.to` where the days end, counted from the first candle to be decided on. */
async function limited(
  store: import('../data/store.ts').Store,
  config: Config,
  days: number | null,
): Promise<Config> {
  const { isoText, parseInstant } = await import('../engine/config/instant.ts');
  const { DAY_MS } = await import('../engine/interval.ts');
  const { choosePrimaries } = await import('./legs.ts');
  const { from, to } = config.world;
  if (days === null && to !== null) return config;
  const rows = choosePrimaries(await store.datasets(), config.world, store.path);
  const storedMs = Math.min(...rows.map((row) => row.fromMs));
  const fromMs = from === null ? storedMs : parseInstant(from, 'world.from');
  const endMs = Math.round(fromMs + (days ?? DAYS) * DAY_MS);
  const toMs = to === null ? endMs : Math.min(endMs, parseInstant(to, 'world.to'));
  return { ...config, world: { ...config.world, to: isoText(toMs) } };
}

async function planOf(
  run: RunConfig,
  config: Config,
  world: World,
  loaded: LoadedSeats,
  speed: number,
  flags: PaperFlags,
): Promise<SessionPlan> {
  const { configDigest } = await import('../data/runs/canonical.ts');
  const { runsRoot } = await import('../data/runs/root.ts');
  const { strategyDigest } = await import('../data/runs/strategy-digest.ts');
  const { machineClock } = await import('../live/clock.ts');
  const { ReplayFeed } = await import('../live/feeds/replay.ts');
  const { marketOf } = await import('../live/market.ts');
  const { PaperVenue } = await import('../live/venues/paper.ts');
  const { panel, firstRow, dataDigest, legDigests } = world;
  const sessionId = `${config.name}-${configDigest(config).slice(0, 8)}`;
  const market = marketOf(panel, firstRow);
  const legs = panel.legs.map(({ instrument: { venue, symbol } }, k) => {
    return [`${venue} ${symbol}`, legDigests[k]!] as const;
  });
  return {
    folder: resolve(flags.dir ?? run.out ?? join(runsRoot(process.env), 'paper', sessionId)),
    identity: {
      sessionId,
      code: `${VERSION}+${strategyDigest(loaded.files).slice(0, 16)}`,
      node: process.version,
      data: { all: dataDigest, ...Object.fromEntries(legs) },
    },
    config,
    market,
    loaded,
    feed: new ReplayFeed(panel, { name: 'replay', speed, firstRow, clock: machineClock }),
    openPort: (answer) => {
      const finer = panel.legs.map((leg) => leg.finer);
      return new PaperVenue(market, config, finer, answer);
    },
    speed,
  };
}

/** Runs it with a line of status on stderr; Ctrl-C ends it cleanly. */
async function runPlan(plan: SessionPlan, rows: number, silent: boolean): Promise<SessionOutcome> {
  const { runSession } = await import('../live/recovery.ts');
  const bar = progress(process.stderr, { label: 'paper', total: rows, unit: 'rows', silent });
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.on('SIGINT', interrupt);
  try {
    return await runSession(
      {
        ...plan,
        onRow: ({ row, portfolio: { equityUsd, openPositions } }) => {
          bar.update(row, `equity ${equityUsd.toFixed(2)}  positions ${openPositions}`);
        },
      },
      stop.signal,
    );
  } finally {
    process.off('SIGINT', interrupt);
    bar.stop();
  }
}

async function show(plan: SessionPlan, outcome: SessionOutcome, isJson: boolean): Promise<void> {
  const { kernel, digest, decisionDigest, code, recoveredRows, counts } = outcome;
  const { portfolio, fills, row } = kernel;
  const rows = Math.max(0, row - plan.market.firstRow);
  const { equityUsd } = portfolio;
  if (isJson) {
    printJson({
      state: code,
      digest,
      decisionDigest,
      rows,
      fills: fills.length,
      trades: kernel.trades.closed(plan.market.firstRow).length,
      equityUsd,
      recoveredRows,
      market: counts,
      dir: plan.folder,
    });
    return;
  }
  const change = (equityUsd / portfolio.cashUsd - 1) * 100;
  const recovered = recoveredRows > 0 ? `   ${recoveredRows} recovered` : '';
  process.stdout.write(
    [
      `paper      ${plan.config.name}, ${code}`,
      `rows       ${rows} of ${plan.market.capacity - plan.market.firstRow}${recovered}`,
      `equity     ${equityUsd.toFixed(2)} USD (${change >= 0 ? '+' : ''}${change.toFixed(2)} %)`,
      `fills      ${fills.length}, positions open ${portfolio.openPositions}`,
      `digest     ${digest}   decisions ${decisionDigest}`,
      `journal    ${plan.folder}`,
      `check it   npm run -s replay -- ${plan.folder}`,
      '',
    ].join('\n'),
  );
}
