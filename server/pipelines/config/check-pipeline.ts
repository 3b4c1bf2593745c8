import { nearestNames } from '../../runtime/index.ts';
import { checkConnections, type ResolvedConnection } from './check-connections.ts';
import { checkNodes, type ResolvedNode } from './check-nodes.ts';
import { checkSettings } from './check-settings.ts';
import { checkWords } from './check-words.ts';
import type { CompiledPipeline, PipelineEnd } from './compiled-pipeline.ts';
import { orderNodes } from './order-nodes.ts';
import { faultsError, type PipelineFault, sortFaults } from './pipeline-fault.ts';
import { type PipelineSpec, settingOf, supervisionOf } from './pipeline-spec.ts';
import type { PipelineTypes } from './pipeline-types.ts';

/** What became of checking a config: everything that is wrong, or the pipeline. */
export type PipelineCheck =
  | { readonly faults: readonly PipelineFault[]; readonly pipeline?: never }
  | { readonly faults: readonly []; readonly pipeline: CompiledPipeline };

/**
 * Checks a config as a whole: every fault at once, in order of the paths, so that none hides another. Pure, apart from
 * what the types' own `validateConfig` does.
 */
export function checkPipeline(spec: PipelineSpec, types: PipelineTypes): PipelineCheck {
  const faults: PipelineFault[] = [];
  const report = (fault: PipelineFault): void => void faults.push(fault);
  checkSettings(spec.settings, report);
  checkWords(spec, report);
  const nodes = checkNodes(spec, types, report);
  const connections = checkConnections(spec, nodes, nearestNames, report);
  const ids = spec.nodes.map(({ id }) => id);
  const order = orderNodes(ids, connections);
  if ('cycle' in order) {
    const inCycle = ({ from, to }: ResolvedConnection) =>
      order.cycle[(order.cycle.indexOf(from) + 1) % order.cycle.length] === to && order.cycle.includes(from);
    const at = connections.findLast(inCycle);
    const text = [...order.cycle, order.cycle[0]].join(' → ');
    report({
      path: `connections[${at?.index ?? 0}]`,
      code: 'CYCLE',
      message: `connections must not form a cycle, was ${text}`,
    });
  }
  if (faults.length > 0 || 'cycle' in order) return { faults: sortFaults(faults) };
  return { faults: [], pipeline: compile(spec, order.nodes, nodes, connections) };
}

/** The pipeline of a config. Throws one error with every fault. */
export function compilePipeline(spec: PipelineSpec, types: PipelineTypes): CompiledPipeline {
  const { faults, pipeline } = checkPipeline(spec, types);
  if (pipeline === undefined) throw faultsError(faults);
  return pipeline;
}

function compile(
  { settings }: PipelineSpec,
  order: readonly string[],
  nodes: ReadonlyMap<string, ResolvedNode>,
  connections: readonly ResolvedConnection[],
): CompiledPipeline {
  const inOrder = order.flatMap((id) => nodes.get(id) ?? []);
  const fed = new Set(connections.map(({ to }) => to));
  const written = new Set(connections.map(({ from, fromPort }) => `${from}.${fromPort}`));
  const sources = inOrder.filter(({ spec }) => !fed.has(spec.id));
  return {
    nodes: inOrder.map(({ spec, type }) => ({
      id: spec.id,
      type: type.name,
      typeVersion: type.version,
      config: spec.config,
      effectiveConfig: type.effectiveConfig(spec.config),
      supervision: supervisionOf(spec, settings),
    })),
    connections: connections.map(({ index: _index, ...connection }) => connection),
    sources: sources.map(({ spec }) => spec.id),
    entries: sources.flatMap(({ spec, type }) => {
      const [first] = type.inputs;
      return first === undefined ? [] : [{ nodeId: spec.id, port: first.name }];
    }),
    exits: inOrder.flatMap((node) => exitsOf(node, written, connections)),
    channelCapacity: settingOf(settings, 'channelCapacity'),
    maxConcurrent: settingOf(settings, 'maxConcurrent'),
    maxWaiting: settingOf(settings, 'maxWaiting'),
    executionTimeoutMs: settingOf(settings, 'executionTimeoutMs'),
  };
}

function exitsOf(
  { spec, type }: ResolvedNode,
  written: ReadonlySet<string>,
  connections: readonly ResolvedConnection[],
): PipelineEnd[] {
  const nodeId = spec.id;
  if (type.outputs.length > 0) {
    const open = type.outputs.filter(({ name }) => !written.has(`${nodeId}.${name}`));
    return open.map(({ name }) => ({ nodeId, port: name }));
  }
  const ports = new Set(connections.filter(({ to }) => to === nodeId).map(({ toPort }) => toPort));
  return [...ports].map((port) => ({ nodeId, port }));
}
