// What authors of processors need, as `streamlib/processor`. A lane loads it with every type that imports it, so it
// holds nothing but what lanes have anyway.

export {
  defineNode,
  type NodeClass,
  type NodeConfig,
  type NodeDescriptor,
  type NodeFrames,
  type NodeSender,
  type PipelineNode,
} from './pipelines/nodes/define-node.ts';
export {
  DEFAULT_CLOCK_RATE_HZ,
  fromRtpTimestamp,
  type RtpClock,
  RtpUnwrapper,
  rtpTicksToNs,
  toRtpTimestamp,
} from './runtime/av/rtp-time.ts';
export { areSynchronized, videoAudioDeltaMs } from './runtime/av/synchronization.ts';
export { type MediaClock, mediaClock } from './runtime/clock.ts';
export { type ErrorReason, StreamlibError } from './runtime/errors.ts';
export type { CustomEvent, EventBus, EventListener } from './runtime/events/bus.ts';
export { AudioFrame, type AudioFrameView } from './runtime/frame/audio-frame.ts';
export { DataFrame, type DataFrameView } from './runtime/frame/data-frame.ts';
export { dataLayout } from './runtime/frame/data-layout.ts';
export {
  COMMON_HEADER_BYTES,
  type Frame,
  type FrameInit,
  type FrameOf,
  type FrameType,
  type ShapeOf,
  type Slot,
} from './runtime/frame/frame-type.ts';
export { FrameView } from './runtime/frame/frame-view.ts';
export { MarketData, type MarketDataView } from './runtime/frame/market-data.ts';
export { VideoFrame, type VideoFrameView, type VideoPlane } from './runtime/frame/video-frame.ts';
export type { PixelFormat, VideoShape } from './runtime/frame/video-layout.ts';
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
  StateOrigin,
} from './runtime/processor.ts';
