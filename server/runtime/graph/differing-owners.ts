import type { Owner } from '../ids.ts';
import type { Graph } from './graph.ts';
import { forEachDifference } from './sorted-map.ts';

/** The owners whose parts are not the same objects in both graphs; it costs what differs, not the size. */
export function differingOwners(from: Graph, to: Graph): Set<Owner> {
  const owners = new Set<Owner>();
  const note = (before?: { readonly owner: Owner }, after?: { readonly owner: Owner }) => {
    for (const part of [before, after]) if (part !== undefined) owners.add(part.owner);
  };
  forEachDifference(from.processors, to.processors, note);
  forEachDifference(from.links, to.links, note);
  return owners;
}
