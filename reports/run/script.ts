// What pages gain where scripts run: buttons that copy, and tables that sort by column and filter by
// text. Nothing is missing without it. It reads the tables on the page and holds no data.

/** Buttons that copy. */
export const COPY = `'use strict';
(() => {
  for (const button of document.querySelectorAll('[data-copy]')) {
    const source = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = 'Selected: press Ctrl or Cmd and C';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
  }
})();
`;

/**
 * Where scripts run, what they will put something in place of is never laid out; client/main.js ends
 * this, and so does whatever keeps it from being run.
 */
export const EARLY = `'use strict';
document.documentElement.classList.add('scripted');
addEventListener('error', () => document.documentElement.classList.remove('scripted'));
`;

/** COPY and a table that sorts and filters; its SHA-256 is in the page's policy, so nothing else may run. */
export const SCRIPT = `${COPY}(() => {
  const table = document.querySelector('table.trades');
  if (!table) return;
  const body = table.tBodies[0];
  const gap = body.querySelector('.gap');
  const rows = [...body.rows].filter((row) => row !== gap);
  const heads = [...table.tHead.rows[0].cells];
  const keyOf = (text) => {
    const time = /^(\\d+):(\\d\\d)$/.exec(text);
    if (time) return time[1] * 60 + +time[2];
    const number = Number(text.replace(/[,%\\s]/g, ''));
    return text !== '' && number === number ? number : text;
  };
  heads.forEach((head, at) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const keyed = rows.map((row) => [keyOf(row.cells[at].textContent.trim()), row]);
      keyed.sort(([a], [b]) => {
        const order = typeof a === 'number' && typeof b === 'number'
          ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
        return down ? -order : order;
      });
      if (gap) gap.remove();
      body.append(...keyed.map(([, row]) => row));
    });
  });
  const label = document.createElement('label');
  label.className = 'filter';
  const input = document.createElement('input');
  input.type = 'search';
  input.placeholder = 'symbol, side, date, agent';
  const shown = document.createElement('small');
  shown.setAttribute('role', 'status');
  label.append('Filter', input, shown);
  table.parentElement.before(label);
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) n++;
    }
    if (gap) gap.hidden = words.length > 0;
    shown.textContent = words.length > 0 ? n + ' of ' + rows.length : '';
  });
})();
`;
