// What holds for every shipped strategy: valid answers on any market, silence until warm, opinions
// on real data, and a past that the future cannot change.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Strategy, Vote } from '../../engine/agents/contract.ts';
import { type Config, ConfigSchema } from '../../engine/config/schema.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/interval.ts';
import { type CandleArrays, candleArrays } from '../../engine/market/column.ts';
import buyAndHold from '../../strategies/buy-and-hold.ts';
import degenHunter from '../../strategies/degen-hunter.ts';
import fingptAlpha from '../../strategies/fingpt-alpha.ts';
import lagLlama from '../../strategies/lag-llama-visionary.ts';
import momentum from '../../strategies/momentum.ts';
import quantAlpha from '../../strategies/quant-alpha.ts';
import riskGuardian from '../../strategies/risk-guardian.ts';
import rsiReversal from '../../strategies/rsi-reversal.ts';
import secondOpinion from '../../strategies/second-opinion.ts';
import sentimentSage from '../../strategies/sentiment-sage.ts';
import smaCross from '../../strategies/sma-cross.ts';
import { decisionsOf, panelOf, START_MS, votesOf } from '../support/market.ts';

const AGENTS: Strategy[] = [quantAlpha, riskGuardian, sentimentSage, degenHunter];
/** An agent that is not in the swarm, and silent where its interval is wide. */
const FORECASTERS: Strategy[] = [lagLlama];
const DECIDERS: Strategy[] = [momentum, smaCross, rsiReversal, buyAndHold];
const SHIPPED: Strategy[] = [...AGENTS, ...FORECASTERS, ...DECIDERS];
/** Those that say only what a model says: test/engine/parking.test.ts. */
const ASKERS: Strategy[] = [fingptAlpha, secondOpinion];

const STRATEGIES = new URL('../../strategies/', import.meta.url).pathname;
const CONFIGS = `${STRATEGIES}configs/`;
const PERPETUALS = ['BTC', 'ETH', 'SOL'].map(
  (base) =>
    new URL(
      `../../../shared/data/binance-usdm__${base}USDT__1m_2025-05_06.parquet`,
      import.meta.url,
    ).pathname,
);
const BTC_1H = new URL(
  '../../../shared/data/binance-usdm__BTCUSDT__1h_2019_2025.parquet',
  import.meta.url,
).pathname;
const without = existsSync(BTC_1H) ? '' : ' (skipped: the shared market data are not here)';

/** Everything a strategy says, row by row, in one comparable form. */
function said(strategy: Strategy, candles: CandleArrays): (Vote | number | null | undefined)[] {
  const panel = panelOf({ BTCUSDT: candles });
  return strategy.analyze ? votesOf(strategy, panel) : decisionsOf(strategy, panel);
}

/** A market of any shape: log steps, wicks, volumes (0 too) and holes. */
const market = fc
  .array(
    fc.record({
      step: fc.oneof(
        fc.double({ min: -0.02, max: 0.02, noNaN: true }),
        fc.constantFrom(0, -0.3, 0.4),
      ),
      wick: fc.double({ min: 0, max: 0.01, noNaN: true }),
      volume: fc.oneof(fc.double({ min: 0, max: 5000, noNaN: true }), fc.constant(0)),
      hole: fc.integer({ min: 0, max: 19 }).map((draw) => draw === 0),
    }),
    { minLength: 230, maxLength: 330 },
  )
  .map((rows): CandleArrays => {
    const out = candleArrays(rows.length);
    let price = 100;
    rows.forEach(({ step, wick, volume, hole }, i) => {
      out.openMs[i] = START_MS + i * HOUR_MS;
      if (hole) return;
      const close = price * Math.exp(step);
      out.open[i] = price;
      out.close[i] = close;
      out.high[i] = Math.max(price, close) * (1 + wick);
      out.low[i] = Math.min(price, close) * (1 - wick);
      out.volume[i] = volume;
      price = close;
    });
    return out;
  });

