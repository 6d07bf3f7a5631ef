// Questions on their way. What an agent asks a model becomes an intent with a number and a deadline;
// what comes of it is handed back to the decision that waits for it, once. Whatever comes after that,
// or of a decision that was given up, is counted as late and changes nothing.

import type { AgentFailure, Answer, Origin, Question, Reply } from '../agents/question.ts';
import { mixReply, numbersText, questionDigest } from '../agents/question.ts';
import type { Seat } from '../agents/seat.ts';
import type { DecisionConfig } from '../config/schema.ts';
import { InputError } from '../errors.ts';
import type { Panel } from '../market/panel.ts';
import type { Desk } from './desk.ts';

/** `overtaken`: the decision that it was asked for was given up before. */
export type AskedState = 'waiting' | 'answered' | 'failed' | 'timeout' | 'overtaken';

/** A question of this run and what became of it; without its prompt, which whoever answers it has. */
export interface Asked {
  readonly id: number;
  /** Number of the seat that asks. */
  readonly seat: number;
  readonly kind: Question['kind'];
  readonly leg: number;
  readonly row: number;
  readonly side: -1 | 0 | 1;
  readonly tsMs: number;
  readonly deadlineMs: number;
  readonly digest: string;
  state: AskedState;
  /** When it was answered, or given up; NaN = it waits. */
  endedMs: number;
  answer: Answer | null;
  /** Why there is no answer. */
  code: AgentFailure | '';
  origin: Origin | null;
}

/** No model reads more, and no tape holds it. */
const LONGEST_PROMPT = 1_000_000;

export interface AskingParts {
  readonly panel: Panel;
  readonly seats: readonly Seat[];
  readonly decision: DecisionConfig;
  readonly desk: Desk;
}

export class Asking {
  /** Seats whose vote is an answer, and seats whose answer is a second opinion. */
  readonly voters: readonly number[];
  readonly reviewers: readonly number[];
  /** Every question; the one with id n is at n - 1. */
  readonly log: Asked[] = [];
  /** Replies to what did not wait any more. */
  late = 0;
  readonly #parts: AskingParts;

  constructor(parts: AskingParts) {
    const { seats, decision } = parts;
    this.#parts = parts;
    const are = (kind: Question['kind']) =>
      seats.flatMap(({ asks }, k) => (asks !== null && asks.kind === kind ? [k] : []));
    this.voters = are('vote');
    this.reviewers = decision.asking.secondOpinions ? are('second-opinion') : [];
    if (this.voters.length + this.reviewers.length > 0) refuseStrangeNames(parts.panel);
  }

  /** Has a seat ask about a leg at row `i`; null = it has nothing to ask. `limitMs`: not later. */
  ask(k: number, leg: number, i: number, side: -1 | 0 | 1, nowMs: number, limitMs: number) {
    const { panel, seats, decision, desk } = this.#parts;
    const seat = seats[k]!;
    const said = seat.prompt(leg, i, side);
    if (said === null) return null;
    const { kind, shape } = seat.asks!;
    const { venue, symbol } = panel.legs[leg]!.instrument;
    const own = decision.agents[seat.id];
    const lastsMs = own?.deadlineMs ?? decision.asking.deadlineMs;
    // Half a character, of a text that was cut, is not the same on every tape.
    const system = said.system.toWellFormed();
    const user = said.user.toWellFormed();
    const numbers = numbersText(said.numbers);
    const length = system.length + user.length + numbers.length;
    if (length > LONGEST_PROMPT) {
      const rule = `must ask in at most ${LONGEST_PROMPT} characters`;
      throw new InputError({ key: `agent ${seat.id}`, rule, value: length });
    }
    const asked = {
      agent: seat.id,
      model: own?.model ?? '',
      kind,
      shape,
      leg,
      venue,
      symbol,
      row: i,
      side,
      tsMs: nowMs,
      deadlineMs: Math.min(nowMs + lastsMs, limitMs),
      prompt: { system, user, numbers },
    };
    const id = this.log.length + 1;
    const question: Question = { id, ...asked, digest: questionDigest(asked) };
    desk.decisions.number(id);
    desk.decisions.text(question.digest);
    desk.tray.push({ kind: 'ask-model', question });
    const { tsMs, deadlineMs, digest } = question;
    const entry: Asked = {
      ...{ id, seat: k, kind, leg, row: i, side, tsMs, deadlineMs, digest },
      state: 'waiting',
      endedMs: Number.NaN,
      answer: null,
      code: '',
      origin: null,
    };
    this.log.push(entry);
    return entry;
  }

  /** Takes in what came of a question, null = its time is over; the question if it still waited. */
  take(id: number, reply: Reply | null, nowMs: number): Asked | null {
    const asked = this.log[id - 1];
    if (asked === undefined || asked.state !== 'waiting') {
      if (reply !== null) this.late++;
      return null;
    }
    asked.endedMs = nowMs;
    asked.origin = reply?.origin ?? null;
    if (reply?.ok) asked.answer = reply.answer;
    else asked.code = reply?.code ?? 'timeout';
    asked.state = reply === null ? 'timeout' : reply.ok ? 'answered' : 'failed';
    const { decisions } = this.#parts.desk;
    if (reply !== null) mixReply(decisions, id, reply);
    else decisions.number(-id);
    return asked;
  }

  /** Nobody waits for it any more. */
  giveUp(asked: Asked, nowMs: number): void {
    asked.state = 'overtaken';
    asked.endedMs = nowMs;
  }
}

/** What venues call their instruments: no spaces, no quotes, nothing that reads like an order. */
const NAME = /^[\p{L}\p{N}@._:/+-]{1,64}$/u;

/** Names stand in questions as they are: a store that a stranger filled may hold any. */
function refuseStrangeNames({ legs }: Panel): void {
  for (const { venue, symbol } of legs.map(({ instrument }) => instrument)) {
    for (const name of [venue, symbol]) {
      if (NAME.test(name)) continue;
      const rule = 'must be letters, digits, @ . _ : / + or - where agents ask models about it';
      throw new InputError({ key: 'world.symbols', rule, value: name });
    }
  }
}
