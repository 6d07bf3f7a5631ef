// Retrieval from a full memory: 500 trades of random markets, of which the 20 nearest are found. The
// floor is the squared differences alone, over the same numbers.

import { Memory, type MemoryConfig } from '../engine/agents/memory.ts';
import { STATE_SIZE } from '../engine/market/state.ts';
import { gaussian, random } from '../engine/random.ts';
import { measureInTurn } from './measure.ts';

const DEPTH = 500;
const ASKED = 2000;
const AGENTS = ['a', 'b', 'c', 'd'];
const CONFIG: MemoryConfig = {
  depth: DEPTH,
  neighbours: 20,
  bandwidth: 1,
  halfLifeDays: 365,
  otherSymbol: 0.5,
};

export interface RecallFigure {
  readonly medianUs: number;
  readonly ratioToFloor: number;
}

/** Of one retrieval, microseconds. */
export function recallTime(): RecallFigure {
  const draw = random(1, 'recall');
  const state = () => Array.from({ length: STATE_SIZE }, () => gaussian(draw));
  const memory = new Memory(CONFIG, AGENTS);
  for (let k = 0; k < DEPTH; k++) {
    memory.add({
      symbol: draw() < 0.5 ? 'A' : 'B',
      side: draw() < 0.5 ? 1 : -1,
      decidedMs: k * 1e6,
      exitMs: k * 1e6 + 1,
      returnFraction: draw() - 0.5,
      exitReason: 'signal',
      votes: Object.fromEntries(AGENTS.filter(() => draw() < 0.6).map((id) => [id, 0.7])),
      state: state(),
    });
  }
  const asked = Array.from({ length: ASKED }, () => Float64Array.from(state()));
  const flat = Float64Array.from({ length: DEPTH * STATE_SIZE }, () => gaussian(draw));
  const nearest = new Float64Array(DEPTH);
  const works = {
    floor: () => {
      for (const one of asked) distances(one, flat, nearest);
    },
    recall: () => {
      for (const one of asked) memory.recall(one, 0, 1e9, 1);
    },
  };
  const [floor, recalled] = measureInTurn(works, ASKED, 7, 3);
  return {
    medianUs: (recalled!.medianMs * 1000) / ASKED,
    ratioToFloor: floor!.medianMs / recalled!.medianMs,
  };
}

function distances(state: Float64Array, memories: Float64Array, into: Float64Array): void {
  for (let k = 0; k < into.length; k++) {
    let square = 0;
    for (let d = 0; d < STATE_SIZE; d++) {
      const apart = state[d]! - memories[k * STATE_SIZE + d]!;
      square += apart * apart;
    }
    into[k] = square;
  }
}
