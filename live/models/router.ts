// The way from a question to an answer: known already, else the first provider in order that gives one
// in time.
//
//   question -> asked within the last seconds? -> its turn -> for each provider in order
//                 breaker closed -> budget held -> attempt, timed -> checked -> Reply
//                        ^-- retried: only what may pass, and while the wait fits the deadline
//
// What the world does is a reply with a code, never thrown. Whatever a provider says is scrubbed of keys
// before it stands anywhere, and no text of it decides anything: see readAnswer.

import { shown } from '../../data/venues/said.ts';
import { readAnswer } from '../../engine/agents/answer.ts';
import {
  type AgentFailure,
  type Origin,
  type Question,
  questionText,
  type Reply,
} from '../../engine/agents/question.ts';
import { parseJson } from '../../engine/config/json.ts';
import { InputError } from '../../engine/errors.ts';
import { Breaker, type BreakerConfig, DEFAULT_BREAKER } from '../../engine/execution/breaker.ts';
import type { Clock } from '../clock.ts';
import type { Estimate, ModelPort } from './port.ts';
import {
  type Asking,
  ModelFault,
  type Provider,
  type Said,
  UNCOUNTED,
  type Used,
} from './provider.ts';
import { askingOf, mostTokens } from './shapes.ts';
import type { Hold, Spending } from './spending.ts';
import { Turns } from './turns.ts';

/** One provider as the router uses it. */
export interface Route {
  readonly provider: Provider;
  /** USD for a million tokens; NaN = not known, counted as 0. */
  readonly usdPerMillionInput: number;
  readonly usdPerMillionOutput: number;
  /** Newest UTC ms it may have been trained on; NaN = not known. */
  readonly knowledgeMs: number;
}

export interface RouterOptions {
  /** In the order in which they are tried. */
  readonly routes: readonly Route[];
  readonly clock: Clock;
  readonly spending: Spending;
  /** Attempts at one provider, the first included. */
  readonly attempts: number;
  /** Of one attempt, ms. */
  readonly timeoutMs: number;
  /** Questions under way at once. */
  readonly parallel: number;
  /** How long an answer holds for the same question, ms; 0 = not at all. */
  readonly cacheMs: number;
  readonly maxOutputTokens: number;
  readonly breaker?: BreakerConfig;
  /** 0 <= u < 1, for the jitter between attempts. */
  readonly random: () => number;
  /** Hears of every attempt, for logs and metrics. */
  readonly onAttempt?: (attempt: AttemptNote) => void;
}

/** One attempt, fit for a log. */
export interface AttemptNote {
  readonly questionId: number;
  readonly agent: string;
  readonly provider: string;
  readonly code: 'answered' | AgentFailure;
  readonly latencyMs: number;
  /** Why it failed; scrubbed, one line. */
  readonly text: string;
}

interface Bench extends Route {
  readonly breaker: Breaker;
}

/** What a question has come to so far. */
interface Tally {
  readonly startMs: number;
  tokensIn: number;
  tokensOut: number;
  costUsd: number;
}

const FIRST_PAUSE_MS = 100;

export class Router implements ModelPort {
  readonly name: string;
  readonly knowledgeMs: number;
  readonly unpriced: readonly string[];
  readonly #options: RouterOptions;
  readonly #benches: ReadonlyMap<string, Bench>;
  readonly #turns: Turns;
  /** Answers by all that was asked, and when they stop being good, oldest first. */
  readonly #known = new Map<string, { readonly untilMs: number; readonly reply: Reply }>();
  readonly #underWay = new Map<string, Promise<Reply>>();
  readonly #over = new AbortController();

