import type { PlainError } from '../../runtime/errors.ts';
import type { CompiledPipeline } from '../config/compiled-pipeline.ts';
import type { PipelineOutputValue } from '../instance/data-frame-value.ts';
import type { ExecutionInput } from '../instance/pipeline-instance.ts';

/* What the runtime's thread and the pool's lane tell each other: plain data, in batches. */

/** What the lane is to make instances of. */
export interface PoolBlueprint {
  readonly pipelineId: string;
  readonly pipeline: CompiledPipeline;
  /** Addresses of the lists of processor types. */
  readonly registries: readonly string[];
}

/** What the lane is to do. */
export type PoolOrder =
  | { readonly order: 'run'; readonly executionId: string; readonly input: ExecutionInput }
  | { readonly order: 'abandon'; readonly executionId: string }
  | { readonly order: 'rebuild'; readonly blueprint: PoolBlueprint };

/** What the lane has done. */
export type PoolReport =
  | {
      readonly report: 'outputs';
      readonly executionId: string;
      readonly outputs: readonly PipelineOutputValue[];
    }
  | { readonly report: 'error'; readonly executionId: string; readonly error: PlainError }
  /** The instance of an execution is ready for another one. */
  | { readonly report: 'back'; readonly executionId: string };

/** The instances that the lane has, and has made. */
export interface PoolInstances {
  readonly idle: number;
  readonly instancesCreated: number;
}
