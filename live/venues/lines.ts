// Both ways to a venue for one account: reads that are asked again, writes that leave once. They share
// the silence that the venue asks for, and the allowance.

import type { Pace } from '../../data/venues/contract.ts';
import { VenueHttp } from '../../data/venues/http.ts';
import type { Quiet } from '../../data/venues/quiet.ts';
import { Allowance, type AllowanceRules } from './allowance.ts';
import type { Refused, Unknown } from './port.ts';
import { Failed, type Heard, Sender } from './sender.ts';
import { Wire, type WireTuning } from './wire.ts';

export interface LineParts extends WireTuning {
  readonly pace: Pace;
  readonly quiet: Quiet;
  readonly scrub: (text: string) => string;
  /** The venue does not take our keys any more. */
  readonly onAuth: (text: string) => void;
  /** Our time is wrong. */
  readonly onSkew: () => Promise<void>;
}

export class Lines {
  readonly http: VenueHttp;
  readonly sender: Sender;
  readonly allowance: Allowance;
  readonly #wire: Wire;
  readonly #parts: LineParts;

  constructor(venue: string, restUrl: string, rules: AllowanceRules, parts: LineParts) {
    const { pace, quiet, scrub, timeoutMs } = parts;
    this.#parts = parts;
    this.allowance = new Allowance(rules, pace);
    this.#wire = new Wire(restUrl, pace, parts);
    const { allowance } = this;
    this.sender = new Sender({ wire: this.#wire, quiet, allowance, pace, scrub });
    const tuning = timeoutMs === undefined ? {} : { timeoutMs };
    this.http = new VenueHttp(venue, restUrl, pace, allowance.reading, { ...tuning, quiet, scrub });
  }

  /** What `read` makes of an answer, or what came of the request. */
  judge<T>(heard: Heard | Refused | Unknown, read: (heard: Heard) => T): T | Refused | Unknown {
    if (heard.kind !== 'heard') return heard;
    try {
      return this.seen(() => read(heard));
    } catch (error) {
      // What a good status says cannot be read: it may well have happened.
      const text = error instanceof Error ? error.message : '';
      return { kind: 'unknown', code: 'unparsable', text };
    }
  }

  /** What `read` gives, or the outcome that it failed with; who must hear of it has heard. */
  seen<T>(read: () => T): T | Refused | Unknown {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      const { outcome } = error;
      const { onAuth, onSkew } = this.#parts;
      if (outcome.kind === 'refused' && outcome.code === 'auth') onAuth(outcome.text);
      if (outcome.kind === 'refused' && outcome.code === 'clock-skew') void onSkew();
      return outcome;
    }
  }

  close(): void {
    this.#wire.close();
  }
}
