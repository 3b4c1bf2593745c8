import { BUILT_IN_REGISTRIES } from './registries.ts';
import { createRooms } from './rooms.ts';
import {
  StreamRuntime as BareRuntime,
  ProcessorRegistry,
  type StreamRuntimeOptions,
} from './runtime/index.ts';

/** The runtime of an embedding program, with the processor types that streamlib comes with. */
export class StreamRuntime extends BareRuntime {
  /** Loads the processor types. `options.registries` adds modules with further types. */
  static override create(options: StreamRuntimeOptions = {}): Promise<BareRuntime> {
    const registries = [...BUILT_IN_REGISTRIES, ...(options.registries ?? [])];
    return BareRuntime.create({ rooms: createRooms, ...options, registries });
  }
}

/**
 * The processor types that streamlib comes with and those of further modules, for pipelines that run without a runtime.
 * Loading takes some 100 ms: once is enough for all pipelines.
 */
export const loadProcessorTypes = (registries: readonly string[] = []): Promise<ProcessorRegistry> =>
  ProcessorRegistry.load([...BUILT_IN_REGISTRIES, ...registries]);

export {
  AsyncPipeline,
  checkPipelineConfig,
  type DataFrameValue,
  type ExecuteOptions,
  type ExecutionResult,
  type LocalPipelineOptions,
  Pipeline,
  type PipelineExecution,
  type PipelineFault,
  type PipelineOutputValue,
  PipelinePool,
  type PoolStats,
  pipelineConfigSchema,
} from './pipelines/index.ts';
export {
  type ApplyRequest,
  type CommandOptions,
  type CustomEvent,
  type Delivery,
  type EventBus,
  type EventListener,
  type GraphCommand,
  inputPort,
  type LinkRequest,
  type Logger,
  outputPort,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorModule,
  type ProcessorRequest,
  type ProcessorTypeEntry,
  type RuntimeContext,
  type RuntimeOperations,
  StreamlibError,
  type StreamRuntimeOptions,
  type TargetRequest,
} from './runtime/index.ts';