  constructor(options: RouterOptions) {
    const { routes, breaker = DEFAULT_BREAKER, parallel } = options;
    this.#options = options;
    this.#benches = new Map(
      routes.map((route) => {
        const { id } = route.provider;
        return [id, { ...route, breaker: new Breaker(breaker, `model ${id}`) }];
      }),
    );
    this.#turns = new Turns(parallel);
    this.name = routes.map(({ provider }) => provider.id).join(', then ') || 'no model';
    const isUnpriced = ({ usdPerMillionInput, usdPerMillionOutput }: Route) =>
      Number.isNaN(usdPerMillionInput + usdPerMillionOutput);
    this.unpriced = routes.filter(isUnpriced).map(({ provider }) => provider.id);
    const known = routes.map((route) => route.knowledgeMs);
    // Of one that is not known, nobody can say what it has read.
    this.knowledgeMs = known.length === 0 ? Number.NaN : Math.max(...known);
  }

  async ask(question: Question, signal: AbortSignal): Promise<Reply> {
    const tally = this.#newTally();
    const key = questionText(question);
    const known = this.#recall(key);
    if (known !== null) return { ...known, origin: freeOf(known.origin) };
    for (;;) {
      const twin = this.#underWay.get(key);
      if (twin === undefined) break;
      const reply = await Promise.race([twin, whenOver(signal)]);
      if (reply === null) return this.#failed('timeout', tally);
      // What ended the other's wait is not ours; of several who waited one asks again.
      if (reply.ok || signal.aborted) return { ...reply, origin: freeOf(reply.origin) };
    }
    const work = this.#turnOf(question, AbortSignal.any([signal, this.#over.signal]), tally);
    this.#underWay.set(key, work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async warm(signal: AbortSignal): Promise<void> {
    const both = AbortSignal.any([signal, this.#over.signal]);
    const all = Array.from(this.#benches.values(), ({ provider }) => provider.warm(both));
    await Promise.allSettled(all);
  }

  estimate(question: Question): Estimate {
    const { attempts, maxOutputTokens } = this.#options;
    const { input, output } = mostTokens(askingOf(question, maxOutputTokens));
    const costs = this.#routesFor(question).map((route) => costOf(route, input, output));
    // What was asked and not answered is asked again, and of the next; it may all be charged.
    const mostUsd = costs.reduce((sum, usd) => sum + attempts * usd, 0);
    return { tokens: input + output, costUsd: costs[0] ?? 0, mostUsd };
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.allSettled(this.#underWay.values());
    this.#options.spending.close();
  }

  /** Of each provider: whether its breaker lets questions through. For people. */
  health(): { readonly provider: string; readonly mode: string }[] {
    const nowMs = this.#options.clock.monotonicMs();
    return Array.from(this.#benches, ([provider, { breaker }]) => {
      return { provider, mode: breaker.mode(nowMs) };
    });
  }

  /** The named ones in their order, or all. */
  #routesFor({ model }: Question): Bench[] {
    if (model === '') return [...this.#benches.values()];
    const names = model.split(',').map((name) => name.trim());
    return names.flatMap((name) => this.#benches.get(name) ?? []);
  }

  async #turnOf(question: Question, signal: AbortSignal, tally: Tally): Promise<Reply> {
    try {
      return await this.#turns.take(signal, () => this.#tryAll(question, signal, tally));
    } catch (error) {
      if (signal.aborted) return this.#failed(this.#endCode(), tally);
      throw error;
    }
  }

  async #tryAll(question: Question, signal: AbortSignal, tally: Tally): Promise<Reply> {
    const asking = askingOf(question, this.#options.maxOutputTokens);
    let code: AgentFailure = 'not-configured';
    for (const bench of this.#routesFor(question)) {
      // What comes too late is paid for and read by nobody.
      if (!(this.#leftMs(question, tally) > 0)) return this.#failed('timeout', tally);
      const reply = await this.#tryOne(bench, question, asking, signal, tally);
      if (typeof reply !== 'string') return reply;
      // What a provider really said tells more than that the next was not asked.
      if (code === 'not-configured' || (reply !== 'breaker-open' && reply !== 'budget'))
        code = reply;
      if (signal.aborted) return this.#failed(this.#endCode(), tally);
    }
    return this.#failed(code, tally);
  }

  async #tryOne(
    bench: Bench,
    question: Question,
    asking: Asking,
    signal: AbortSignal,
    tally: Tally,
  ): Promise<Reply | AgentFailure> {
    const { attempts, clock } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(bench, question, asking, signal, tally);
      if (!(outcome instanceof ModelFault)) return outcome;
      if (!outcome.retryable || attempt >= attempts || signal.aborted) return outcome.code;
      const backoffMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + this.#options.random());
      const pauseMs = Math.max(backoffMs, outcome.waitMs ?? 0);
      // Waiting past the deadline helps nobody; another provider may.
      if (!(pauseMs < this.#leftMs(question, tally))) return outcome.code;
      await clock.sleep(pauseMs, signal);
      if (signal.aborted) return outcome.code;
    }
  }

  /** Of the time for an answer; by its length and not by date: who records answers asks about the past. */
  #leftMs({ tsMs, deadlineMs }: Question, { startMs }: Tally): number {
    return deadlineMs - tsMs - (this.#options.clock.monotonicMs() - startMs);
  }

  async #attempt(
    bench: Bench,
    question: Question,
    asking: Asking,
    signal: AbortSignal,
    tally: Tally,
  ): Promise<Reply | AgentFailure | ModelFault> {
    const { clock, spending } = this.#options;
    const startMs = clock.monotonicMs();
    const ticket = admit(bench.breaker, startMs);
    if (ticket === null) return 'breaker-open';
    const { input, output } = mostTokens(asking);
    const hold = spending.hold(input + output, costOf(bench, input, output));
    if (hold === null) {
      bench.breaker.report('refusal', ticket, startMs);
      return 'budget';
    }
    const outcome = await this.#send(bench.provider, asking, signal);
    const fault = outcome instanceof ModelFault ? outcome : null;
    const used = outcome instanceof ModelFault ? outcome.used : outcome;
    settle(bench, hold, countedOf(used, input, output), tally);
    const reply = fault === null ? this.#read(bench, question, outcome as Said, tally) : fault;
    const end = reply instanceof ModelFault ? reply : null;
    const nowMs = clock.monotonicMs();
    // Too late for us is too late; an end of ours says nothing about a provider.
    const isOurs = this.#over.signal.aborted;
    bench.breaker.report(isOurs ? 'refusal' : outcomeOf(end), ticket, nowMs);
    this.#options.onAttempt?.({
      questionId: question.id,
      agent: question.agent,
      provider: bench.provider.id,
      code: end?.code ?? 'answered',
      latencyMs: nowMs - startMs,
      text: end?.message ?? '',
    });
    return reply;
  }

  /** One attempt within its time. */
  async #send(provider: Provider, asking: Asking, signal: AbortSignal): Promise<Said | ModelFault> {
    const { clock, timeoutMs } = this.#options;
    const late = new AbortController();
    const done = new AbortController();
    const both = AbortSignal.any([signal, late.signal]);
    void clock.sleep(timeoutMs, done.signal).then(() => {
      if (!done.signal.aborted) late.abort();
    });
    try {
      return await Promise.race([provider.send(asking, both), rejected(both)]);
    } catch (error) {
      if (both.aborted) return new ModelFault('timeout', `no answer in ${timeoutMs} ms`);
      if (error instanceof ModelFault) return error;
      // A package that cannot be loaded, for instance: nothing was sent.
      const text = error instanceof Error ? error.message : String(error);
      return new ModelFault('unavailable', shown(text));
    } finally {
      done.abort();
    }
  }

  /** The text as an answer, or the fault that it is none. */
  #read(bench: Bench, question: Question, said: Said, tally: Tally): Reply | ModelFault {
    const { shape } = question;
    let value: unknown;
    try {
      // With the same key twice it would say two things.
      value = parseJson(said.text, 'answer');
    } catch (error) {
      const [problem] = error instanceof InputError ? error.problems : [];
      return new ModelFault('garbage', `${problem?.rule ?? 'not JSON'}: ${shown(said.text)}`);
    }
    const answer = readAnswer(shape, value);
    if (typeof answer === 'string') return new ModelFault('garbage', shown(answer));
    const { model } = bench.provider;
    const reply: Reply = { ok: true, answer, origin: this.#originOf(tally, model, said.version) };
    this.#remember(questionText(question), reply);
    return reply;
  }

  #recall(asked: string): Reply | null {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [key, { untilMs }] of this.#known) {
      if (untilMs > nowMs) break;
      this.#known.delete(key);
    }
    return this.#known.get(asked)?.reply ?? null;
  }

  #remember(asked: string, reply: Reply): void {
    const { cacheMs, clock } = this.#options;
    if (cacheMs <= 0) return;
    this.#known.delete(asked);
    this.#known.set(asked, { untilMs: clock.monotonicMs() + cacheMs, reply });
  }

  #newTally(): Tally {
    const startMs = this.#options.clock.monotonicMs();
    return { startMs, tokensIn: 0, tokensOut: 0, costUsd: 0 };
  }

  #endCode(): AgentFailure {
    return this.#over.signal.aborted ? 'cancelled' : 'timeout';
  }

  #failed(code: AgentFailure, tally: Tally): Reply {
    return { ok: false, code, origin: this.#originOf(tally, '', '') };
  }

  #originOf(tally: Tally, model: string, version: string): Origin {
    const { tokensIn, tokensOut, costUsd, startMs } = tally;
    const latencyMs = Math.round(this.#options.clock.monotonicMs() - startMs);
    return { model, version, latencyMs, tokensIn, tokensOut, costUsd };
  }
}

