import type { ErrorReason } from '../errors.ts';
import { StreamlibError } from '../errors.ts';
import { typeIn } from './apply-context.ts';
import { acceptedConfig } from './configure-processor.ts';
import { endKey, type Graph, type LinkEnd } from './graph.ts';
import { linkFault } from './link-fault.ts';
import type { SortedMap } from './sorted-map.ts';
import {
  assertCapacityFrames,
  assertDisplayName,
  assertIdOfOwner,
  assertLabels,
  assertPlacement,
} from './spec-limits.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';
import type { TypeCatalog } from './type-catalog.ts';

/** Something that is not as it must be in a graph. */
export interface GraphFault {
  readonly code: ErrorReason;
  /** `processors[gain-1].config.gain`, `links[link-a].to_port`, …. */
  readonly path: string;
  readonly message: string;
}

/**
 * Everything that is wrong with a graph: what `apply` would have refused, and, as INTERNAL, what the graph keeps
 * about its parts and does not agree with them. Empty for every graph that `apply` made.
 */
export function validate(graph: Graph, types: TypeCatalog): GraphFault[] {
  return [
    ...[...graph.processors.values()].flatMap((spec) => processorFaults(spec, types)),
    ...[...graph.links.values()].flatMap((spec) => linkFaults(graph, spec, types)),
    ...structureFaults(graph),
  ];
}

function processorFaults(spec: ProcessorSpec, types: TypeCatalog): GraphFault[] {
  const { processorId, owner, config, typeVersion } = spec;
  return faultsOf(`processors[${processorId}]`, [
    () => assertIdOfOwner(processorId, owner, 'processor_id'),
    () => assertDisplayName(spec.displayName),
    () => assertLabels(spec.labels),
    () => assertPlacement(spec.placement),
    () => acceptedConfig(typeIn({ types }, spec.processorType), config, typeVersion),
  ]);
}

function linkFaults(graph: Graph, spec: LinkSpec, types: TypeCatalog): GraphFault[] {
  return faultsOf(`links[${spec.linkId}]`, [
    () => assertIdOfOwner(spec.linkId, spec.owner, 'link_id'),
    () => assertCapacityFrames(spec.capacityFrames),
    () => assertLabels(spec.labels),
    () => {
      const fault = linkFault(graph, spec, { types });
      if (fault !== undefined) throw fault;
    },
  ]);
}

function faultsOf(part: string, checks: readonly (() => unknown)[]): GraphFault[] {
  return checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      const { code, path, message } = StreamlibError.from(error);
      return [{ code, path: `${part}.${path}`, message }];
    }
  });
}

function structureFaults(graph: Graph): GraphFault[] {
  const faults: GraphFault[] = [];
  const expect = (isTrue: boolean, path: string, message: string): void => {
    if (!isTrue) faults.push({ code: 'INTERNAL', path, message });
  };
  for (const [id, spec] of graph.processors.entries()) {
    expect(
      spec.processorId === id,
      `processors[${id}]`,
      `is kept under the id of another, was "${spec.processorId}"`,
    );
    expect(
      (graph.ranks.get(id) ?? graph.nextRank) < graph.nextRank,
      `ranks[${id}]`,
      'is not below the next rank',
    );
  }
  expect(graph.ranks.size === graph.processors.size, 'ranks', 'ranks processors that do not exist');
  expect(new Set(graph.ranks.values()).size === graph.ranks.size, 'ranks', 'gives a rank twice');

  for (const [id, { linkId, from, to }] of graph.links.entries()) {
    expect(linkId === id, `links[${id}]`, `is kept under the id of another, was "${linkId}"`);
    const [low, high] = [graph.ranks.get(from.processorId), graph.ranks.get(to.processorId)];
    expect(low !== undefined && high !== undefined && low < high, `links[${id}]`, 'leads to a lower rank');
    const leaves = graph.outgoing.get(endKey(from.processorId, from.port, id));
    expect(isEnd(leaves, id, to.processorId), `outgoing[${id}]`, 'does not lead to its link');
    const arrives = graph.incoming.get(endKey(to.processorId, to.port, id));
    expect(isEnd(arrives, id, from.processorId), `incoming[${id}]`, 'does not lead to its link');
  }
  const indexes: [string, SortedMap<string, LinkEnd>][] = [
    ['outgoing', graph.outgoing],
    ['incoming', graph.incoming],
  ];
  for (const [name, index] of indexes)
    expect(index.size === graph.links.size, name, 'has ends of links that do not exist');

  for (const [owner, revision] of graph.ownerRevisions.entries()) {
    expect(revision <= graph.revision, `owner_revisions[${owner}]`, 'is above the revision of the graph');
  }
  return faults;
}

const isEnd = (end: LinkEnd | undefined, linkId: string, processorId: string): boolean =>
  end?.linkId === linkId && end.processorId === processorId;
