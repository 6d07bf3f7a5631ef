// A journal read again by the kernel alone: its inputs are applied one by one, and what the kernel
// leaves must be what was recorded, line by line. Needs no store, no venue and no clock.
//
// Recovery is the stricter pass (it rebuilds the venue as well); this one can be run anywhere, on a
// copy, by anybody who doubts. Whoever wants to know more of a session looks on (shadow.ts, trial.ts).

import { memoryDigest } from '../data/runs/memory-file.ts';
import type { SeatSpec } from '../engine/agents/seat.ts';
import { checkConfig } from '../engine/config/check.ts';
import type { Config } from '../engine/config/schema.ts';
import { InputError } from '../engine/errors.ts';
import { type LoadedSeats, loadSeats } from '../engine/host/load.ts';
import type { Intent } from '../engine/intent.ts';
import type { Kernel } from '../engine/kernel.ts';
import { runDigest } from '../engine/research/backtest.ts';
import { type Difference, eventText, intentText } from './divergence.ts';
import { lineText } from './journal/carried.ts';
import { readFolder } from './journal/folder.ts';
import type { Line } from './journal/line.ts';
import type { Manifest } from './journal/manifest.ts';
import type { Tail } from './journal/reader.ts';
import { freshKernel, type Market, readMarket, stateDigest } from './market.ts';

export interface ReplayOutcome {
  readonly equal: boolean;
  /** Lines that were verified and followed. */
  readonly lines: number;
  /** Of orders, fills, funding and equity, as of the last line. */
  readonly digest: string;
  readonly decisionDigest: string;
  readonly firstDivergence: Difference | null;
  readonly manifest: Manifest;
  /** Code of the last stop line; null = the journal broke off. */
  readonly stopCode: string | null;
  readonly opened: Opened;
  /** As of the last line that was followed. */
  readonly kernel: Kernel;
  /** Where the journal ends; null when it was not read that far. */
  readonly tail: Tail | null;
}

/** What a journal says of itself, checked and loaded. */
export interface Opened {
  readonly manifest: Manifest;
  readonly market: Market;
  readonly config: Config;
  readonly loaded: LoadedSeats;
}

/** Looks on while a journal is replayed, and changes nothing of it. */
export interface Onlooker {
  /** Before the kernel is made: the seats as they are to be asked. Those loaded when left out. */
  begin?(opened: Opened): readonly SeatSpec[];
  /**
   * Every line, when it has been followed. With somebody to look on, those behind a divergence are
   * verified and seen as well, but not followed.
   */
  see(line: Line, kernel: Kernel, isFollowed: boolean): void;
}

/** What a manifest's config means today. */
export type OpenConfig = (
  written: unknown,
) => Promise<{ readonly config: Config; readonly loaded: LoadedSeats }>;

/** Checks the config and loads its strategies; those given by path lie below `cwd`. */
export function configsFrom(cwd: string): OpenConfig {
  return async (written) => {
    const config = checkConfig(written);
    return { config, loaded: await loadSeats(config.decision, cwd) };
  };
}

/**
 * Replays a folder of journal files. Throws JournalRefusal for a folder that may not be believed,
 * InputError for a config or strategy that does not load.
 */
export async function replayFolder(
  folder: string,
  open: OpenConfig,
  onlooker?: Onlooker,
): Promise<ReplayOutcome> {
  const lines = readFolder(folder);
  const first = lines.next();
  if (first.done || first.value.kind !== 'manifest') {
    throw new InputError({ key: folder, rule: 'must hold a journal: journal-000001.ndjson' });
  }
  const { manifest } = first.value;
  const market = readMarket(manifest.market);
  const { config, loaded } = await open(manifest.config);
  refuseOtherMemory(manifest, config, loaded);
  const opened: Opened = { manifest, market, config, loaded };
  const seats = onlooker?.begin?.(opened) ?? loaded.seats;
  const kernel = freshKernel(market, config, { ...loaded, seats });
  const follower = new Follower(kernel);
  onlooker?.see(first.value, kernel, true);
  let count = 1;
  let tail: Tail | null = null;
  for (let step = lines.next(); ; step = lines.next()) {
    if (step.done) {
      tail = step.value;
      break;
    }
    const isEqual = follower.difference === null;
    if (isEqual) count++;
    const isFollowed = isEqual && follower.follow(step.value);
    onlooker?.see(step.value, kernel, isFollowed);
    if (!isFollowed && onlooker === undefined) break;
  }
  follower.end();
  return {
    equal: follower.difference === null,
    lines: count,
    digest: runDigest(kernel),
    decisionDigest: kernel.desk.decisions.hex(),
    firstDivergence: follower.difference,
    manifest,
    stopCode: tail === null ? follower.stopCode : tail.stopCode,
    opened,
    kernel,
    tail,
  };
}

/** Of a session that begins with something else remembered nothing can be told. */
function refuseOtherMemory({ data }: Manifest, { decision }: Config, loaded: LoadedSeats): void {
  const was = data['memory'] ?? null;
  const is = memoryDigest(loaded.remembered ?? []);
  if (was === is) return;
  const [theirs, ours] = [was, is].map((digest) => digest?.slice(0, 12) ?? 'nothing');
  const rule = `must hold what the session began with (${theirs}), and holds ${ours}`;
  throw new InputError({ key: 'decision.memory.load', rule, value: decision.memory.load });
}

class Follower {
  difference: Difference | null = null;
  stopCode: string | null = null;
  readonly #kernel: Kernel;
  /** Intents left by the last input that no line has repeated yet. */
  readonly #left: Intent[] = [];
  #cause: (Line & { readonly kind: 'in' }) | null = null;
  #seq = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** False at the first difference. */
  follow(line: Line): boolean {
    this.#seq = line.seq;
    switch (line.kind) {
      case 'in':
        if (this.#left.length > 0) return this.#differ(line, 'intent', this.#nextText());
        this.#apply(line);
        return true;
      case 'out':
        return this.#compare(line);
      case 'mark': {
        const found = stateDigest(this.#kernel);
        return found === line.digest || this.#differ(line, 'mark', JSON.stringify(found));
      }
      case 'note':
        return true;
      case 'stop':
        this.stopCode = line.code;
        return true;
      case 'manifest':
        this.stopCode = null;
        return true;
    }
  }

  /** A journal that broke off may lack its last intents: they had not left. One that ended may not. */
  end(): void {
    if (this.difference !== null || this.stopCode === null || this.#left.length === 0) return;
    if (this.stopCode === 'failed') return;
    this.#note('intent', null, this.#nextText());
  }

  #apply(line: Line & { readonly kind: 'in' }): void {
    const { tray } = this.#kernel;
    this.#cause = line;
    this.#kernel.apply(line.event);
    for (let k = 0; k < tray.length; k++) this.#left.push(tray.at(k));
    tray.clear();
  }

  #compare(line: Line & { readonly kind: 'out' }): boolean {
    const intent = this.#left.shift();
    const found = intent === undefined ? null : intentText(intent);
    const isSame = found === intentText(line.intent) && line.causeSeq === this.#cause?.seq;
    return isSame || this.#differ(line, 'intent', found);
  }

  #differ(line: Line, what: Difference['what'], found: string | null): false {
    this.#note(what, lineText(line), found);
    return false;
  }

  #note(what: Difference['what'], recorded: string | null, found: string | null): void {
    const cause = this.#cause;
    this.difference = {
      seq: this.#seq,
      what,
      recorded,
      found,
      causeSeq: cause?.seq ?? null,
      cause: cause === null ? null : eventText(cause.event),
    };
  }

  #nextText(): string {
    return intentText(this.#left[0]!);
  }
}
