// What is shown of one trade when it is opened: who said what, what they saw, the life of its orders, and
// where the difference from the prices of its decisions went.

import { decimal, held, make, minute, percent, price, qty } from './text.js';

/** Details of one trade with their words looked up; null when the page does not carry them. */
export function detailOf(details, n) {
  const packed = details?.of[n];
  if (!packed) return null;
  const { words } = details;
  const decision = (given) =>
    given && {
      at: given[0],
      score: given[1],
      said: given[2].map(([agent, vote, reason, features, told]) => ({
        agent: words[agent],
        vote,
        reason: words[reason],
        told: told && { answer: words[told[0]], words: words[told[1]], isReview: told[2] === 1 },
        features: pairs(features).map(([name, value]) => [words[name], value]),
      })),
    };
  return {
    entry: decision(packed.in),
    exit: decision(packed.out),
    orders: packed.orders.map(
      ([type, purpose, status, created, ended, wanted, filled, at, decided]) => ({
        type: words[type],
        purpose: words[purpose],
        status: words[status],
        created,
        ended,
        wanted,
        filled,
        price: at,
        decided,
      }),
    ),
    fills: packed.fills.map(([order, at, size, cost, fee, slip]) => ({
      order,
      at,
      qty: size,
      price: cost,
      fee,
      slip,
    })),
    liquidation: packed.liquidation,
  };
}

function pairs(list) {
  return Array.from({ length: list.length / 2 }, (_, k) => [list[2 * k], list[2 * k + 1]]);
}

/** The panel of a trade. */
export function panelOf(trade, detail) {
  const sign = trade.side === 'long' ? 1 : -1;
  const facts = [
    ['Entry', `${minute(trade.entry)} at ${price(trade.from)}`],
    [
      'Exit',
      trade.reason === 'open'
        ? 'still open'
        : `${minute(trade.exit)} at ${price(trade.to)}, by ${trade.reason}`,
    ],
    ['Held', `${held(trade.held)} h`],
    ['Quantity', qty(trade.qty)],
    ['P&L', `${decimal(trade.pnl, 2, true)} USD, ${percent(trade.ret, 2, true)}`],
    ['Fees, funding', `${decimal(trade.fees)} USD, ${decimal(trade.funding, 2, true)} USD`],
    [
      'Worst, best',
      `${percent(trade.mae, 2, true)}, ${percent(trade.mfe, 2, true)} of the entry price`,
    ],
    ['Worked as', trade.algorithm],
  ];
  if (detail?.liquidation) {
    const away = (sign * (trade.from - detail.liquidation)) / trade.from;
    facts.push(['Liquidated at', `${price(detail.liquidation)}, ${percent(away)} from the entry`]);
  }
  const list = make('dl', { class: 'facts-of' });
  for (const [term, text] of facts) {
    if (text) list.append(make('div', {}, make('dt', {}, term), make('dd', {}, text)));
  }
  const parts = [list];
  if (detail === null) {
    parts.push(
      make(
        'p',
        { class: 'remark' },
        'Its votes and orders are in votes.parquet and orders.parquet beside this page: it carries those of the trades that moved most money.',
      ),
    );
  } else {
    parts.push(decisionTable('Entry decision', detail.entry, detail));
    parts.push(decisionTable('Exit decision', detail.exit, detail));
    parts.push(ordersTable(detail), shortfallTable(trade, detail, sign));
  }
  return parts;
}

function table(caption, heads, rows, numbers) {
  const cells = (tag, row) =>
    row.map((cell, at) => make(tag, { class: numbers.includes(at) ? 'number' : false }, cell));
  return make(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    make(
      'table',
      {},
      make('caption', {}, caption),
      make('thead', {}, make('tr', {}, ...cells('th', heads))),
      make('tbody', {}, ...rows.map((row) => make('tr', {}, ...cells('td', row)))),
    ),
  );
}

