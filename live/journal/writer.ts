// Appends lines to one journal file. `append` only numbers, links and buffers; `flush` makes all of
// it durable, and nothing may leave the process before it has returned.
//
//   append -> pending --flush--> write (all of it, short writes too) -> fdatasync -> durable
//
// A write or flush that fails kills the writer for good: after a failed fsync the system may have
// dropped the pages and call the next one a success. Nothing is retried, ever.

import { assert } from '../../engine/errors.ts';
import { HASH_LABEL, LINE_END, linkHash } from './chain.ts';
import type { DiskFile } from './disk.ts';
import { writeAll } from './disk.ts';
import { type Entry, lineBody, stampOf } from './line.ts';
import { errnoOf, JournalFault } from './refusal.ts';

/** Where a journal stands: what the next line goes on from. */
export interface Position {
  /** Of the last line; -1 before the first. */
  readonly seq: number;
  readonly hash: string;
  readonly tsMs: number;
  /** Length of the file, bytes. */
  readonly bytes: number;
  /** Inputs and outputs of this folder so far. */
  readonly inputs: number;
  readonly outputs: number;
}

export interface WriterOptions {
  /** Inputs between two marks. */
  readonly markEvery?: number;
  /** Gives the room kept for the last lines back to the disk. */
  readonly freeReserve?: () => Promise<void>;
}

