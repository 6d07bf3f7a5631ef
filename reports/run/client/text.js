// Numbers and times as the rest of the page writes them; the twin of reports/format.ts and numbers.ts.

/** `1,234.50`; `sign` puts a plus before a gain. */
export function decimal(value, digits = 2, sign = false) {
  if (value === null || !Number.isFinite(value)) return 'n/a';
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  const [whole, part] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return (
    (value < 0 ? '-' : sign ? '+' : '') + (part === undefined ? grouped : `${grouped}.${part}`)
  );
}

/** A fraction as per cent. */
export function percent(fraction, digits = 1, sign = false) {
  if (fraction === null) return 'n/a';
  const text = decimal(fraction * 100, digits, sign);
  return text === 'n/a' ? text : `${text} %`;
}

function placesFor(x, figures) {
  return Math.min(18, figures - 1 - Math.floor(Math.log10(Math.abs(x))));
}

export function price(x) {
  if (!Number.isFinite(x) || x === 0) return decimal(x);
  return decimal(x, Math.max(x >= 1 ? 2 : 0, placesFor(x, 6)));
}

export function qty(x) {
  if (!Number.isFinite(x) || x === 0) return decimal(x, 0);
  const text = decimal(x, Math.max(0, placesFor(x, 6)));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `2025-05-01 13:45` of UTC seconds. */
export function minute(seconds) {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16);
}

/** Hours and minutes: `52:15`. */
export function held(seconds) {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

/** Length of a candle, given in seconds: `2 h`. */
export function stepName(seconds) {
  const minutes = seconds / 60;
  if (minutes % 1440 === 0) return `${minutes / 1440} d`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

/** An element with text or children; text is never markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
