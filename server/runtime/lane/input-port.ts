import type { Frame } from '../frame/frame-type.ts';
import type { DropReason } from '../link/link-counters.ts';
import type { LinkConsumer } from '../link/link-end.ts';
import type { ProcessorInput } from '../processor.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** An input of a hosted processor: reads its links in turn. */
export class InputPort implements ProcessorInput {
  readonly #counters: ProcessorCounterWriter;
  readonly #onRead: (() => void) | undefined;
  readonly #links: LinkConsumer[] = [];
  #next = 0;
  #paused = false;

  /** `onRead` is called after each read, where reads happen outside of the lane's turns. */
  constructor(counters: ProcessorCounterWriter, onRead?: () => void) {
    this.#counters = counters;
    this.#onRead = onRead;
  }

  get links(): number {
    return this.#links.length;
  }

  get queued(): number {
    let queued = 0;
    for (let i = 0; i < this.#links.length; i++) queued += (this.#links[i] as LinkConsumer).queued;
    return queued;
  }

  get ended(): boolean {
    for (let i = 0; i < this.#links.length; i++) if (!(this.#links[i] as LinkConsumer).ended) return false;
    return this.#links.length > 0;
  }

  read(): Frame | undefined {
    return this.#read(false);
  }

  readLatest(): Frame | undefined {
    return this.#read(true);
  }

  attach(link: LinkConsumer): void {
    link.setPaused(this.#paused);
    this.#links.push(link);
  }

  detach(link: LinkConsumer): void {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    for (const link of this.#links) link.setPaused(paused);
  }

  discard(reason: DropReason): void {
    for (let i = 0; i < this.#links.length; i++) {
      const link = this.#links[i] as LinkConsumer;
      if (link.queued > 0) link.discard(reason);
    }
  }

  #read(latest: boolean): Frame | undefined {
    const links = this.#links;
    for (let tried = 0; tried < links.length; tried++) {
      if (this.#next >= links.length) this.#next = 0;
      const link = links[this.#next++] as LinkConsumer;
      const frame = latest ? link.tryReadLatest() : link.tryRead();
      if (frame === undefined) continue;
      this.#counters.countFrameIn();
      this.#onRead?.();
      return frame;
    }
    return undefined;
  }
}
