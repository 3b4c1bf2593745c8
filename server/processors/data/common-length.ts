import { StreamlibError } from '../../runtime/errors.ts';
import type { DataFrameView } from '../../runtime/frame/data-frame.ts';

/** How many values each channel of a frame has. Throws PROCESS_FAILED where they differ. */
export function commonLength(frame: DataFrameView): number {
  const { channelCount, channelNames } = frame;
  const length = channelCount === 0 ? 0 : frame.channelAt(0).length;
  for (let i = 1; i < channelCount; i++) {
    const other = frame.channelAt(i).length;
    if (other === length) continue;
    const text = `channels of a frame must have one length: ${channelNames[0]} has ${length} values, ${channelNames[i]} has ${other}`;
    throw new StreamlibError('PROCESS_FAILED', text);
  }
  return length;
}
