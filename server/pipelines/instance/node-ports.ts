import type { FramePool } from '../../runtime/frame/frame-pool.ts';
import type { Frame, FrameType } from '../../runtime/frame/frame-type.ts';
import { type AnyFrameType, passFrame, shareFrame } from '../../runtime/frame/slot-reference.ts';
import type { ProcessorInput, ProcessorOutput } from '../../runtime/processor.ts';

/** Counts what a node reads and writes, which shows whether a call did anything. */
export interface TransferCount {
  transfers: number;
}

/** An input of a node that is called directly: a queue without a bound, filled by the nodes before it. */
export class NodeInput implements ProcessorInput {
  /** As after the last frame of the last link. */
  ended = false;
  readonly links = 1;
  readonly #count: TransferCount;
  readonly #frames: Frame[] = [];

  constructor(count: TransferCount) {
    this.#count = count;
  }

  get queued(): number {
    return this.#frames.length;
  }

  read(): Frame | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#count.transfers++;
    return frame;
  }

  readLatest(): Frame | undefined {
    while (this.#frames.length > 1) this.read()?.release();
    return this.read();
  }

  /** Takes the frame over. */
  push(frame: Frame): void {
    this.#frames.push(frame);
  }

  clear(): void {
    for (const frame of this.#frames.splice(0)) frame.release();
  }
}

/** An output of a node that is called directly: hands frames to the inputs behind it at once. */
export class NodeOutput implements ProcessorOutput<Frame, unknown> {
  /** How many frames the node may still write in this call. */
  credit = Number.POSITIVE_INFINITY;
  readonly #pool: FramePool;
  readonly #type: AnyFrameType | 'any';
  readonly #count: TransferCount;
  readonly #takers: ((frame: Frame) => void)[] = [];

  constructor(pool: FramePool, type: AnyFrameType | 'any', count: TransferCount) {
    this.#pool = pool;
    this.#type = type;
    this.#count = count;
  }

  get links(): number {
    return this.#takers.length;
  }

  /** Has every frame from now on given to `take`, which releases it or hands it on. */
  connect(take: (frame: Frame) => void): void {
    this.#takers.push(take);
  }

  acquire(shape: unknown): Frame {
    if (this.#type !== 'any') return this.#pool.acquire(this.#type as FrameType<Frame, unknown>, shape);
    throw new TypeError('an output that takes any frame can make none');
  }

  write(frame: Frame): void {
    this.#count.transfers++;
    this.credit--;
    // As on a link: the writer's reference ends here.
    const passed = passFrame(frame);
    const last = this.#takers.length - 1;
    for (let i = 0; i < last; i++) this.#takers[i]?.(shareFrame(passed));
    const take = this.#takers[last];
    if (take === undefined) passed.release();
    else take(passed);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}
