// No shipped strategy knows the future: as it is configured, over a stretch in which it says more
// than a hundred things, its decisions do not depend on any later row. The same check is shown to
// catch a copy of each that does look ahead, by the price of the next candle or by its features.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { generateMarket } from '../../data/synthetic.ts';
import type { Strategy } from '../../engine/agents/contract.ts';
import { mergeLayers } from '../../engine/config/layers.ts';
import type { Config } from '../../engine/config/schema.ts';
import { type LoadedSeats, loadSeats } from '../../engine/host/load.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { candleArrays } from '../../engine/market/column.ts';
import { buildPanel, type LegInput, type Panel } from '../../engine/market/panel.ts';
import { type RunInput, runLoop } from '../../engine/research/backtest.ts';
import { checkLookahead } from '../../engine/research/lookahead.ts';
import { LIVELY_LEG } from '../support/drawn-stores.ts';
import { instrumentOf } from '../support/market.ts';

const STRATEGIES = new URL('../../strategies/', import.meta.url).pathname;
const CONFIGS = `${STRATEGIES}configs/`;
const DATA = new URL('../../../shared/data/', import.meta.url).pathname;
const REAL = {
  '1m': ['BTC', 'SOL'].map((base) => `binance-usdm__${base}USDT__1m_2025-05_06.parquet`),
  '1h': ['BTC', 'ETH'].map((base) => `binance-usdm__${base}USDT__1h_2019_2025.parquet`),
};
/** Candles of each leg: enough for a hundred decisions of every strategy that decides on them. */
const ROWS = { '1m': 16_000, '1h': 12_000 };
/** For the planted leaks, which show at once. */
const FEW_ROWS = { '1m': 6000, '1h': 3000 };
const hasReal = [...REAL['1m'], ...REAL['1h']].every((file) => existsSync(DATA + file));
const without = hasReal ? '' : ' (skipped: the shared market data are not here)';

type Base = '1m' | '1h';

interface Shipped {
  readonly name: string;
  readonly base: Base;
  readonly config: Config;
  readonly loaded: LoadedSeats;
}

/** It says nothing by itself; that what it asks knows no future is a claim of asking.test.ts. */
const ASKING = 'fingpt-alpha';

const names = readdirSync(STRATEGIES)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== ASKING);

/** Its own config where it has one, else the first config that seats it among the agents. */
async function shipped(name: string): Promise<Shipped> {
  const files = readdirSync(CONFIGS).filter((file) => file !== 'schema.json');
  const configs = files.map((file) => {
    const values = JSON.parse(readFileSync(CONFIGS + file, 'utf8'));
    // Nobody answers here: what is asked must not know the future either.
    const silent = { origin: 'test', assignments: [['world.tape.onMiss', 'timeout']] as const };
    return mergeLayers([{ origin: file, values }, silent]).config;
  });
  const config =
    configs.find(({ decision }) => decision.strategy === name) ??
    configs.find(({ decision }) => Object.hasOwn(decision.agents, name));
  if (config === undefined) throw new Error(`no config in ${CONFIGS} uses ${name}`);
  const loaded = await loadSeats(config.decision, STRATEGIES);
  return { name, config, loaded, base: config.decision.interval === '1h' ? '1h' : '1m' };
}

const everyOne = await Promise.all(names.map(shipped));
const strategyOf = ({ name, loaded }: Shipped) =>
  loaded.seats.find(({ strategy }) => strategy.name === name)!.strategy;
const shippedOnes = everyOne.filter((one) => strategyOf(one).analyze ?? strategyOf(one).decide);
/** Those that say nothing but what a model says. */
const askers = everyOne.filter((one) => !shippedOnes.includes(one));

/** Candles of one leg: `rows` of a file, from when all of them are listed. */
async function realLeg(file: string, rows: number): Promise<LegInput> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const query = `SELECT ts, open, high, low, close, volume FROM read_parquet('${DATA}${file}')
    WHERE ts >= ${Date.UTC(2020, 0, 1)} ORDER BY ts LIMIT ${rows}`;
  const columns = (await connection.runAndReadAll(query)).getColumnsJS() as (bigint | number)[][];
  connection.closeSync();
  instance.closeSync();
  const candles = candleArrays(columns[0]!.length);
  (['openMs', 'open', 'high', 'low', 'close', 'volume'] as const).forEach((name, k) => {
    candles[name].set(columns[k]!.map(Number));
  });
  return { instrument: instrumentOf(file.split('__')[1]!), candles };
}

function syntheticLegs(base: Base, candles: number): LegInput[] {
  const intervalMs = base === '1h' ? HOUR_MS : MINUTE_MS;
  const fromMs = Date.UTC(2025, 0, 1);
  const legs = { AAA: LIVELY_LEG, BBB: { ...LIVELY_LEG, startPrice: 30, beta: 0.8 } };
  const market = { venue: 'test', seed: 11, fromMs, candles, intervalMs };
  return generateMarket({ ...market, factorVolatility: 0.5, legs });
}

const panels = new Map<string, Promise<Panel>>();

