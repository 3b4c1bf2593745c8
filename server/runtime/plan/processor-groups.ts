import type { ProcessorId } from '../ids.ts';

/** Larger lanes are not looked at link by link, since that takes time with the square of their size. */
const LARGEST_SPLIT = 64;

/** The processors that a processor is linked with. */
export type LinkedWith = (id: ProcessorId) => Iterable<ProcessorId>;

/** The parts of a set of processors that no link connects with each other, in the order of the set. */
export function connectedGroups(ids: ReadonlySet<ProcessorId>, linkedWith: LinkedWith): ProcessorId[][] {
  const groups: ProcessorId[][] = [];
  const seen = new Set<ProcessorId>();
  for (const id of ids) {
    if (seen.has(id)) continue;
    const group = reachable(id, (next) => ids.has(next), linkedWith);
    for (const member of group) seen.add(member);
    groups.push([...group]);
  }
  return groups;
}

/**
 * The two sides of every link whose removal would part a group, as far as they have more than one processor: what can
 * leave a lane at the price of one link. Empty for groups of more than 64.
 */
export function sidesOfCuts(group: readonly ProcessorId[], linkedWith: LinkedWith): ProcessorId[][] {
  if (group.length > LARGEST_SPLIT) return [];
  const members = new Set(group);
  const sides: ProcessorId[][] = [];
  for (const id of group) {
    for (const neighbour of new Set(linkedWith(id))) {
      if (!members.has(neighbour) || neighbour === id) continue;
      const side = reachable(
        id,
        (next, from) => members.has(next) && !(from === id && next === neighbour),
        linkedWith,
      );
      if (!side.has(neighbour) && side.size > 1) sides.push([...side]);
    }
  }
  return sides;
}

function reachable(
  start: ProcessorId,
  mayGo: (next: ProcessorId, from: ProcessorId) => boolean,
  linkedWith: LinkedWith,
): Set<ProcessorId> {
  const found = new Set([start]);
  // NB: a Set that grows while it is walked yields what was added as well.
  for (const from of found) for (const next of linkedWith(from)) if (mayGo(next, from)) found.add(next);
  return found;
}
