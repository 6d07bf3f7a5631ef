// What a day may cost, in tokens and in USD, whoever on this machine spends it and however often it is
// started anew.
//
//   hold the most that a question can cost -> look at the sum -> too much? give it back : ask, then settle
//
// One file a UTC day, one appended line for each hold and each settlement, so that several processes can
// share it: a hold is written first and judged by all that is written, so together they never exceed it.
// Whoever is killed in between leaves the hold standing. What cannot be written is not spent.

import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isoText } from '../../engine/config/instant.ts';
import { InputError } from '../../engine/errors.ts';

export interface Allowance {
  /** Null = no limit. */
  readonly tokensPerDay: number | null;
  readonly usdPerDay: number | null;
}

/** The most that one question may come to; `settle` says what it came to. Once. */
export interface Hold {
  settle(tokens: number, costUsd: number): void;
}

export class Spending {
  readonly #folder: string;
  readonly #allowance: Allowance;
  readonly #nowMs: () => number;
  #day = '';
  #file = -1;
  readonly #bytes = Buffer.alloc(65_536);
  #readTo = 0;
  #rest = '';
  #tokens = 0;
  #costUsd = 0;

  /** `folder` is made if missing. Throws InputError when today's file cannot be understood. */
  constructor(folder: string, allowance: Allowance, nowMs: () => number) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#allowance = allowance;
    this.#nowMs = nowMs;
    this.#turn();
  }

  /** Of today, holds included. */
  get spent(): { readonly tokens: number; readonly costUsd: number } {
    this.#turn();
    return { tokens: this.#tokens, costUsd: this.#costUsd };
  }

  /** Holds that much of today's allowance; null when it is not there, or cannot be written down. */
  hold(tokens: number, costUsd: number): Hold | null {
    try {
      this.#turn();
      this.#append(tokens, costUsd);
    } catch {
      return null;
    }
    const { tokensPerDay, usdPerDay } = this.#allowance;
    const isWithin = (sum: number, most: number | null) => most === null || sum <= most;
    // Written so that a sum that is no number holds nothing.
    if (!isWithin(this.#tokens, tokensPerDay) || !isWithin(this.#costUsd, usdPerDay)) {
      this.#giveBack(-tokens, -costUsd);
      return null;
    }
    const day = this.#day;
    return {
      settle: (usedTokens, usedUsd) => {
        // Of yesterday: it was asked, and counted, on that day.
        if (this.#day === day) this.#giveBack(usedTokens - tokens, usedUsd - costUsd);
      },
    };
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  /** What cannot be given back stays spent. */
  #giveBack(tokens: number, costUsd: number): void {
    if (tokens === 0 && costUsd === 0) return;
    try {
      this.#append(tokens, costUsd);
    } catch {}
  }

  #append(tokens: number, costUsd: number): void {
    writeSync(this.#file, `${JSON.stringify([tokens, costUsd])}\n`);
    this.#read();
  }

  /** To today's file, when that is another. */
  #turn(): void {
    const day = isoText(this.#nowMs()).slice(0, 10);
    if (day !== this.#day) {
      this.close();
      this.#file = openSync(join(this.#folder, `${day}.ndjson`), 'a+');
      this.#day = day;
      this.#readTo = this.#tokens = this.#costUsd = 0;
      this.#rest = '';
    }
    this.#read();
  }

  /** Adds what was appended since, by whomever. */
  #read(): void {
    const bytes = this.#bytes;
    for (;;) {
      const length = readSync(this.#file, bytes, 0, bytes.length, this.#readTo);
      if (length === 0) return;
      this.#readTo += length;
      const lines = (this.#rest + bytes.toString('latin1', 0, length)).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.#add(line);
    }
  }

  #add(line: string): void {
    const [tokens, costUsd] = numbersIn(line);
    if (!Number.isFinite(tokens) || !Number.isFinite(costUsd)) {
      const key = join(this.#folder, `${this.#day}.ndjson`);
      const rule =
        'must hold lines of [tokens, USD]; damaged, it can be deleted, and so is the sum';
      throw new InputError({ key, rule, value: line.slice(0, 40) });
    }
    this.#tokens += tokens!;
    this.#costUsd += costUsd!;
  }
}

function numbersIn(line: string): readonly (number | undefined)[] {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && value.length === 2 ? value : [];
  } catch {
    return [];
  }
}
