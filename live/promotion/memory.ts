// What a promoted config begins with remembered: `decision.memory.load` is data that decides, so the very
// memories that backtest, verdict and paper trial began with are pinned by their digest, and whoever knew
// the future of what he was judged on is named. Asked only where somebody began with something.

import type { Evidence, Finding } from './gates.ts';

/** What the file holds here and now. */
export interface MemoryEvidence {
  /** Null = nothing. */
  readonly digest: string | null;
  readonly trades: number;
  /** Of those, how many ended after the paper trial began. */
  readonly afterTrial: number;
}

type Remembering = Pick<Evidence, 'memory' | 'run' | 'verdict' | 'trial'>;

/** Somebody began with something: what nobody loads there is nothing to ask about. */
export function remembers({ memory, run, verdict, trial }: Remembering): boolean {
  const digests = [memory.digest, run.memory?.digest, verdict.memory?.digest, trial.memoryDigest];
  return digests.some((digest) => digest !== null && digest !== undefined);
}

export function oneMemory({ memory, run, verdict, trial }: Remembering): Finding {
  const { digest, trades } = memory;
  const others = [
    (run.memory?.digest ?? null) !== digest && 'the backtest',
    (verdict.memory?.digest ?? null) !== digest && 'the verdict',
    (trial.memoryDigest ?? null) !== digest && 'the paper trial',
  ].filter((one) => one !== false);
  const here = digest === null ? 'nothing' : `${trades} trades, ${digest.slice(0, 12)}`;
  return {
    value: others.length,
    passed: others.length === 0,
    why:
      others.length === 0
        ? `${here}, in all three`
        : `${others.join(' and ')} began with another memory than decision.memory.load holds here ` +
          `(${here}): give all three one file, and leave it as it is`,
  };
}

export function outOfSample({ memory, run, verdict }: Remembering): Finding {
  const { trades, afterTrial } = memory;
  const late = [
    ['backtest', run.memory?.inSample ?? 0] as const,
    ['verdict', verdict.memory?.inSample ?? 0] as const,
    ['paper trial', afterTrial] as const,
  ].filter(([, count]) => count > 0);
  const known = late.map(([what, count]) => `${count} ended after the ${what} began`).join(', ');
  return {
    value: Math.max(0, ...late.map(([, count]) => count)),
    passed: late.length === 0,
    why:
      late.length === 0
        ? `${trades} trades, all of them over before`
        : `of ${trades} trades ${known}: they knew its future; keep those of a run that ends before`,
  };
}
