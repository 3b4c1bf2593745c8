import type { GetMetricsResponse, LatencySummary } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { vocabulary } from '../runtime/index.ts';
import type { Labels, PrometheusText, SummaryFigures } from './prometheus-text.ts';

/** Writes what was measured of the graph. Every name begins with `streamlib_`; docs/metrics.md lists them. */
export function writeGraphFamilies(text: PrometheusText, metrics: GetMetricsResponse): void {
  writeProcessors(text, metrics);
  writeLinks(text, metrics);
  writePaths(text, metrics);
  writeLanes(text, metrics);
  writePools(text, metrics);
  const { bottleneck } = metrics;
  const family = text.family('streamlib_bottleneck', 'gauge', 'What limits the throughput now; always 1.');
  if (bottleneck === undefined) return;
  const kind = vocabulary.wordOf(vocabulary.BOTTLENECK_KINDS, bottleneck.kind) ?? 'unspecified';
  family.add({ resource: bottleneck.resource, kind }, 1);
}

function writeProcessors(text: PrometheusText, { processors }: GetMetricsResponse): void {
  const parts = processors.map((part) => ({
    part,
    labels: { processor: part.processorId, type: part.processorType, owner: part.owner },
  }));
  for (const [name, help, of] of [
    ['frames_in', 'Frames that it read.', 'framesIn'],
    ['frames_out', 'Frames that it wrote.', 'framesOut'],
    ['frames_dropped', 'Frames that were lost on the links to it.', 'framesDropped'],
    ['errors', 'Exceptions that it threw or let escape.', 'errors'],
    ['restarts', 'Times that it was started anew.', 'restarts'],
  ] as const) {
    const family = text.family(`streamlib_processor_${name}_total`, 'counter', help);
    for (const { part, labels } of parts) family.add(labels, part.totals?.[of] ?? 0n);
  }
  for (const [name, help, of] of [
    ['busy_ratio', 'Share of the time that its process calls took, over a few seconds.', 'busyFraction'],
    [
      'blocked_ratio',
      'Share of the time that a full lossless link held it back, over a few seconds.',
      'blockedFraction',
    ],
  ] as const) {
    const family = text.family(`streamlib_processor_${name}`, 'gauge', help);
    for (const { part, labels } of parts) family.add(labels, part[of]);
  }
  const states = text.family('streamlib_processor_state', 'gauge', 'The state that it is in; always 1.');
  for (const { part, labels } of parts) {
    const state = vocabulary.wordOf(vocabulary.PROCESSOR_STATES, part.state) ?? 'unspecified';
    states.add({ ...labels, lane: part.laneId, state }, 1);
  }
  const times = text.family(
    'streamlib_processor_process_seconds',
    'summary',
    'How long its process calls took, sampled where they are fast.',
  );
  for (const { part, labels } of parts) times.addSummary(labels, summaryOf(part.totals?.processTime));
}

function writeLinks(text: PrometheusText, { links }: GetMetricsResponse): void {
  const parts = links.map((part) => ({
    part,
    labels: { link: part.linkId, from: part.fromProcessor, to: part.toProcessor },
  }));
  const produced = text.family(
    'streamlib_link_frames_produced_total',
    'counter',
    'Frames that were written.',
  );
  for (const { part, labels } of parts) produced.add(labels, part.totals?.produced ?? 0n);
  const delivered = text.family('streamlib_link_frames_delivered_total', 'counter', 'Frames that were read.');
  for (const { part, labels } of parts) delivered.add(labels, part.totals?.delivered ?? 0n);
  const dropped = text.family(
    'streamlib_link_frames_dropped_total',
    'counter',
    'Frames that were written and never read, by reason.',
  );
  for (const { part, labels } of parts) {
    for (const [reason, count] of Object.entries(part.totals?.dropped ?? {}))
      if (typeof count === 'bigint') dropped.add({ ...labels, reason: snakeCase(reason) }, count);
  }
  const queued = text.family('streamlib_link_queued_frames', 'gauge', 'Frames that wait.');
  for (const { part, labels } of parts) queued.add(labels, part.totals?.queued ?? 0n);
  const most = text.family(
    'streamlib_link_max_queued_frames',
    'gauge',
    'The most frames that waited at once in the last few seconds.',
  );
  for (const { part, labels } of parts) most.add(labels, part.maxQueuedFrames);
  const capacity = text.family('streamlib_link_capacity_frames', 'gauge', 'Frames that it holds.');
  for (const { part, labels } of parts) capacity.add(labels, part.capacityFrames);
}

