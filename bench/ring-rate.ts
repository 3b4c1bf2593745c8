import assert from 'node:assert/strict';
import type { MessagePort } from 'node:worker_threads';
import { LINE_BYTES } from '../native/index.ts';
import { testAddon } from '../native/testing/index.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { BenchThread } from './support/bench-thread.ts';
import type { Benchmark } from './support/benchmark.ts';
import { BusyThread } from './support/busy-thread.ts';
import { CAPACITY_FRAMES, createCopyRing, FRAME_VALUES } from './support/copied-frames.ts';
import { createMessageEnds } from './support/message-ends.ts';
import { BenchRing } from './support/ring-ends.ts';

const FRAME_BYTES = FRAME_VALUES * 8;

/** Frames of 1 KiB between two threads: by reference, and by the ways of copying them that a program could pick. */
export const ringRate: Benchmark = {
  name: 'ring-rate',
  measures: '1 KiB frames between two threads: acquired, written by reference, counted, read and released',
  async run({ quick }) {
    const frames = quick ? 20_000 : 2_000_000;
    const copied = quick ? 5000 : 300_000;
    const posted = quick ? 2000 : 50_000;
    const ring = new BenchRing(CAPACITY_FRAMES);
    await using references = new ThreadPair('ring', ring.ends, ring.ends);
    const copyRing = createCopyRing();
    await using copies = new ThreadPair('copy', copyRing, copyRing);
    const { from, to } = createMessageEnds();
    await using messages = new ThreadPair('message', from, to, [from.port], [to.port]);
    await using busy = await BusyThread.start();

    const rates = await mediansOfRounds(quick ? 1 : 7, {
      alone: () => references.rate(frames),
      busy: () => busy.during(() => references.rate(frames)),
      ringbuf: () => copies.rate(copied),
      postMessage: () => messages.rate(posted),
      bareTouched: () => bareRate(frames, LINE_BYTES),
      bare: () => bareRate(frames, FRAME_BYTES),
    });
    checkCounts(ring, references.framesMoved);
    return [
      { name: 'ring', value: rates.alone, unit: 'frames/s', target: { atLeast: 10e6 } },
      { name: 'ring, third thread busy', value: rates.busy, unit: 'frames/s', target: { atLeast: 7e6 } },
      { name: 'ringbuf.js, same bytes', value: rates.ringbuf, unit: 'frames/s' },
      { name: 'postMessage, same bytes', value: rates.postMessage, unit: 'frames/s' },
      { name: 'bare ring of C++, only touched', value: rates.bareTouched, unit: 'frames/s' },
      { name: 'bare ring of C++, written and read whole', value: rates.bare, unit: 'frames/s' },
      { name: 'ring : ringbuf.js', value: rates.alone / rates.ringbuf, unit: '×', target: { atLeast: 8 } },
      {
        name: 'ring : bare ring of C++, only touched',
        value: rates.alone / rates.bareTouched,
        unit: '×',
      },
      {
        name: 'ring : postMessage',
        value: rates.alone / rates.postMessage,
        unit: '×',
        target: { atLeast: 20 },
      },
    ];
  },
};

/** A producing and a consuming thread. Both throw when a frame is lost or comes out of order. */
class ThreadPair implements AsyncDisposable {
  framesMoved = 0;
  readonly #producer: BenchThread<number, number>;
  readonly #consumer: BenchThread<number, number>;

  constructor(
    kind: 'ring' | 'copy' | 'message',
    from: unknown,
    to: unknown,
    fromPorts: readonly MessagePort[] = [],
    toPorts: readonly MessagePort[] = [],
  ) {
    this.#producer = new BenchThread(`${kind}-producer`, from, fromPorts);
    this.#consumer = new BenchThread(`${kind}-consumer`, to, toPorts);
  }

  /** Moves frames; answers how many a second. */
  async rate(frames: number): Promise<number> {
    const [, tookUs] = await Promise.all([this.#producer.run(frames), this.#consumer.run(frames)]);
    this.framesMoved += frames;
    return (frames / tookUs) * 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#producer[Symbol.asyncDispose](), this.#consumer[Symbol.asyncDispose]()]);
  }
}

/** Frames of one cache line are touched whole, as the others are by their sequence id. */
function bareRate(frames: number, frameBytes: number): number {
  const { frames: moved, faults, elapsedNs } = testAddon.ringRate(frames, frameBytes);
  assert.deepEqual({ moved, faults }, { moved: frames, faults: 0 });
  return (moved / elapsedNs) * 1e9;
}

function checkCounts(ring: BenchRing, frames: number): void {
  const { produced, delivered, queued, inFlight, dropped } = ring.counts();
  assert.deepEqual(
    { produced, delivered, queued, inFlight },
    { produced: frames, delivered: frames, queued: 0, inFlight: 0 },
  );
  for (const [reason, count] of Object.entries(dropped)) assert.equal(count, 0, `dropped as ${reason}`);
}
