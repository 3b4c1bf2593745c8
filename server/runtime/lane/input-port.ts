import type { AvSyncProbe } from '../av/av-sync-probes.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { SlotReference } from '../frame/slot-reference.ts';
import type { DropReason } from '../link/link-counters.ts';
import type { HoldReason, LinkConsumer, LinkReader } from '../link/link-end.ts';
import type { ProcessorInput } from '../processor.ts';
import type { CallGuard } from './call-guard.ts';
import type { LaneDeadLetter } from './dead-letter.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';
import { type ReturnedFrame, ReturnedFrames } from './returned-frames.ts';

/** What an input of a hosted processor is made from. */
export interface InputPortOptions {
  readonly name: string;
  readonly counters: ProcessorCounterWriter;
  /** Made ready when there is something new. */
  readonly reader: LinkReader;
  /** Where reads happen outside of the lane's turns: called after each. */
  readonly onRead: (() => void) | undefined;
  /** Where the runtime measures picture against sound: given the time of each frame. */
  readonly probe: AvSyncProbe | undefined;
}

/** An input of a hosted processor: reads its links in turn, and before them what was reinjected. */
export class InputPort implements ProcessorInput {
  readonly name: string;
  readonly #counters: ProcessorCounterWriter;
  readonly #reader: LinkReader;
  readonly #onRead: (() => void) | undefined;
  readonly #probe: AvSyncProbe | undefined;
  readonly #links: LinkConsumer[] = [];
  readonly #returned = new ReturnedFrames();
  #guard: CallGuard | undefined;
  #isWatched: boolean;
  /** The link of an input that has one, while nothing is reinjected. */
  #only: LinkConsumer | undefined;
  /** How many of the links do not tell that frames have come. */
  #polled = 0;
  #next = 0;
  #paused = false;
  #holdReason: HoldReason = 'paused';

  constructor({ name, counters, reader, onRead, probe }: InputPortOptions) {
    this.name = name;
    this.#counters = counters;
    this.#reader = reader;
    this.#onRead = onRead;
    this.#probe = probe;
    this.#isWatched = onRead !== undefined || probe !== undefined;
  }

  /** Has a guard know of each frame that is read. */
  setGuard(guard: CallGuard | undefined): void {
    this.#guard = guard;
    this.#look();
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
    if (this.#returned.count > 0) return true;
    for (let i = 0; i < this.#links.length; i++) if ((this.#links[i] as LinkConsumer).hasQueued) return true;
    return false;
  }

  get queued(): number {
    let queued = this.#returned.count;
    for (let i = 0; i < this.#links.length; i++) queued += (this.#links[i] as LinkConsumer).queued;
    return queued;
  }

  get ended(): boolean {
    if (this.#returned.count > 0) return false;
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
    link.setPaused(this.#paused, this.#holdReason);
    this.#links.push(link);
    this.#look();
    if (!link.tell(this.#reader)) this.#polled++;
    this.#reader.makeReady();
  }

  detach(link: LinkConsumer): void {
    const index = this.#links.indexOf(link);
    if (index < 0) return;
    this.#links.splice(index, 1);
    this.#look();
    if (!link.tell(undefined)) this.#polled--;
    // The link may have been the last one that had not ended.
    this.#reader.makeReady();
  }

  /** Gives a frame to the processor once more. Throws QUEUE_FULL, and then the frame stays the caller's. */
  reinject(returned: ReturnedFrame): void {
    this.#returned.assertRoom(this.name);
    this.#returned.add(returned);
    this.#look();
    this.#reader.makeReady();
  }

  /** Takes back what was reinjected and not read. */
  takeReturned(): LaneDeadLetter[] {
    const letters = this.#returned.takeAll();
    this.#look();
    return letters;
  }

  setPaused(paused: boolean, reason: HoldReason = 'paused'): void {
    this.#paused = paused;
    this.#holdReason = reason;
    for (const link of this.#links) link.setPaused(paused, reason);
  }

  discard(reason: DropReason): void {
    for (let i = 0; i < this.#links.length; i++) {
      const link = this.#links[i] as LinkConsumer;
      if (link.queued > 0) link.discard(reason);
    }
  }

  #readAny(latest: boolean): Frame | undefined {
    const returned = this.#returned.next();
    if (returned !== undefined) return this.#readReturned(returned);
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

  #readReturned({ letter, frame }: ReturnedFrame): Frame {
    this.#look();
    this.#counters.countFrameIn((frame.slot as SlotReference).slotId);
    this.#guard?.note(this.name, frame, letter.attempts + 1);
    this.#onRead?.();
    return frame;
  }

  /** What `read` need not look at. */
  #look(): void {
    const isPlain = this.#links.length === 1 && this.#returned.count === 0;
    this.#only = isPlain ? this.#links[0] : undefined;
    const isSeen = this.#onRead !== undefined || this.#probe !== undefined || this.#guard !== undefined;
    this.#isWatched = isSeen || this.#returned.count > 0;
  }

  #watch(link: LinkConsumer, frame: Frame): void {
    this.#guard?.note(this.name, frame, 1);
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
