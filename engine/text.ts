// Text for sentences: that of strangers made safe to print and to quote (one line, no control or invisible
// characters, cut), and counts as people read them.

/** A count as people read it in a sentence: 11,472. */
export function grouped(count: number | string): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** At most `most` characters, well-formed. */
export function plainLine(text: string, most: number): string {
  const flat = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu, ' ');
  return Array.from(flat.replace(/\s+/g, ' ').trim()).slice(0, most).join('').toWellFormed();
}
