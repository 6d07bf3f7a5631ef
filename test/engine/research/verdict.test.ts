// The verdict: a table that is always whole, that nothing undefined passes, and that knows noise from
// an edge as often as it says it does.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gaussian, random } from '../../../engine/random.ts';
import { blocksFor, overfittingGate } from '../../../engine/research/verdict/overfitting.ts';
import {
  type GateId,
  rowsOfDays,
  type VerdictInput,
  verdictJson,
  verdictOf,
} from '../../../engine/research/verdict.ts';
import { backtestOverfitting } from '../../../engine/statistics/backtest-overfitting.ts';
import { trialMatrix } from '../../../engine/statistics/trial-matrix.ts';

const IDS: readonly GateId[] = [
  'look-ahead',
  'finite-inputs',
  'deflated-sharpe',
  'beats-buy-and-hold',
  'beats-flat',
  'overfitting',
  'doubled-costs',
  'late-by-one',
  'track-record',
  'fold-drawdown',
];
const PINS = {
  configDigest: 'c0',
  decisionConfigDigest: 'e0',
  dataDigest: 'd0',
  strategyDigest: 's0',
  engineDigest: 'g0',
  rulesDigest: 'r0',
  market: { kind: 'real' as const, interval: '1h', legs: [{ venue: 'test', symbol: 'A' }] },
};

/** 365 days of two trials, the first with a daily ratio far beyond doubt. */
function sound(changes: Partial<VerdictInput> = {}): VerdictInput {
  const draw = random(1, 'verdict/sound');
  const days = (mean: number) =>
    Float64Array.from({ length: 365 }, () => mean + 0.01 * gaussian(draw));
  const good = days(0.006);
  return {
    matrix: trialMatrix([good, days(0)]),
    chosen: 0,
    trials: 2,
    observations: 365,
    benchmark: days(0),
    doubledCosts: good.map((r) => r - 0.001),
    lateByOne: good.map((r) => r - 0.001),
    lookahead: { clean: true, checked: 100, what: null },
    worstFold: { depth: -0.05, limit: 0.1 },
    seed: 1,
    resamples: 200,
    ...changes,
  };
}

const gateOf = (input: VerdictInput, id: GateId) =>
  verdictOf(input).gates.find((gate) => gate.id === id)!;

