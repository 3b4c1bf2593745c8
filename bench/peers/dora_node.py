"""A node of the same graph in dora: dora_node.py source FRAMES INTERVAL_US, dora_node.py multiply, or dora_node.py sink FILE."""

import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from dora import Node
from figures import figures

VALUES = 512


def send(node, frames, interval_us):
    due_ns = time.monotonic_ns()
    for count in range(frames):
        frame = pa.array(np.full(VALUES, float(count)))
        node.send_output("data", frame, {"sent_ns": time.monotonic_ns(), "count": count})
        due_ns += interval_us * 1000
        while interval_us > 0 and (rest_ns := due_ns - time.monotonic_ns()) > 0:
            time.sleep(rest_ns / 1e9)


def inputs(node):
    return (event for event in node if event["type"] == "INPUT")


def multiply(node):
    for event in inputs(node):
        node.send_output("data", pa.array(event["value"].to_numpy() * 1.0), event["metadata"])


def receive(node, path):
    latencies_ns = []
    right = True
    first_ns = last_ns = 0
    for event in inputs(node):
        last_ns = time.monotonic_ns()
        first_ns = first_ns or last_ns
        latencies_ns.append(last_ns - event["metadata"]["sent_ns"])
        right = right and event["value"].to_numpy().sum() == VALUES * event["metadata"]["count"]
    rate = (len(latencies_ns) - 1) / (last_ns - first_ns) * 1e9
    Path(path).write_text(figures(latencies_ns, rate, right))


role, *rest = sys.argv[1:]
if role == "source":
    send(Node(), *map(int, rest))
elif role == "multiply":
    multiply(Node())
else:
    receive(Node(), *rest)
