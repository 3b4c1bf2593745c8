import type { Records } from '../commit/records.ts';

/**
 * Ends those processors of an owner that nobody sends frames to and that send some: what follows them ends when it has
 * read everything. What has no links at all goes on.
 */
export function endSources({ processors, links }: Records, owner: string): void {
  const senders = new Set<string>();
  const receivers = new Set<string>();
  for (const { spec } of links.values()) {
    senders.add(spec.from.processorId);
    receivers.add(spec.to.processorId);
  }
  for (const { spec, lane } of processors.values()) {
    const { processorId } = spec;
    if (spec.owner !== owner || !senders.has(processorId) || receivers.has(processorId)) continue;
    // NB: what a lane hosted that is lost before it hears of it has ended as well.
    lane?.control([{ step: 'drain', processorId }]).catch(() => {});
  }
}
