// What every client of a venue is opened with, beside its keys and hosts.

import { randomInt } from 'node:crypto';
import type { Quiet } from '../../data/venues/quiet.ts';
import type { Clock } from '../clock.ts';
import type { Connect } from '../feeds/socket.ts';
import type { Tell } from './port.ts';
import type { WireTuning } from './wire.ts';

export interface ClientOptions extends WireTuning {
  /** In our spelling: whose rules are asked for, and whose gaps in the stream are filled. */
  readonly symbols: readonly string[];
  readonly tell: Tell;
  /** The machine's. */
  readonly clock: Clock;
  /** The machine's sockets: `connectSocket`. */
  readonly connect: Connect;
  /**
   * Where nonces are kept, `~/.sapphire` unless told; null = nowhere, for `flatten` alone, which must
   * work when no disk does and while another process holds the lock.
   */
  readonly stateFolder?: string | null;
  /** Shared with whoever else talks to the venue from here. */
  readonly quiet?: Quiet;
  /** 0 <= u < 1, for jitter. Nothing that is decided depends on it. */
  readonly random?: () => number;
}

export function drawn(): number {
  return randomInt(2 ** 32) / 2 ** 32;
}