/** A panel of two legs, the second with a hole of two hours and one longer than a run forgives. */
function panelOf(kind: 'real' | 'synthetic', base: Base, rows: number): Promise<Panel> {
  const key = `${kind} ${base} ${rows}`;
  const make = async () => {
    const legs =
      kind === 'real'
        ? await Promise.all(REAL[base].map((file) => realLeg(file, rows)))
        : syntheticLegs(base, rows);
    const intervalMs = base === '1h' ? HOUR_MS : MINUTE_MS;
    const { candles } = legs[1]!;
    for (const [from, to] of [
      [500, 502],
      [1500, 1600],
    ]) {
      for (const name of ['open', 'high', 'low', 'close', 'volume'] as const)
        candles[name].fill(Number.NaN, from, to);
    }
    return buildPanel(legs, intervalMs, 60);
  };
  if (!panels.has(key)) panels.set(key, make());
  return panels.get(key)!;
}

function inputOf({ config, loaded }: Shipped, panel: Panel): RunInput {
  return { panel, config, seats: loaded.seats, solo: loaded.solo, firstRow: 0 };
}

type Ask = (...words: never[]) => unknown;
interface Movable {
  i: number;
  readonly columns: { readonly close: Float64Array };
  vote(action: string, confidence: number): unknown;
}

/** A copy whose answers go through `leak`; the original is called with the same view. */
function leaking(
  strategy: Strategy,
  leak: (view: Movable, ask: () => unknown) => unknown,
): Strategy {
  const over = (own: unknown) => (view: Movable, portfolio: unknown) =>
    leak(view, () => (own as Ask)(view as never, portfolio as never));
  const name = strategy.analyze ? 'analyze' : 'decide';
  return { ...strategy, [name]: over(strategy[name]) };
}

/** Goes along only if the next candle rises: the price at i + 1. */
const byPrice = (strategy: Strategy): Strategy =>
  leaking(strategy, (view, ask) => {
    const { close } = view.columns;
    const answer = ask();
    if (close[view.i + 1]! > close[view.i]!) return answer;
    return strategy.analyze ? view.vote('HOLD', 0.5) : 0;
  });

/** Decides on the next row's features. */
const byFeature = (strategy: Strategy): Strategy =>
  leaking(strategy, (view, ask) => {
    view.i++;
    const answer = ask();
    view.i--;
    return answer;
  });

function planted(input: RunInput, name: string, leak: (own: Strategy) => Strategy): RunInput {
  const seats = input.seats.map((seat) =>
    seat.strategy.name === name ? { ...seat, strategy: leak(seat.strategy) } : seat,
  );
  return { ...input, seats };
}

/** How often one strategy says something other than HOLD: a swarm counts together. */
function saidBy(input: RunInput, name: string): number {
  let said = 0;
  const counting = (strategy: Strategy) =>
    leaking(strategy, (_view, ask) => {
      const answer = ask() as { action?: string } | number | null | undefined;
      if (typeof answer === 'number' || (answer && answer.action !== 'HOLD')) said++;
      return answer;
    });
  runLoop(planted(input, name, counting));
  return said;
}

const kinds = hasReal ? (['real', 'synthetic'] as const) : (['synthetic'] as const);

it.skipIf(!hasReal)(`the shipped strategies are tried on real candles${without}`, () => {
  expect(kinds).toContain('real');
});

describe.each(kinds)('on %s candles', (kind) => {
  it.each(shippedOnes)('$name decides the same whatever follows', async (one) => {
    const panel = await panelOf(kind, one.base, ROWS[one.base]);
    const input = inputOf(one, panel);
    expect(saidBy(input, one.name)).toBeGreaterThanOrEqual(100);
    const report = checkLookahead(input, { samples: 3, seed: 7 });
    expect(report.firstOffence).toBeNull();
    expect(report.clean).toBe(true);
    expect(report.checked).toBeGreaterThan(2 * ROWS[one.base]);
    expect(report.decisions).toBeGreaterThanOrEqual(100);
  });

  it.each(shippedOnes)('$name is caught when a copy of it reads the next close', async (one) => {
    const panel = await panelOf(kind, one.base, FEW_ROWS[one.base]);
    const input = planted(inputOf(one, panel), one.name, byPrice);
    const { clean, firstOffence } = checkLookahead(input, { samples: 0, seed: 7 });
    expect(clean).toBe(false);
    expect(firstOffence!.what).toMatch(new RegExp(`^${one.name} on \\S+ \\S+: `));
  });

  it.each(askers)('$name asks the same whatever follows, and is caught if not', async (one) => {
    const panel = await panelOf(kind, one.base, 2000);
    const input = inputOf(one, panel);
    expect(checkLookahead(input, { samples: 1, seed: 7 }).firstOffence).toBeNull();
    const ahead = ({ asks, ...own }: Strategy): Strategy => ({
      ...own,
      asks: {
        ...asks!,
        prompt(view: Movable, ...rest: [never, never]) {
          view.i++;
          const prompt = asks!.prompt(view as never, ...rest);
          view.i--;
          return prompt;
        },
      } as never,
    });
    const { clean } = checkLookahead(planted(input, one.name, ahead), { samples: 0, seed: 7 });
    expect(clean).toBe(false);
  });

  const readers = shippedOnes.filter(({ name, loaded }) =>
    loaded.seats.some(({ strategy }) => strategy.name === name && strategy.features),
  );
  it.each(readers)(
    '$name is caught when a copy of it reads its features at the next row',
    async (one) => {
      const panel = await panelOf(kind, one.base, FEW_ROWS[one.base]);
      const input = planted(inputOf(one, panel), one.name, byFeature);
      const { clean, firstOffence } = checkLookahead(input, { samples: 0, seed: 7 });
      expect(clean).toBe(false);
      expect(firstOffence!.what).toMatch(new RegExp(`^${one.name} on \\S+ \\S+: `));
    },
  );
});
