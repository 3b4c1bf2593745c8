import type { FramePool } from '../frame/frame-pool.ts';
import { KnownShape } from '../frame/frame-pool.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { AnyFrameType, SlotReference } from '../frame/slot-reference.ts';
import type { DirectLink } from '../link/direct-link.ts';
import type { ProcessorInput, ProcessorOutput } from '../processor.ts';
import type { InputPort } from './input-port.ts';
import type { OutputPort } from './output-port.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** What a hop inside a turn leads from and to. */
export interface FusedHopParts {
  readonly link: DirectLink;
  readonly output: OutputPort;
  readonly input: InputPort;
  readonly from: ProcessorCounterWriter;
  readonly to: ProcessorCounterWriter;
  readonly pool: FramePool;
}

/**
 * The ports of a link between two stages of one turn. A frame that is written while the link is empty is only noted at
 * its head, and read from there at once; everything else is left to the real ports. What was counted on the way is
 * added to the counters behind the turn.
 */
export class FusedHop {
  readonly output: FusedOutput;
  readonly input: FusedInput;
  readonly #parts: FusedHopParts;

  constructor(parts: FusedHopParts) {
    this.#parts = parts;
    this.output = new FusedOutput(parts, () => this.settle());
    this.input = new FusedInput(parts);
  }

  /** Behind each turn, and where the counts are looked at within one. */
  settle(): void {
    const { link, from, to } = this.#parts;
    const { passed } = this.output;
    const { taken } = this.input;
    if (passed === 0 && taken === 0) return;
    this.output.passed = 0;
    this.input.taken = 0;
    from.countFramesOut(passed);
    to.countFramesIn(taken);
    link.countDelivered(taken);
    if (link.head !== undefined) link.tellReader();
  }
}

class FusedOutput implements ProcessorOutput<Frame, unknown> {
  passed = 0;
  readonly #link: DirectLink;
  readonly #port: OutputPort;
  readonly #pool: FramePool;
  readonly #knownShape = new KnownShape();
  readonly #type: AnyFrameType | 'any';
  readonly #settle: () => void;

  constructor({ link, output, pool }: FusedHopParts, settle: () => void) {
    this.#link = link;
    this.#settle = settle;
    this.#port = output;
    this.#pool = pool;
    this.#type = output.frame;
    link.fusedType = output.knownType;
  }

  get links(): number {
    return this.#port.links;
  }

  get credit(): number {
    return this.#port.credit;
  }

  acquire(shape: unknown): Frame {
    if (this.#type === 'any') return this.#port.acquire(shape);
    return this.#pool.acquire(this.#type, shape, this.#knownShape) as Frame;
  }

  write(frame: Frame): void {
    const reference = frame.slot as SlotReference;
    const link = this.#link;
    if (link.head !== undefined || reference.type !== link.fusedType || !reference.held)
      this.#writeToPort(frame);
    else {
      reference.queue();
      link.head = frame;
      this.passed++;
    }
  }

  ready(): Promise<void> {
    return this.#port.ready();
  }

  #writeToPort(frame: Frame): void {
    const link = this.#link;
    // Somebody may look on who wants to know how many frames were before this one.
    if (link.fusedType === undefined) this.#settle();
    this.#port.write(frame);
    link.fusedType = this.#port.knownType;
  }
}

class FusedInput implements ProcessorInput {
  taken = 0;
  readonly #link: DirectLink;
  readonly #port: InputPort;
  readonly #lastSlot: Int32Array;

  constructor({ link, input, to }: FusedHopParts) {
    this.#link = link;
    this.#port = input;
    this.#lastSlot = to.lastSlot;
  }

  get links(): number {
    return this.#port.links;
  }

  get queued(): number {
    return this.#port.queued;
  }

  get ended(): boolean {
    return this.#port.ended;
  }

  read(): Frame | undefined {
    const frame = this.#link.takeHead();
    if (frame === undefined) return undefined;
    this.taken++;
    this.#lastSlot[0] = (frame.slot as SlotReference).slotId + 1;
    return frame;
  }

  readLatest(): Frame | undefined {
    return this.#port.readLatest();
  }
}
