import type { MessageInitShape } from '@bufbuild/protobuf';
import type { LatencySummarySchema } from '../../../gen/ts/streamlib/v1/metrics_pb.ts';
import type { DurationSummary } from '../duration-histogram.ts';

/** A distribution of durations as the schema has it. */
export const latencyMessage = ({
  count,
  ...times
}: DurationSummary): MessageInitShape<typeof LatencySummarySchema> => ({ count: BigInt(count), ...times });
