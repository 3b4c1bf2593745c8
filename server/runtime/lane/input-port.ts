import type { AvSyncProbe } from '../av/av-sync-probes.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { SlotReference } from '../frame/slot-reference.ts';
import type { DropReason } from '../link/link-counters.ts';
import type { LinkConsumer, LinkReader } from '../link/link-end.ts';
import type { ProcessorInput } from '../processor.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** An input of a hosted processor: reads its links in turn. */
export class InputPort implements ProcessorInput {
  readonly #counters: ProcessorCounterWriter;
  readonly #reader: LinkReader;
  readonly #onRead: (() => void) | undefined;
  readonly #probe: AvSyncProbe | undefined;
  readonly #links: LinkConsumer[] = [];
  readonly #isWatched: boolean;
  /** The link of an input that has one. */
  #only: LinkConsumer | undefined;
  /** How many of the links do not tell that frames have come. */
  #polled = 0;
  #next = 0;
  #paused = false;

  /**
   * `reader` is made ready when there is something new. `onRead` is called after each read, where reads happen outside of the lane's turns; `probe` with the time of each
   * frame, where the runtime measures picture against sound.
   */
  constructor(
    counters: ProcessorCounterWriter,
    reader: LinkReader,
    onRead?: () => void,
    probe?: AvSyncProbe,
  ) {
    this.#counters = counters;
    this.#reader = reader;
    this.#onRead = onRead;
    this.#probe = probe;
    this.#isWatched = onRead !== undefined || probe !== undefined;
  }

  /** Whether something is to be done with each frame beside counting it. */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  get links(): number {
    return this.#links.length;
  }

  /** Whether nobody says when frames come. */
  get isPolled(): boolean {
    return this.#polled > 0;
  }

  get hasQueued(): boolean {
    for (let i = 0; i < this.#links.length; i++) if ((this.#links[i] as LinkConsumer).hasQueued) return true;
    return false;
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
    // NB: the one link that most inputs have is asked without a loop, which is what lets the compiler inline this.
    const link = this.#only;
    if (link === undefined) return this.#readAny(false);
    const frame = link.tryRead();
    if (frame === undefined) return undefined;
    const counters = this.#counters;
    counters.countFrameIn((frame.slot as SlotReference).slotId);
    if (counters.isTimed || this.#isWatched) this.#watch(link, frame);
    return frame;
  }

  readLatest(): Frame | undefined {
    return this.#readAny(true);
  }

  attach(link: LinkConsumer): void {
    link.setPaused(this.#paused);
    this.#links.push(link);
    this.#only = this.#links.length === 1 ? link : undefined;
    if (!link.tell(this.#reader)) this.#polled++;
    this.#reader.makeReady();
  }

  detach(link: LinkConsumer): void {
    const index = this.#links.indexOf(link);
    if (index < 0) return;
    this.#links.splice(index, 1);
    this.#only = this.#links.length === 1 ? this.#links[0] : undefined;
    if (!link.tell(undefined)) this.#polled--;
    // The link may have been the last one that had not ended.
    this.#reader.makeReady();
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

  #readAny(latest: boolean): Frame | undefined {
    const links = this.#links;
    for (let tried = 0; tried < links.length; tried++) {
      if (this.#next >= links.length) this.#next = 0;
      const link = links[this.#next++] as LinkConsumer;
      const frame = latest ? link.tryReadLatest() : link.tryRead();
      if (frame === undefined) continue;
      this.#count(link, frame);
      return frame;
    }
    return undefined;
  }

  #count(link: LinkConsumer, frame: Frame): void {
    this.#counters.countFrameIn((frame.slot as SlotReference).slotId);
    if (this.#isWatched || this.#counters.isTimed) this.#watch(link, frame);
  }

  #watch(link: LinkConsumer, frame: Frame): void {
    // What a call has read that is timed is published at once, so that a stall can be told with it.
    if (this.#counters.isTimed) {
      this.#counters.publish();
      link.publish();
      link.latency?.record(this.#counters.begunUs - frame.monotonicUs);
    }
    this.#onRead?.();
    this.#probe?.(frame.monotonicUs);
  }
}
