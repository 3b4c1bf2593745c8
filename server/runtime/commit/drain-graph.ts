import { mediaClock } from '../clock.ts';
import type { ProcessorId } from '../ids.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LinkRecord, ProcessorRecord, Records } from './records.ts';
import { StepBatch } from './step-batch.ts';

const POLL_MS = 2;

/** What draining a graph takes. */
export interface DrainOptions {
  readonly processors: Records['processors'];
  linksOf(id: ProcessorId): readonly LinkRecord[];
  readonly drainMs: number;
  /** Lanes that did not answer; more are added. */
  readonly stuck: Set<LaneHandle>;
}

/** Ends the sources and waits until what follows them has read everything and ended, at most `drainMs`. */
export async function drainGraph(hosted: readonly ProcessorRecord[], options: DrainOptions): Promise<void> {
  const { linksOf, drainMs, stuck } = options;
  const batch = new StepBatch();
  for (const { lane, spec } of hosted) {
    const { processorId } = spec;
    const isSource = linksOf(processorId).every((link) => link.spec.to.processorId !== processorId);
    if (lane !== undefined && isSource) batch.add(lane, { step: 'drain', processorId });
  }
  const deadlineUs = mediaClock.nowUs() + drainMs * 1000;
  await batch.run(drainMs, stuck);
  const held = heldByPause(hosted, options);
  const isDrained = () =>
    hosted.every((record) => record.state === 'stopped' || record.state === 'failed' || held.has(record));
  while (!isDrained() && mediaClock.nowUs() < deadlineUs)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/** Processors that are paused or wait for a restart, and what follows them: it waits for frames that will not come. */
function heldByPause(
  hosted: readonly ProcessorRecord[],
  { processors, linksOf }: Pick<DrainOptions, 'processors' | 'linksOf'>,
): Set<ProcessorRecord> {
  const isHeld = ({ spec, state }: ProcessorRecord) => spec.paused || state === 'backoff' || state === 'open';
  const held = new Set<ProcessorRecord>(hosted.filter(isHeld));
  // NB: a Set that grows while it is walked yields what was added as well.
  for (const { spec } of held) {
    for (const link of linksOf(spec.processorId)) {
      const follower = processors.get(link.spec.to.processorId);
      if (link.spec.from.processorId === spec.processorId && follower !== undefined) held.add(follower);
    }
  }
  return held;
}
