import { type CatalogPort, portsConnect } from '../../runtime/index.ts';
import type { ResolvedNode } from './check-nodes.ts';
import type { CompiledConnection } from './compiled-pipeline.ts';
import type { PipelineFault } from './pipeline-fault.ts';
import {
  type PipelineConnectionSpec,
  type PipelineSpec,
  SETTING_RANGES,
  settingOf,
} from './pipeline-spec.ts';

/** A connection with its ports, and where in the config it stands. */
export interface ResolvedConnection extends CompiledConnection {
  readonly index: number;
}

/** Answers the names that are near to one. */
type NearestNames = (wanted: string, names: Iterable<string>) => string[];
type Report = (fault: PipelineFault) => void;

/**
 * Reports every fault of the connections, and answers those whose nodes exist. The port of one whose node's type is
 * unknown, or that is itself unknown, is empty: it still counts for cycles.
 */
export function checkConnections(
  { nodes, connections, settings }: PipelineSpec,
  resolved: ReadonlyMap<string, ResolvedNode>,
  nearest: NearestNames,
  report: Report,
): ResolvedConnection[] {
  const ids = new Set(nodes.map(({ id }) => id));
  const takenBy = new Map<string, number>();
  return connections.flatMap((connection, index) => {
    const path = `connections[${index}]`;
    checkCapacity(connection, path, report);
    const known = (['from', 'to'] as const).filter((side) => {
      if (ids.has(connection[side])) return true;
      report(unknownNode(`${path}.${side}`, connection[side], nearest(connection[side], ids)));
      return false;
    });
    const output = portOf(connection, 'from', resolved, path, report);
    const input = portOf(connection, 'to', resolved, path, report);
    if (output !== undefined && input !== undefined) checkTypes(connection, output, input, path, report);
    if (input !== undefined) checkTaken(connection.to, input, index, takenBy, report);
    if (known.length < 2) return [];
    return {
      index,
      from: connection.from,
      fromPort: output?.name ?? '',
      to: connection.to,
      toPort: input?.name ?? '',
      delivery: connection.delivery ?? 'lossless',
      capacityFrames: connection.capacityFrames ?? settingOf(settings, 'channelCapacity'),
    };
  });
}

function checkCapacity({ capacityFrames }: PipelineConnectionSpec, at: string, report: Report): void {
  const { least, most } = SETTING_RANGES.channelCapacity;
  if (capacityFrames === undefined) return;
  if (Number.isInteger(capacityFrames) && capacityFrames >= least && capacityFrames <= most) return;
  const path = `${at}.capacity_frames`;
  const message = `${path} must be a whole number from ${least} to ${most}, was ${capacityFrames}`;
  report({ path, code: 'FIELD_INVALID', message });
}

function unknownNode(path: string, id: string, near: readonly string[]): PipelineFault {
  const hint = near.length === 0 ? 'there are no nodes' : `near it are ${near.join(', ')}`;
  const message = `${path} must be the id of a node, was ${JSON.stringify(id)}; ${hint}`;
  return { path, code: 'PROCESSOR_NOT_FOUND', message };
}

function portOf(
  connection: PipelineConnectionSpec,
  side: 'from' | 'to',
  nodes: ReadonlyMap<string, ResolvedNode>,
  at: string,
  report: Report,
): CatalogPort | undefined {
  const node = nodes.get(connection[side]);
  if (node === undefined) return undefined;
  const { type } = node;
  const isOutput = side === 'from';
  const ports = isOutput ? type.outputs : type.inputs;
  const wanted = isOutput ? connection.fromPort : connection.toPort;
  const found =
    wanted === undefined
      ? ports.length === 1
        ? ports[0]
        : undefined
      : ports.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const path = `${at}.${side}_port`;
  const word = isOutput ? 'output' : 'input';
  const names = ports.map(({ name }) => name).join(', ');
  const existing = names === '' ? `it has no ${word}s` : `its ${word}s are ${names}`;
  const was = wanted === undefined ? 'absent' : JSON.stringify(wanted);
  const message = `${path} must be an ${word} of "${node.spec.id}" (${type.name}), was ${was}; ${existing}`;
  report({ path, code: 'PORT_UNKNOWN', message });
  return undefined;
}

function checkTypes(
  { from, to }: PipelineConnectionSpec,
  output: CatalogPort,
  input: CatalogPort,
  at: string,
  report: Report,
): void {
  if (portsConnect(output.frameType, input.frameType)) return;
  const path = `${at}.to_port`;
  const message =
    `${path}: "${input.name}" of "${to}" takes ${input.frameType}, ` +
    `but "${output.name}" of "${from}" gives ${output.frameType}`;
  report({ path, code: 'PORT_TYPE_MISMATCH', message });
}

function checkTaken(
  nodeId: string,
  { name, many }: CatalogPort,
  index: number,
  takenBy: Map<string, number>,
  report: Report,
): void {
  if (many) return;
  const key = `${nodeId}.${name}`;
  const first = takenBy.get(key);
  if (first === undefined) {
    takenBy.set(key, index);
    return;
  }
  const path = `connections[${index}].to_port`;
  const message = `${path}: "${name}" of "${nodeId}" takes one connection and has connections[${first}]`;
  report({ path, code: 'INPUT_TAKEN', message });
}
