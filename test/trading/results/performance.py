"""Statistics of made-up equity curves and trades, with NumPy alone: what performance.json holds.

python test/trading/results/performance.py > test/trading/results/performance.json

The curves are written out with the results, so that a test needs no Python.
"""

import json

import numpy as np

HOUR_MS, DAY_MS, YEAR_MS = 3_600_000, 86_400_000, 365 * 86_400_000
INITIAL = 10_000.0


def optional(value):
    return None if value is None or not np.isfinite(value) else float(value)


def case(name, seed, points, step_ms, drift, gap=None):
    random = np.random.RandomState(seed)
    times = 1_700_000_000_000 + np.arange(points) * step_ms
    if gap is not None:
        times[gap:] += 3 * DAY_MS
    equity = np.round(INITIAL * np.exp(np.cumsum(random.normal(drift, 0.004, points))), 2)
    position = random.choice([0.0, 0.0, 1.5, -2.0], points)
    price = np.round(100 * np.exp(np.cumsum(random.normal(0, 0.003, points))), 2)
    pnl = np.round(random.normal(1, 20, 25), 2)
    traded = 123_456.75

    peak = np.maximum.accumulate(np.concatenate([[INITIAL], equity]))[1:]
    drawdown = (peak - equity) / peak
    under = 0
    for i in np.flatnonzero(drawdown > 0):
        before = np.flatnonzero(drawdown[:i] == 0)
        after = np.flatnonzero(drawdown[i:] == 0)
        start = times[before[-1]] if len(before) else times[0]
        end = times[i + after[0]] if len(after) else times[-1]
        under = max(under, end - start)

    days = times // DAY_MS
    ends = np.array([equity[days <= day][-1] for day in range(days[0], days[-1] + 1)])
    returns = np.diff(np.concatenate([[INITIAL], ends])) / np.concatenate([[INITIAL], ends[:-1]])
    enough = len(returns) >= 2
    deviation = np.std(returns, ddof=1) if enough else None
    downside = np.sqrt(np.mean(np.minimum(returns, 0) ** 2))
    per_year = np.sqrt(365)

    elapsed = times[-1] - times[0]
    growth = equity[-1] / INITIAL
    annual = growth ** (YEAR_MS / elapsed) - 1 if elapsed >= DAY_MS else None
    wins, losses = pnl[pnl > 0], pnl[pnl < 0]
    return {
        "name": name,
        "initial": INITIAL,
        "points": [list(map(float, point)) for point in zip(times, equity, position, price)],
        "pnl": list(map(float, pnl)),
        "traded": traded,
        "want": {
            "finalEquity": float(equity[-1]),
            "totalReturnFraction": float(growth - 1),
            "annualReturnFraction": optional(annual),
            "annualVolatilityFraction": optional(deviation * per_year if enough else None),
            "sharpeRatio": optional(np.mean(returns) / deviation * per_year if enough else None),
            "sortinoRatio": optional(np.mean(returns) / downside * per_year if enough else None),
            "calmarRatio": optional(annual / np.max(drawdown) if annual is not None else None),
            "maxDrawdownFraction": float(np.max(drawdown)),
            "maxDrawdownMs": float(under),
            "exposureFraction": float(np.sum(np.diff(times)[position[:-1] != 0]) / elapsed),
            "tradeCount": len(pnl),
            "winRateFraction": len(wins) / len(pnl),
            "profitFactor": float(np.sum(wins) / -np.sum(losses)),
            "averageWin": float(np.mean(wins)),
            "averageLoss": float(-np.mean(losses)),
            "turnoverRatio": float(traded / np.mean(equity)),
            "buyAndHoldReturnFraction": float(price[-1] / price[0] - 1),
        },
    }


print(
    json.dumps(
        [
            case("a rising curve over weeks", 1, 200, 4 * HOUR_MS, 0.001),
            case("a falling curve over weeks", 2, 200, 4 * HOUR_MS, -0.001),
            case("days without points", 3, 60, 6 * HOUR_MS, 0, gap=30),
            case("less than a day", 4, 50, HOUR_MS // 20, 0),
        ]
    )
)
