"""Makes indicator-references.json: what NumPy and pandas answer for the prices of indicators.test.ts.

    pip install numpy==2.4.6 pandas==3.1.1 && python indicator-references.py

Every case: the call on ctx, and its results bar by bar; null where there is none yet.
"""
import json
import pathlib

import numpy as np
import pandas as pd

rng = np.random.RandomState(11)
COUNT = 300
# Far from 0 beside how far the prices lie apart, as prices of Bitcoin are.
close = 46000 + np.cumsum(rng.standard_normal(COUNT)) * 3
high = close + rng.random_sample(COUNT) * 4
low = close - rng.random_sample(COUNT) * 4
# A while without any movement.
close[200:240] = high[200:240] = low[200:240] = close[200]
prices = pd.Series(close)


def ema(values, n):
    return values.ewm(span=n, adjust=False, min_periods=n).mean()


def wilder(values, n):
    """The mean of the first n values, then of each further value a share of 1 / n."""
    seeded = values.copy().astype(float)
    seeded.iloc[n - 1] = values.iloc[:n].mean()
    return seeded.iloc[n - 1 :].ewm(alpha=1 / n, adjust=False).mean().reindex(values.index)


def rsi(n):
    change = prices.diff().iloc[1:]
    gain, loss = wilder(change.clip(lower=0), n), wilder(-change.clip(upper=0), n)
    return (100 - 100 / (1 + gain / loss)).reindex(prices.index)


def macd(fast, slow, signal):
    line = prices.ewm(span=fast, adjust=False).mean() - prices.ewm(span=slow, adjust=False).mean()
    average = line.ewm(span=signal, adjust=False).mean()
    table = pd.DataFrame({0: line, 1: average, 2: line - average})
    table.iloc[: slow + signal - 2] = np.nan
    return [table[i] for i in range(3)]


def stddev(n):
    # NB: that of pandas is a running sum with errors of 1e-5.
    values = np.lib.stride_tricks.sliding_window_view(close, n).std(axis=1)
    return pd.Series(np.concatenate([np.full(n - 1, np.nan), values]))


def bollinger(n, width):
    middle, half = prices.rolling(n).mean(), stddev(n) * width
    return [middle, middle + half, middle - half]


def atr(n):
    before = prices.shift()
    ranges = pd.DataFrame({0: high - low, 1: abs(high - before), 2: abs(low - before)})
    return wilder(ranges.max(axis=1), n)


cases = {
    "ema(1)": [ema(prices, 1)],
    "ema(12)": [ema(prices, 12)],
    "ema(200)": [ema(prices, 200)],
    "sma(1)": [prices],
    "sma(20)": [prices.rolling(20).mean()],
    "sma(150)": [prices.rolling(150).mean()],
    "stddev(20)": [stddev(20)],
    "bollinger(20, 2)": bollinger(20, 2),
    "bollinger(7, 1.5)": bollinger(7, 1.5),
    "rsi(14)": [rsi(14)],
    "rsi(2)": [rsi(2)],
    "macd(12, 26, 9)": macd(12, 26, 9),
    "macd(3, 5, 4)": macd(3, 5, 4),
    "atr(14)": [atr(14)],
    "atr(1)": [atr(1)],
}


def plain(values):
    return [None if np.isnan(value) else float(value) for value in values]


bars = {"high": plain(high), "low": plain(low), "close": plain(close)}
references = {"bars": bars, "cases": {name: [plain(v) for v in values] for name, values in cases.items()}}
path = pathlib.Path(__file__).with_name("indicator-references.json")
path.write_text(json.dumps(references, separators=(",", ":")) + "\n")
