import assert from 'node:assert/strict';
import type { Checkpoint } from '../../../server/runtime/checkpoint.ts';
import { CheckpointStore } from '../../../server/runtime/commit/checkpoint-store.ts';
import { type ProcessorId, parseProcessorId } from '../../../server/runtime/ids.ts';

const A = parseProcessorId('a');
const B = parseProcessorId('b');
const state = (text: string): Checkpoint => ({ processorType: 'T', typeVersion: 1, stateJson: text });

type Changes = ReadonlyMap<ProcessorId, Checkpoint | undefined>;

/** Keeps in memory, when it is told to, and fails when it is told to. */
class SlowKeeper {
  readonly saved: Changes[] = [];
  readonly open: PromiseWithResolvers<void>[] = [];

  save(changes: Changes): Promise<void> {
    this.saved.push(changes);
    const done = Promise.withResolvers<void>();
    this.open.push(done);
    return done.promise;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('CheckpointStore', () => {
  it('knows the newest checkpoint of each processor, beginning with those it was given', async () => {
    const store = new CheckpointStore(undefined, [[A, state('1')]]);
    assert.deepEqual(store.get(A), state('1'));
    store.put(A, state('2'));
    store.put(B, state('3'));
    store.delete(B);
    await store.flush();
    assert.deepEqual([store.get(A), store.get(B)], [state('2'), undefined]);
  });

  it('hands changes over one save after the other, the newest of each processor', async () => {
    const keeper = new SlowKeeper();
    const store = new CheckpointStore(keeper, [[B, state('0')]]);
    store.put(A, state('1'));
    store.put(A, state('2'));
    await turn();
    store.put(A, state('3'));
    store.delete(B);
    const flushed = store.flush();
    await turn();
    assert.deepEqual(keeper.saved, [new Map([[A, state('2')]])]);
    keeper.open[0]?.resolve();
    await turn();
    assert.deepEqual(keeper.saved[1], new Map<ProcessorId, unknown>([[A, state('3')]]).set(B, undefined));
    keeper.open[1]?.resolve();
    await flushed;
    assert.equal(keeper.saved.length, 2);
  });

  it('hands over again what could not be saved, unless there is something newer', async () => {
    const keeper = new SlowKeeper();
    const store = new CheckpointStore(keeper);
    store.put(A, state('1'));
    store.put(B, state('1'));
    const failing = store.flush();
    await turn();
    store.put(B, state('2'));
    keeper.open[0]?.reject(new Error('disk full'));
    await assert.rejects(failing, /disk full/);
    await turn();
    assert.deepEqual([...(keeper.saved[1] ?? [])].sort(), [
      [A, state('1')],
      [B, state('2')],
    ]);
    keeper.open[1]?.resolve();
    await store.flush();
    assert.equal(keeper.saved.length, 2);
  });

  it('gives a processor that was removed what it had, once it is brought back, and nothing else', async () => {
    const saved = new Map<ProcessorId, Checkpoint | undefined>();
    const save = async (changes: Changes) => {
      for (const [id, checkpoint] of changes) saved.set(id, checkpoint);
    };
    const store = new CheckpointStore({ save }, [[A, state('1')]]);
    store.retire(A);
    await store.flush();
    assert.deepEqual([store.get(A), saved.get(A)], [undefined, undefined]);
    store.bringBack(A);
    await store.flush();
    assert.deepEqual([store.get(A), saved.get(A)], [state('1'), state('1')]);
    store.retire(A);
    store.put(A, state('2'));
    store.bringBack(A);
    assert.deepEqual(store.get(A), state('2'));
    store.delete(A);
    store.retire(A);
    store.bringBack(A);
    assert.equal(store.get(A), undefined);
  });

  it('keeps the last 256 that were removed', () => {
    const ids = Array.from({ length: 257 }, (_, i) => parseProcessorId(`p${i}`));
    const store = new CheckpointStore(
      undefined,
      ids.map((id) => [id, state(id)]),
    );
    for (const id of ids) store.retire(id);
    for (const id of ids) store.bringBack(id);
    assert.deepEqual(
      ids.filter((id) => store.get(id) === undefined),
      ['p0'],
    );
  });

  it('saves nothing for a processor that had no state', async () => {
    const keeper = new SlowKeeper();
    const store = new CheckpointStore(keeper);
    store.delete(A);
    await store.flush();
    assert.deepEqual(keeper.saved, []);
  });
});
