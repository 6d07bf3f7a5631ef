// A promotion covers everything that its config reads.

import { describe, expect, it } from 'vitest';
import { mustBePinned } from '../../../live/promotion/pinned.ts';
import { configOf } from '../../support/run.ts';

describe('a config to be promoted', () => {
  it('may not begin with the memory of another run, which anybody could write anew', () => {
    const memory = { enabled: true, load: '/home/me/swarm.memory.json' };
    expect(() => mustBePinned(configOf({ decision: { memory } }))).toThrow(
      'decision.memory.load: must be null in what is promoted: a promotion does not pin what a memory holds, was "/home/me/swarm.memory.json"',
    );
  });

  it('may remember what it sees itself', () => {
    expect(() => mustBePinned(configOf({ decision: { memory: { enabled: true } } }))).not.toThrow();
    expect(() => mustBePinned(configOf({}))).not.toThrow();
  });
});
