import type { DataFrame } from '../../../gen/ts/streamlib/v1/frame_pb.ts';

/** The values of each channel of a data frame, by its name. */
export function dataChannels({ payload }: DataFrame): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(payload).map(([name, { values }]) => [name, Float64Array.from(values)]),
  );
}
