// For programs that embed a runtime, or run pipelines without one.
export { AsyncPipeline } from './async-pipeline.ts';
export { pipelineConfigSchema } from './config/pipeline-config-schema.ts';
export type { PipelineFault } from './config/pipeline-fault.ts';
export { checkPipelineConfig } from './config/read-pipeline-config.ts';
export type { DataFrameValue, PipelineOutputValue } from './instance/data-frame-value.ts';
export { type LocalPipelineOptions, Pipeline } from './pipeline.ts';
// For the other rooms of the server.
export { createPipelineCommands } from './pipeline-commands.ts';
export { PipelinePool } from './pipeline-pool.ts';
export type { ExecuteOptions, ExecutionResult, PipelineExecution } from './pool/execution.ts';
export type { PoolStats } from './pool/pool-statistics.ts';