describe('a verdict', () => {
  it('passes what is beyond doubt, and names every gate with its number', () => {
    const verdict = verdictOf(sound());
    expect(verdict.gates.map(({ id }) => id)).toEqual(IDS);
    expect(verdict.gates.filter(({ passed }) => passed !== true)).toEqual([]);
    expect(verdict).toMatchObject({ passed: true, sentence: 'passes all 10 gates' });
    expect(verdict.gates.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  it('is whole when everything fails, and says what failed', () => {
    const bad = sound();
    const { values } = bad.matrix;
    const worse = { ...bad.matrix, values: values.map((r) => r - 0.02) };
    const lost = worse.values.slice(0, 365);
    const verdict = verdictOf({
      ...bad,
      matrix: worse,
      doubledCosts: lost,
      lateByOne: lost,
      lookahead: { clean: false, checked: 9, what: 'it read tomorrow' },
      worstFold: { depth: -0.5, limit: 0.1 },
    });
    const failed = verdict.gates.filter(({ passed }) => passed === false).map(({ id }) => id);
    // Finite it is. The better trial is the better one in every half, and loses money in each.
    expect(failed).toEqual(IDS.filter((id) => id !== 'finite-inputs'));
    expect(verdict.gates.every(({ value }) => value !== null)).toBe(true);
    expect(verdict.sentence).toMatch(/^does not pass, of 10 gates it fails 9: no look-ahead, /);
  });

  it('does not pass what could not be measured, and says why', () => {
    const verdict = verdictOf(
      sound({ lookahead: null, worstFold: null, doubledCosts: null, lateByOne: null }),
    );
    const unknown = verdict.gates.filter(({ passed }) => passed === null);
    expect(unknown.map(({ id }) => id)).toEqual([
      'look-ahead',
      'doubled-costs',
      'late-by-one',
      'fold-drawdown',
    ]);
    expect(verdict.passed).toBe(false);
    expect(unknown.every(({ value, why }) => value === null && why.length > 10)).toBe(true);
  });

  it('has a gate of memories that trials began with, which none that ended in the rows passes', () => {
    const memory = { trades: 500, inSample: 0 };
    expect(verdictOf(sound({ memory }))).toMatchObject({
      ...{ passed: true, sentence: 'passes all 11 gates' },
    });
    const known = { ...memory, inSample: 1 };
    expect(gateOf(sound({ memory: known }), 'memory-knowledge')).toMatchObject({
      ...{ value: 1, passed: false },
      why: '1 of 500 ended within the rows or after them: they knew the future',
    });
    expect(verdictOf(sound({ memory: known })).passed).toBe(false);
  });

  it('has a gate of what models know where one is asked, which only candles behind the cut-off pass', () => {
    const tape = { digest: 'ab', answers: 9, models: [], knowledgeMs: Date.UTC(2025, 0, 1) };
    const clean = { tape, standIn: false, candles: 500, contaminatedCandles: 0 };
    const known = { ...clean, contaminatedCandles: 1 };
    const gate = (models: VerdictInput['models']) => gateOf(sound({ models }), 'model-knowledge');
    expect(verdictOf(sound({ models: clean }))).toMatchObject({
      ...{ passed: true, sentence: 'passes all 11 gates', models: clean },
    });
    expect(gate(known)).toMatchObject({ value: 1, passed: false });
    expect(gate({ ...known, tape: { ...tape, knowledgeMs: null } })).toMatchObject({
      ...{ value: 1, passed: false, why: expect.stringContaining('not known what the models') },
    });
    for (const open of [
      { ...clean, standIn: true },
      { ...clean, tape: null },
    ]) {
      expect(gate(open)).toMatchObject({ value: null, passed: null });
      expect(verdictOf(sound({ models: open })).passed).toBe(false);
    }
    const json = (input: VerdictInput) => JSON.parse(verdictJson(verdictOf(input), PINS));
    expect(json(sound({ models: known })).models).toEqual(known);
    expect(json(sound())).not.toHaveProperty('models');
  });

  it('says why a worse world was not run, and takes that for no number of its own', () => {
    const why = 'world.tape.file: has no answer to the question of ann';
    const input = sound({ doubledCosts: why });
    expect(gateOf(input, 'doubled-costs')).toMatchObject({
      ...{ value: null, passed: null, why: `it was not run: ${why}` },
    });
    expect(gateOf(input, 'finite-inputs')).toMatchObject({ value: 0, passed: true });
    expect(verdictOf(input).passed).toBe(false);
  });

  it('never passes a NaN, wherever it stands', () => {
    const places = ['matrix', 'benchmark', 'doubledCosts', 'lateByOne', 'depth', 'limit'] as const;
    const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    const property = fc.property(
      fc.constantFrom(...places),
      odd,
      fc.nat(364),
      (place, value, day) => {
        const input = sound({ resamples: 20 });
        const put = (column: ArrayLike<number>) => {
          const copy = Float64Array.from(column);
          copy[day] = value;
          return copy;
        };
        const changed: VerdictInput =
          place === 'matrix'
            ? { ...input, matrix: { ...input.matrix, values: put(input.matrix.values) } }
            : place === 'depth' || place === 'limit'
              ? { ...input, worstFold: { depth: -0.05, limit: 0.1, [place]: value } }
              : { ...input, [place]: put(input[place] as ArrayLike<number>) };
        // No drawdown limit at all is what an infinite one says; it is no number and is refused.
        if (place === 'limit' && value === Number.POSITIVE_INFINITY) return true;
        return verdictOf(changed).passed === false;
      },
    );
    fc.assert(property, { seed: 7, numRuns: 40 });
  });

  it('does not let another trial carry the chosen one past a benchmark', () => {
    const input = sound();
    const better = gateOf({ ...input, chosen: 0 }, 'beats-flat');
    const { values, rows } = input.matrix;
    // The second trial loses on average; the first one is as good as ever.
    const sunk = values.map((r, i) => (i < rows ? r : r - 0.002));
    const carried = gateOf(
      { ...input, chosen: 1, matrix: { ...input.matrix, values: sunk } },
      'beats-flat',
    );
    expect([better.passed, carried.passed]).toEqual([true, false]);
    // The test as a whole rejects; the number is the chosen trial's own.
    expect(carried.value).toBe(1);
    expect(carried.why).toContain('of another than the chosen one');
  });

  it('counts trials without returns against the chosen one', () => {
    const few = gateOf(sound(), 'deflated-sharpe').value!;
    const many = gateOf(sound({ trials: 100_000 }), 'deflated-sharpe').value!;
    expect(many).toBeLessThanOrEqual(few);
    expect(gateOf(sound({ trials: 100_000 }), 'deflated-sharpe').why).toContain('100000');
  });

  it('takes fewer blocks of a short history, and says so; none of a single trial', () => {
    // Eight days a block: 128 days make sixteen, 100 make twelve.
    expect([730, 128, 127, 100, 47].map(blocksFor)).toEqual([16, 16, 14, 12, 4]);
    const input = sound();
    const alone = { ...input, matrix: trialMatrix([input.matrix.values.slice(0, 365)]) };
    expect(gateOf(alone, 'overfitting')).toMatchObject({ passed: null, value: null });
    const cut = (column: ArrayLike<number>) => Float64Array.from(column).slice(0, 100);
    const short: VerdictInput = {
      ...input,
      matrix: trialMatrix([cut(input.matrix.values), cut(input.matrix.values.slice(365))]),
      observations: 100,
      benchmark: cut(input.benchmark),
      doubledCosts: null,
      lateByOne: null,
    };
    expect(gateOf(short, 'overfitting').why).toContain('12 blocks (not 16: the history is short)');
  });

  describe('on overfitting', () => {
    const settings = { resamples: 200, seed: 1 };
    const days = (seed: number, mean: number, common: Float64Array | null = null) => {
      const draw = random(seed, 'verdict/overfitting');
      return Float64Array.from({ length: 730 }, (_, t) => {
        return mean + 0.01 * (common === null ? gaussian(draw) : common[t]! + 0.2 * gaussian(draw));
      });
    };
    const noise = days(99, 0).map((x) => 100 * x);
    const centred = noise.map((x) => x - noise.reduce((a, b) => a + b) / noise.length);
    const seeds = Array.from({ length: 10 }, (_, k) => k + 1);

    it('takes trials that are equally good as one, and says so', () => {
      // A true Sharpe ratio of 0.15 a day each, the same noise but for a fifth of it.
      const gate = overfittingGate(
        trialMatrix(seeds.map((seed) => days(seed, 0.0015, centred))),
        noise,
        settings,
      );
      expect(gate).toMatchObject({ passed: true, threshold: 0.2 });
      expect(gate.value).toBeLessThan(0.05);
      expect(Number(/^PBO ([\d.]+)/.exec(gate.why)![1])).toBeGreaterThan(0.2);
      expect(gate.why).toContain('which nobody chose, are ahead: p');
    });

    it('does not when together they are no more than noise', () => {
      const gate = overfittingGate(
        trialMatrix(seeds.map((seed) => days(seed, 0, centred))),
        noise,
        settings,
      );
      expect(gate.passed).toBe(false);
      expect(gate.why).toMatch(/which nobody chose, are not ahead: p/);
      expect(`${gate.value}`).toBe(
        `${backtestOverfitting(trialMatrix(seeds.map((seed) => days(seed, 0, centred)))).pbo}`,
      );
    });

    it('does not pass the least bad of losers, whose order always holds', () => {
      const losers = trialMatrix(seeds.map((seed) => days(seed, -0.001 * seed)));
      expect(backtestOverfitting(losers).pbo).toBe(0);
      expect(overfittingGate(losers, noise, settings)).toMatchObject({ passed: false });
    });
  });

  it("tells White's reality check beside Hansen's test, of the best of all", () => {
    const input = sound();
    const [first, second] = [input.matrix.values.slice(0, 365), input.matrix.values.slice(365)];
    const { beside } = gateOf(input, 'beats-flat');
    expect(beside['realityCheckP']).toBeLessThan(0.05);
    // The chosen one is worthless by itself; White asks whether the best is.
    const noisy = first.map((r, t) => (t % 2 === 0 ? r : -r));
    const carried = { ...input, matrix: trialMatrix([noisy, second, first]), chosen: 0, trials: 3 };
    const gate = gateOf(carried, 'beats-flat');
    expect(gate.passed).toBe(false);
    expect(gate.beside['realityCheckP']).toBeLessThan(0.05);
    expect(gate.why).toMatch(/White's p of the best of all/);
  });

  it('needs the days of Bailey and Lopez de Prado, not more', () => {
    // Normal returns with a daily ratio s need 1 + (1 + s^2/2) (1.6449 / s)^2 days: the sample's own
    // skewness and kurtosis move that by little.
    const gate = gateOf(sound(), 'track-record');
    const { values } = sound().matrix;
    const own = Array.from(values.slice(0, 365));
    const mean = own.reduce((a, b) => a + b, 0) / 365;
    const sd = Math.sqrt(own.reduce((a, b) => a + (b - mean) ** 2, 0) / 364);
    const s = mean / sd;
    const normal = 1 + (1 + s ** 2 / 2) * (1.6449 / s) ** 2;
    expect(gate.value).toBe(365);
    expect(Math.abs(gate.threshold! - normal)).toBeLessThan(2);
    // Under the null of 0 the error is 1 / sqrt(T) whatever the shape: (1.6449 / s)^2 days by 2025.
    expect(gate.beside['days2025']).toBe(Math.ceil((1.6448536 / s) ** 2));
    // 365 days tell a true ratio of 1 a year badly: P(z < 1.645 - 1 x sqrt(365 / 365)) = 0.74.
    expect(gate.beside['missProbability']).toBeCloseTo(0.74, 1);
    expect(gate.beside['worthlessOfThese']).toBeLessThan(0.05);
    // One in ten good: 0.9 x 0.05 of the worthless pass, and 0.1 x (1 - missed) of the good.
    const passing = 0.1 * (1 - gate.beside['missProbability']!);
    expect(gate.beside['worthlessOfPassing']).toBeCloseTo(0.045 / (0.045 + passing), 12);
    expect(gate.beside['probabilisticSharpe2025']).toBeGreaterThan(0.999);
  });

  it('refuses what does not fit together, all of it at once', () => {
    const misfit = sound({
      chosen: 2,
      trials: 1,
      observations: 366,
      benchmark: new Float64Array(3),
    });
    expect(() => verdictOf(misfit)).toThrow(
      /benchmark.*365 days[\s\S]*chosen[\s\S]*trials[\s\S]*observations/,
    );
  });

  it('has the same bytes every time, and no number that JSON has no word for', () => {
    const text = verdictJson(verdictOf(sound({ worstFold: null })), PINS);
    expect(verdictJson(verdictOf(sound({ worstFold: null })), PINS)).toBe(text);
    const document = JSON.parse(text);
    expect(document).toMatchObject({ schemaVersion: 2, kind: 'verdict', ...PINS, trials: 2 });
    expect(document.gates).toHaveLength(10);
    expect(document.memory).toBeUndefined();
    const memory = { digest: '7'.repeat(64), inSample: 2 };
    expect(JSON.parse(verdictJson(verdictOf(sound({})), { ...PINS, memory })).memory).toEqual(
      memory,
    );
    expect(document.gates.at(-1)).toMatchObject({ value: null, passed: null });
  });
});

describe('what a verdict says beside its numbers', () => {
  it('is how long a history must be before luck of so many trials shows less', () => {
    const { gates } = verdictOf(sound({}));
    const why = (id: string) => gates.find((one) => one.id === id)!.why;
    const [, sharpe] = /^Sharpe (\S+) a year, \S+ where days remember/.exec(
      why('deflated-sharpe'),
    )!;
    const [, days] = /on fewer than (\d+) the best of 2 worthless trials/.exec(
      why('track-record'),
    )!;
    // Bailey et al. 2014 for two: Euler's 0.5772 x the normal quantile of 1 - 1/(2e), over the ratio, squared.
    const years = ((0.5772157 * 0.900537) / Number(sharpe)) ** 2;
    expect(Number(days)).toBeGreaterThanOrEqual(365 * years * 0.995);
    expect(Number(days)).toBeLessThanOrEqual(365 * years * 1.005 + 1);
  });
});

describe('rows of days', () => {
  it('stand still after ruin and leave failed trials to the count', () => {
    const rows = rowsOfDays([new Float64Array([0.1, -1]), null], 4);
    expect(rows.map((row) => [...row])).toEqual([[0.1, -1, 0, 0]]);
  });
});
