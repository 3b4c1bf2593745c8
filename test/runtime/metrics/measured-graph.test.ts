import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import {
  BottleneckKind,
  GetMetricsRequestSchema,
  type GetMetricsResponse,
} from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import type { StreamRuntimeOptions } from '../../../server/runtime/stream-runtime-options.ts';
import { eventually } from '../../support/eventually.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

interface Part {
  readonly id: string;
  readonly type: string;
  readonly lane: string;
  readonly config?: JsonObject;
}

const part = (id: string, type: string, lane: string, config?: JsonObject): Part => ({
  id,
  type,
  lane,
  ...(config && { config }),
});

const OPTIONS = { metricsIntervalMs: 150 };

/** A runtime that runs processors in a row, over lossless links of 16 frames. */
async function startRow(
  parts: readonly Part[],
  options: StreamRuntimeOptions = OPTIONS,
): Promise<TestRuntime> {
  const test = await TestRuntime.create(options);
  const { runtime } = test;
  for (const { id, type, lane, config } of parts)
    await runtime.addProcessor({ id, type, placement: { lane }, ...(config && { config }) });
  for (const [i, { id }] of parts.slice(1).entries()) {
    const from = parts[i] as Part;
    const request = { id: `${from.id}-${id}`, capacityFrames: 16, delivery: 'lossless' } as const;
    await runtime.connect(
      outputPort(from.id, await portOf(test, from.id, 'outputs')),
      inputPort(id, await portOf(test, id, 'inputs')),
      request,
    );
  }
  await runtime.start();
  return test;
}

async function portOf({ runtime }: TestRuntime, id: string, side: 'inputs' | 'outputs'): Promise<string> {
  const { processorType } = await runtime.getProcessor(id);
  const { processorType: type } = await runtime.execute({
    case: 'getProcessorType',
    value: { name: processorType },
  });
  return type?.[side][0]?.name ?? '';
}

const measure = ({ runtime }: TestRuntime, owner?: string): GetMetricsResponse =>
  runtime.measure(create(GetMetricsRequestSchema, owner === undefined ? {} : { owner }));

/** Waits until a bottleneck is named, and answers the measurement that does. */
async function untilNamed(test: TestRuntime, resource: string): Promise<GetMetricsResponse> {
  let last = measure(test);
  await eventually(() => {
    last = measure(test);
    return last.bottleneck?.resource === resource;
  }, `${resource} is named`).catch((error) => {
    throw new Error(`${error.message}; it was ${last.bottleneck?.resource}: ${last.bottleneck?.summary}`);
  });
  return last;
}

const evidenceOf = ({ bottleneck }: GetMetricsResponse): string[] =>
  (bottleneck?.evidence ?? []).map(({ resource, field }) => `${resource} ${field}`);

