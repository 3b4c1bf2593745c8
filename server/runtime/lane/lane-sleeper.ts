import {
  DOORBELL_ASLEEP,
  DOORBELL_AWAKE,
  DOORBELL_RUNG,
  DOORBELL_SLEEPER_WORD,
  DOORBELLS_PLACE,
  doorbellListen,
  doorbellUnlisten,
  doorbellWait,
  LINE_BYTES,
  SLEEPER_EVENT_LOOP,
  SLEEPER_FUTEX,
} from '../../../native/index.ts';
import type { Segment } from '../frame/segment.ts';

/**
 * How often a lane pauses before it looks whether it was rung, about 3 µs in all. A lane that has just read a ring empty
 * would else find the next frame at once, and have the other core fetch the ring's and the doorbell's lines back for
 * every frame: 1 KiB frames went from 6.9 to 8.6 million a second (bench/ring-rate.ts).
 */
const PAUSES = 100;
/** How often it looks before it sleeps: with the pauses about a third of what a wake-up takes. */
const POLLS = 200;

/** A lane as the owner of its doorbell: it sleeps until somebody rings. The lane's thread alone uses it. */
export class LaneSleeper implements Disposable {
  readonly #segment: Segment;
  readonly #laneIndex: number;
  readonly #words: Int32Array;
  readonly #state: number;
  #listens = false;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(segment: Segment, laneIndex: number) {
    this.#segment = segment;
    this.#laneIndex = laneIndex;
    this.#words = segment.words;
    this.#state = (DOORBELLS_PLACE + laneIndex * LINE_BYTES) / 4;
  }

  /** Blocks the thread until the doorbell is rung or the time is over. */
  sleep(timeoutMs: number): void {
    for (let pauses = 0; pauses < PAUSES; pauses++) Atomics.pause();
    for (let polls = 0; polls < POLLS; polls++) {
      if (Atomics.load(this.#words, this.#state) !== DOORBELL_RUNG) continue;
      // ORDERING: an exchange, so that whoever rings from here on finds the lane awake and what it wrote is seen.
      Atomics.exchange(this.#words, this.#state, DOORBELL_AWAKE);
      return;
    }
    this.#words[this.#state + DOORBELL_SLEEPER_WORD] = SLEEPER_FUTEX;
    doorbellWait(this.#segment.handle, this.#laneIndex, timeoutMs);
  }

  /** Calls `wake` from the event loop, once, when the doorbell is rung or the time is over. */
  sleepInEventLoop(timeoutMs: number, wake: () => void): void {
    if (!this.#listens) {
      doorbellListen(this.#segment.handle, this.#laneIndex, () => this.#wakeUp());
      this.#listens = true;
    }
    this.#wake = wake;
    this.#words[this.#state + DOORBELL_SLEEPER_WORD] = SLEEPER_EVENT_LOOP;
    // ORDERING: the sleeper word is written before anybody can find the lane asleep.
    const state = Atomics.compareExchange(this.#words, this.#state, DOORBELL_AWAKE, DOORBELL_ASLEEP);
    if (state === DOORBELL_AWAKE) this.#timer = setTimeout(() => this.#wakeUp(), Math.ceil(timeoutMs));
    else setImmediate(() => this.#wakeUp());
  }

  /** Ends a sleep in the event loop without waking. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#wake = undefined;
    if (this.#listens) doorbellUnlisten(this.#segment.handle, this.#laneIndex);
    this.#listens = false;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    if (wake === undefined) return;
    this.#wake = undefined;
    clearTimeout(this.#timer);
    Atomics.exchange(this.#words, this.#state, DOORBELL_AWAKE);
    wake();
  }
}
