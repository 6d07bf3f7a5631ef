"""The same two workloads in vectorbt and backtesting.py; prints one JSON document.

    peers.py CANDLES_FILE COUNT W2_COUNT BACKTESTING_TRIALS

The file holds COUNT float64 each of open, high, low, close. Both engines decide on the close and fill at
the next open, all in, without fees. CPU time, without imports and without compiling (a first run on a
piece of the data is thrown away).
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import backtesting
import numpy as np
import pandas as pd
import vectorbt as vbt
from backtesting import Backtest, Strategy

FILE, COUNT, W2, TRIALS = sys.argv[1], *map(int, sys.argv[2:5])
O, H, L, C = np.fromfile(FILE).reshape(4, COUNT)
INDEX = pd.date_range("2025-01-01", periods=COUNT, freq="min")
# backtesting.py trades whole units: with this much cash a unit is 5e-11 of it.
CASH = 1e15
FAST, SLOW = range(5, 25), range(30, 130, 5)


def timed(work):
    start = time.process_time()
    found = work()
    return found, time.process_time() - start


def crossings(fast, slow):
    apart = fast - slow
    before = np.full_like(apart, np.nan)
    before[1:] = apart[:-1]
    return (before < 0) & (apart > 0), (before > 0) & (apart < 0)


def later(signals):
    moved = np.zeros_like(signals)
    moved[1:] = signals[:-1]
    return moved


def with_vectorbt(count, fasts, slows):
    close, opened = C[:count], O[:count]
    means = {n: vbt.MA.run(close, n).ma.to_numpy().ravel() for n in {*fasts, *slows}}
    pairs = [(f, s) for f in fasts for s in slows]
    up, down = zip(*(crossings(means[f], means[s]) for f, s in pairs))
    pf = vbt.Portfolio.from_signals(
        np.column_stack([close] * len(pairs)),
        later(np.column_stack(up)),
        later(np.column_stack(down)),
        price=np.column_stack([opened] * len(pairs)),
        init_cash=10_000.0,
        fees=0.0,
        freq="min",
    )
    equity = np.atleast_1d(pf.final_value()) / 10_000.0
    trades = np.atleast_1d(pf.trades.closed.count())
    return equity.tolist(), [int(n) for n in trades]


class Crossing(Strategy):
    fast, slow = 10, 20

    def init(self):
        mean = lambda x, n: pd.Series(x).rolling(n).mean()
        self.up, self.down = crossings(
            self.I(mean, self.data.Close, self.fast), self.I(mean, self.data.Close, self.slow)
        )

    def next(self):
        i = len(self.data) - 1
        if self.up[i] and not self.position:
            self.buy()
        elif self.down[i] and self.position:
            self.position.close()


def with_backtesting(count, pairs):
    data = pd.DataFrame(
        {"Open": O[:count], "High": H[:count], "Low": L[:count], "Close": C[:count]},
        index=INDEX[:count],
    )
    test = Backtest(data, Crossing, cash=CASH, commission=0, finalize_trades=False)
    equity, trades = [], []
    for fast, slow in pairs:
        stats = test.run(fast=fast, slow=slow)
        equity.append(stats["Equity Final [$]"] / CASH)
        trades.append(len(stats["_trades"]))
    return equity, trades


def sweep_vectorbt():
    equity, trades = [], []
    # One fast mean at a time: all 400 at once take two gigabytes.
    for fast in FAST:
        more = with_vectorbt(W2, [fast], list(SLOW))
        equity += more[0]
        trades += more[1]
    return equity, trades


def figure(found, seconds, runs):
    return {"equity": found[0], "trades": found[1], "seconds": seconds, "runs": runs}


with_vectorbt(5_000, [10], [20])
with_backtesting(5_000, [(10, 20)])
few = [(f, s) for f in FAST for s in SLOW][:: max(1, 400 // TRIALS)][:TRIALS]
document = {
    "vectorbt": {
        "version": vbt.__version__,
        "w1": figure(*timed(lambda: with_vectorbt(COUNT, [10], [20])), 1),
        "w2": figure(*timed(sweep_vectorbt), len(FAST) * len(SLOW)),
    },
    "backtesting.py": {
        "version": backtesting.__version__,
        "w1": figure(*timed(lambda: with_backtesting(COUNT, [(10, 20)])), 1),
        "w2": figure(*timed(lambda: with_backtesting(W2, few)), len(few)),
    },
    "few": few,
}
json.dump(document, sys.stdout)
