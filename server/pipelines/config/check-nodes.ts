import { parseProcessorId, StreamlibError } from '../../runtime/index.ts';
import type { PipelineFault } from './pipeline-fault.ts';
import type { PipelineNodeSpec, PipelineSpec } from './pipeline-spec.ts';
import { type PipelineType, type PipelineTypes, typeInPipeline } from './pipeline-types.ts';

/** What the ids of the parts begin with that a pipeline adds to the nodes of its config. */
export const RESERVED_PREFIXES = ['in--', 'out--', 'pool--'] as const;

/** Whether a part of a pipeline is one that it has added itself. */
export const isReserved = (name: string): boolean =>
  RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));

const LONGEST_ID = 56;
const MOST_NODES = 10_000;

/** A node and the type that it is made from. */
export interface ResolvedNode {
  readonly spec: PipelineNodeSpec;
  readonly type: PipelineType;
  readonly index: number;
}

/** Reports every fault of the nodes, and answers those whose types are known, by their ids. */
export function checkNodes(
  { nodes }: PipelineSpec,
  types: PipelineTypes,
  report: (fault: PipelineFault) => void,
): Map<string, ResolvedNode> {
  if (nodes.length === 0 || nodes.length > MOST_NODES) {
    const message = `nodes must have 1 to ${MOST_NODES} entries, was ${nodes.length}`;
    report({ path: 'nodes', code: 'FIELD_INVALID', message });
  }
  const resolved = new Map<string, ResolvedNode>();
  const seen = new Set<string>();
  for (const [index, spec] of nodes.entries()) {
    const path = `nodes[${index}]`;
    checkId(spec.id, path, seen, report);
    const type = typeInPipeline(types, spec.type);
    if (type === undefined) {
      report(unknownType(spec.type, path, types));
      continue;
    }
    for (const fault of type.validateConfig(spec.config)) {
      // The fault names its field itself, as a part of one processor's config.
      const message = fault.message.replace(/^config/, `${path}.config`);
      report({ path: `${path}.${fault.path}`, code: fault.code, message });
    }
    if (!resolved.has(spec.id)) resolved.set(spec.id, { spec, type, index });
  }
  return resolved;
}

function checkId(id: string, path: string, seen: Set<string>, report: (fault: PipelineFault) => void): void {
  const at = `${path}.id`;
  const rule = idFault(id, at);
  if (rule !== undefined) report({ path: at, code: 'ID_INVALID', message: rule });
  if (seen.has(id)) {
    const message = `${at} must stand in the pipeline once, was "${id}" again`;
    report({ path: at, code: 'ID_TAKEN', message });
  }
  seen.add(id);
}

function idFault(id: string, path: string): string | undefined {
  if (id.includes('.')) return `${path} must have no dot, was "${id}"`;
  if (id.length > LONGEST_ID) return `${path} must have at most ${LONGEST_ID} characters, was "${id}"`;
  const reserved = RESERVED_PREFIXES.find((prefix) => id.startsWith(prefix));
  if (reserved !== undefined)
    return `${path} must not begin with "${reserved}", which the pipeline's own parts do, was "${id}"`;
  try {
    parseProcessorId(id, path);
    return undefined;
  } catch (error) {
    return StreamlibError.from(error).message;
  }
}

function unknownType(name: string, path: string, types: PipelineTypes): PipelineFault {
  const near = types.nearest(name);
  const hint = near.length === 0 ? 'there are no types' : `near it are ${near.join(', ')}`;
  const message = `${path}.type must be a known type, was ${JSON.stringify(name)}; ${hint}`;
  return { path: `${path}.type`, code: 'PROCESSOR_TYPE_UNKNOWN', message };
}
