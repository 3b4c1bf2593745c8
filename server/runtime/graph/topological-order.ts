import type { ProcessorId } from '../ids.ts';
import { type Graph, incomingEnds, outgoingEnds } from './graph.ts';
import type { MutableSortedMap } from './sorted-map.ts';

/** What the order is kept in while edits are applied. */
export interface OrderDraft extends Pick<Graph, 'outgoing' | 'incoming'> {
  readonly ranks: MutableSortedMap<ProcessorId, number>;
}

/**
 * Makes the ranks agree with a link that is about to be added, or answers the path from `to` to `from` that it would
 * close to a cycle, and then changes nothing. Only processors ranked between the two ends are looked at: the dynamic
 * topological sort of Pearce and Kelly (ACM Journal of Experimental Algorithmics 11, 2006).
 *
 * ```
 *  rank    2   3   4   5   6          to=2 must come after from=6:
 *          to  ·   x   ·   from       what `to` reaches up to 6 (to, x) and what reaches `from` down to 2
 *          └──────▶┘                  (from) share out the ranks they hold, {2,4,6}: from=2, to=4, x=6
 * ```
 */
export function orderLink(draft: OrderDraft, from: ProcessorId, to: ProcessorId): ProcessorId[] | undefined {
  if (from === to) return [to];
  const lowest = rankOf(draft, to);
  const highest = rankOf(draft, from);
  if (highest < lowest) return undefined;

  const reachedFrom = new Map<ProcessorId, ProcessorId | undefined>([[to, undefined]]);
  for (const id of reachedFrom.keys()) {
    for (const { processorId: next } of outgoingEnds(draft, id)) {
      if (reachedFrom.has(next) || rankOf(draft, next) > highest) continue;
      reachedFrom.set(next, id);
      if (next === from) return pathTo(next, reachedFrom);
    }
  }
  const reaching = new Set<ProcessorId>([from]);
  for (const id of reaching) {
    for (const { processorId: previous } of incomingEnds(draft, id)) {
      if (rankOf(draft, previous) > lowest) reaching.add(previous);
    }
  }

  const inRankOrder = (ids: Iterable<ProcessorId>) =>
    [...ids].map((id) => ({ id, rank: rankOf(draft, id) })).sort((a, b) => a.rank - b.rank);
  const inNewOrder = [...inRankOrder(reaching), ...inRankOrder(reachedFrom.keys())];
  const ranks = inNewOrder.map(({ rank }) => rank).sort((a, b) => a - b);
  for (const [i, { id }] of inNewOrder.entries()) draft.ranks.set(id, ranks[i] as number);
  return undefined;
}

function rankOf({ ranks }: OrderDraft, id: ProcessorId): number {
  const rank = ranks.get(id);
  if (rank === undefined) throw new TypeError(`${id} has no rank`);
  return rank;
}

function pathTo(
  end: ProcessorId,
  reachedFrom: ReadonlyMap<ProcessorId, ProcessorId | undefined>,
): ProcessorId[] {
  const path: ProcessorId[] = [];
  for (let id: ProcessorId | undefined = end; id !== undefined; id = reachedFrom.get(id)) path.unshift(id);
  return path;
}
