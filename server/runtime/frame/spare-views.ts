import type { Frame } from './frame-type.ts';

/**
 * Views of one slot and type that were given back. Those of earlier calls may be handed out again, those of the
 * present call not yet; so there are never more of them than were held or given back in one call.
 */
export class SpareViews {
  readonly #frames: Frame[] = [];
  /** The call of the last change; what lies before `#ready` was there before it. */
  #call = -1;
  #ready = 0;

  put(frame: Frame, call: number): void {
    if (this.#call !== call) this.#begin(call);
    this.#frames.push(frame);
  }

  /** One that was given back before `call`; undefined when there is none. */
  take(call: number): Frame | undefined {
    if (this.#call !== call) this.#begin(call);
    if (this.#ready === 0) return undefined;
    const frames = this.#frames;
    const last = frames.pop() as Frame;
    if (--this.#ready === frames.length) return last;
    const frame = frames[this.#ready];
    frames[this.#ready] = last;
    return frame;
  }

  #begin(call: number): void {
    this.#call = call;
    this.#ready = this.#frames.length;
  }
}
