import type { BottleneckKind } from '../vocabulary.ts';
import {
  blockedEvidence,
  busyEvidence,
  type Evidence,
  frameRate,
  idleEvidence,
  percent,
  queueEvidence,
} from './evidence.ts';
import type { GraphFigures, LinkFigures, ProcessorFigures } from './figures.ts';

/** What limits the throughput, and how that is known. */
export interface Bottleneck {
  readonly kind: BottleneckKind;
  readonly resource: string;
  /** One sentence for people. */
  readonly summary: string;
  /** The strongest first. */
  readonly evidence: readonly Evidence[];
}

/** From this share of the time on a processor has none left that counts. */
const BUSY_PROCESSOR = 0.8;
/** A lane has more to do than to call processors. */
const BUSY_LANE = 0.9;
/** From this share of the time on it matters that a link holds its producer back. */
const BLOCKED = 0.1;
/** Who is held back so much itself is not the reason. */
const MOSTLY_BLOCKED = 0.5;
/** Under this share of the time a processor counts as starved. */
const STARVED = 0.5;
/** How many processors of the same sort are named. */
const MOST_NAMED = 3;

/**
 * Says what limits the throughput: a processor that is busy nearly all the time; else a lane whose processors are so
 * together; else a pool in which executions wait; else a link that is full though its consumer has time; else the
 * source that everything waits for. Undefined where nothing flows.
 *
 * Under backpressure everybody before a bottleneck is held back and everybody behind it is starved. So the busy
 * processor with a full input is the one, however busy those are that it holds up.
 */
export function findBottleneck(figures: GraphFigures): Bottleneck | undefined {
  const flow = flowOf(figures.links);
  return (
    busyProcessor(figures, flow) ??
    busyLane(figures, flow) ??
    fullPool(figures) ??
    fullLink(figures) ??
    slowSource(figures, flow)
  );
}

/** The links at either end of each processor. */
interface Flow {
  into(figures: ProcessorFigures): readonly LinkFigures[];
  from(figures: ProcessorFigures): readonly LinkFigures[];
}

function flowOf(links: readonly LinkFigures[]): Flow {
  const into = Map.groupBy(links, ({ toProcessor }) => toProcessor);
  const from = Map.groupBy(links, ({ fromProcessor }) => fromProcessor);
  return {
    into: ({ processorId }) => into.get(processorId) ?? [],
    from: ({ processorId }) => from.get(processorId) ?? [],
  };
}

function busyProcessor({ processors }: GraphFigures, flow: Flow): Bottleneck | undefined {
  const rank = (figures: ProcessorFigures) =>
    (fullInputs(figures, flow).length > 0 ? 2 : 0) + (isSource(figures, flow) ? 0 : 1);
  const [found] = processors
    .filter((each) => each.isRunning && each.busyFraction >= BUSY_PROCESSOR)
    .filter((each) => isFlowing(each) || fullInputs(each, flow).length > 0)
    .toSorted((a, b) => rank(b) - rank(a) || b.busyFraction - a.busyFraction);
  if (found === undefined) return undefined;
  const { processorId, busyFraction } = found;
  return {
    kind: 'processor',
    resource: `processors/${processorId}`,
    summary: `${processorId} limits the throughput: its process calls take ${percent(busyFraction)} of the time`,
    evidence: [
      busyEvidence(found),
      ...fullInputs(found, flow).slice(0, MOST_NAMED).flatMap(queueEvidence),
      ...neighbours(found, processors, flow),
    ],
  };
}

function busyLane({ lanes, processors }: GraphFigures, flow: Flow): Bottleneck | undefined {
  const [found] = lanes
    .filter(({ busyFraction, processors: hosted }) => busyFraction >= BUSY_LANE && hosted > 0)
    .toSorted((a, b) => b.busyFraction - a.busyFraction);
  if (found === undefined) return undefined;
  const { laneId, busyFraction } = found;
  const hosted = processors
    .filter((each) => each.isRunning && each.laneId === laneId)
    .toSorted((a, b) => b.busyFraction - a.busyFraction);
  if (!hosted.some(isFlowing)) return undefined;
  const resource = `lanes/${laneId}`;
  const explanation = `its thread was busy for ${percent(busyFraction)} of the time, with ${found.processors} processors`;
  return {
    kind: 'lane',
    resource,
    summary: `lane ${laneId} limits the throughput: its ${found.processors} processors together take all its time`,
    evidence: [
      { resource, field: 'busy_fraction', value: busyFraction, explanation },
      ...hosted.slice(0, MOST_NAMED).map(busyEvidence),
      ...hosted
        .flatMap((each) => fullInputs(each, flow))
        .slice(0, MOST_NAMED)
        .flatMap(queueEvidence),
    ],
  };
}

