// What is said first wherever models answered: what they may have known, and whether there were any. The
// same words on screens and pages.

import {
  contaminationText,
  type ModelExposure,
  STAND_IN_TEXT,
} from '../engine/research/model-exposure.ts';
import { type Html, html } from './html.ts';

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
