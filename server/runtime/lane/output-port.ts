import { StreamlibError } from '../errors.ts';
import type { Frame, FrameType } from '../frame/frame-type.ts';
import { acceptsFrameType } from '../frame/frame-types.ts';
import type { SlotPool } from '../frame/slot-pool.ts';
import { type AnyFrameType, frameTypeOf, passFrame, shareFrame } from '../frame/slot-reference.ts';
import type { ProcessorOutput } from '../processor.ts';
import type { OutputLink } from './output-link.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** What an output of a hosted processor is made from. */
export interface OutputPortOptions {
  readonly name: string;
  readonly frame: AnyFrameType | 'any';
  readonly pool: SlotPool;
  readonly counters: ProcessorCounterWriter;
  /** Called when something waits for a link to take it: `settle` is to be called until it answers true. */
  readonly onUnsettled: () => void;
  /** Called after each write, where writes happen outside of the lane's turns. */
  readonly onWrite: (() => void) | undefined;
}

/** An output of a hosted processor: shares each frame among its links. */
export class OutputPort implements ProcessorOutput<Frame, unknown> {
  readonly #options: OutputPortOptions;
  readonly #links: OutputLink[] = [];
  #waiting: (() => void)[] = [];
  #knownType: AnyFrameType | undefined;
  #isOpen = true;

  constructor(options: OutputPortOptions) {
    this.#options = options;
  }

  get links(): number {
    return this.#links.length;
  }

  get credit(): number {
    let credit = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#links.length; i++)
      credit = Math.min(credit, (this.#links[i] as OutputLink).credit);
    return credit;
  }

  acquire(shape: unknown): Frame {
    const { frame, name, pool } = this.#options;
    if (frame !== 'any') return pool.acquire(frame as FrameType<Frame, unknown>, shape);
    throw new StreamlibError('FIELD_INVALID', `output ${name} takes any frame and can make none`, {
      path: name,
    });
  }

  write(frame: Frame): void {
    const type = frameTypeOf(frame);
    if (type !== this.#knownType) this.#check(type);
    this.#options.counters.countFrameOut();
    const links = this.#links;
    const last = links.length - 1;
    if (last < 0) {
      frame.release();
      return;
    }
    for (let i = 0; i < last; i++) this.#hand(shareFrame(frame), links[i] as OutputLink);
    this.#hand(passFrame(frame), links[last] as OutputLink);
    this.#options.onWrite?.();
  }

  ready(): Promise<void> {
    if (this.credit > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#options.onUnsettled();
    });
  }

  attach(link: OutputLink): void {
    this.#links.push(link);
    // Whoever is connected to a processor that has ended learns it at once instead of waiting for ever.
    if (!this.#isOpen) link.close();
    if (link.hasOverflow) this.#options.onUnsettled();
  }

  detach(link: OutputLink): void {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
  }

  open(): void {
    this.#isOpen = true;
    for (const link of this.#links) link.open();
  }

  close(): void {
    this.#isOpen = false;
    for (const link of this.#links) link.close();
  }

  get hasOverflow(): boolean {
    return this.#links.some((link) => link.hasOverflow);
  }

  /** Hands waiting frames and waiting callers on; answers whether none is left. */
  settle(): boolean {
    let settled = true;
    for (const link of this.#links) if (link.flush()) settled = false;
    if (this.#waiting.length === 0) return settled;
    if (this.credit === 0) return false;
    this.releaseWaiting();
    return settled;
  }

  /** Lets callers of `ready` go on without credit, because the processor is to stop. */
  releaseWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #hand(frame: Frame, link: OutputLink): void {
    link.write(frame);
    if (link.hasOverflow) this.#options.onUnsettled();
  }

  #check(type: AnyFrameType): void {
    const { frame, name } = this.#options;
    if (frame !== 'any' && !acceptsFrameType(frame.name, type.name)) {
      const text = `output ${name} must be given a ${frame.name}, was ${type.name}`;
      throw new StreamlibError('PORT_TYPE_MISMATCH', text, { path: name });
    }
    this.#knownType = type;
  }
}