function fullPool({ pools }: GraphFigures): Bottleneck | undefined {
  const [found] = pools
    .filter(({ inUse, waiting, maxConcurrent }) => waiting > 0 && inUse >= maxConcurrent)
    .toSorted((a, b) => b.waiting - a.waiting);
  if (found === undefined) return undefined;
  const { pipelineId, inUse, waiting } = found;
  const resource = `pipelines/${pipelineId}`;
  return {
    kind: 'pool',
    resource,
    summary: `the pool of ${pipelineId} limits the throughput: all its instances are in use and executions wait`,
    evidence: [
      {
        resource,
        field: 'waiting',
        value: waiting,
        explanation: `${waiting} executions wait for an instance`,
      },
      { resource, field: 'in_use', value: inUse, explanation: `all ${inUse} instances are in use` },
    ],
  };
}

function fullLink({ links, processors }: GraphFigures): Bottleneck | undefined {
  const of = new Map(processors.map((each) => [each.processorId, each]));
  const heldBy = (link: LinkFigures) =>
    isFull(link) ? (of.get(link.fromProcessor)?.blockedFraction ?? 0) : 0;
  const [found] = links
    .filter((link) => link.fullPerSecond > 0 || heldBy(link) >= BLOCKED)
    .filter(({ toProcessor }) => (of.get(toProcessor)?.blockedFraction ?? 0) < MOSTLY_BLOCKED)
    .toSorted((a, b) => heldBy(b) - heldBy(a) || b.fullPerSecond - a.fullPerSecond);
  if (found === undefined) return undefined;
  const { linkId, toProcessor } = found;
  const producer = of.get(found.fromProcessor);
  const consumer = of.get(toProcessor);
  const isHeld = producer !== undefined && heldBy(found) >= BLOCKED;
  return {
    kind: 'link',
    resource: `links/${linkId}`,
    summary: `${linkId} is full though ${toProcessor} ${consumer?.isRunning ? 'has time left' : 'is not running'}`,
    evidence: [
      ...(isHeld ? [blockedEvidence(producer)] : []),
      ...queueEvidence(found),
      ...(consumer === undefined ? [] : [idleEvidence(consumer)]),
    ],
  };
}

function slowSource({ isTimed, processors }: GraphFigures, flow: Flow): Bottleneck | undefined {
  const [found] = processors
    .filter((each) => each.isRunning && isSource(each, flow) && flow.from(each).length > 0)
    .toSorted((a, b) => a.framesOutPerSecond - b.framesOutPerSecond);
  if (!isTimed || found === undefined) return undefined;
  const { processorId, framesOutPerSecond } = found;
  const starved = processors
    .filter((each) => each.isRunning && !isSource(each, flow))
    .toSorted((a, b) => b.busyFraction - a.busyFraction)
    .slice(0, MOST_NAMED);
  const rate = frameRate(framesOutPerSecond);
  return {
    kind: 'source',
    resource: `processors/${processorId}`,
    summary: `nothing holds the graph back: it waits for what ${processorId} delivers, ${rate}`,
    evidence: [
      {
        resource: `processors/${processorId}`,
        field: 'frames_out_per_second',
        value: framesOutPerSecond,
        explanation: `${processorId} delivers ${rate}`,
      },
      ...starved.map(idleEvidence),
    ],
  };
}

/** Who is held back before a processor, and who is starved behind it. */
function neighbours(
  found: ProcessorFigures,
  processors: readonly ProcessorFigures[],
  flow: Flow,
): Evidence[] {
  const before = new Set(flow.into(found).map(({ fromProcessor }) => fromProcessor));
  const behind = new Set(flow.from(found).map(({ toProcessor }) => toProcessor));
  const held = processors.filter((each) => before.has(each.processorId) && each.blockedFraction >= BLOCKED);
  const starved = processors.filter(
    (each) => each.isRunning && behind.has(each.processorId) && each.busyFraction < STARVED,
  );
  return [
    ...held.slice(0, MOST_NAMED).map(blockedEvidence),
    ...starved.slice(0, MOST_NAMED).map(idleEvidence),
  ];
}

const isFlowing = ({ framesInPerSecond, framesOutPerSecond }: ProcessorFigures): boolean =>
  framesInPerSecond + framesOutPerSecond > 0;

const isSource = (figures: ProcessorFigures, flow: Flow): boolean => flow.into(figures).length === 0;

/** NB: a link of one frame is full whenever it is used. */
const isFull = ({ maxQueuedFrames, capacityFrames }: LinkFigures): boolean =>
  capacityFrames > 1 && maxQueuedFrames >= capacityFrames;

const fullInputs = (figures: ProcessorFigures, flow: Flow): LinkFigures[] =>
  flow.into(figures).filter((link) => isFull(link) || link.fullPerSecond > 0);
