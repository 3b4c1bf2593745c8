"""What every peer says of its run."""

import json


def figures(latencies_ns, rate, right):
    """A line of JSON; the first fifth of the latencies does not count."""
    counted = sorted(latencies_ns[len(latencies_ns) // 5 :])
    return json.dumps(
        {
            "received": len(latencies_ns),
            "right": bool(right),
            "rate": rate,
            "p50_us": counted[len(counted) // 2] / 1000,
            "p99_us": counted[len(counted) * 99 // 100] / 1000,
        }
    )
