// Unpacks the blocks of data on the page: base64, inflate, JSON, and differences added up again.

/** A block by its name; null when the page has none. */
export async function unpack(name) {
  const element = document.getElementById(`data-${name}`);
  if (!element) return null;
  const text = atob(element.textContent);
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = text.charCodeAt(k);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}

/** Running sums in units; null stays a hole. */
export function summed(steps, unit = 1) {
  let at = 0;
  return steps.map((step) => {
    if (step === null) return Number.NaN;
    at += step;
    return at * unit;
  });
}

/** Candles as the chart library takes them; times in UTC seconds. */
export function candlesOf(packed) {
  const { stepMs, unit } = packed;
  const open = summed(packed.o);
  return summed(packed.t).map((step, k) => {
    const o = open[k];
    const c = o + packed.c[k];
    return {
      time: (step * stepMs) / 1000,
      open: o * unit,
      high: (Math.max(o, c) + packed.h[k]) * unit,
      low: (Math.min(o, c) - packed.l[k]) * unit,
      close: c * unit,
    };
  });
}

/** The account by coarse candle. */
export function equityOf(packed) {
  const { stepMs, unit } = packed;
  const [o, h, l, c, b] = ['o', 'h', 'l', 'c', 'b'].map((name) => summed(packed[name], unit));
  return summed(packed.t).map((ms, k) => ({
    time: (ms * stepMs) / 1000,
    open: o[k],
    high: h[k],
    low: l[k],
    close: c[k],
    benchmark: b[k],
  }));
}

/** Trades as objects, in the order of the page. */
export function tradesOf(packed) {
  const entries = summed(packed.entry);
  return entries.map((entry, k) => ({
    n: packed.n[k],
    leg: packed.leg[k],
    symbol: packed.legs[packed.leg[k]] ?? '',
    side: packed.side[k] > 0 ? 'long' : 'short',
    entry,
    exit: entry + packed.held[k],
    held: packed.held[k],
    qty: packed.qty[k],
    from: packed.from[k],
    to: packed.to[k],
    pnl: packed.pnl[k] / 1e6,
    fees: packed.fees[k] / 1e4,
    funding: packed.funding[k] / 1e4,
    ret: packed.ret[k] / 1e6,
    mae: packed.mae[k] / 1e6,
    mfe: packed.mfe[k] / 1e6,
    reason: packed.reasons[packed.reason[k]],
    algorithm: packed.algorithms[packed.algorithm[k]],
    behind: packed.agents.filter((_, bit) => Math.floor(packed.behind[k] / 2 ** bit) % 2 === 1),
  }));
}

/** Base candles where there are some, coarse ones that none of them reaches into elsewhere. */
export function joined(coarse, base, step) {
  const starts = new Set(base.map(({ time }) => Math.floor(time / step) * step));
  return [...coarse.filter(({ time }) => !starts.has(time)), ...base].sort(
    (a, b) => a.time - b.time,
  );
}
