import type { AudioLevel } from '../frame/audio-levels.ts';
import type { CopiedFrame, TapEndReason } from './messages.ts';

/** What a tap shows. */
export type TapSight =
  | {
      readonly kind: 'frame';
      /** The schema's Frame message; the header only if it is truncated. */
      readonly bytes: Uint8Array;
      readonly truncated: boolean;
      /** Of sound that is truncated, by channel. */
      readonly levels: readonly AudioLevel[];
      /** When it was written, microseconds since the Unix epoch. */
      readonly utcUs: number;
      /** Frames that were written since the one before and not shown; 0 for the first. */
      readonly skipped: number;
    }
  | { readonly kind: 'end'; readonly reason: TapEndReason | 'closed' };

interface LinkTapOptions {
  /** Called with each frame that was taken: another may come. */
  readonly onTaken: (bytes: number) => void;
  /** Called once. */
  readonly onEnd: () => void;
}

/** An open tap in the hands of its observer. What waits for him is bounded: who does not come for more sees less. */
export class LinkTap implements Disposable {
  /** As the ports of the link show it. */
  frameType = '';
  readonly #options: LinkTapOptions;
  readonly #waiting: CopiedFrame[] = [];
  #lastPlace: number | undefined;
  #end: Extract<TapSight, { kind: 'end' }> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: LinkTapOptions) {
    this.#options = options;
  }

  /** The next frame, or the end, which stays the end. One call at a time. */
  async next(): Promise<TapSight> {
    while (this.#waiting.length === 0) {
      if (this.#end !== undefined) return this.#end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const { place, bytes, truncated, levels = [], utcUs } = this.#waiting.shift() as CopiedFrame;
    const skipped = this.#lastPlace === undefined ? 0 : place - this.#lastPlace - 1;
    this.#lastPlace = place;
    if (this.#end === undefined) this.#options.onTaken(bytes.length);
    return { kind: 'frame', bytes, truncated, levels, utcUs, skipped };
  }

  receive(frames: readonly CopiedFrame[]): void {
    if (this.#end !== undefined) return;
    this.#waiting.push(...frames);
    this.#wake?.();
  }

  /** Nothing more is shown. What was not taken is still there, unless the tap is closed. */
  end(reason: TapEndReason | 'closed'): void {
    if (reason === 'closed') this.#waiting.length = 0;
    if (this.#end !== undefined) return;
    this.#end = { kind: 'end', reason };
    this.#options.onEnd();
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.end('closed');
  }
}
