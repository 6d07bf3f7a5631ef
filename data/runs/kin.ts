// How many were tried, for the deflated Sharpe ratio: of one strategy, by its name, on one list of symbols,
// on candles that overlap in time.
//
//   |======== 400 configs ========|            a day more of candles, or a line of the source rewritten,
//        |======== the best again ==|          is no new beginning: the best of 400 it stays
//
// The same config of the same source counts once, however many candles are added to its data; with another
// `world.from` or `to` it is another config.

import { createHash } from 'node:crypto';
import type { Trial } from './ledger.ts';

/** Open of the first and close of the last candle, UTC ms; left out where a line does not say: all time. */
type Span = Pick<Trial, 'fromMs' | 'toMs'>;

interface Tried {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ideas: Set<string>;
}

/** The trials of one ledger, counted by kin. */
export class Kin {
  readonly #byName = new Map<string, Map<string, Tried>>();

  add(trial: Trial): void {
    const name = short(nameOf(trial));
    const spans = this.#byName.get(name) ?? new Map<string, Tried>();
    this.#byName.set(name, spans);
    const { fromMs, toMs } = spanOf(trial);
    const key = `${fromMs} ${toMs}`;
    const tried = spans.get(key) ?? { fromMs, toMs, ideas: new Set<string>() };
    spans.set(key, tried);
    tried.ideas.add(short(ideaOf(trial)));
  }

  /** Distinct trials of the kin of this one, itself included once it was added. */
  count(trial: Trial): number {
    const { fromMs, toMs } = spanOf(trial);
    const spans = this.#byName.get(short(nameOf(trial)))?.values() ?? [];
    const kin = [...spans].filter((one) => one.fromMs < toMs && fromMs < one.toMs);
    if (kin.length === 1) return kin[0]!.ideas.size;
    const ideas = new Set<string>();
    for (const tried of kin) for (const idea of tried.ideas) ideas.add(idea);
    return ideas.size;
  }
}

/** By its name where a line says it: whoever edits a strategy goes on trying it. */
function nameOf({ strategy, strategyDigest, symbols }: Trial): string {
  return JSON.stringify([strategy ?? strategyDigest, [...symbols].sort()]);
}

/** What was tried. Another tape or memory makes another trial of it. */
function ideaOf({ strategyDigest, configDigest, dataDigest, candlesDigest }: Trial): string {
  return `${strategyDigest} ${configDigest} ${candlesDigest === undefined ? '' : dataDigest}`;
}

/** Whatever stands in a line that was not written here overlaps with everything. */
function spanOf({ fromMs, toMs }: Span): { readonly fromMs: number; readonly toMs: number } {
  return {
    fromMs: Number.isFinite(fromMs) ? fromMs! : Number.NEGATIVE_INFINITY,
    toMs: Number.isFinite(toMs) ? toMs! : Number.POSITIVE_INFINITY,
  };
}

/** Sixteen bytes that no two keys share. */
export function short(key: string): string {
  return createHash('sha256').update(key).digest().toString('latin1', 0, 16);
}