function writePaths(text: PrometheusText, { paths, unlistedPathEnds }: GetMetricsResponse): void {
  const family = text.family(
    'streamlib_path_latency_seconds',
    'summary',
    'How old frames were when the sink read them, sampled where calls are fast.',
  );
  for (const { processorIds, lastLinkId, latency } of paths) {
    const labels = { source: processorIds[0] ?? '', sink: processorIds.at(-1) ?? '', link: lastLinkId };
    if (latency !== undefined) family.addSummary(labels, summaryOf(latency));
  }
  text
    .family('streamlib_unlisted_path_ends', 'gauge', 'Links to sinks whose paths are too many to be listed.')
    .add({}, unlistedPathEnds);
}

function writeLanes(text: PrometheusText, { lanes }: GetMetricsResponse): void {
  const busy = text.family(
    'streamlib_lane_busy_ratio',
    'gauge',
    'Share of the time that its thread ran processors, over a few seconds.',
  );
  for (const { laneId, busyFraction } of lanes) busy.add({ lane: laneId }, busyFraction);
  const heap = text.family('streamlib_lane_heap_used_bytes', 'gauge', 'What lies on the heap of its thread.');
  for (const { laneId, heapUsedBytes } of lanes) heap.add({ lane: laneId }, heapUsedBytes);
  const hosted = text.family('streamlib_lane_processors', 'gauge', 'Processors that it hosts.');
  for (const { laneId, processors } of lanes) hosted.add({ lane: laneId }, processors);
}

function writePools(text: PrometheusText, { pools }: GetMetricsResponse): void {
  for (const [name, help, of] of [
    ['instances_in_use', 'Instances that execute now.', 'inUse'],
    ['instances_idle', 'Instances that are ready and idle.', 'idle'],
    ['executions_waiting', 'Executions that wait for an instance.', 'waiting'],
    ['max_concurrent', 'Instances that there may be.', 'maxConcurrent'],
  ] as const) {
    const family = text.family(`streamlib_pipeline_${name}`, 'gauge', help);
    for (const pool of pools) family.add(poolLabels(pool), pool[of]);
  }
  const outcomes = text.family(
    'streamlib_pipeline_executions_total',
    'counter',
    'Executions that have ended, by what became of them.',
  );
  for (const pool of pools) {
    for (const [outcome, of] of [
      ['succeeded', 'succeeded'],
      ['failed', 'failed'],
      ['cancelled', 'cancelled'],
      ['timed_out', 'timedOut'],
      ['rejected', 'rejected'],
    ] as const)
      outcomes.add({ ...poolLabels(pool), outcome }, pool[of]);
  }
  const latency = text.family(
    'streamlib_pipeline_latency_seconds',
    'summary',
    'From the admission of an execution to its answer.',
  );
  for (const pool of pools) latency.addSummary(poolLabels(pool), summaryOf(pool.latency));
}

const poolLabels = ({ pipelineId }: { readonly pipelineId: string }): Labels => ({ pipeline: pipelineId });

function summaryOf(latency: Omit<LatencySummary, '$typeName'> | undefined): SummaryFigures {
  const { count = 0n, sumUs = 0, p50Us = 0, p90Us = 0, p99Us = 0, maxUs = 0 } = latency ?? {};
  return {
    count,
    sumSeconds: sumUs / 1e6,
    quantiles: [
      [0.5, p50Us / 1e6],
      [0.9, p90Us / 1e6],
      [0.99, p99Us / 1e6],
      [1, maxUs / 1e6],
    ],
  };
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
