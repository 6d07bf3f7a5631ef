// From a provider's reply to what was said. All of them count tokens, name what answered and say how it
// ended; only their words for it differ, and stand in a dialect beside each provider.
//
//   reply -> tokens counted -> cut off at the limit? refused? -> the text
//
// Tokens come first: what ended badly is paid for all the same.

import { type Json, objectOf, shown, textOf } from '../../data/venues/said.ts';
import { plainLine } from '../../engine/text.ts';
import { ModelFault, type Said, tokensOf, UNCOUNTED, type Used } from './provider.ts';

/** What a provider calls the parts of its reply. */
export interface Dialect {
  /** The object with its counts of tokens, and their names in it. */
  readonly usage: string;
  readonly input: string;
  readonly output: readonly string[];
  /** The model that answered. */
  readonly version: string;
  /** Its word for an answer that was cut off at the limit of tokens. */
  readonly limit: string;
  /** Looks at the rest of the reply. Throws BadReply where it is not as documented. */
  ending(reply: Json): Ending;
}

export interface Ending {
  /** In the provider's words. */
  readonly end: unknown;
  /** Why it would not answer; null = it did. */
  readonly refusal: unknown;
  /** Called only where it answered. Throws BadReply. */
  text(): unknown;
}

/** Throws ModelFault for what was cut off or refused, BadReply for what is not as documented. */
export function readReply(given: unknown, model: string, dialect: Dialect): Said {
  const reply = objectOf(given, 'reply');
  const { usage, input, output, limit } = dialect;
  const used = usedOf(objectOf(reply[usage] ?? {}, usage), input, output);
  const { end, refusal, text } = dialect.ending(reply);
  if (end === limit) throw new ModelFault('garbage', `ended at ${limit}`, { used });
  if (refusal !== null) throw new ModelFault('refused', shown(refusal), { used });
  const said = reply[dialect.version];
  // A name, for journals, tapes and pages; a stranger may write what he likes there.
  const version = typeof said === 'string' ? plainLine(said, VERSION) : '';
  return { text: textOf(text(), 'content'), version: version || model, ...used };
}

/** Characters of a model's name. */
const VERSION = 100;

/** A provider that says nothing of what it used has it uncounted, which is not 0. */
function usedOf(counts: Json, input: string, output: readonly string[]): Used {
  if ([input, ...output].every((name) => counts[name] == null)) return UNCOUNTED;
  const count = (name: string) => tokensOf(counts[name] ?? 0, name);
  return {
    inputTokens: count(input),
    outputTokens: output.reduce((sum, name) => sum + count(name), 0),
  };
}
