import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DataFrame, DataFrameSchema } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import type { PipelineOutputSchema } from '../../../gen/ts/streamlib/v1/pipeline_output_pb.ts';
import type { DataFrameValue, PipelineOutputValue } from '../instance/data-frame-value.ts';

/** A frame of a request. */
export function frameFromMessage({ timestampUs, sequenceId, payload, metadata }: DataFrame): DataFrameValue {
  const channels = Object.entries(payload).map(
    ([name, { values }]) => [name, Float64Array.from(values)] as const,
  );
  return {
    timestampUs: Number(timestampUs),
    sequenceId: Number(sequenceId),
    payload: Object.fromEntries(channels),
    metadata,
  };
}

/** A frame for an answer. Fractions of a microsecond are rounded. */
export function frameToMessage(frame: DataFrameValue): MessageInitShape<typeof DataFrameSchema> {
  const { timestampUs, sequenceId, payload, metadata = {} } = frame;
  const channels = Object.entries(payload).map(
    ([name, values]) => [name, { values: Array.from(values) }] as const,
  );
  return {
    timestampUs: BigInt(Math.round(timestampUs)),
    sequenceId: BigInt(Math.max(0, Math.round(sequenceId))),
    payload: Object.fromEntries(channels),
    metadata: { ...metadata },
  };
}

/** What came out, for an answer. */
export const outputToMessage = ({
  nodeId,
  port,
  frame,
}: PipelineOutputValue): MessageInitShape<typeof PipelineOutputSchema> => ({
  nodeId,
  port,
  frame: frameToMessage(frame),
});