describe('the metrics of a running graph', function () {
  this.timeout(30_000);

  it('name a slow processor, with its full queue, who is held back and who is starved', async () => {
    await using test = await startRow([
      part('source', 'Emit', 'front'),
      part('slow', 'Busy', 'middle', { busy_us: 3000 }),
      part('sink', 'Collect', 'back'),
    ]);
    const metrics = await untilNamed(test, 'processors/slow');
    assert.equal(metrics.bottleneck?.kind, BottleneckKind.PROCESSOR);
    assert.deepEqual(evidenceOf(metrics), [
      'processors/slow busy_fraction',
      'links/source-slow max_queued_frames',
      'processors/source blocked_fraction',
      'processors/sink busy_fraction',
    ]);
    const slow = metrics.processors.find(({ processorId }) => processorId === 'slow');
    const { p50Us = 0, p99Us = 0, maxUs = 0, count = 0n } = slow?.totals?.processTime ?? {};
    assert.ok(p50Us >= 3000 * 0.96 && p50Us <= p99Us && p99Us <= maxUs, `${p50Us} ${p99Us} ${maxUs}`);
    assert.ok(count > 0n);
    const shown = (await test.runtime.getProcessor('slow')).metrics?.processTime;
    assert.ok((shown?.p50Us ?? 0) >= 3000 * 0.96);
    const link = metrics.links.find(({ linkId }) => linkId === 'source-slow');
    assert.deepEqual([link?.capacityFrames, link?.maxQueuedFrames], [16, 16]);
  });

  it('name a slow lane, none of whose processors is slow alone', async () => {
    await using test = await startRow([
      part('source', 'Emit', 'front'),
      part('one', 'Busy', 'both', { busy_us: 500 }),
      part('two', 'Busy', 'both', { busy_us: 500 }),
      part('sink', 'Collect', 'back'),
    ]);
    const metrics = await untilNamed(test, 'lanes/both');
    assert.equal(metrics.bottleneck?.kind, BottleneckKind.LANE);
    assert.equal(evidenceOf(metrics)[0], 'lanes/both busy_fraction');
    const lane = metrics.lanes.find(({ laneId }) => laneId === 'both');
    assert.equal(lane?.processors, 2);
    await eventually(() => {
      const seen = measure(test).lanes.find(({ laneId }) => laneId === 'both');
      return (seen?.heapUsedBytes ?? 0n) > 1_000_000n;
    }, 'the heap of the lane is known');
  });

  it('name a slow source, for which everybody waits', async () => {
    await using test = await startRow([
      part('source', 'DataSineGenerator', 'front', { sample_rate_hz: 1000, samples: 20 }),
      part('gain', 'DataGain', 'middle'),
      part('sink', 'Collect', 'back'),
    ]);
    const metrics = await untilNamed(test, 'processors/source');
    assert.equal(metrics.bottleneck?.kind, BottleneckKind.SOURCE);
    assert.deepEqual(
      new Set(evidenceOf(metrics)),
      new Set([
        'processors/source frames_out_per_second',
        'processors/gain busy_fraction',
        'processors/sink busy_fraction',
      ]),
    );
  });

  it('name a full lossless link whose consumer has time left', async () => {
    await using test = await startRow([
      part('source', 'Emit', 'front'),
      part('hold', 'Delay', 'middle', { delay_ms: 100, max_frames: 4 }),
      part('sink', 'NullSink', 'back'),
    ]);
    const metrics = await untilNamed(test, 'links/source-hold');
    assert.equal(metrics.bottleneck?.kind, BottleneckKind.LINK);
    assert.deepEqual(evidenceOf(metrics), [
      'processors/source blocked_fraction',
      'links/source-hold max_queued_frames',
      'processors/hold busy_fraction',
    ]);
  });

  for (const { name, lanes } of [
    { name: 'over links inside a lane', lanes: ['one', 'one', 'one'] },
    { name: 'over rings', lanes: ['one', 'two', 'three'] },
  ] as const) {
    it(`tell how long frames take from the source to the sink, ${name}`, async () => {
      const [front, middle, back] = lanes;
      await using test = await startRow([
        part('source', 'DataSineGenerator', front, { sample_rate_hz: 1000, samples: 20 }),
        part('hold', 'Delay', middle, { delay_ms: 50 }),
        part('sink', 'NullSink', back),
      ]);
      await eventually(() => (measure(test).paths[0]?.latency?.count ?? 0n) > 5n, 'frames have arrived');
      const { paths, unlistedPathEnds } = measure(test);
      assert.equal(unlistedPathEnds, 0n);
      assert.deepEqual(
        paths.map(({ processorIds, lastLinkId }) => [...processorIds, lastLinkId]),
        [['source', 'hold', 'sink', 'hold-sink']],
      );
      const { p50Us = 0, maxUs = 0 } = paths[0]?.latency ?? {};
      assert.ok(p50Us >= 50_000 * 0.96, `half of the frames take at least 50 ms, was ${p50Us} µs`);
      assert.ok(maxUs >= p50Us);
    });
  }

  it('count frames and nothing else of a runtime that does not measure', async () => {
    await using test = await startRow(
      [
        part('source', 'Emit', 'front', { count: 5000 }),
        part('filter', 'Forward', 'front'),
        part('sink', 'Collect', 'front'),
      ],
      { measured: false },
    );
    await test.until('sink', 'stopped');
    const metrics = measure(test);
    const of = (id: string) => metrics.processors.find(({ processorId }) => processorId === id);
    assert.deepEqual([of('source')?.totals?.framesOut, of('sink')?.totals?.framesIn], [5000n, 5000n]);
    assert.deepEqual([of('filter')?.busyFraction, of('filter')?.totals?.processTime?.count], [0, 0n]);
    assert.equal(metrics.paths[0]?.latency, undefined);
    assert.equal(metrics.bottleneck, undefined);
  });

  it('are those of one owner, where one is named', async () => {
    await using test = await startRow([part('source', 'Emit', 'front', { count: 5 })]);
    assert.equal(measure(test, '').processors.length, 1);
    assert.equal(measure(test, 'pipelines/other').processors.length, 0);
    assert.throws(() => measure(test, 'somebody'), { code: 'ID_INVALID', path: 'owner' });
  });
});
