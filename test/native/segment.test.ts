import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as native from '../../native/index.ts';
import { ROOT } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestSegment } from './test-segment.ts';

const NATIVE = JSON.stringify(`file://${ROOT}native/index.ts`);
const WORD = native.CONTROL_PLACE / 4;

/** Runs `body` in a worker, with the addon as `native` and the segment's id as `id`; the worker then ends. */
function worker(body: string, id: number): Worker {
  const source = `import * as native from ${NATIVE};
    import { workerData as id } from 'node:worker_threads';
    ${body}`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: id,
  });
}

describe('a segment', () => {
  it('is zeroed, has the size that was asked for, and tells it in its header', () => {
    using segment = new TestSegment(3 * native.CHUNK_BYTES - 5);
    assert.equal(segment.words.byteLength, native.DATA_PLACE + 3 * native.CHUNK_BYTES);
    assert.equal(segment.words[native.HEADER_MAGIC_WORD], native.SEGMENT_MAGIC);
    assert.equal(segment.words[native.HEADER_VERSION_WORD], native.LAYOUT_VERSION);
    assert.equal(segment.words[native.HEADER_CHUNK_LIMIT_WORD], 3);
    assert.equal(segment.words[WORD], 0);
  });

  it('is the same memory in many workers at once, again and again', async function () {
    this.timeout(30_000);
    using segment = new TestSegment();
    const id = native.segmentId(segment.handle);
    for (let round = 1; round <= 3; round++) {
      const workers = Array.from({ length: 8 }, () =>
        worker(
          `const words = new Int32Array(native.segmentBuffer(native.segmentOpen(id)));
          for (let i = 0; i < 1000; i++) Atomics.add(words, ${WORD}, 1);`,
          id,
        ),
      );
      const codes = await Promise.all(workers.map(async (one) => (await once(one, 'exit'))[0]));
      assert.deepEqual(codes, new Array(8).fill(0));
      assert.equal(segment.words[WORD], round * 8000);
    }
  });

  it('is one ArrayBuffer per thread, whichever handle asks', () => {
    using segment = new TestSegment();
    const other = native.segmentOpen(native.segmentId(segment.handle));
    assert.equal(native.segmentBuffer(other), segment.words.buffer);
    native.segmentClose(other);
    assert.equal(native.segmentBuffer(segment.handle), segment.words.buffer);
  });

  it('gives its memory back when its last handle is closed, and stays safe to look at', () => {
    const segment = new TestSegment();
    const id = native.segmentId(segment.handle);
    const other = native.segmentOpen(id);
    segment.words[WORD] = 7;
    native.segmentClose(segment.handle);
    assert.equal(segment.words[WORD], 7);
    native.segmentClose(other);
    assert.equal(segment.words[WORD], 0);
    assert.throws(() => native.segmentOpen(id), /expected the id of a segment that is open/);
  });

  it('attached twice in one process is the segment itself', () => {
    using segment = new TestSegment();
    const attached = native.segmentAttach(native.segmentFd(segment.handle));
    assert.equal(native.segmentId(attached), native.segmentId(segment.handle));
    native.segmentClose(attached);
  });

  it('is shared with a child process by its descriptor, and not emptied by the one that closes first', async () => {
    using segment = new TestSegment();
    const source = `import(${NATIVE}).then((native) => {
      const segment = native.segmentAttach(3);
      const words = new Int32Array(native.segmentBuffer(segment));
      Atomics.add(words, ${WORD}, 41);
      native.doorbellWait(segment, 5, 1000);
      native.segmentClose(segment);
    })`;
    const child = spawn(process.execPath, ['-e', source], {
      stdio: ['ignore', 'inherit', 'inherit', native.segmentFd(segment.handle)],
    });
    const ended = once(child, 'exit');
    await eventually(() => Atomics.load(segment.words, WORD) === 41, 'the child has written');
    const state = native.DOORBELLS_PLACE / 4 + 5 * native.LINE_WORDS;
    await eventually(() => Atomics.load(segment.words, state) === native.DOORBELL_ASLEEP, 'the child sleeps');
    assert.equal(Atomics.exchange(segment.words, state, native.DOORBELL_RUNG), native.DOORBELL_ASLEEP);
    native.doorbellWake(segment.handle, 5);
    assert.deepEqual(await ended, [0, null]);
    assert.equal(segment.words[WORD], 41);
    assert.equal(Atomics.load(segment.words, state), native.DOORBELL_AWAKE);
  });
});
