import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as native from '../../native/index.ts';
import { Child, ROOT } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestSegment } from './test-segment.ts';

const NATIVE = JSON.stringify(`file://${ROOT}native/index.ts`);
const LANE = 4;
const STATE = native.DOORBELLS_PLACE / 4 + LANE * native.LINE_WORDS + native.DOORBELL_STATE_WORD;

function ring(segment: TestSegment): void {
  if (Atomics.exchange(segment.words, STATE, native.DOORBELL_RUNG) !== native.DOORBELL_ASLEEP) return;
  native.doorbellWake(segment.handle, LANE);
}

describe('a doorbell', () => {
  it('tells whether it was rung before the sleep or not at all', () => {
    using segment = new TestSegment();
    assert.equal(native.doorbellWait(segment.handle, LANE, 1), false);
    ring(segment);
    assert.equal(native.doorbellWait(segment.handle, LANE, 1000), true);
    assert.equal(Atomics.load(segment.words, STATE), native.DOORBELL_AWAKE);
  });

  it('wakes a worker out of its futex', async () => {
    using segment = new TestSegment();
    const source = `import * as native from ${NATIVE};
      import { parentPort, workerData as id } from 'node:worker_threads';
      const segment = native.segmentOpen(id);
      const until = performance.now() + 20_000;
      let rung = false;
      while (!rung && performance.now() < until) rung = native.doorbellWait(segment, ${LANE}, 1000);
      parentPort.postMessage(rung);`;
    const sleeper = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: native.segmentId(segment.handle),
    });
    const answer = once(sleeper, 'message');
    await eventually(() => Atomics.load(segment.words, STATE) === native.DOORBELL_ASLEEP, 'it sleeps');
    ring(segment);
    assert.deepEqual(await answer, [true]);
  });

  it('wakes an event loop, and takes several wakes at once for one', async () => {
    using segment = new TestSegment();
    let calls = 0;
    native.doorbellListen(segment.handle, LANE, () => calls++);
    const sleeper = segment.words[STATE + native.DOORBELL_SLEEPER_WORD - native.DOORBELL_STATE_WORD];
    assert.equal(sleeper, native.SLEEPER_EVENT_LOOP);
    for (let i = 0; i < 100; i++) native.doorbellWake(segment.handle, LANE);
    await eventually(() => calls > 0, 'the callback is called');
    assert.equal(calls, 1);
    native.doorbellWake(segment.handle, LANE);
    await eventually(() => calls === 2, 'it is called again');
    native.doorbellUnlisten(segment.handle, LANE);
    native.doorbellWake(segment.handle, LANE);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(calls, 2);
  });

  it('keeps no process alive', async () => {
    const source = `import * as native from ${NATIVE};
      native.doorbellListen(native.segmentCreate(1), 0, () => {});
      console.log('listens');`;
    await using child = new Child(process.execPath, ['--input-type=module', '-e', source]);
    assert.deepEqual(await child.end(), { code: 0, signal: null, stdout: 'listens\n', stderr: '' });
  });

  it('survives the end of the worker that listened while others wake it', async function () {
    this.timeout(30_000);
    using segment = new TestSegment();
    const source = `import * as native from ${NATIVE};
      import { parentPort, workerData as id } from 'node:worker_threads';
      native.doorbellListen(native.segmentOpen(id), ${LANE}, () => {});
      parentPort.postMessage('listens');
      setInterval(() => {}, 1000);`;
    for (let round = 0; round < 5; round++) {
      const listener = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
        workerData: native.segmentId(segment.handle),
      });
      await once(listener, 'message');
      const ended = listener.terminate();
      for (let i = 0; i < 10_000; i++) native.doorbellWake(segment.handle, LANE);
      assert.equal(await ended, 1);
    }
  });
});
