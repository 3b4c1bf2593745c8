import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GraphEditSchema } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import { type Graph, type JsonObject, type ProcessorId, wallClockMs } from '../../runtime/index.ts';
import type { EngineMode } from '../risk/engine-mode.ts';
import { ENGINE_ID, ENGINE_TYPE } from './runner-parts.ts';

/** The engine's mode, its limits, and who set the mode when and why. */
export interface EngineStand {
  readonly mode: EngineMode;
  readonly limits: JsonObject;
  readonly actor: string;
  readonly timeMs: number;
  readonly reason: string;
}

/** What is to become of the engine; what is absent stays. */
export interface EngineChange {
  readonly mode?: EngineMode | undefined;
  readonly limits?: JsonObject | undefined;
  readonly actor: string;
  readonly reason: string;
}

/** The engine as the graph has it. */
export function engineIn(graph: Graph): EngineStand {
  const { mode, limits, actor, time_ms, reason } =
    graph.processors.get(ENGINE_ID as ProcessorId)?.config ?? {};
  return {
    mode: (mode ?? 'active') as EngineMode,
    limits: (limits ?? {}) as JsonObject,
    actor: String(actor ?? ''),
    timeMs: Number(time_ms ?? 0),
    reason: String(reason ?? ''),
  };
}

/** The edit that sets the engine's mode, its limits, or both; the engine is made where there is none. */
export function setEngine(
  graph: Graph,
  { mode, limits, actor, reason }: EngineChange,
): MessageInitShape<typeof GraphEditSchema> {
  const before = engineIn(graph);
  const config: JsonObject =
    mode !== undefined && mode !== before.mode ? { mode, actor, time_ms: wallClockMs(), reason } : {};
  if (!graph.processors.has(ENGINE_ID as ProcessorId)) {
    const processor = {
      processorId: ENGINE_ID,
      processorType: ENGINE_TYPE,
      config: { ...config, ...(limits !== undefined && { limits }) },
    };
    return { edit: { case: 'addProcessor', value: { processor } } };
  }
  // A merge patch: limits that are not named any more must go.
  const patch = limits === undefined ? config : { ...config, limits: { ...nulls(before.limits), ...limits } };
  return { edit: { case: 'updateProcessor', value: { processorId: ENGINE_ID, config: patch } } };
}

const nulls = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.keys(object).map((name) => [name, null]));
