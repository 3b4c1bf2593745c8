import type { ProcessorSpec, TypeCatalog } from '../graph/index.ts';
import { moveReason } from './move-reason.ts';

/**
 * Whether a processor that becomes another type can take the place of the old one in its lane, so that its links hold
 * what waits in them meanwhile: whether the plan would have the lane for both.
 */
export function staysInLane(before: ProcessorSpec, after: ProcessorSpec, types: TypeCatalog): boolean {
  if (moveReason(before, after) !== 'type') return false;
  const { lane } = after.placement;
  if (lane !== 'auto' && lane !== 'dedicated') return true;
  const [old, wanted] = [types.get(before.processorType), types.get(after.processorType)];
  if (old === undefined || wanted === undefined || old.async !== wanted.async) return false;
  return lane === 'dedicated' || (!old.dedicated && !wanted.dedicated);
}
