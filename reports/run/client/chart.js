// The chart: candles with entries, exits and stops above, the account below them, votes at the bottom, on
// one axis of time. Coarse candles show the whole run; a trade is looked at in base candles.

import { colours } from './colours.js';
import { candlesOf, equityOf, joined, summed } from './data.js';
import { decimal, make, minute, percent, price } from './text.js';
import { voteBars, voteTitle, voteWords } from './votes.js';

/** Trades whose marks are drawn at once: those in view that moved most money. */
const MOST_MARKS = 150;

const library = () => globalThis.LightweightCharts;

export class MarketChart {
  /** `onTrade` is called with the number of a trade whose mark was clicked. */
  constructor(host, core, trades, onTrade) {
    this.core = core;
    this.trades = trades;
    this.onTrade = onTrade;
    this.coarse = new Map(core.candles.map((one) => [one.leg, candlesOf(one)]));
    this.base = new Map();
    this.equity = equityOf(core.equity);
    this.step = core.stepMs / 1000;
    this.funding = new Map(
      core.funding.map(({ leg, t, usd }) => {
        const spans = summed(t).map((span) => span * this.step);
        return [leg, new Map(spans.map((at, k) => [at, usd[k] / 1e4]))];
      }),
    );
    this.words = make('div', { class: 'hover' });
    this.host = host;
    this.leg = [...this.coarse.keys()][0] ?? 0;
    this.build();
    this.showRun(this.leg);
  }

