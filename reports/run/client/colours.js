// Colours of the page for what is drawn on a canvas.

/** Colours of the page as it is now, light or dark. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of('soft'),
    strong: of('text'),
    rule: of('rule'),
    page: of('page'),
    up: of('up-area'),
    down: of('down-area'),
    first: of('first'),
    second: of('second'),
  };
}
