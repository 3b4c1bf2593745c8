import type { DataFrameView } from '../../runtime/frame/data-frame.ts';

/** Gives a result what its source says of itself: its times, its sequence and its metadata. */
export function copyHeader(source: DataFrameView, target: DataFrameView): void {
  target.stampAs(source);
  target.timestampUs = source.timestampUs;
  target.sequenceId = source.sequenceId;
  if (source.metadataBytes === 0) return;
  for (const [key, value] of Object.entries(source.metadata)) target.setMetadata(key, value);
}
