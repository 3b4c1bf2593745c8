// For programs that embed a runtime, and for authors of processors.
export type { Checkpoint } from './checkpoint.ts';
export { type MediaClock, mediaClock, wallClockMs } from './clock.ts';
export type { CommandCase, CommandInit, CommandOptions, ResultOf } from './commands.ts';
export { type CheckpointKeeper, CheckpointStore } from './commit/checkpoint-store.ts';
export {
  ERROR_REASONS,
  type ErrorReason,
  type ErrorStatus,
  type FieldFault,
  type PlainError,
  StreamlibError,
} from './errors.ts';
export type { CustomEvent, EventBus, EventListener, ListenerReport, SubscribeOptions } from './events/bus.ts';
// For the other rooms of the server.
export { formatCursor } from './events/control-events.ts';
export { CONTROL_EVENT_TYPES, EVENT_TYPES } from './events/event-log.ts';
export {
  backtestTopic,
  linkTopic,
  matchesTopic,
  pipelineTopic,
  processorTopic,
  RUNTIME_TOPIC,
  runnerTopic,
} from './events/topics.ts';
export {
  allLinks,
  allProcessors,
  type CatalogPort,
  type CatalogType,
  type Graph,
  type LinkSpec,
  type PlacementSpec,
  type ProcessorSpec,
  portsConnect,
  type SupervisionSpec,
} from './graph/index.ts';
export {
  type InputPortRef,
  inputPort,
  type LinkId,
  makeBacktestId,
  makePipelineId,
  makeRunnerId,
  makeSearchId,
  type OutputPortRef,
  type Owner,
  outputPort,
  type ProcessorId,
  parseLinkId,
  parsePipelineId,
  parseProcessorId,
  parseRunnerId,
  parseSymbol,
  type RunnerId,
} from './ids.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { Logger } from './log.ts';
export { createLog, isLogged, type Log, type LogLevels, parseLogLevels } from './logging.ts';
export type { RoomHandler, RoomHandlers } from './loop/command-rooms.ts';
export { createRoomHandler } from './loop/room-handler.ts';
export { eventPosition } from './messages/event-position.ts';
export { hasLabel } from './messages/has-label.ts';
export { latencyMessage } from './messages/latency-message.ts';
export { outcomeFields } from './messages/outcome-fields.ts';
export { pageOf } from './messages/page.ts';
export { supervisionFromMessage, supervisionToMessage } from './messages/supervision-message.ts';
export type {
  ApplyRequest,
  GraphCommand,
  LinkChange,
  LinkRequest,
  Outcome,
  ProcessorChange,
  ProcessorRequest,
  RuntimeOperations,
  StopOptions,
  SupervisionRequest,
  TargetRequest,
} from './operations.ts';
export type {
  ConfigOf,
  Processor,
  ProcessorClass,
  ProcessorDescriptor,
  ProcessorIo,
  ProcessorModule,
  ProcessorTypeEntry,
  RuntimeContext,
  StateOrigin,
} from './processor.ts';
export { ConfigValidator, nearestNames, ProcessorRegistry } from './registry/index.ts';
export { type ServiceRequest, StreamRuntime } from './stream-runtime.ts';
export type { RoomInternals, RoomRuntime, StreamRuntimeOptions } from './stream-runtime-options.ts';
export type { FinalFailure } from './supervision/restart-supervisor.ts';
export type { LinkTap, TapSight } from './tap/link-tap.ts';
export type { LinkTaps } from './tap/tap-client.ts';
export type { TapOptions } from './tap/tap-options.ts';
export { formatTraceparent, nextSpan, parseTraceparent, type TraceContext } from './trace-context.ts';
export { PACKAGE_FOLDER, VERSION } from './version.ts';
export type { Delivery, ProcessorState, RuntimeStatus } from './vocabulary.ts';
export * as vocabulary from './vocabulary.ts';
