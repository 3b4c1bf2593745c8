import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  GetMetricsRequest,
  GetMetricsResponse,
  LaneMeasurementSchema,
  LinkMeasurementSchema,
  PipelineStats,
  ProcessorMeasurementSchema,
} from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
import { GetMetricsResponseSchema } from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
import type { LaneHandle } from '../commit/lane-handle.ts';
import { DEFAULT_CAPACITY_FRAMES } from '../commit/link-wiring.ts';
import type { LinkRecord, ProcessorRecord, Records } from '../commit/records.ts';
import { parseOwner } from '../ids.ts';
import { readProcessorCounters } from '../lane/processor-counters.ts';
import { readLinkLatency } from '../link/link-latency.ts';
import {
  type CountsElsewhere,
  durationOfMs,
  linkCountersMessage,
  processorMetricsMessage,
} from '../loop/views.ts';
import { latencyMessage } from '../messages/latency-message.ts';
import { BOTTLENECK_KINDS, numberOf, PROCESSOR_STATES } from '../vocabulary.ts';
import type { GraphFigures, LaneFigures, LinkFigures, ProcessorFigures } from './figures.ts';
import { type Bottleneck, findBottleneck } from './find-bottleneck.ts';
import { findPaths } from './find-paths.ts';
import type { MeasuredInterval, MetricsSampler } from './metrics-sampler.ts';

/** What is measured. */
export interface MetricsReadsOptions {
  readonly records: Records;
  readonly sampler: MetricsSampler;
  /** Whether calls are timed. */
  readonly isTimed: boolean;
  lanes(): Iterable<LaneHandle>;
  /** Where the events stand that what is read now contains. */
  position(): { readonly streamId: string; readonly asOfSequence: bigint };
  /** How many dead letters are kept of a processor. */
  deadLettersOf(record: ProcessorRecord): number;
  nowMs(): number;
}

/** Answers what every part of the graph does, in numbers. On the runtime's thread; it waits for nobody. */
export class MetricsReads {
  readonly #options: MetricsReadsOptions;

  constructor(options: MetricsReadsOptions) {
    this.#options = options;
  }

  /** `allPools` are the pools of pipelines as they are now. Throws ID_INVALID naming `owner`. */
  getMetrics({ owner }: GetMetricsRequest, allPools: readonly PipelineStats[]): GetMetricsResponse {
    const { records, sampler, isTimed, lanes, nowMs, position, deadLettersOf } = this.#options;
    if (owner !== undefined) parseOwner(owner);
    const isWanted = ({ spec }: ProcessorRecord | LinkRecord) => owner === undefined || spec.owner === owner;
    const processors = [...records.processors.values()].filter(isWanted);
    const links = [...records.links.values()].filter(isWanted);
    const pools = allPools.filter((pool) => isPoolOf(pool, owner));
    const interval = sampler.measure();
    const figures: GraphFigures = {
      isTimed,
      // What the server itself adds is no part of the graph, and limits nothing in it.
      processors: processors
        .filter(({ spec }) => spec.owner !== 'system')
        .map((record) => processorFigures(record, interval)),
      links: links.map((record) => linkFigures(record, interval)),
      lanes: [...lanes()].map((lane) => laneFigures(lane, interval)),
      pools: pools.map(({ pipelineId, inUse, waiting, maxConcurrent }) => ({
        pipelineId,
        inUse,
        waiting,
        maxConcurrent,
      })),
    };
    const dropped = dropsByConsumer(records.links.values());
    const { paths, unlistedEnds } = findPaths(figures.links);
    const linkOf = new Map<string, LinkRecord>(links.map((record) => [record.spec.linkId, record]));
    return create(GetMetricsResponseSchema, {
      time: timestampFromMs(nowMs()),
      interval: durationOfMs(interval.intervalUs / 1000),
      processors: processors.map((record) =>
        processorMessage(record, interval, {
          dropped: dropped.get(record.spec.processorId) ?? 0,
          deadLetters: deadLettersOf(record),
        }),
      ),
      links: links.map((record, i) => linkMessage(record, figures.links[i] as LinkFigures)),
      paths: paths.map(({ processorIds, lastLinkId }) => ({
        processorIds: [...processorIds],
        lastLinkId,
        latency: latencyOf(linkOf.get(lastLinkId)),
      })),
      lanes: [...lanes()].map((lane) => laneMessage(lane, interval)),
      pools: [...pools],
      bottleneck: bottleneckMessage(findBottleneck(figures)),
      unlistedPathEnds: BigInt(unlistedEnds),
      ...position(),
    });
  }
}