  build() {
    const { createChart, CandlestickSeries, LineSeries, BarSeries, HistogramSeries } = library();
    this.chart = createChart(this.host, {
      autoSize: true,
      layout: { attributionLogo: true, fontFamily: 'system-ui, sans-serif', fontSize: 11 },
      timeScale: {
        timeVisible: true,
        secondsVisible: false,
        minBarSpacing: 0.02,
        enableConflation: true,
        rightOffset: 2,
      },
      rightPriceScale: { minimumWidth: 74 },
      crosshair: { mode: 0 },
      // A finger that moves up or down scrolls the page.
      handleScroll: { vertTouchDrag: false },
      localization: { timeFormatter: minute },
    });
    const plain = { priceLineVisible: false, lastValueVisible: false };
    this.candles = this.chart.addSeries(CandlestickSeries, { ...plain, borderVisible: false });
    this.stops = this.chart.addSeries(LineSeries, {
      ...plain,
      lineType: 1,
      lineWidth: 2,
      lineStyle: 2,
    });
    this.account = this.chart.addSeries(
      BarSeries,
      { ...plain, openVisible: false, thinBars: true },
      1,
    );
    this.held = this.chart.addSeries(LineSeries, { ...plain, lineWidth: 1 }, 1);
    this.entries = this.chart.addSeries(
      HistogramSeries,
      { ...plain, base: 0, conflationThresholdFactor: 0.001 },
      2,
    );
    // Takes the place of entries when the votes have been unpacked, where the run kept them.
    this.said = null;
    this.voted = this.chart.addSeries(
      BarSeries,
      { ...plain, openVisible: false, thinBars: true },
      2,
    );
    const panes = this.chart.panes();
    panes[0].setStretchFactor(5);
    panes[1].setStretchFactor(2);
    panes[2].setStretchFactor(1);
    this.marks = library().createSeriesMarkers(this.candles, []);
    this.titles = panes.map((pane) => library().createTextWatermark(pane, {}));
    const two = { type: 'custom', minMove: 0.01, formatter: (value) => decimal(value) };
    this.account.applyOptions({ priceFormat: two });
    this.held.applyOptions({ priceFormat: two });
    const signed = { type: 'custom', minMove: 0.01, formatter: (v) => decimal(v, 1, true) };
    this.entries.applyOptions({ priceFormat: signed });
    this.voted.applyOptions({ priceFormat: signed });
    this.host.append(this.words);
    this.paint();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.paint();
      this.redraw();
    });
    // Marks follow when the view has come to rest, so that moving it stays smooth.
    this.chart.timeScale().subscribeVisibleTimeRangeChange((range) => {
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.markInView(range), 90);
    });
    this.chart.subscribeCrosshairMove((move) => this.hover(move));
    this.chart.subscribeClick((click) => {
      const [first] = this.tradesAt(click.time ?? null);
      if (first) this.onTrade(first.n);
    });
    this.host.addEventListener('keydown', (event) => this.key(event));
  }

  paint() {
    const c = colours();
    this.chart.applyOptions({
      layout: {
        background: { color: c.page },
        textColor: c.text,
        panes: { separatorColor: c.rule, separatorHoverColor: c.rule },
      },
      grid: { vertLines: { color: c.rule, style: 1 }, horzLines: { color: c.rule, style: 1 } },
      rightPriceScale: { borderColor: c.rule },
      timeScale: { borderColor: c.rule },
    });
    // Filled against hollow would be lost at this size; blue against orange is not.
    this.candles.applyOptions({
      upColor: c.up,
      downColor: c.down,
      wickUpColor: c.up,
      wickDownColor: c.down,
    });
    this.stops.applyOptions({ color: c.strong });
    this.entitle();
    this.account.applyOptions({ upColor: c.first, downColor: c.first });
    this.held.applyOptions({ color: c.second });
  }

  /** What each pane shows, in a corner of it. */
  entitle() {
    const isTrade = this.open && this.isBase;
    const step = (isTrade ? this.core.baseMs : this.core.stepMs) / 1000;
    const names = [
      '',
      isTrade ? 'this trade, USD before fees' : `equity; ${this.core.benchmark} in grey`,
      this.said ? voteTitle(this.said, this.leg, step) : 'entries',
    ];
    this.titles.forEach((title, k) => {
      const line = { text: names[k], color: colours().text, fontSize: 11 };
      title.applyOptions({ horzAlign: 'left', vertAlign: 'top', lines: [line] });
    });
  }

  redraw() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (this.open === null) this.showRun(this.leg);
    else this.showTrade(this.open, this.detail);
    if (range) this.chart.timeScale().setVisibleLogicalRange(range);
  }

  /** The whole run of one leg in coarse candles. */
  showRun(leg) {
    this.leg = leg;
    this.open = null;
    this.detail = null;
    this.barStep = this.step;
    const candles = this.coarse.get(leg) ?? [];
    this.setCandles(candles);
    this.own = this.trades.filter((trade) => trade.leg === leg);
    this.index();
    this.account.setData(this.equity);
    this.held.setData(this.equity.map(({ time, benchmark }) => ({ time, value: benchmark })));
    this.stops.setData([]);
    this.setVotes();
    this.chart.timeScale().fitContent();
    this.markInView(null);
  }

  setCandles(candles) {
    this.bars = candles;
    const last = candles.at(-1);
    if (last) {
      const places = last.close >= 1 ? Math.max(2, 5 - Math.floor(Math.log10(last.close))) : 8;
      this.candles.applyOptions({
        priceFormat: { type: 'custom', minMove: 10 ** -Math.min(8, places), formatter: price },
      });
    }
    this.candles.setData(candles);
  }

  /** Trades by the bars in which they began and ended. */
  index() {
    this.byTime = new Map();
    const put = (at, trade) => {
      const bar = this.barAt(at);
      const list = this.byTime.get(bar);
      if (list === undefined) this.byTime.set(bar, [trade]);
      else if (!list.includes(trade)) list.push(trade);
    };
    for (const trade of this.own) {
      put(trade.entry, trade);
      if (trade.reason !== 'open') put(trade.exit, trade);
    }
  }

  /** The start of the bar that holds a time: the last one that begins at or before it. */
  barAt(at) {
    let low = 0;
    let high = this.bars.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.bars[middle].time <= at) low = middle + 1;
      else high = middle;
    }
    return this.bars[Math.max(0, low - 1)]?.time ?? at;
  }

  tradesAt(time) {
    return time === null ? [] : (this.byTime.get(time) ?? []);
  }

  /** What agents said; null where the run did not keep it. */
  hear(votes) {
    this.said = votes;
    if (!votes) return;
    for (const value of votes.actsAbove === null ? [] : [votes.actsAbove, -votes.actsAbove]) {
      const line = { price: value, lineWidth: 1, lineStyle: 2, axisLabelVisible: false, title: '' };
      this.voted.createPriceLine({ ...line, color: colours().second });
    }
    this.setVotes();
  }

  setVotes() {
    const c = colours();
    this.entitle();
    if (this.said) {
      this.entries.setData([]);
      const times = this.bars.map(({ time }) => time);
      this.voted.setData(voteBars(this.said, this.leg, times, c));
      return;
    }
    const sums = new Map();
    for (const trade of this.own) {
      const time = this.barAt(trade.entry);
      const sum = sums.get(time) ?? [0, 0];
      sum[trade.side === 'long' ? 0 : 1]++;
      sums.set(time, sum);
    }
    const bars = [...sums].sort(([a], [b]) => a - b);
    this.entries.setData(
      bars.map(([time, [long, short]]) => ({
        time,
        value: long >= short ? long : -short,
        color: long >= short ? c.up : c.down,
      })),
    );
  }

  /** Marks of the trades in a range of time, all of them where it is null. */
  markInView(range) {
    if (this.open !== null) return;
    const { from, to } = range ?? { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    let seen = this.own.filter(({ entry, exit }) => exit >= from && entry <= to);
    // As many as stand apart on a narrow screen.
    const most = Math.min(MOST_MARKS, Math.max(30, Math.floor(this.host.clientWidth / 7)));
    if (seen.length > most) {
      seen = [...seen].sort((a, b) => Math.abs(b.pnl) - Math.abs(a.pnl)).slice(0, most);
    }
    this.marks.setMarkers(this.markersOf(seen, true));
  }

  /** Entries and exits; where many fall on one bar, one mark of a kind says so. */
  markersOf(trades, isCrowd) {
    const c = colours();
    const marks = [];
    const seen = new Set();
    const add = (time, kind, mark) => {
      const key = `${time}${kind}`;
      if (isCrowd && seen.has(key)) return;
      seen.add(key);
      marks.push({ time, ...mark });
    };
    for (const { entry, exit, side, reason } of trades) {
      const long = side === 'long';
      add(this.barAt(entry), side, {
        position: long ? 'belowBar' : 'aboveBar',
        shape: long ? 'arrowUp' : 'arrowDown',
        color: long ? c.up : c.down,
        size: isCrowd ? 1 : 2,
      });
      if (reason === 'open') continue;
      add(this.barAt(exit), 'exit', {
        position: long ? 'aboveBar' : 'belowBar',
        shape: 'square',
        color: isCrowd ? c.text : c.strong,
        size: isCrowd ? 0.5 : 1,
      });
    }
    return marks.sort((a, b) => a.time - b.time);
  }

  /** One trade in the shortest candles that the page has of it, with its stops as they trailed. */
  showTrade(trade, detail) {
    this.leg = trade.leg;
    this.open = trade;
    this.detail = detail;
    const around = 30 * (this.core.baseMs / 1000);
    const [from, to] = [trade.entry - around, trade.exit + around];
    const base = (this.base.get(trade.leg) ?? []).filter(({ time }) => time >= from && time <= to);
    const coarse = (this.coarse.get(trade.leg) ?? []).filter(
      ({ time }) => time + this.step > from && time <= to,
    );
    this.setCandles(
      base.length === 0 ? (this.coarse.get(trade.leg) ?? []) : joined(coarse, base, this.step),
    );
    this.isBase = base.length > 0;
    this.own = this.isBase ? [trade] : this.trades.filter(({ leg }) => leg === trade.leg);
    this.index();
    this.account.setData(this.isBase ? [] : this.equity);
    this.held.setData(this.pathOf(trade));
    this.setVotes();
    this.stops.setData(this.stopsOf(trade, detail));
    this.marks.setMarkers(this.markersOf([trade], false));
    const scale = this.chart.timeScale();
    if (this.isBase) scale.fitContent();
    else scale.setVisibleRange({ from: from - 40 * this.step, to: to + 40 * this.step });
  }

  /** What the trade was worth at each close while it lasted, before fees. */
  pathOf({ side, qty, from, entry, exit }) {
    const sign = side === 'long' ? 1 : -1;
    const bars = this.isBase ? this.bars.filter(({ time }) => time >= entry && time <= exit) : [];
    return bars.map(({ time, close }) => ({ time, value: sign * qty * (close - from) }));
  }

  stopsOf(trade, detail) {
    if (!detail) return [];
    const steps = new Map();
    for (const order of detail.orders) {
      const isStop = order.purpose === 'stop' || order.purpose === 'trailing-stop';
      if (!isStop || order.price === null || order.status === 'dormant') continue;
      steps.set(this.barAt(Math.max(order.created, trade.entry)), order.price);
    }
    const points = [...steps].sort(([a], [b]) => a - b).map(([time, value]) => ({ time, value }));
    const end = this.barAt(trade.exit);
    const last = points.at(-1);
    if (last && end > last.time) points.push({ time: end, value: last.value });
    return points;
  }

  hover({ time, seriesData }) {
    if (time === undefined) {
      this.words.textContent = '';
      return;
    }
    const candle = seriesData.get(this.candles);
    const account = seriesData.get(this.account);
    const lines = [minute(time)];
    if (candle) {
      lines.push(
        `O ${price(candle.open)} H ${price(candle.high)} L ${price(candle.low)} C ${price(candle.close)}`,
      );
    }
    if (account) lines.push(`equity ${decimal(account.close)}`);
    const funding = this.open === null ? this.funding.get(this.leg)?.get(time) : undefined;
    if (funding !== undefined) lines.push(`funding ${decimal(funding, 4, true)} USD`);
    if (this.said) lines.push(...voteWords(this.said, this.leg, time));
    const here = this.tradesAt(time);
    for (const trade of here.slice(0, 4)) {
      const who = trade.behind.length > 0 ? `, for it: ${trade.behind.join(', ')}` : '';
      lines.push(
        `#${trade.n} ${trade.side} ${decimal(trade.pnl, 2, true)} USD ${percent(trade.ret, 2, true)} (${trade.reason})${who}`,
      );
    }
    if (here.length > 4) lines.push(`and ${here.length - 4} more trades`);
    this.words.replaceChildren(...lines.map((line) => make('div', {}, line)));
  }

  /** Arrows move, plus and minus zoom, 0 shows all. */
  key(event) {
    const scale = this.chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    if (!range) return;
    const width = range.to - range.from;
    const moves = {
      ArrowLeft: [-0.2, -0.2],
      ArrowRight: [0.2, 0.2],
      '+': [0.15, -0.15],
      '-': [-0.2, 0.2],
    };
    const move = moves[event.key];
    if (event.key === '0') scale.fitContent();
    else if (move) {
      scale.setVisibleLogicalRange({
        from: range.from + move[0] * width,
        to: range.to + move[1] * width,
      });
    } else return;
    event.preventDefault();
  }
}