function decisionTable(title, decision) {
  if (!decision) return make('p', { class: 'remark' }, `${title}: nobody decided.`);
  // One that decides alone has no vote: its score is the size of the exposure it wants.
  const isAlone = decision.said.length === 1 && decision.said[0].vote === null;
  const what = isAlone ? 'exposure wanted' : 'score';
  const score = decision.score === null ? '' : `, ${what} ${decimal(decision.score)}`;
  // Where nothing was agreed on, whoever gives a word ended it by that.
  const silent = (reason, told) => {
    if (told?.isReview) return 'review';
    if (reason === '') return isAlone ? 'target' : 'no vote';
    return decision.score === null ? 'veto' : 'abstains';
  };
  const rows = decision.said.map(({ agent, vote, reason, told, features }) => [
    agent,
    vote === null ? silent(reason, told) : vote > 0 ? 'BUY' : vote < 0 ? 'SELL' : 'HOLD',
    vote === null || vote === 0 ? '' : decimal(Math.abs(vote)),
    toldWords(reason, told),
    features.map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`).join(', '),
  ]);
  return table(
    `${title}, at the close of ${minute(decision.at)}${score}`,
    ['Agent', 'Said', 'Confidence', 'In words', 'What it saw'],
    rows,
    [2],
  );
}

/** The agent's reason, and below it what a model told it: texts of strangers, which are set as text. */
function toldWords(reason, told) {
  if (!told) return reason;
  const own = reason.includes(told.words) ? '' : `"${told.words}"`;
  const parts = [reason, told.answer, own].filter((text) => text !== '');
  return make('div', {}, ...parts.map((text) => make('div', {}, text)));
}

function ordersTable({ orders }) {
  const rows = orders.map((order) => [
    order.purpose,
    order.type,
    minute(order.created),
    order.price === null ? '' : price(order.price),
    order.wanted === null ? '' : qty(order.wanted),
    qty(order.filled),
    order.status,
    order.ended === null ? '' : minute(order.ended),
  ]);
  return table(
    'Life of its orders',
    ['For', 'Type', 'Sent', 'Waits at', 'Wanted', 'Filled', 'Ended as', 'Ended'],
    rows,
    [3, 4, 5],
  );
}

/** From the price of the decision to the fill: delay, spread and impact, fee (Perold 1988). */
export function shortfallOf({ orders, fills }) {
  const rows = [];
  for (const [k, order] of orders.entries()) {
    const isDecided = ['entry', 'signal', 'veto', 'halt', 'delever'].includes(order.purpose);
    const own = fills.filter((fill) => fill.order === k);
    if (!isDecided || own.length === 0) continue;
    const row = { purpose: order.purpose, paper: 0, delay: 0, slip: 0, fee: 0 };
    for (const { qty: size, price: cost, fee, slip } of own) {
      row.paper += Math.abs(size) * order.decided;
      row.delay += size * (cost - order.decided) - slip;
      row.slip += slip;
      row.fee += fee;
    }
    rows.push(row);
  }
  return rows;
}

function shortfallTable(_trade, detail) {
  const rows = shortfallOf(detail).map(({ purpose, paper, delay, slip, fee }) => {
    const total = delay + slip + fee;
    return [
      purpose === 'entry' ? 'entry' : 'exit',
      decimal(paper),
      decimal(delay, 4, true),
      decimal(slip, 4, true),
      decimal(fee, 4, true),
      decimal(total, 4, true),
      paper > 0 ? `${decimal((total / paper) * 1e4, 1)} bps` : 'n/a',
    ];
  });
  if (rows.length === 0)
    return make('p', { class: 'remark' }, 'No decision of its own was filled here.');
  return table(
    'Shortfall against the prices of its decisions, USD, positive = paid',
    ['Of', 'Paper notional', 'Delay', 'Spread and impact', 'Fee', 'Total', ''],
    rows,
    [1, 2, 3, 4, 5, 6],
  );
}