/** The ticket with which an attempt is reported, null where none may be made. */
function admit(breaker: Breaker, nowMs: number): number | null {
  if (breaker.allows('entry', nowMs)) return breaker.epoch;
  return breaker.probeDue(nowMs) ? breaker.probeSent(nowMs) : null;
}

function outcomeOf(fault: ModelFault | null): 'success' | 'failure' | 'refusal' {
  if (fault === null) return 'success';
  return fault.code === 'refused' ? 'refusal' : 'failure';
}

function costOf(route: Route, input: number, output: number): number {
  const usd = (tokens: number, perMillion: number) =>
    perMillion === perMillion ? (tokens * perMillion) / 1e6 : 0;
  return usd(input, route.usdPerMillionInput) + usd(output, route.usdPerMillionOutput);
}

/** What nobody counted may have been all that was allowed. */
function countedOf(used: Used | null, mostIn: number, mostOut: number): Used {
  const { inputTokens, outputTokens } = used ?? UNCOUNTED;
  return {
    inputTokens: inputTokens === inputTokens ? inputTokens : mostIn,
    outputTokens: outputTokens === outputTokens ? outputTokens : mostOut,
  };
}

function settle(route: Route, hold: Hold, { inputTokens, outputTokens }: Used, tally: Tally): void {
  const costUsd = costOf(route, inputTokens, outputTokens);
  hold.settle(inputTokens + outputTokens, costUsd);
  tally.tokensIn += inputTokens;
  tally.tokensOut += outputTokens;
  tally.costUsd += costUsd;
}

/** The same answer once more costs nothing and takes no time. */
function freeOf(origin: Origin): Origin {
  return { ...origin, latencyMs: 0, tokensIn: 0, tokensOut: 0, costUsd: 0 };
}

function whenOver(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener('abort', () => resolve(null), { once: true });
  return promise;
}

function rejected(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