describe.each(SHIPPED)('$name', (strategy) => {
  it('bears the name of its file and has defaults within their own ranges', () => {
    expect(existsSync(`${STRATEGIES}${strategy.name}.ts`)).toBe(true);
    for (const spec of Object.values(strategy.parameters ?? {}) as never[]) {
      const {
        default: value,
        min,
        max,
        integer,
        choices,
      } = spec as {
        default: number | string | boolean;
        min?: number;
        max?: number;
        integer?: boolean;
        choices?: string[];
      };
      if (choices) expect(choices).toContain(value);
      if (typeof value !== 'number') continue;
      expect(value).toBeGreaterThanOrEqual(min!);
      expect(value).toBeLessThanOrEqual(max!);
      if (integer) expect(Number.isInteger(value)).toBe(true);
    }
  });

  it('answers within the contract on any market with holes', () => {
    let answers = 0;
    fc.assert(
      fc.property(market, (candles) => {
        for (const answer of said(strategy, candles)) {
          if (answer === null || answer === undefined) continue;
          answers++;
          if (typeof answer === 'number') {
            expect(Math.abs(answer)).toBeLessThanOrEqual(1);
            continue;
          }
          expect(['BUY', 'SELL', 'HOLD']).toContain(answer.action);
          expect(answer.confidence).toBeGreaterThanOrEqual(0);
          expect(answer.confidence).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 7, numRuns: 25 },
    );
    // On such a market no interval is narrow.
    if (!FORECASTERS.includes(strategy)) expect(answers).toBeGreaterThan(25);
  });

  it('says earlier what it said, when the market after some row is taken away', () => {
    fc.assert(
      fc.property(market, fc.integer({ min: 60, max: 220 }), (candles, cut) => {
        const whole = said(strategy, candles).slice(0, cut);
        expect(said(strategy, cutAt(candles, cut)).slice(0, cut)).toEqual(whole);
      }),
      { seed: 11, numRuns: 10 },
    );
  });
});

describe.each(AGENTS)('$name', (agent) => {
  it('abstains on holes and until its features are numbers', () => {
    fc.assert(
      fc.property(market, (candles) => {
        const votes = votesOf(agent, panelOf({ BTCUSDT: candles }));
        expect(votes[0]).toBeNull();
        votes.forEach((vote, i) => {
          if (Number.isNaN(candles.close[i])) expect(vote).toBeNull();
        });
      }),
      { seed: 3, numRuns: 10 },
    );
  });
});

describe.skipIf(!existsSync(BTC_1H))(`six years of hourly BTC perpetual${without}`, () => {
  let btc: CandleArrays;
  beforeAll(async () => {
    btc = await readCandles(BTC_1H);
  });

  it.each(SHIPPED)('$name decides something other than HOLD at least 100 times', (strategy) => {
    const answers = said(strategy, btc);
    const firm = answers.filter((answer) =>
      typeof answer === 'number' ? true : answer != null && answer.action !== 'HOLD',
    );
    expect(firm.length).toBeGreaterThanOrEqual(100);
    // Both ways, unless it is the one that only buys.
    if (strategy === buyAndHold) return;
    const sides = new Set(firm.map((x) => (typeof x === 'number' ? Math.sign(x) : x!.action)));
    expect(sides.size).toBeGreaterThanOrEqual(2);
  });

  it.each(SHIPPED)('$name says the same before 2023 when the years after are NaN', (strategy) => {
    const cut = btc.openMs.findIndex((ms) => ms >= 1_672_531_200_000);
    const whole = said(strategy, btc).slice(0, cut);
    expect(said(strategy, cutAt(btc, cut)).slice(0, cut)).toEqual(whole);
  });
});

describe.skipIf(!PERPETUALS.every((path) => existsSync(path)))(
  `51 days of minutes${without}`,
  () => {
    it('the swarm of the config agrees in 100 to 800 episodes over three perpetuals', async () => {
      const config = JSON.parse(readFileSync(`${CONFIGS}swarm.json`, 'utf8'));
      const weights = AGENTS.map((agent) => config.decision.agents[agent.name].weight as number);
      let episodes = 0;
      for (const path of PERPETUALS) {
        const panel = panelOf({ PERP: await readCandles(path) }, { intervalMs: MINUTE_MS });
        const votes = AGENTS.map((agent) => votesOf(agent, panel));
        let last = 0;
        for (let i = 0; i < panel.length; i++) {
          const direction = consensus(
            votes.map((column) => column[i]!),
            weights,
          );
          if (direction !== 0 && direction !== last) episodes++;
          last = direction;
        }
      }
      expect(episodes).toBeGreaterThan(100);
      expect(episodes).toBeLessThan(800);
    });
  },
);

/** Confidence x weight for a direction over the weights of all who voted; above 0.60 acts. */
function consensus(votes: readonly (Vote | null)[], weights: readonly number[]): -1 | 0 | 1 {
  let buy = 0;
  let sell = 0;
  let all = 0;
  votes.forEach((vote, k) => {
    if (vote === null) return;
    all += weights[k]!;
    if (vote.action === 'BUY') buy += weights[k]! * vote.confidence;
    if (vote.action === 'SELL') sell += weights[k]! * vote.confidence;
  });
  if (all > 0 && buy / all > 0.6) return 1;
  return all > 0 && sell / all > 0.6 ? -1 : 0;
}

describe('configs', () => {
  const names = readdirSync(CONFIGS).filter((name) => name !== 'schema.json');

  it('there is one for each strategy that decides, one for the swarm, one for all of a market', () => {
    const deciders = DECIDERS.map((one) => `${one.name}.json`);
    const swarms = ['avax-arb.json', 'second-opinion.json', 'swarm.json', 'swarm-market.json'];
    const expected = [...deciders, ...swarms];
    expect(names.toSorted()).toEqual(expected.toSorted());
  });

  it.each(names)('%s keeps the schema, names its file, and states no default', (file) => {
    const written = JSON.parse(readFileSync(`${CONFIGS}${file}`, 'utf8'));
    expect(`${written.name}.json`).toBe(file);
    expect(written.$schema).toBe('./schema.json');
    const whole = Value.Default(ConfigSchema, structuredClone(written)) as Config;
    expect([...Value.Errors(ConfigSchema, whole)]).toEqual([]);
    const { strategy, agents } = whole.decision;
    const used = strategy === null ? Object.keys(agents) : [strategy];
    const names = [...SHIPPED, ...ASKERS].map((one) => one.name);
    for (const name of used) expect(names).toContain(name);
    const defaults = Value.Default(ConfigSchema, {}) as Config;
    expect(restated(written, defaults)).toEqual([]);
  });
});

/** Paths at which a config only repeats the default. */
function restated(written: unknown, defaults: unknown, path = ''): string[] {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    return JSON.stringify(written) === JSON.stringify(defaults) ? [path] : [];
  }
  return Object.entries(written).flatMap(([key, value]) =>
    restated(value, (defaults as Record<string, unknown> | undefined)?.[key], `${path}.${key}`),
  );
}

/** The same rows with every price from `cut` on taken away. */
function cutAt(candles: CandleArrays, cut: number): CandleArrays {
  const copy = candleArrays(candles.openMs.length);
  for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
    copy[name].set(candles[name].subarray(0, cut));
  }
  copy.openMs.set(candles.openMs);
  return copy;
}

async function readCandles(path: string): Promise<CandleArrays> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT ts::DOUBLE, open, high, low, close, volume FROM read_parquet('${path}') ORDER BY ts`,
  );
  const columns = reader.getColumnsJS() as number[][];
  const out = candleArrays(columns[0]!.length);
  (['openMs', 'open', 'high', 'low', 'close', 'volume'] as const).forEach((name, k) => {
    out[name].set(columns[k]!);
  });
  connection.closeSync();
  return out;
}
