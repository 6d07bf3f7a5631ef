// What Symphony answers to a batch. One account failing does not affect the others: a partial success is
// normal, and status 200 means nothing by itself (docs.symphony.io, batch-open, batch-close, batch-swap).

import { BadReply, jsonOf, objectOf, shown, textOf } from '../../../data/venues/said.ts';
import type { Refused, Unknown } from '../port.ts';
import { byStatus, type Heard, refused, unknown } from '../sender.ts';

export interface BatchAnswer {
  readonly kind: 'batch';
  readonly batchId: string;
  readonly successful: number;
  readonly failed: number;
  /** Of a close: had been closed before. */
  readonly skipped: number;
}

/** What came of a batch. There are no documented error codes: only the status is believed. */
export function answerOf(heard: Heard | Refused | Unknown): BatchAnswer | Refused | Unknown {
  if (heard.kind !== 'heard') return heard;
  const words = shown(heard.text);
  if (heard.status === 404) return refused('bad-order', words);
  if (heard.status !== 200 && heard.status !== 201) return byStatus(heard, words);
  try {
    const body = objectOf(jsonOf(heard.text), 'answer');
    const batchId = textOf(body['batchId'], 'batchId');
    const [successful, failed] = [countOf(body['successful']), countOf(body['failed'])];
    const skipped = body['skipped'] === undefined ? 0 : countOf(body['skipped']);
    return { kind: 'batch', batchId, successful, failed, skipped };
  } catch (error) {
    return unknown('unparsable', error instanceof BadReply ? error.message : words);
  }
}

function countOf(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new BadReply(`a count must be a whole number, is ${shown(value)}`);
}
