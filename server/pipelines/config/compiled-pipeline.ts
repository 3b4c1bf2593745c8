import type { Delivery, JsonObject, SupervisionSpec } from '../../runtime/index.ts';

/** One node, ready to be instantiated. */
export interface CompiledNode {
  readonly id: string;
  /** The registered type, short names resolved. */
  readonly type: string;
  readonly typeVersion: number;
  /** As it was given. */
  readonly config: JsonObject;
  /** Defaults filled in. */
  readonly effectiveConfig: JsonObject;
  /** Its own, or that of the pipeline. */
  readonly supervision: SupervisionSpec;
}

/** One connection with its ports. */
export interface CompiledConnection {
  readonly from: string;
  readonly fromPort: string;
  readonly to: string;
  readonly toPort: string;
  readonly delivery: Delivery;
  readonly capacityFrames: number;
}

/** An end of a pipeline: a port of one of its nodes. */
export interface PipelineEnd {
  readonly nodeId: string;
  readonly port: string;
}

/** A pipeline whose config was found right. Plain data, so that it can be sent to another thread. */
export interface CompiledPipeline {
  /** In the order of processing: no node comes before one that it reads from. */
  readonly nodes: readonly CompiledNode[];
  readonly connections: readonly CompiledConnection[];
  /** Where frames come in: the first input of each node that has inputs, none of which is connected. */
  readonly entries: readonly PipelineEnd[];
  /** The nodes without connected inputs, those without any input included. */
  readonly sources: readonly string[];
  /** Where frames come out: outputs that are not connected, and the connected inputs of nodes without outputs. */
  readonly exits: readonly PipelineEnd[];
  readonly channelCapacity: number;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  readonly executionTimeoutMs: number;
}
