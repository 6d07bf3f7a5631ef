// Data on their way into the page: numbers as small differences, JSON, deflate, base64. A third of the
// size of plain JSON; the page undoes it with what every browser has.

import type { Column } from '../../engine/market/column.ts';

/** Deflated and in base64, for a `<script type="text/plain">`: no character of it can end an element. */
export async function pack(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return base64(new Uint8Array(await new Response(stream).arrayBuffer()));
}

const CHUNK = 0x8000;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
  }
  return btoa(text);
}

/** Each value less the one before, in units of `unit`; NaN is null and is not counted from. */
export function differences(values: Column | readonly number[], unit: number): (number | null)[] {
  let before = 0;
  return Array.from(values, (value) => {
    if (value !== value) return null;
    const now = Math.round(value / unit);
    const step = now - before;
    before = now;
    return step;
  });
}

/** A unit in which values of about this size keep seven figures. */
export function unitFor(size: number): number {
  if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return 1;
  return 10 ** (Math.floor(Math.log10(size)) - 6);
}
