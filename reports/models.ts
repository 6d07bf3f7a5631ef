// What is said first wherever models answered: what they may have known, and whether there were any. The
// same words on screens and pages.

import {
  contaminationText,
  type ModelExposure,
  STAND_IN_TEXT,
} from '../engine/research/model-exposure.ts';
import type { ModelSaying } from '../engine/research/model-sayings.ts';
import type { RunFacts } from '../engine/research/result.ts';
import { count, decimal, percent, plainName, plainText, utcDate } from './format.ts';
import { type Html, html } from './html.ts';
import { type Layout, labelled } from './table.ts';

/** What a model told an agent, in one line but for its words: `gemini 2.5 after 0.8 s: factor 0.5`. */
export function toldText({ model, version, latencyMs, code, answer }: ModelSaying): string {
  const who = model === '' ? 'no model' : plainText(`${model} ${version}`.trim());
  const when = latencyMs >= 0 ? ` after ${decimal(latencyMs / 1000, { digits: 1 })} s` : '';
  const numbers = Object.entries(answer).map(([name, value]) => {
    return `${plainName(name)} ${Number(value.toPrecision(4))}`;
  });
  return `${who}${when}: ${code === '' ? numbers.join(', ') : plainText(code)}`;
}

export interface ModelNote {
  /** `Contaminated`, `Stand-in`. */
  readonly head: string;
  readonly text: string;
}

/** Empty where there is nothing to be said, or nobody asks a model. */
export function modelNotes(models: ModelExposure | undefined): ModelNote[] {
  if (models === undefined) return [];
  const known = contaminationText(models);
  return [
    ...(known === null ? [] : [{ head: 'Contaminated', text: known }]),
    ...(models.standIn ? [{ head: 'Stand-in', text: STAND_IN_TEXT }] : []),
  ];
}

/** Before any number of a page; `more` is said of what they may have known. */
export function modelBanners(
  models: ModelExposure | undefined,
  more: string | null = null,
): Html[] {
  return modelNotes(models).map(({ head, text }, k) => {
    const rest = k === 0 && more !== null ? `; ${more}` : '';
    return html`<p class="banner" role="note"><strong>${head}</strong> ${text}${rest}.</p>\n`;
  });
}

/** The numbers that count where models may have read about the rest; none where they have not. */
export function cutoffLines({ models }: Pick<RunFacts, 'models'>, layout: Layout): string[] {
  const after = models?.afterCutoff;
  if (!after) return [];
  const { totalReturn, sharpe, maxDrawdown, trades, winRate, profitFactor } = after;
  return [
    labelled(
      'cut-off',
      [
        { text: `after ${utcDate(after.fromMs)}: ${percent(totalReturn, { sign: true })}` },
        { text: `Sharpe ${decimal(sharpe)}` },
        { text: `drawdown ${percent(maxDrawdown)}` },
        { text: `trades ${count(trades)}` },
        { text: `win ${percent(winRate, { digits: 0 })}` },
        { text: `profit factor ${decimal(profitFactor)}` },
      ],
      layout,
    ),
  ];
}
