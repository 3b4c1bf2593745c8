import type { ProcessorSpec } from '../graph/index.ts';

/** Why a processor cannot stay in its lane when its spec changes so; undefined where it can. */
export function moveReason(before: ProcessorSpec, after: ProcessorSpec): 'type' | 'placement' | undefined {
  if (before.processorType !== after.processorType) return 'type';
  const { lane, priority } = before.placement;
  return lane === after.placement.lane && priority === after.placement.priority ? undefined : 'placement';
}
