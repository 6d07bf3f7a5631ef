// Memories as a document: what one run leaves and another begins with.
//
//   { kind, version, numbers: names of the numbers of a state, trades: [oldest first] }
//
// Doubles are written so that they read back to the last bit. A document is believed only after every
// trade in it has been looked at: a number that is none would spoil every distance, and what is text goes
// into prompts, where a sentence would be heard.

import { InputError } from '../../errors.ts';
import { STATE_NAMES } from '../../market/state.ts';
import { EXIT_REASONS, type ExitReason } from '../../portfolio/trade.ts';
import type { Remembered } from '../memory.ts';

const KIND = 'sapphire-memory';
const VERSION = 1;
/** A symbol as venues spell them, which is no sentence. */
const SYMBOL = /^\S{1,40}$/;

export interface MemoryDocument {
  readonly kind: typeof KIND;
  readonly version: typeof VERSION;
  readonly numbers: readonly string[];
  readonly trades: readonly Remembered[];
}

export function memoryDocument(trades: readonly Remembered[]): MemoryDocument {
  return { kind: KIND, version: VERSION, numbers: STATE_NAMES, trades };
}

/**
 * The trades of a parsed document, oldest first. `agents` are the ids that may have stood for them.
 * Throws InputError that names `key`, and the first trade at fault.
 */
export function rememberedIn(
  value: unknown,
  key: string,
  agents: readonly string[],
): readonly Remembered[] {
  const refuse = (rule: string, was?: unknown) => new InputError({ key, rule, value: was });
  const { kind, version, numbers, trades } = (value ?? {}) as Partial<MemoryDocument>;
  if (kind !== KIND) throw refuse('must hold memories, as --memory-out writes them');
  if (version !== VERSION) throw refuse(`must be of version ${VERSION}`, version);
  if (JSON.stringify(numbers) !== JSON.stringify(STATE_NAMES)) {
    throw refuse(`must describe markets by ${STATE_NAMES.join(', ')}`, numbers);
  }
  if (!Array.isArray(trades)) throw refuse('must have trades');
  let lastMs = Number.NEGATIVE_INFINITY;
  trades.forEach((trade: unknown, k) => {
    const fault = faultOf(trade, lastMs);
    if (fault !== null) throw refuse(`trade ${k + 1} ${fault}`);
    lastMs = (trade as Remembered).exitMs;
  });
  const known = new Set(agents);
  const isOurs = (trade: Remembered) => Object.keys(trade.votes).some((id) => known.has(id));
  if (trades.length > 0 && !trades.some(isOurs)) {
    const ids = [...new Set(trades.flatMap((trade: Remembered) => Object.keys(trade.votes)))];
    throw refuse(
      `must hold a trade of ${agents.join(', ')}: it only has those of ${ids.join(', ')}`,
    );
  }
  return trades;
}

/** What is wrong with a trade; null = nothing is. */
function faultOf(value: unknown, lastMs: number): string | null {
  const trade = (value ?? {}) as Partial<Remembered>;
  const { symbol, side, decidedMs, exitMs, returnFraction, exitReason, votes, state } = trade;
  if (typeof symbol !== 'string' || !SYMBOL.test(symbol)) {
    return 'must have a symbol, of at most 40 characters and no space';
  }
  if (side !== 1 && side !== -1) return 'must have a side of 1 or -1';
  if (!EXIT_REASONS.includes(exitReason as ExitReason)) {
    return `must have an exitReason of ${EXIT_REASONS.join(', ')}`;
  }
  if (!isTime(decidedMs) || !isTime(exitMs) || exitMs < decidedMs) {
    return 'must end after it was decided on';
  }
  if (exitMs < lastMs) return 'must not end before the one that is written before it';
  if (!Number.isFinite(returnFraction)) return 'must have a finite returnFraction';
  if (typeof votes !== 'object' || votes === null || Array.isArray(votes)) return 'must have votes';
  if (!Object.values(votes).every((vote) => Number.isFinite(vote) && vote > 0 && vote <= 1)) {
    return 'must have votes above 0, to 1';
  }
  const isState = Array.isArray(state) && state.length === STATE_NAMES.length;
  if (!isState || !state.every(Number.isFinite)) {
    return `must have a state of ${STATE_NAMES.length} finite numbers`;
  }
  return null;
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value);
}
