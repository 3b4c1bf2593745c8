import type { LastTime } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import { type FramePool, KnownShape } from '../frame/frame-pool.ts';
import type { Frame, FrameType } from '../frame/frame-type.ts';
import { acceptsFrameType } from '../frame/frame-types.ts';
import { type AnyFrameType, referenceOf, shareFrame } from '../frame/slot-reference.ts';
import type { ProcessorOutput } from '../processor.ts';
import type { OutputLink } from './output-link.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** What an output of a hosted processor is made from. */
export interface OutputPortOptions {
  readonly name: string;
  readonly frame: AnyFrameType | 'any';
  readonly pool: FramePool;
  readonly counters: ProcessorCounterWriter;
  /** Called when something waits for a link to take it: `settle` is to be called until it answers true. */
  readonly onUnsettled: () => void;
  /** Where writes happen outside of the lane's turns: called after each write. */
  readonly onWrite: (() => void) | undefined;
  /** Where frames are acquired outside of the lane's turns: read before each. */
  readonly time: LastTime | undefined;
}

/** An output of a hosted processor: shares each frame among its links. */
export class OutputPort implements ProcessorOutput<Frame, unknown> {
  readonly #options: OutputPortOptions;
  readonly #counters: ProcessorCounterWriter;
  readonly #onWrite: (() => void) | undefined;
  readonly #links: OutputLink[] = [];
  /** The link of an output that has one. */
  #only: OutputLink | undefined;
  #waiting: (() => void)[] = [];
  readonly #knownShape = new KnownShape();
  #knownType: AnyFrameType | undefined;
  #isOpen = true;
  #isHeld = false;

  constructor(options: OutputPortOptions) {
    this.#options = options;
    this.#counters = options.counters;
    this.#onWrite = options.onWrite;
  }

  /** What it makes. */
  get frame(): AnyFrameType | 'any' {
    return this.#options.frame;
  }

  /** The type of the frame that was written last; undefined where each frame is to be written here. */
  get knownType(): AnyFrameType | undefined {
    return this.#only?.isWatched === true ? undefined : this.#knownType;
  }

  get links(): number {
    return this.#links.length;
  }

  get credit(): number {
    if (this.#isHeld) return 0;
    if (this.#only !== undefined) return this.#only.credit;
    let credit = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#links.length; i++)
      credit = Math.min(credit, (this.#links[i] as OutputLink).credit);
    return credit;
  }

  get hasCredit(): boolean {
    if (this.#isHeld) return false;
    for (let i = 0; i < this.#links.length; i++) if (!(this.#links[i] as OutputLink).hasCredit) return false;
    return true;
  }

  acquire(shape: unknown): Frame {
    const { frame, name, pool, time } = this.#options;
    time?.read();
    if (frame !== 'any') return pool.acquire(frame as FrameType<Frame, unknown>, shape, this.#knownShape);
    throw new StreamlibError('FIELD_INVALID', `output ${name} takes any frame and can make none`, {
      path: name,
    });
  }

  write(frame: Frame): void {
    const { type } = referenceOf(frame);
    if (type !== this.#knownType) this.#check(type);
    this.#counters.countFrameOut();
    // NB: as in InputPort.read, no loop where there is one link.
    const link = this.#only;
    if (link === undefined) this.#writeAll(frame);
    else if (!link.tryWrite(frame)) this.#hold(frame, link);
    if (this.#onWrite !== undefined) this.#onWrite();
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
    this.#only = this.#links.length === 1 ? link : undefined;
    // Whoever is connected to a processor that has ended learns it at once instead of waiting for ever.
    if (!this.#isOpen) link.close();
    if (link.hasOverflow) this.#options.onUnsettled();
  }

  detach(link: OutputLink): void {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
    this.#only = this.#links.length === 1 ? this.#links[0] : undefined;
  }

  /** Whether the port looks full, however full its links are. */
  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld;
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

  #writeAll(frame: Frame): void {
    const links = this.#links;
    const last = links.length - 1;
    for (let i = 0; i < last; i++) {
      const shared = shareFrame(frame);
      const link = links[i] as OutputLink;
      if (!link.tryWrite(shared)) this.#hold(shared, link);
    }
    const link = links[last];
    if (link === undefined) frame.release();
    else if (!link.tryWrite(frame)) this.#hold(frame, link);
  }

  #hold(frame: Frame, link: OutputLink): void {
    link.hold(frame);
    this.#options.onUnsettled();
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
