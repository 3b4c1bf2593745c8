import { DataLayout } from '../../runtime/frame/data-frame.ts';
import { DerivedLayout } from './derived-layout.ts';

/** Layouts of the channels of a frame with another number of values each, one kept for each number. */
export class ResizedLayouts {
  readonly #byLength = new Map<number, DerivedLayout>();

  of(source: DataLayout, length: number): DataLayout {
    let derived = this.#byLength.get(length);
    if (derived === undefined) {
      derived = new DerivedLayout(
        ({ channelNames, metadataBytes }) =>
          new DataLayout({
            channels: Object.fromEntries(channelNames.map((name) => [name, length])),
            metadataBytes,
          }),
      );
      this.#byLength.set(length, derived);
    }
    return derived.of(source);
  }
}
