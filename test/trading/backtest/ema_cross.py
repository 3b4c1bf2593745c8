"""The trades of an EMA cross on a file of bars, with NumPy alone: what ema-cross.json holds.

python test/trading/backtest/ema_cross.py FILE.csv.gz

Long while the fast average of the closes is above the slow one, from the bar on that fills the slow one; in and out at
the close of the bar that says so. Averages begin at the first close. Fees are a share of the value of each fill.
"""

import csv
import gzip
import json
import sys

import numpy as np

FAST, SLOW, QUANTITY, FEE_BPS, CASH = 10, 20, 0.1, 5, 100_000


def average(values, length):
    alpha = 2 / (length + 1)
    out = np.empty_like(values)
    out[0] = values[0]
    for i in range(1, len(values)):
        out[i] = out[i - 1] + alpha * (values[i] - out[i - 1])
    return out


with gzip.open(sys.argv[1], "rt") as file:
    closes = np.array([float(row["close"]) for row in csv.DictReader(file)])

long = average(closes, FAST) > average(closes, SLOW)
long[: SLOW - 1] = False
steps = np.diff(long.astype(int), prepend=0)
entries = np.flatnonzero(steps == 1)
exits = np.flatnonzero(steps == -1)
fills = np.sort(np.concatenate([entries, exits]))
fees = np.sum(closes[fills]) * QUANTITY * FEE_BPS / 10_000
cash = CASH - np.sum(closes[entries]) * QUANTITY + np.sum(closes[exits]) * QUANTITY - fees
held = (len(entries) - len(exits)) * QUANTITY
print(
    json.dumps(
        {
            "bars": len(closes),
            "trades": len(exits),
            "fills": len(fills),
            "fees": round(fees, 6),
            "final_equity": round(cash + held * closes[-1], 6),
        }
    )
)
