// The width that charts are drawn for: of the page's column, told anew when it changes. Nothing is drawn
// before there is a layout, when the toolkit's own says 0.

import { observe } from 'observable:runtime/stdlib/generators/observe.js';

export function columnWidth(): unknown {
  const main = document.querySelector('main') ?? document.body;
  return observe((change) => {
    let last = 0;
    const tell = () => {
      const now = Math.floor(main.clientWidth);
      if (now === last || now < 120) return;
      last = now;
      change(now);
    };
    const observer = new ResizeObserver(tell);
    observer.observe(main);
    tell();
    return () => observer.disconnect();
  });
}
