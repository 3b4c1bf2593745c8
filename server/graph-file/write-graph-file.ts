import { stringify } from 'yaml';
import type { Graph } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { LinkSpec } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { Placement, ProcessorSpec } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { type JsonValue, vocabulary } from '../runtime/index.ts';
import type { FileLink, FileProcessor, GraphFileContent } from './check-graph-file.ts';
import { supervisionForFile } from './supervision.ts';

const { DELIVERIES, LANE_PRIORITIES, wordOf } = vocabulary;

/**
 * A graph as the text of a graph file: in order of ids and keys, without what is a default, so that equal graphs are
 * equal texts, byte by byte. Secrets stay the masks that the graph shows; who applies the file keeps its own.
 */
export function writeGraphFile(graph: Graph, format: 'yaml' | 'json'): string {
  const content = plain(contentOf(graph));
  if (format === 'json') return `${JSON.stringify(content, null, 2)}\n`;
  return stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
}

function contentOf({ processors, links }: Graph): GraphFileContent {
  return {
    processors: processors
      .toSorted((a, b) => byCodeUnits(a.processorId, b.processorId))
      .map(processorForFile),
    links: links.toSorted((a, b) => byCodeUnits(a.linkId, b.linkId)).map(linkForFile),
  };
}

function processorForFile(spec: ProcessorSpec): FileProcessor {
  const { processorId, processorType, typeVersion, displayName, config, placement, supervision } = spec;
  return {
    id: processorId,
    type: processorType,
    // Whatever is the newest when the file is read: a config of that version is understood then as well.
    type_version: typeVersion || undefined,
    display_name: displayName || undefined,
    config: filled(config && inOrder(config)),
    placement: filled(placement && placementForFile(placement)),
    supervision: supervision && supervisionForFile(supervision),
    paused: spec.paused || undefined,
    labels: filled(inOrder(spec.labels)),
  };
}

function placementForFile({ lane, priority }: Placement): FileProcessor['placement'] {
  const word = wordOf(LANE_PRIORITIES, priority);
  return {
    lane: lane === 'auto' || lane === '' ? undefined : lane,
    priority: word === 'normal' ? undefined : word,
  };
}

const linkForFile = (spec: LinkSpec): FileLink => ({
  id: spec.linkId,
  from: `${spec.fromProcessor}.${spec.fromPort}`,
  to: `${spec.toProcessor}.${spec.toPort}`,
  delivery: wordOf(DELIVERIES, spec.delivery),
  capacity_frames: spec.capacityFrames || undefined,
  labels: filled(inOrder(spec.labels)),
});

/** The object, or undefined if nothing is in it. */
function filled<T extends object>(object: T | undefined): T | undefined {
  const isEmpty = object === undefined || Object.values(object).every((value) => value === undefined);
  return isEmpty ? undefined : object;
}

/** The same with the keys of every object in order. */
function inOrder<T extends JsonValue | Record<string, string>>(value: T): T {
  if (Array.isArray(value)) return value.map(inOrder) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => byCodeUnits(a, b));
  return Object.fromEntries(entries.map(([key, member]) => [key, inOrder(member as JsonValue)])) as T;
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Without keys that are undefined. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));