function isPoolOf({ pipelineId }: PipelineStats, owner: string | undefined): boolean {
  return owner === undefined || owner === `pipelines/${pipelineId}`;
}

function dropsByConsumer(links: Iterable<LinkRecord>): Map<string, number> {
  const drops = new Map<string, number>();
  for (const { spec, counters, wiring } of links) {
    const { dropped } = counters.read(wiring?.rings);
    const { processorId } = spec.to;
    for (const count of Object.values(dropped)) drops.set(processorId, (drops.get(processorId) ?? 0) + count);
  }
  return drops;
}

function processorFigures(record: ProcessorRecord, interval: MeasuredInterval): ProcessorFigures {
  const { p50Us, p99Us } = readProcessorCounters(record.counters).processTime;
  return {
    processorId: record.spec.processorId,
    laneId: record.lane?.laneId ?? '',
    isRunning: record.state === 'running',
    ...interval.processor(record),
    p50Us,
    p99Us,
  };
}

const linkFigures = (record: LinkRecord, interval: MeasuredInterval): LinkFigures => ({
  linkId: record.spec.linkId,
  fromProcessor: record.spec.from.processorId,
  toProcessor: record.spec.to.processorId,
  capacityFrames: record.spec.capacityFrames ?? DEFAULT_CAPACITY_FRAMES,
  ...interval.link(record),
});

const laneFigures = (lane: LaneHandle, interval: MeasuredInterval): LaneFigures => ({
  laneId: lane.laneId,
  processors: lane.hosted.size,
  busyFraction: interval.lane(lane).busyFraction,
});

function processorMessage(
  record: ProcessorRecord,
  interval: MeasuredInterval,
  counts: CountsElsewhere,
): MessageInitShape<typeof ProcessorMeasurementSchema> {
  const { processorId, processorType, owner } = record.spec;
  return {
    processorId,
    processorType,
    owner,
    laneId: record.lane?.laneId ?? '',
    state: numberOf(PROCESSOR_STATES, record.state),
    totals: processorMetricsMessage(record, counts),
    ...interval.processor(record),
  };
}

function linkMessage(
  record: LinkRecord,
  figures: LinkFigures,
): MessageInitShape<typeof LinkMeasurementSchema> {
  const { linkId, fromProcessor, toProcessor, capacityFrames, maxQueuedFrames } = figures;
  const { deliveredPerSecond, droppedPerSecond } = figures;
  return {
    linkId,
    fromProcessor,
    toProcessor,
    totals: linkCountersMessage(record),
    capacityFrames,
    maxQueuedFrames,
    deliveredPerSecond,
    droppedPerSecond,
  };
}

function laneMessage(
  lane: LaneHandle,
  interval: MeasuredInterval,
): MessageInitShape<typeof LaneMeasurementSchema> {
  const { busyFraction, heapBytes } = interval.lane(lane);
  return {
    laneId: lane.laneId,
    processors: lane.hosted.size,
    busyFraction,
    heapUsedBytes: BigInt(Math.round(heapBytes)),
  };
}

const latencyOf = (record: LinkRecord | undefined) =>
  record?.latency && latencyMessage(readLinkLatency(record.latency));

const bottleneckMessage = (found: Bottleneck | undefined) =>
  found && { ...found, kind: numberOf(BOTTLENECK_KINDS, found.kind), evidence: [...found.evidence] };
