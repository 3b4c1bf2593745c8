import { DataFrame, type DataFrameView, DataLayout } from '../../runtime/frame/data-frame.ts';
import { BlockTransform } from './block-transform.ts';

/** The ports of a type that makes one value of each channel of a frame. */
export const REDUCTION_PORTS = {
  inputs: { data_in: { frame: DataFrame, description: 'Blocks of values.' } },
  outputs: { data_out: { frame: DataFrame, description: 'One value for each channel of the block.' } },
} as const;

/** Makes one value of each channel of a frame. */
export function reduction(reduce: (values: Float64Array) => number): BlockTransform {
  return new BlockTransform(onePerChannel, (source: DataFrameView, target: DataFrameView): void => {
    const { channelCount } = source;
    for (let i = 0; i < channelCount; i++) target.channelAt(i)[0] = reduce(source.channelAt(i));
  });
}

function onePerChannel({ channelNames, metadataBytes }: DataLayout): DataLayout {
  return new DataLayout({
    channels: Object.fromEntries(channelNames.map((name) => [name, 1])),
    metadataBytes,
  });
}
