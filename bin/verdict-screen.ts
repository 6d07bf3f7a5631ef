// A verdict on a screen: every gate with its number and the reason, then one sentence.

import type { Gate, Verdict } from '../engine/research/verdict.ts';
import { modelNotes } from '../reports/models.ts';
import { LABEL_WIDTH, type Layout, labelled, paint, wrap } from '../reports/table.ts';

export function verdictLines(
  { gates, passed, sentence }: Pick<Verdict, 'gates' | 'passed' | 'sentence'>,
  layout: Layout,
): string[] {
  const colour = passed ? ('green' as const) : ('red' as const);
  const room = Math.max(30, layout.width - LABEL_WIDTH);
  const words = wrap(sentence, room).map((text, k) => {
    return labelled(k === 0 ? 'verdict' : '', [{ text, paint: colour }], layout);
  });
  return [...gates.flatMap((gate) => gateLines(gate, layout)), '', ...words];
}

/** What models may have known, before any number; none where nobody asks one. */
export function modelLines(
  models: Verdict['models'],
  layout: Layout,
  more: string | null = null,
): string[] {
  const room = Math.max(30, layout.width - LABEL_WIDTH);
  return modelNotes(models).flatMap(({ head, text }, at) => {
    const rest = at === 0 && more !== null ? `; ${more}` : '';
    return wrap(`${head.toUpperCase()}: ${text}${rest}`, room).map((line, k) => {
      return labelled(k === 0 ? 'models' : '', [{ text: line, paint: 'yellow' }], layout);
    });
  });
}

const WORDS = new Map<boolean | null, readonly [string, 'green' | 'red' | 'yellow']>([
  [true, ['pass', 'green']],
  [false, ['FAIL', 'red']],
  [null, ['n/a', 'yellow']],
]);

function gateLines({ name, rule, value, passed, why }: Gate, layout: Layout): string[] {
  const [word, colour] = WORDS.get(passed)!;
  const text = value === null ? 'n/a' : String(Number(value.toPrecision(4)));
  const pieces = [{ text: name.padEnd(27), paint: 'bold' as const }, { text: text.padStart(9) }];
  const head = paint({ text: word.padEnd(LABEL_WIDTH), paint: colour }, layout);
  // An empty label has no colour, so the pieces begin behind its blanks.
  const beside = labelled('', pieces, layout).slice(LABEL_WIDTH);
  const room = Math.max(30, layout.width - LABEL_WIDTH - 2);
  const below = (words: string) =>
    wrap(words, room).map((part) => `${''.padEnd(LABEL_WIDTH + 2)}${part}`);
  // A rule that does not fit beside the number stands below it: it is never left out.
  const besideRule = labelled('', [...pieces, { text: rule }], layout).slice(LABEL_WIDTH);
  const fits = besideRule.endsWith(rule);
  return [head + (fits ? besideRule : beside), ...(fits ? [] : below(rule)), ...below(why)];
}
