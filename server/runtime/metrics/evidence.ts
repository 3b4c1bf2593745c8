import type { LinkFigures, ProcessorFigures } from './figures.ts';

/** One figure that points at a bottleneck. */
export interface Evidence {
  /** `processors/{id}`, `links/{id}`, `lanes/{id}` or `pipelines/{id}`. */
  readonly resource: string;
  /** The field of its measurement. */
  readonly field: string;
  readonly value: number;
  /** One sentence for people. */
  readonly explanation: string;
}

/** A share of the time for people: `97 %`. */
export const percent = (fraction: number): string => `${(fraction * 100).toFixed(fraction < 0.1 ? 1 : 0)} %`;

/** A rate for people: `30.0 frames/s`. */
export const frameRate = (perSecond: number): string =>
  `${perSecond >= 1000 ? Math.round(perSecond).toLocaleString('en') : perSecond.toFixed(1)} frames/s`;

/** A duration for people: `12.3 ms`. */
export function durationText(us: number): string {
  if (us >= 1e6) return `${(us / 1e6).toPrecision(3)} s`;
  return us >= 1000 ? `${(us / 1000).toPrecision(3)} ms` : `${us.toPrecision(3)} µs`;
}

/** How much of the time its calls took. */
export const busyEvidence = ({ processorId, busyFraction, p50Us, p99Us }: ProcessorFigures): Evidence => ({
  resource: `processors/${processorId}`,
  field: 'busy_fraction',
  value: busyFraction,
  explanation:
    `its process calls took ${percent(busyFraction)} of the time, ` +
    `${durationText(p50Us)} each at the median and ${durationText(p99Us)} at the 99th percentile`,
});

/** How much of the time it was held back. */
export const blockedEvidence = ({ processorId, blockedFraction }: ProcessorFigures): Evidence => ({
  resource: `processors/${processorId}`,
  field: 'blocked_fraction',
  value: blockedFraction,
  explanation: `a full lossless link held ${processorId} back for ${percent(blockedFraction)} of the time`,
});

/** How much of the time it had left. */
export const idleEvidence = ({ processorId, busyFraction }: ProcessorFigures): Evidence => ({
  resource: `processors/${processorId}`,
  field: 'busy_fraction',
  value: busyFraction,
  explanation: `${processorId} was starved: it had nothing to do for ${percent(1 - busyFraction)} of the time`,
});

/** How full a link was, and what it lost by that. */
export function queueEvidence({
  linkId,
  capacityFrames,
  maxQueuedFrames,
  fullPerSecond,
}: LinkFigures): Evidence[] {
  const resource = `links/${linkId}`;
  const explanation = `up to ${maxQueuedFrames} frames waited on ${linkId}, which holds ${capacityFrames}`;
  const queue = { resource, field: 'max_queued_frames', value: maxQueuedFrames, explanation };
  if (fullPerSecond === 0) return [queue];
  const lost = `${linkId} was full and lost ${frameRate(fullPerSecond)}`;
  return [{ resource, field: 'dropped_per_second', value: fullPerSecond, explanation: lost }, queue];
}
