import type { GetMetricsResponse, LatencySummary } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { durationText, percent } from '../runtime/metrics/evidence.ts';
import { PROCESSOR_STATES, wordOf } from '../runtime/vocabulary.ts';
import { formatTable } from './output.ts';

/** The tables of a measurement, each with at most `mostRows` rows, those first that matter most. Empty ones are left out. */
export function metricsTables(metrics: GetMetricsResponse, mostRows: number): string[] {
  return [
    titled('PROCESSORS', PROCESSOR_HEAD, processorRows(metrics), mostRows),
    titled('LINKS', LINK_HEAD, linkRows(metrics), mostRows),
    titled('PATHS', PATH_HEAD, pathRows(metrics), mostRows),
    titled('LANES', LANE_HEAD, laneRows(metrics), mostRows),
    titled('POOLS', POOL_HEAD, poolRows(metrics), mostRows),
  ].filter((table) => table !== '');
}

/** What limits the throughput and how that is known, a line each. */
export function bottleneckLines({ bottleneck }: GetMetricsResponse): string[] {
  if (bottleneck === undefined) return ['BOTTLENECK  none: nothing flows'];
  const { resource, summary, evidence } = bottleneck;
  return [
    `BOTTLENECK  ${resource}`,
    `  ${summary}`,
    ...evidence.map((each) => `  - ${each.explanation} (${each.resource} ${each.field})`),
  ];
}

const PROCESSOR_HEAD = [
  'ID',
  'LANE',
  'STATE',
  'BUSY',
  'BLOCKED',
  'IN/s',
  'OUT/s',
  'P50',
  'P99',
  'MAX',
  'ERRORS',
];

const processorRows = ({ processors }: GetMetricsResponse): string[][] =>
  processors
    .toSorted((a, b) => b.busyFraction - a.busyFraction || b.blockedFraction - a.blockedFraction)
    .map((part) => [
      part.processorId,
      part.laneId || '-',
      wordOf(PROCESSOR_STATES, part.state) ?? '?',
      percent(part.busyFraction),
      percent(part.blockedFraction),
      rate(part.framesInPerSecond),
      rate(part.framesOutPerSecond),
      ...latencyCells(part.totals?.processTime),
      String(part.totals?.errors ?? 0),
    ]);

const LINK_HEAD = ['ID', 'FROM', 'TO', 'DELIVERED/s', 'DROPPED/s', 'QUEUED', 'MAX', 'CAPACITY'];

const linkRows = ({ links }: GetMetricsResponse): string[][] =>
  links
    .toSorted((a, b) => b.droppedPerSecond - a.droppedPerSecond || fullness(b) - fullness(a))
    .map((part) => [
      part.linkId,
      part.fromProcessor,
      part.toProcessor,
      rate(part.deliveredPerSecond),
      rate(part.droppedPerSecond),
      String(part.totals?.queued ?? 0),
      String(part.maxQueuedFrames),
      String(part.capacityFrames),
    ]);

const PATH_HEAD = ['SOURCE', 'SINK', 'LINK', 'P50', 'P99', 'MAX'];

const pathRows = ({ paths }: GetMetricsResponse): string[][] =>
  paths
    .toSorted((a, b) => (b.latency?.p99Us ?? 0) - (a.latency?.p99Us ?? 0))
    .map(({ processorIds, lastLinkId, latency }) => [
      processorIds[0] ?? '',
      processorIds.at(-1) ?? '',
      lastLinkId,
      ...latencyCells(latency),
    ]);

const LANE_HEAD = ['ID', 'PROCESSORS', 'BUSY', 'HEAP'];

const laneRows = ({ lanes }: GetMetricsResponse): string[][] =>
  lanes
    .toSorted((a, b) => b.busyFraction - a.busyFraction)
    .map(({ laneId, processors, busyFraction, heapUsedBytes }) => [
      laneId,
      String(processors),
      percent(busyFraction),
      `${(Number(heapUsedBytes) / 1e6).toFixed(1)} MB`,
    ]);

const POOL_HEAD = [
  'PIPELINE',
  'IN USE',
  'IDLE',
  'WAITING',
  'MOST',
  'EXECUTIONS',
  'REJECTED',
  'P50',
  'P99',
  'MAX',
];

const poolRows = ({ pools }: GetMetricsResponse): string[][] =>
  pools.map((pool) => [
    pool.pipelineId,
    String(pool.inUse),
    String(pool.idle),
    String(pool.waiting),
    String(pool.maxConcurrent),
    String(pool.executions),
    String(pool.rejected),
    ...latencyCells(pool.latency),
  ]);

function titled(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  mostRows: number,
): string {
  if (rows.length === 0) return '';
  const left = rows.length - mostRows;
  const table = formatTable([head, ...rows.slice(0, mostRows)]);
  return `${title}\n${table}${left > 0 ? `\n… and ${left} more` : ''}`;
}

function latencyCells(latency: Omit<LatencySummary, '$typeName'> | undefined): string[] {
  if (latency === undefined || latency.count === 0n) return ['-', '-', '-'];
  return [latency.p50Us, latency.p99Us, latency.maxUs].map(durationText);
}

const rate = (perSecond: number): string => perSecond.toFixed(perSecond < 100 ? 1 : 0);

const fullness = ({
  maxQueuedFrames,
  capacityFrames,
}: {
  readonly maxQueuedFrames: number;
  readonly capacityFrames: number;
}): number => maxQueuedFrames / Math.max(1, capacityFrames);
