// Reads one journal file and believes nothing: every line must be linked to the one before, number
// on from it and not go back in time. Never writes. Memory does not grow with the file.
//
//   good good good <bad> nothing whole after it  -> torn tail: reported, left out
//   good good <bad> good                         -> damage: JournalRefusal with the line's number
//
// Lines are given as they are reached, so whoever applies them must throw that state away when the
// refusal comes.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  GENESIS,
  HASH_CHARS,
  HASH_LABEL,
  isHash,
  LINE_END,
  linkHashOf,
  SEAM_BYTES,
} from './chain.ts';
import { type Line, readLine } from './line.ts';
import { FORMAT, type Manifest } from './manifest.ts';
import { PlainReader } from './plain.ts';
import { JournalRefusal, type RefusalCode } from './refusal.ts';
import type { Position } from './writer.ts';

/** Where a file ends, as read. */
export interface Tail extends Position {
  readonly path: string;
  readonly lines: number;
  /** Bytes of a torn tail after the last good line; 0 = it ends well. */
  readonly cutBytes: number;
  /** Code of its stop line; null = the session did not end, it broke off. */
  readonly stopCode: string | null;
  readonly manifest: Manifest;
}

const CHUNK_BYTES = 256 * 1024;
/** A line longer than this is damage: the longest holds the config. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
/** More than this was never unflushed at once: no torn tail. */
const MAX_TAIL_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const DIGIT_0 = 48;
/** `,"h":"<hash>"}` */
const END_BYTES = HASH_LABEL.length + HASH_CHARS + LINE_END.length;
const LINE_SHAPE = /\{"s":\d+,"k":"[a-z]+","t":\d+,.*,"h":"[\w-]{22}"\}\r?$/;

export class JournalReader {
  readonly path: string;
  #fd = -1;
  #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** The filled part of the buffer; before `#at` stands the seam to the line before. */
  #view = this.#buffer.subarray(0, SEAM_BYTES);
  #at = SEAM_BYTES;
  /** Offset in the file of the byte at `#at`. */
  #offset = 0;
  #seq = -1;
  #tsMs = 0;
  #lines = 0;
  #inputs = 0;
  #outputs = 0;
  #stopCode: string | null = null;
  #manifest: Manifest | null = null;
  #tail: Tail | null = null;
  #kind = '';
  readonly #plain = new PlainReader();

