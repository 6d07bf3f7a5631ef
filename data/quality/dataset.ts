// One stored dataset of any kind, looked at as a whole: its report, its score, its words, its days.
//
//   candles, mark      gaps, values, funding beside them, a second venue      (quality.ts)
//   funding            interval, missing and late stamps                      (funding.ts)
//   series, flow, ...  missing values, where they come at a step              (series.ts)

import { intervalMs } from '../../engine/interval.ts';
import type { CandleArrays } from '../../engine/market/column.ts';
import { candleArraysOf, findDataset, type History, ofKey } from '../history.ts';
import { type QualityReport, qualityOf } from '../quality.ts';
import { contentText, type DatasetRow, isCandleKind } from '../schema.ts';
import type { FetchRecord } from '../store/fetched.ts';
import { type Comparison, compareVenues, secondVenue } from './compare.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { type FundingGap, type FundingQuality, fundingQuality } from './funding.ts';
import { timesIn } from './gaps.ts';
import { scoreOf, scoreOfRows } from './score.ts';
import { type SeriesQuality, seriesQuality } from './series.ts';
import { fundingFindings, type Judged, qualityFindings, seriesFindings } from './text.ts';

export interface CheckedDataset extends Judged {
  readonly dataset: DatasetRow;
  readonly report: QualityReport | FundingQuality | SeriesQuality;
  /** The same asset at another venue; null where there is none, and for all but candles. */
  readonly against: Comparison | null;
  readonly days: Coverage;
}

/** What else the store holds: every dataset, and what was fetched of them. */
export interface Surroundings {
  readonly datasets: readonly DatasetRow[];
  readonly fetched: readonly FetchRecord[];
}

/** Looks at every row of a dataset. */
export async function checkDataset(
  store: History,
  dataset: DatasetRow,
  around: Surroundings,
): Promise<CheckedDataset> {
  const name = [dataset.venue, dataset.symbol, contentText(dataset)].filter(Boolean).join(' ');
  const named = { name, dataset, rows: dataset.rows, fromMs: dataset.fromMs, toMs: dataset.toMs };
  if (isCandleKind(dataset.kind))
    return { ...named, ...(await checkCandles(store, dataset, around)) };
  const [timesMs] = await store.readRows(dataset, dataset.fromMs, dataset.toMs + 1);
  const asked = ofKey(around.fetched, dataset)?.asked ?? [];
  if (dataset.kind === 'funding') return { ...named, ...judgeFunding(timesMs!, asked) };
  const stepMs = dataset.interval === null ? undefined : intervalMs(dataset.interval);
  const report = seriesQuality(timesMs!, stepMs, asked);
  const every = report.stepMs ?? 1;
  return {
    ...named,
    unit: 'values',
    report,
    against: null,
    score: scoreOfRows('missing values', report.values, report.missing),
    findings: seriesFindings(report),
    days: coverageOf(timesMs!, timesIn(report.gaps, every), timesIn(report.absent, every)),
  };
}

type Checked = Omit<CheckedDataset, 'name' | 'dataset' | 'rows' | 'fromMs' | 'toMs'>;

async function checkCandles(
  store: History,
  dataset: DatasetRow,
  around: Surroundings,
): Promise<Checked> {
  const { venue, symbol, kind } = dataset;
  const stepMs = intervalMs(dataset.interval!);
  const [fromMs, toMs] = [dataset.fromMs, dataset.toMs + stepMs];
  const read = async (one: DatasetRow): Promise<CandleArrays> =>
    candleArraysOf(await store.readRows(one, fromMs, toMs));
  const candles = await read(dataset);
  const stamped = { kind: 'funding', venue, symbol, interval: null } as const;
  const hasFunding = kind === 'candles' && findDataset(around.datasets, stamped) !== null;
  const funding = hasFunding ? await store.readFunding(venue, symbol, fromMs, toMs) : undefined;
  const found = qualityOf(candles, stepMs, {
    funding: funding?.atMs.length ? funding : undefined,
    holes: ofKey(around.fetched, dataset)?.holes,
    fundingAsked: ofKey(around.fetched, stamped)?.asked,
  });
  // Nothing is traded at the mark price: it has no volume.
  const report = kind === 'mark' ? { ...found, zeroVolume: 0 } : found;
  const other = kind === 'candles' ? secondVenue(dataset, around.datasets) : null;
  const against = other && compareVenues(dataset, candles, other, await read(other));
  const { gaps, absent } = report;
  return {
    unit: 'candles',
    report,
    against,
    score: scoreOf(report, against),
    findings: qualityFindings(report, against),
    days: coverageOf(candles.openMs, timesIn(gaps, stepMs), timesIn(absent, stepMs)),
  };
}

function judgeFunding(atMs: Float64Array, asked: FetchRecord['asked']): Checked {
  const report = fundingQuality({ atMs, rate: atMs }, asked);
  const timesOf = (gaps: readonly FundingGap[]) =>
    gaps.flatMap((gap) => [...timesIn([gap], gap.stepMs)]);
  return {
    unit: 'stamps',
    report,
    against: null,
    score: scoreOfRows('missing funding', report.stamps, report.missing),
    findings: fundingFindings(report),
    days: coverageOf(atMs, timesOf(report.gaps), timesOf(report.absent)),
  };
}
