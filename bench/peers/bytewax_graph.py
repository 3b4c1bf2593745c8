"""Source, a node that multiplies by one, and sink in Bytewax: bytewax_graph.py FRAMES INTERVAL_US; 0 is full speed."""

import sys
import time
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
import numpy as np
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from figures import figures

FRAMES, INTERVAL_US = int(sys.argv[1]), int(sys.argv[2])
VALUES = 512
latencies_ns = []
total = 0.0


class Frames(StatelessSourcePartition):
    def __init__(self):
        self.count = 0
        self.due = datetime.now(timezone.utc)

    def next_batch(self):
        if self.count == FRAMES:
            raise StopIteration()
        frame = np.full(VALUES, float(self.count))
        self.count += 1
        self.due += timedelta(microseconds=INTERVAL_US)
        return [(time.monotonic_ns(), frame)]

    def next_awake(self):
        return self.due if INTERVAL_US > 0 else None


class Source(DynamicSource):
    def build(self, step_id, worker_index, worker_count):
        return Frames()


class Sums(StatelessSinkPartition):
    def write_batch(self, items):
        global total
        for sent_ns, frame in items:
            latencies_ns.append(time.monotonic_ns() - sent_ns)
            total += frame.sum()


class Sink(DynamicSink):
    def build(self, step_id, worker_index, worker_count):
        return Sums()


flow = Dataflow("graph")
frames = op.input("source", flow, Source())
multiplied = op.map("multiply", frames, lambda item: (item[0], item[1] * 1.0))
op.output("sink", multiplied, Sink())
started_ns = time.monotonic_ns()
run_main(flow)
took_s = (time.monotonic_ns() - started_ns) / 1e9
print(figures(latencies_ns, FRAMES / took_s, total == VALUES * FRAMES * (FRAMES - 1) / 2))
