import assert from 'node:assert/strict';
import type { ProcessorId } from '../../../server/runtime/ids.ts';
import { DeadLetterStore } from '../../../server/runtime/supervision/dead-letter-store.ts';

const [a, b] = ['a', 'b'] as ProcessorId[] as [ProcessorId, ProcessorId];
const error = { code: 'PROCESS_FAILED', message: 'no' } as const;
const letter = (processorId: ProcessorId, byteLength: number) => ({
  ...{ processorId, inputPort: 'data', bytes: new Uint8Array(byteLength), error, failedAtMs: 0, attempts: 1 },
});

describe('the dead letters that are kept', () => {
  it('are bounded per processor, the oldest going first and being counted', () => {
    const store = new DeadLetterStore(1_000, 'x');
    for (let i = 0; i < 5; i++) store.add(letter(a, 1), 3);
    store.add(letter(b, 1), 3);
    assert.deepEqual([store.count(a), store.evicted(a), store.count(b), store.evicted(b)], [3, 2, 1, 0]);
    const ids = [...store.list(a)].map(({ deadLetterId }) => deadLetterId);
    assert.deepEqual(ids, ['x-000000000003', 'x-000000000004', 'x-000000000005']);
    assert.deepEqual([...store.list(a, ids[1])].length, 1);
  });

  it('are bounded in bytes over all processors', () => {
    const store = new DeadLetterStore(100, 'x');
    store.add(letter(a, 60), 10);
    store.add(letter(b, 40), 10);
    store.add(letter(b, 30), 10);
    assert.deepEqual([store.count(a), store.evicted(a), store.count(b)], [0, 1, 2]);
    store.add(letter(b, 101), 10);
    assert.deepEqual([store.count(b), store.evicted(b)], [0, 3]);
  });

  it('are gone when they were deleted, once, and make room', () => {
    const store = new DeadLetterStore(100, 'x');
    const first = store.add(letter(a, 60), 10);
    store.delete(first);
    store.delete(first);
    assert.equal(store.get(a, first.deadLetterId), undefined);
    store.add(letter(a, 100), 10);
    assert.deepEqual([store.count(a), store.evicted(a)], [1, 0]);
    store.countEvicted(a, 4);
    assert.equal(store.evicted(a), 4);
    store.forget(a);
    assert.deepEqual([store.count(a), store.evicted(a)], [0, 0]);
  });
});
