// The table of trades: filtered, sorted, and only as many rows in the document as are seen.

import { decimal, held, make, minute, percent, price, qty } from './text.js';

const ROW = 28;
const EXTRA = 12;

const COLUMNS = [
  ['#', (t) => String(t.n), (t) => t.n],
  ['Symbol', (t) => t.symbol, (t) => t.symbol],
  ['Side', (t) => t.side, (t) => t.side],
  ['Entry', (t) => minute(t.entry), (t) => t.entry],
  ['Exit', (t) => (t.reason === 'open' ? 'still open' : minute(t.exit)), (t) => t.exit],
  ['Held h:mm', (t) => held(t.held), (t) => t.held],
  ['Qty', (t) => qty(t.qty), (t) => t.qty],
  ['Entry price', (t) => price(t.from), (t) => t.from],
  ['Exit price', (t) => price(t.to), (t) => t.to],
  ['P&L USD', (t) => decimal(t.pnl, 2, true), (t) => t.pnl],
  ['Return', (t) => percent(t.ret, 2, true), (t) => t.ret],
  ['Worst', (t) => percent(t.mae, 2, true), (t) => t.mae],
  ['Best', (t) => percent(t.mfe, 2, true), (t) => t.mfe],
  ['Exit by', (t) => (t.reason === 'open' ? '' : t.reason), (t) => t.reason],
  ['Worked as', (t) => t.algorithm, (t) => t.algorithm],
  ['Votes for it', (t) => t.behind.join(', '), (t) => t.behind.length],
];
const TEXTS = new Set([1, 2, 3, 4, 13, 14, 15]);

export class TradeTable {
  constructor(host, trades, onTrade) {
    this.trades = trades;
    this.onTrade = onTrade;
    this.shown = trades;
    this.sort = { at: 0, down: false };
    this.choices = {};
    this.chosen = 0;
    this.status = make('small', { role: 'status' });
    this.body = make('tbody');
    this.heads = COLUMNS.map(([title], at) => this.head(title, at));
    this.frame = make(
      'div',
      { class: 'scroll tall live-trades', tabindex: 0, role: 'region', 'aria-label': 'Trades' },
      make(
        'table',
        { class: 'trades', 'aria-label': 'Trades', 'aria-rowcount': trades.length + 1 },
        make('thead', {}, make('tr', {}, ...this.heads)),
        this.body,
      ),
    );
    host.replaceChildren(this.filters(), this.frame);
    this.frame.addEventListener('scroll', () => this.draw(), { passive: true });
    this.body.addEventListener('click', (event) => {
      const row = event.target.closest('tr[data-n]');
      if (row) this.onTrade(Number(row.dataset.n));
    });
    this.update();
  }

  head(title, at) {
    const button = make('button', { type: 'button' }, title);
    button.addEventListener('click', () => {
      const down = this.sort.at === at && !this.sort.down;
      this.sort = { at, down };
      this.update();
    });
    return make('th', { scope: 'col', class: TEXTS.has(at) ? 'text' : 'number' }, button);
  }

  filters() {
    const bar = make('div', { class: 'filter' });
    const choose = (name, title, valuesOf) => {
      const values = [...new Set(this.trades.flatMap(valuesOf))]
        .filter((value) => value !== '')
        .sort();
      if (values.length < 2) return;
      const select = make(
        'select',
        { name, 'aria-label': title },
        make('option', { value: '' }, `any ${title.toLowerCase()}`),
        ...values.map((value) => make('option', { value }, value)),
      );
      select.addEventListener('change', () => {
        this.choices[name] = select.value === '' ? null : [valuesOf, select.value];
        this.update();
      });
      bar.append(select);
    };
    choose('symbol', 'Symbol', (trade) => [trade.symbol]);
    choose('side', 'Side', (trade) => [trade.side]);
    choose('agent', 'Agent', (trade) => trade.behind);
    choose('reason', 'Exit', (trade) => [trade.reason === 'open' ? '' : trade.reason]);
    choose('algorithm', 'Algorithm', (trade) => [trade.algorithm]);
    const search = make('input', {
      type: 'search',
      placeholder: 'words, dates',
      'aria-label': 'Filter',
    });
    search.addEventListener('input', () => {
      this.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.update();
    });
    bar.append(search, this.status);
    return bar;
  }

  update() {
    const choices = Object.values(this.choices).filter((choice) => choice !== null);
    const words = this.words ?? [];
    this.shown = this.trades.filter(
      (trade) =>
        choices.every(([valuesOf, value]) => valuesOf(trade).includes(value)) &&
        (words.length === 0 || this.hasWords(trade, words)),
    );
    const key = COLUMNS[this.sort.at][2];
    const turn = this.sort.down ? -1 : 1;
    this.shown.sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return (x < y ? -1 : x > y ? 1 : a.n - b.n) * turn;
    });
    this.heads.forEach((head, at) => {
      if (at !== this.sort.at) head.removeAttribute('aria-sort');
      else head.setAttribute('aria-sort', this.sort.down ? 'descending' : 'ascending');
    });
    const sum = this.shown.reduce((total, { pnl }) => total + pnl, 0);
    const isAll = this.shown.length === this.trades.length;
    const n = this.shown.length.toLocaleString('en-US');
    const all = this.trades.length.toLocaleString('en-US');
    const noun = this.trades.length === 1 ? 'trade' : 'trades';
    const shown = `${isAll ? n : `${n} of ${all}`} ${noun}`;
    this.status.textContent = `${shown}, P&L ${decimal(sum, 2, true)} USD`;
    this.frame.scrollTop = 0;
    this.draw();
  }

  hasWords(trade, words) {
    trade.text ??= COLUMNS.map(([, text]) => text(trade))
      .join(' ')
      .toLowerCase();
    return words.every((word) => trade.text.includes(word));
  }

  /** Rows that are seen and some around them, between two that stand for all others. */
  draw() {
    const from = Math.max(0, Math.floor(this.frame.scrollTop / ROW) - EXTRA);
    const height = this.frame.clientHeight || 600;
    const to = Math.min(this.shown.length, from + Math.ceil(height / ROW) + 2 * EXTRA);
    const space = (rows) =>
      rows > 0
        ? make(
            'tr',
            { class: 'space', 'aria-hidden': 'true' },
            make('td', { colspan: COLUMNS.length, style: `height:${rows * ROW}px` }),
          )
        : null;
    const rows = this.shown.slice(from, to).map((trade, k) => this.row(trade, from + k));
    this.body.replaceChildren(
      ...[space(from), ...rows, space(this.shown.length - to)].filter((row) => row !== null),
    );
  }

  row(trade, at) {
    const cells = COLUMNS.map(([, text], column) => {
      if (column > 0) return make('td', {}, text(trade));
      return make(
        'th',
        { scope: 'row' },
        make('button', { type: 'button', 'aria-label': `trade ${trade.n}` }, text(trade)),
      );
    });
    const won = trade.pnl > 0 ? 'won' : 'lost';
    const chosen = trade.n === this.chosen ? ' chosen' : '';
    return make(
      'tr',
      { 'data-n': trade.n, class: won + chosen, 'aria-rowindex': at + 2 },
      ...cells,
    );
  }

  choose(n) {
    this.chosen = n;
    this.draw();
  }
}
