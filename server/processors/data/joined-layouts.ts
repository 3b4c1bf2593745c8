import { DataLayout } from '../../runtime/frame/data-frame.ts';
import { DerivedLayout } from './derived-layout.ts';

/** Layouts of the channels of two frames, first one's first; nothing is allocated while both shapes stay. */
export class JoinedLayouts {
  /** The same object while the shape of the second frame stays. */
  readonly #seconds = new DerivedLayout((layout) => layout);
  #second: DataLayout | undefined;
  readonly #joined = new DerivedLayout((first) => join(first, this.#second));

  /** A channel of the second frame that the first one has too is called `b.{name}`. */
  of(first: DataLayout, second: DataLayout | undefined): DataLayout {
    const known = second && this.#seconds.of(second);
    if (known !== this.#second) {
      this.#second = known;
      this.#joined.forget();
    }
    return this.#joined.of(first);
  }
}

function join(first: DataLayout, second: DataLayout | undefined): DataLayout {
  const channels = new Map(Object.entries(first.channels));
  for (const [name, length] of Object.entries(second?.channels ?? {})) {
    let free = name;
    while (channels.has(free)) free = `b.${free}`;
    channels.set(free, length);
  }
  return new DataLayout({ channels: Object.fromEntries(channels), metadataBytes: first.metadataBytes });
}
