// Data on their way into the page: numbers as small differences, JSON, deflate, base64. A third of the
// size of plain JSON; the page undoes it with what every browser has.

import type { Column } from '../../engine/market/column.ts';

/** Deflated and in base64, for a `<script type="text/plain">`: no character of it can end an element. */
export function pack(value: unknown): Promise<string> {
  return packText(JSON.stringify(value));
}

/** The same of what is JSON already. */
export async function packText(json: string): Promise<string> {
  const { readable, writable } = new CompressionStream('deflate-raw');
  const writer = writable.getWriter();
  const written = writer.write(new TextEncoder().encode(json)).then(() => writer.close());
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  await written;
  return base64(chunks);
}

const CHUNK = 0x8000;

function base64(parts: readonly Uint8Array[]): string {
  let text = '';
  for (const bytes of parts) {
    for (let from = 0; from < bytes.length; from += CHUNK) {
      text += String.fromCharCode(...bytes.subarray(from, from + CHUNK));
    }
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