  /** `inputs` and `outputs`: those of the files before it, for the counts that go on. */
  constructor(path: string, inputs = 0, outputs = 0) {
    this.path = path;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  /** Where the file ended; null until all lines have been read. */
  get tail(): Tail | null {
    return this.#tail;
  }

  /** Every line, verified and decoded, oldest first. Once per reader. Throws JournalRefusal. */
  *lines(): Generator<Line, Tail> {
    try {
      this.#open();
      for (let end = this.#next(); end >= 0; end = this.#next()) {
        const line = this.#line(end);
        this.#pass(end);
        yield line;
      }
      return this.#end();
    } finally {
      this.#close();
    }
  }

  /** Verifies the chain, numbers and stamps of every line without decoding its body. */
  verify(): Tail {
    try {
      this.#open();
      for (let end = this.#next(); end >= 0; end = this.#next()) {
        if (this.#kind === 'manifest' || this.#kind === 'stop') this.#line(end);
        this.#pass(end);
      }
      return this.#end();
    } finally {
      this.#close();
    }
  }

  #open(): void {
    this.#fd = openSync(this.path, 'r');
  }

  #close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Index in the view of the newline that ends the next good line; -1 at the end of all. */
  #next(): number {
    let end = this.#view.indexOf(NEWLINE, this.#at);
    while (end < 0 && this.#view.length - this.#at <= MAX_LINE_BYTES) {
      const seen = this.#view.length - this.#at;
      if (!this.#fill()) break;
      end = this.#view.indexOf(NEWLINE, this.#at + seen);
    }
    if (end < 0 && this.#view.length === this.#at && this.#lines > 0) return -1;
    if (this.#lines === 0) this.#seed(end);
    if (end < 0 || !this.#isLinked(end)) {
      this.#judgeTail();
      return -1;
    }
    this.#readHead();
    return end;
  }

  /** Reads on, keeping the seam and what is not yet used. False at the end of the file. */
  #fill(): boolean {
    const from = this.#at - SEAM_BYTES;
    const kept = this.#view.length - from;
    let buffer = this.#buffer;
    if (kept * 2 > buffer.length) buffer = Buffer.allocUnsafe(buffer.length * 2);
    this.#buffer.copy(buffer, 0, from, this.#view.length);
    this.#buffer = buffer;
    const got = readSync(this.#fd, buffer, kept, buffer.length - kept, null);
    this.#view = buffer.subarray(0, kept + got);
    this.#at = SEAM_BYTES;
    return got > 0;
  }

  /** Puts before the first line what it is linked to; refuses another format by its own words. */
  #seed(end: number): void {
    let parsed: { m?: { format?: unknown; parent?: { lastHash?: unknown; lastSeq?: unknown } } };
    try {
      if (end < 0) throw new Error('the first line has no end');
      parsed = JSON.parse(this.#view.toString('utf8', this.#at, end));
    } catch (cause) {
      // A file gets its name when its manifest is durable, so this is no torn tail.
      throw this.#refusal('journal-damaged', 'must begin with a manifest', { cause });
    }
    const { format, parent } = parsed?.m ?? {};
    if (typeof format === 'number' && format !== FORMAT) {
      const rule = `must be of format ${FORMAT}: read it with the version that wrote it`;
      throw this.#refusal('journal-version', rule, { value: format });
    }
    const { lastHash, lastSeq } = parent ?? {};
    const seam = `${isHash(lastHash) ? lastHash : GENESIS}${LINE_END}\n`;
    this.#view.write(seam, this.#at - SEAM_BYTES, 'latin1');
    if (Number.isSafeInteger(lastSeq)) this.#seq = lastSeq as number;
  }

  #isLinked(end: number): boolean {
    const view = this.#view;
    const bodyEnd = end - END_BYTES;
    if (bodyEnd <= this.#at) return false;
    const hash = linkHashOf(view.subarray(this.#at - SEAM_BYTES, bodyEnd));
    return view.toString('latin1', bodyEnd, end) === HASH_LABEL + hash + LINE_END;
  }

  /** Reads `{"s":1,"k":"in","t":2` of a linked line and checks that it goes on from the one before. */
  #readHead(): void {
    const view = this.#view;
    let at = this.#at + 5;
    let seq = 0;
    for (; view[at] !== COMMA && at < this.#at + 22; at++) seq = seq * 10 + view[at]! - DIGIT_0;
    at += 6;
    // Most lines are inputs: these are told by three bytes.
    const isInput = view[at] === 105 && view[at + 1] === 110 && view[at + 2] === QUOTE;
    const kindEnd = isInput ? at + 2 : view.indexOf(QUOTE, at);
    const kind = isInput ? 'in' : view.toString('latin1', at, kindEnd);
    at = kindEnd + 6;
    let tsMs = 0;
    const limit = at + 17;
    for (; view[at] !== COMMA && at < limit; at++) tsMs = tsMs * 10 + view[at]! - DIGIT_0;
    if (seq !== this.#seq + 1) this.#malformed(`s must be ${this.#seq + 1}`, seq);
    if (!(tsMs >= this.#tsMs)) this.#malformed(`t must be ${this.#tsMs} or later`, tsMs);
    if ((kind === 'manifest') !== (this.#lines === 0)) {
      this.#malformed('the manifest must be the first line and no other', kind);
    }
    if (this.#stopCode !== null) this.#malformed('a stop must be the last line', kind);
    this.#seq = seq;
    this.#tsMs = tsMs;
    this.#kind = kind;
    if (kind === 'in') this.#inputs++;
    else if (kind === 'out') this.#outputs++;
  }

  #line(end: number): Line {
    const line =
      this.#plain.read(this.#view, this.#at, end) ??
      readLine(this.#view.toString('utf8', this.#at, end), this.#malformed);
    if (line.seq !== this.#seq || line.tsMs !== this.#tsMs) this.#malformed('s, k, t come first');
    if (line.kind === 'manifest') this.#manifest = line.manifest;
    if (line.kind === 'stop') {
      this.#stopCode = line.code;
      this.#checkCount('n', line.inputs, this.#inputs);
      this.#checkCount('o', line.outputs, this.#outputs);
    }
    if (line.kind === 'mark') this.#checkCount('n', line.inputs, this.#inputs);
    return line;
  }

  #checkCount(key: string, said: number, counted: number): void {
    if (said !== counted) this.#malformed(`${key} must be ${counted}`, said);
  }

  #pass(end: number): void {
    this.#offset += end + 1 - this.#at;
    this.#at = end + 1;
    this.#lines++;
  }

  /**
   * What follows the last good line may be cut when no whole line stands in it. One that looks like
   * a line is enough to refuse, linked or not: after damage there is no telling which are.
   */
  #judgeTail(): void {
    const rule = 'must follow from the line before it: the file is damaged here';
    const length = fstatSync(this.#fd).size - this.#offset;
    if (this.#lines === 0 || length > MAX_TAIL_BYTES) throw this.#refusal('journal-damaged', rule);
    const bytes = Buffer.alloc(Math.max(0, length));
    const got = readSync(this.#fd, bytes, 0, bytes.length, this.#offset);
    // The first byte is skipped: the bad line itself is no line after it.
    const pieces = bytes.toString('latin1', 1, got).split('\n').slice(0, -1);
    if (pieces.some((piece) => LINE_SHAPE.test(piece))) {
      throw this.#refusal('journal-damaged', rule);
    }
  }

  #end(): Tail {
    const manifest = this.#manifest;
    if (manifest === null) throw this.#refusal('journal-damaged', 'must begin with a manifest');
    const seam = this.#at - SEAM_BYTES;
    this.#tail = Object.freeze({
      path: this.path,
      lines: this.#lines,
      seq: this.#seq,
      hash: this.#view.toString('latin1', seam, seam + HASH_CHARS),
      tsMs: this.#tsMs,
      bytes: this.#offset,
      inputs: this.#inputs,
      outputs: this.#outputs,
      cutBytes: Math.max(0, fstatSync(this.#fd).size - this.#offset),
      stopCode: this.#stopCode,
      manifest,
    });
    return this.#tail;
  }

  readonly #malformed = (rule: string, value?: unknown): never => {
    throw this.#refusal('journal-malformed', rule, { value });
  };

  #refusal(code: RefusalCode, rule: string, options?: { value?: unknown; cause?: unknown }) {
    return new JournalRefusal(code, this.path, this.#lines + 1, rule, options);
  }
}
