import { DataFrame, type DataFrameView } from '../../runtime/frame/data-frame.ts';

/** A data frame as plain values that share no memory with it, and can be sent to another thread. */
export interface DataFrameValue {
  /** Microseconds since the Unix epoch. */
  readonly timestampUs: number;
  readonly sequenceId: number;
  /** The values of each channel. */
  readonly payload: Readonly<Record<string, ArrayLike<number>>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A frame that came out of a pipeline. */
export interface PipelineOutputValue {
  /** The sink, or the node whose output is not connected. */
  readonly nodeId: string;
  readonly port: string;
  readonly frame: DataFrameValue;
}

/** Where frames are made. */
export interface FrameMaker {
  acquire(type: typeof DataFrame, shape: Parameters<typeof DataFrame.byteLength>[0]): DataFrameView;
}

/** The frame of a value, made in `pool`. Throws FIELD_INVALID for more than 65,536 channels. */
export function frameOfValue(value: DataFrameValue, pool: FrameMaker): DataFrameView {
  const { payload, metadata } = value;
  const names = Object.keys(payload);
  const lengths = names.map((name) => [name, payload[name]?.length ?? 0] as const);
  const channels = Object.fromEntries(lengths);
  const frame = pool.acquire(DataFrame, metadata === undefined ? { channels } : { channels, metadata });
  frame.timestampUs = value.timestampUs;
  frame.sequenceId = value.sequenceId;
  // NB: by position in the layout, since a name that is a whole number comes first in an object.
  for (const [i, name] of frame.channelNames.entries()) frame.channelAt(i).set(payload[name] ?? []);
  return frame;
}

/** What a frame holds. */
export function valueOfFrame(frame: DataFrameView): DataFrameValue {
  const payload: Record<string, Float64Array> = {};
  for (const [i, name] of frame.channelNames.entries()) {
    // NB: a channel may be called __proto__, which an assignment would not make a field.
    Object.defineProperty(payload, name, {
      value: frame.channelAt(i).slice(),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  const { timestampUs, sequenceId, metadata } = frame;
  return { timestampUs, sequenceId, payload, metadata };
}
