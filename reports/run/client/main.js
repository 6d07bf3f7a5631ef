// Puts the page together where scripts run: the table first, then the chart, then what is behind single
// trades. Nothing is missing without it: the still pictures and the table stand where these come.

import { MarketChart } from './chart.js';
import { candlesOf, tradesOf, unpack } from './data.js';
import { detailOf, panelOf } from './detail.js';
import { TradeTable } from './table.js';
import { make, stepName } from './text.js';
import { votesOf } from './votes.js';

async function start() {
  const core = await unpack('core');
  if (!core) throw new Error('the page holds no data');
  const trades = tradesOf(core.trades);
  const byNumber = new Map(trades.map((trade) => [trade.n, trade]));
  const panel = document.getElementById('trade');
  let details = null;
  let chart = null;
  let table = null;

  const open = (n, isScrolled = true) => {
    const trade = byNumber.get(n);
    if (!trade) return;
    const detail = detailOf(details, n);
    panel.hidden = false;
    panel.replaceChildren(
      make(
        'h3',
        { tabindex: -1 },
        `Trade ${trade.n.toLocaleString('en-US')}: ${trade.side} ${trade.symbol}`,
      ),
      ...panelOf(trade, detail),
    );
    table?.choose(n);
    if (chart) {
      chart.showTrade(trade, detail);
      chosen(trade.leg, trade);
    }
    if (!isScrolled) return;
    document.getElementById('prices').scrollIntoView();
    panel.querySelector('h3').focus({ preventScroll: true });
  };

  const host = document.getElementById('live-table');
  if (host && trades.length > 0) {
    table = new TradeTable(host, trades, open);
    document.documentElement.classList.add('has-table');
  }

  const market = document.getElementById('market');
  let chosen = () => {};
  if (market && globalThis.LightweightCharts && core.candles.length > 0) {
    document.documentElement.classList.add('has-chart');
    chart = new MarketChart(document.getElementById('chart'), core, trades, (n) => open(n, false));
    chosen = symbols(core, chart);
    chosen(chart.leg, null);
  }
  for (const link of document.querySelectorAll('[data-trade]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      open(Number(link.dataset.trade));
    });
  }
  document.documentElement.classList.remove('scripted');
  document.documentElement.dataset.ready = 'true';
  // When the page answers, for whoever measures it.
  performance.mark('ready');
  globalThis.sapphire = { chart, table, open };

  details = await unpack('details');
  for (const packed of (await unpack('candles')) ?? []) {
    chart?.base.set(packed.leg, candlesOf(packed));
  }
  if (chart && core.baseMs === core.stepMs) chart.base = chart.coarse;
  chart?.hear(votesOf(await unpack('votes'), core.trades.agents));
  document.documentElement.dataset.ready = 'whole';
}

/** Buttons that choose the symbol; returns what marks the chosen one. */
function symbols(core, chart) {
  const bar = document.getElementById('symbols');
  const status = document.getElementById('shown');
  const whole = document.getElementById('whole');
  const buttons = core.candles.map(({ leg }) => {
    const button = make(
      'button',
      { type: 'button', 'aria-pressed': 'false' },
      core.trades.legs[leg],
    );
    button.addEventListener('click', () => {
      chart.showRun(leg);
      mark(leg, null);
    });
    bar.append(button);
    return [leg, button];
  });
  const mark = (leg, trade) => {
    for (const [own, button] of buttons) button.setAttribute('aria-pressed', String(own === leg));
    whole.hidden = trade === null;
    const length = stepName(core.stepMs / 1000);
    status.textContent =
      trade === null
        ? `candles of ${length}; click a mark or a trade to see it close`
        : chart.isBase
          ? `trade ${trade.n} in candles of ${stepName(core.baseMs / 1000)}, its stop dashed`
          : `trade ${trade.n} in candles of ${length}: shorter ones are not on this page`;
  };
  whole.addEventListener('click', () => {
    chart.showRun(chart.leg);
    mark(chart.leg, null);
  });
  return mark;
}

start().catch((error) => {
  // What stands on the page without scripts stays there.
  document.documentElement.classList.remove('has-chart', 'has-table', 'scripted');
  console.error(error);
});
