// What authors of processors need, as `streamlib/processor`. A lane loads it with every type that imports it, so it
// holds nothing but what lanes have anyway.
export { type MediaClock, mediaClock } from './runtime/clock.ts';
export { type ErrorReason, StreamlibError } from './runtime/errors.ts';
export type { CustomEvent, EventBus, EventListener } from './runtime/events/bus.ts';
export { AudioFrame, type AudioFrameView } from './runtime/frame/audio-frame.ts';
export { DataFrame, type DataFrameView } from './runtime/frame/data-frame.ts';
export { dataLayout } from './runtime/frame/data-layout.ts';
export type { Frame, FrameOf, FrameType, ShapeOf, Slot } from './runtime/frame/frame-type.ts';
export { type InputPortRef, inputPort, type OutputPortRef, outputPort } from './runtime/ids.ts';
export type { JsonObject, JsonValue } from './runtime/json.ts';
export type { Logger } from './runtime/log.ts';
export type { RuntimeOperations } from './runtime/operations.ts';
export type {
  ConfigOf,
  Processor,
  ProcessorClass,
  ProcessorDescriptor,
  ProcessorInput,
  ProcessorIo,
  ProcessorModule,
  ProcessorOutput,
  ProcessorTypeEntry,
  RuntimeContext,
} from './runtime/processor.ts';