/** Failures after which there is room again once the reserve is gone. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

export class JournalWriter {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #markEvery: number;
  readonly #freeReserve: (() => Promise<void>) | undefined;
  #seq: number;
  #hash: string;
  #tsMs: number;
  #inputs: number;
  #outputs: number;
  #markedInputs: number;
  #durableBytes: number;
  #durableSeq: number;
  #pending: string[] = [];
  /** Handed to the disk and not yet durable. */
  #leaving: Uint8Array = new Uint8Array(0);
  #flushing: Promise<void> | null = null;
  #fault: JournalFault | null = null;
  #isFull = false;
  #isStopped = false;
  #isClosed = false;

  /** `file` is as long as `from.bytes`; see `beginFile` and `resumeFile` in rotate.ts. */
  constructor(path: string, file: DiskFile, from: Position, options: WriterOptions = {}) {
    this.path = path;
    this.#file = file;
    this.#markEvery = options.markEvery ?? 1000;
    this.#freeReserve = options.freeReserve;
    this.#seq = from.seq;
    this.#hash = from.hash;
    this.#tsMs = from.tsMs;
    this.#inputs = from.inputs;
    this.#outputs = from.outputs;
    this.#markedInputs = from.inputs - (from.inputs % this.#markEvery);
    this.#durableBytes = from.bytes;
    this.#durableSeq = from.seq;
  }

  /** Of the line appended last, durable or not. */
  get seq(): number {
    return this.#seq;
  }

  get hash(): string {
    return this.#hash;
  }

  /** The stamp of the line appended last, UTC ms: no later line may go back behind it. */
  get tsMs(): number {
    return this.#tsMs;
  }

  /** Inputs of this folder so far. */
  get inputs(): number {
    return this.#inputs;
  }

  get outputs(): number {
    return this.#outputs;
  }

  /** Seq of the last line that is known to be on disk. */
  get durableSeq(): number {
    return this.#durableSeq;
  }

  /** Lines that wait for a flush. */
  get pendingLines(): number {
    return this.#pending.length;
  }

  /** What killed it, or null while it lives. */
  get fault(): JournalFault | null {
    return this.#fault;
  }

  /** True when `markEvery` inputs have come since the last mark: append one. */
  get isMarkDue(): boolean {
    return this.#inputs - this.#markedInputs >= this.#markEvery;
  }

  /**
   * Numbers, links and buffers one line, synchronously; gives its seq. Throws JournalFault
   * (`journal-dead`) once the writer has failed or is closed, and InvariantError for an entry that
   * could not be read back or whose stamp goes back: then nothing was appended.
   */
  append(entry: Entry): number {
    this.#mustLive();
    return this.#buffer(entry);
  }

  /** Appends a stop with the counts so far: the last line of this file. */
  appendStop(tsMs: number, code: string): number {
    const inputs = this.#inputs;
    return this.append({ kind: 'stop', tsMs, code, inputs, outputs: this.#outputs });
  }

  #buffer(entry: Entry): number {
    const tsMs = stampOf(entry);
    assert(!this.#isStopped, 'a stop is the last line of a file');
    assert(tsMs >= this.#tsMs, 'stamps never go back');
    const seq = this.#seq + 1;
    if (entry.kind === 'out') assert(entry.causeSeq < seq, 'a cause comes before its output');
    const body = lineBody(entry, seq);
    const hash = linkHash(this.#hash, body);
    this.#pending.push(`${body}${HASH_LABEL}${hash}${LINE_END}\n`);
    this.#seq = seq;
    this.#hash = hash;
    this.#tsMs = tsMs;
    if (entry.kind === 'in') this.#inputs++;
    else if (entry.kind === 'out') this.#outputs++;
    else if (entry.kind === 'mark') this.#markedInputs = this.#inputs;
    else if (entry.kind === 'stop') this.#isStopped = true;
    return seq;
  }

  /**
   * Resolves once every line appended before the call is durable. Calls that overlap share a flush.
   * Rejects with JournalFault: `journal-failed` for the call that met the failure, `journal-dead`
   * for every one after it.
   */
  async flush(): Promise<void> {
    this.#mustLive();
    while (this.#flushing !== null) await this.#flushing;
    if (this.#pending.length === 0) return;
    this.#flushing = this.#write();
    try {
      await this.#flushing;
    } finally {
      this.#flushing = null;
    }
  }

  async #write(): Promise<void> {
    this.#leaving = this.#takePending();
    const { length } = this.#leaving;
    const seq = this.#seq;
    let isWritten = false;
    try {
      await writeAll(this.#file, this.#leaving, this.#durableBytes);
      isWritten = true;
      await this.#file.datasync();
    } catch (error) {
      // A full disk that says so at the flush is as bad as a broken one: the pages may be gone.
      this.#isFull = !isWritten && FULL.has(errnoOf(error) ?? '');
      throw this.#die(isWritten ? 'flush' : 'write', error);
    }
    this.#durableBytes += length;
    this.#durableSeq = seq;
    this.#leaving = new Uint8Array(0);
  }

  /**
   * For a writer that died because a write found the disk full: gives the reserve back, cuts what
   * was half written, and makes what waited and `entries` (halts, cancels, a stop) durable in its
   * room, in one attempt. False when it died of anything else, when called again, or when this
   * fails too: then the file may have a torn tail. The writer stays dead either way.
   */
  async lastWords(entries: readonly Entry[]): Promise<boolean> {
    if (!this.#isFull || this.#isClosed) return false;
    this.#isFull = false;
    for (const entry of entries) this.#buffer(entry);
    try {
      await this.#freeReserve?.();
      await this.#file.truncate(this.#durableBytes);
      const bytes = Buffer.concat([this.#leaving, this.#takePending()]);
      await writeAll(this.#file, bytes, this.#durableBytes);
      await this.#file.datasync();
      this.#durableBytes += bytes.length;
      this.#durableSeq = this.#seq;
      return true;
    } catch {
      return false;
    }
  }

  /** Flushes, if it lives, and closes the file. A second call does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    try {
      if (this.#fault === null) await this.flush();
    } finally {
      this.#isClosed = true;
      await this.#file.close();
    }
  }

  #takePending(): Uint8Array {
    const bytes = Buffer.from(this.#pending.join(''), 'utf8');
    this.#pending = [];
    return bytes;
  }

  #mustLive(): void {
    if (this.#fault === null && !this.#isClosed) return;
    const why = this.#fault === null ? 'it was closed' : this.#fault.message;
    throw new JournalFault('journal-dead', `${this.path}: no more is written: ${why}`, this.#fault);
  }

  #die(step: string, cause: unknown): JournalFault {
    const text = cause instanceof Error ? cause.message : String(cause);
    this.#fault = new JournalFault(
      'journal-failed',
      `${this.path}: the ${step} failed: ${text}`,
      cause,
    );
    return this.#fault;
  }
}
