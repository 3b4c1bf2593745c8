export { Code } from '@connectrpc/connect';
export * from '../../../gen/ts/streamlib/v1/backtest_pb.ts';
export * from '../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
export * from '../../../gen/ts/streamlib/v1/command_pb.ts';
export * from '../../../gen/ts/streamlib/v1/dead_letter_pb.ts';
export * from '../../../gen/ts/streamlib/v1/error_pb.ts';
export * from '../../../gen/ts/streamlib/v1/event_pb.ts';
export * from '../../../gen/ts/streamlib/v1/frame_pb.ts';
export * from '../../../gen/ts/streamlib/v1/graph_pb.ts';
export * from '../../../gen/ts/streamlib/v1/journal_pb.ts';
export * from '../../../gen/ts/streamlib/v1/link_pb.ts';
export * from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
export * from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
export * from '../../../gen/ts/streamlib/v1/pipeline_output_pb.ts';
export * from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
export * from '../../../gen/ts/streamlib/v1/processor_pb.ts';
export * from '../../../gen/ts/streamlib/v1/runner_pb.ts';
export * from '../../../gen/ts/streamlib/v1/runner_snapshot_pb.ts';
export * from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
export * from '../../../gen/ts/streamlib/v1/strategy_pb.ts';
export * from '../../../gen/ts/streamlib/v1/tap_pb.ts';
export * from '../../../gen/ts/streamlib/v1/trading_pb.ts';
export { type ConnectOptions, StreamlibClient } from './client.ts';
export { type EventFilter, type EventItem, EventStream, type StreamOptions } from './events.ts';
export { dataChannels } from './frames.ts';
export {
  type ApplyOptions,
  GraphEdits,
  type LinkChange,
  type LinkFields,
  type Port,
  type ProcessorChange,
  type ProcessorFields,
} from './graph.ts';
export { type FieldViolation, StreamlibError } from './streamlib-error.ts';
export { type TapItem, type TapLimits, TapStream } from './tap.ts';
export { VERSION } from './version.ts';
