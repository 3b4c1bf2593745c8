import assert from 'node:assert/strict';
import { createProcessorRecord, type LinkRecord } from '../../../server/runtime/commit/records.ts';
import { createSegment } from '../../../server/runtime/frame/segment.ts';
import type { LinkSpec, ProcessorSpec } from '../../../server/runtime/graph/index.ts';
import { parseLinkId, parseProcessorId } from '../../../server/runtime/ids.ts';
import {
  createHeartbeats,
  LaneHeartbeat,
  readLaneLoad,
} from '../../../server/runtime/lane/lane-heartbeat.ts';
import {
  createProcessorCounters,
  ProcessorCounterWriter,
} from '../../../server/runtime/lane/processor-counters.ts';
import { ControlMemory } from '../../../server/runtime/link/control-memory.ts';
import { LinkCounters, LinkCounterWriter } from '../../../server/runtime/link/link-counters.ts';
import { MetricsSampler } from '../../../server/runtime/metrics/metrics-sampler.ts';

const segment = createSegment(1024 * 1024);
const control = new ControlMemory(segment);

/** One processor and one link, and a clock that is moved by hand; nothing is sampled by itself. */
function createPart() {
  const spec = { processorId: parseProcessorId('gain') } as ProcessorSpec;
  const processor = { ...createProcessorRecord(spec, 0), counters: createProcessorCounters() };
  const counters = new LinkCounters(control);
  const link = {
    spec: { linkId: parseLinkId('wire') } as LinkSpec,
    wiring: undefined,
    counters,
  } as LinkRecord;
  const clock = { us: 0, nowUs: () => clock.us };
  const sampler = new MetricsSampler({
    records: {
      processors: new Map([[processor.spec.processorId, processor]]),
      links: new Map([[link.spec.linkId, link]]),
    },
    lanes: () => [],
    heartbeats: createHeartbeats(1),
    clock,
    intervalMs: undefined,
  });
  return {
    processor,
    link,
    clock,
    sampler,
    calls: new ProcessorCounterWriter(processor.counters),
    produced: new LinkCounterWriter(segment, counters.place, 'producer'),
    consumed: new LinkCounterWriter(segment, counters.place, 'consumer'),
  };
}

describe('the sampler of counters', () => {
  it('answers rates and shares over the time since its oldest sample', () => {
    const { processor, clock, sampler, calls } = createPart();
    calls.countFramesIn(200);
    calls.countFramesOut(100);
    calls.publish();
    calls.recordCall(5000, 100);
    calls.setBlocked(true, 1_750_000);
    clock.us = 2_000_000;
    const interval = sampler.measure();
    assert.equal(interval.intervalUs, 2_000_000);
    assert.deepEqual(interval.processor(processor), {
      framesInPerSecond: 100,
      framesOutPerSecond: 50,
      busyFraction: 0.25,
      blockedFraction: 0.125,
    });
  });

  it('answers everybody the same, however often others ask', () => {
    const { processor, link, clock, sampler, calls, produced, consumed } = createPart();
    const answerAt = (us: number) => {
      clock.us = us;
      const interval = sampler.measure();
      return { ...interval.processor(processor), ...interval.link(link) };
    };
    calls.countFramesIn(10);
    calls.publish();
    produced.countProduced(10);
    consumed.countDelivered(10);
    consumed.noteQueued(7);
    const asked = answerAt(1_000_000);
    for (let i = 0; i < 20; i++) answerAt(900_000);
    assert.deepEqual(answerAt(1_000_000), asked);
    assert.deepEqual([asked.framesInPerSecond, asked.deliveredPerSecond, asked.maxQueuedFrames], [10, 10, 7]);
  });

  it('forgets what is older than its samples', () => {
    const { processor, link, clock, sampler, calls, produced, consumed } = createPart();
    calls.countFramesIn(1000);
    calls.publish();
    produced.countProduced(1000);
    consumed.countDropped('full', 600);
    consumed.countDropped('stale', 400);
    consumed.noteQueued(64);
    clock.us = 1_000_000;
    sampler.sample();
    assert.equal(sampler.measure().link(link).maxQueuedFrames, 64);
    assert.equal(sampler.measure().link(link).fullPerSecond, 600);
    assert.equal(sampler.measure().link(link).droppedPerSecond, 1000);
    for (const us of [2_000_000, 3_000_000, 4_000_000]) {
      clock.us = us;
      sampler.sample();
    }
    const interval = sampler.measure();
    assert.equal(interval.intervalUs, 2_000_000);
    assert.equal(interval.processor(processor).framesInPerSecond, 0);
    assert.deepEqual(interval.link(link), {
      deliveredPerSecond: 0,
      droppedPerSecond: 0,
      fullPerSecond: 0,
      maxQueuedFrames: 0,
    });
  });

  it('says nothing of a part that has come since its last sample', () => {
    const { sampler, clock } = createPart();
    const other = createPart();
    clock.us = 1_000_000;
    const { framesInPerSecond, busyFraction } = sampler.measure().processor(other.processor);
    assert.deepEqual([framesInPerSecond, busyFraction], [0, 0]);
  });
});

describe('the load of a lane', () => {
  it('is what its slices took, with what of the present one is over', () => {
    const memory = createHeartbeats(2);
    const lane = new LaneHeartbeat(memory, 1);
    lane.beginSlice(1000);
    assert.equal(readLaneLoad(memory, 1, 1400).busyUs, 400);
    lane.endSlice(1500);
    lane.showHeap(12_345);
    assert.deepEqual(readLaneLoad(memory, 1, 9000), { busyUs: 500, heapBytes: 12_345 });
    assert.deepEqual(readLaneLoad(memory, 0, 9000), { busyUs: 0, heapBytes: 0 });
  });

  it('goes on for the next lane of the index after one that was lost in the middle', () => {
    const memory = createHeartbeats(1);
    new LaneHeartbeat(memory, 0).beginSlice(1000);
    new LaneHeartbeat(memory, 0);
    assert.equal(readLaneLoad(memory, 0, 5000).busyUs, 0);
  });
});
