import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ListControlEventsSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { StoredCallSchema, StoredRevisionSchema } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { CONTROL_EVENT_TYPES, EventLog } from '../../../server/runtime/events/event-log.ts';
import { ControlEventHistory } from '../../../server/runtime/history/control-event-history.ts';
import { ControlJournal } from '../../../server/runtime/history/control-journal.ts';
import { MemoryJournal, SqliteJournal } from '../../../server/runtime/journal/index.ts';
import { createLog } from '../../../server/runtime/logging.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { TestRuntime } from '../../support/test-runtime.ts';
import { listControlEvents } from './support/list-control-events.ts';

const ALL_RECORDS = 1_000_000;
const [REVISION, CALL] = [1, 2];

const streamOf = async ({ runtime }: TestRuntime): Promise<string> => (await runtime.getState()).streamId;

const controlOf = ({ events }: TestRuntime): Event[] =>
  events.filter(({ type }) => CONTROL_EVENT_TYPES.has(type));

/** Some edits of every kind, while it runs and while it does not. */
async function edit({ runtime }: TestRuntime, name: string): Promise<void> {
  await runtime.addProcessor({ type: 'Forward', id: `${name}-a` });
  await runtime.start();
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => runtime.addProcessor({ type: 'Forward', id: `${name}-${i}` })),
  );
  await runtime.updateProcessor(`${name}-1`, { displayName: 'one' });
  await runtime.removeProcessor(`${name}-2`);
  await runtime.pause();
}

describe('control events', () => {
  const path = useTemporaryFolder();
  const open = (options = {}) => TestRuntime.create({ stateDirectory: path('state'), ...options });

  it('are known after restarts as they were published', async () => {
    const published: Event[][] = [];
    const streams: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      const test = await open();
      streams.push(await streamOf(test));
      await edit(test, name);
      const point = controlOf(test)[10];
      const listed = await listControlEvents(test.runtime, streams.at(-1) ?? '', Number(point?.sequence));
      assert.deepEqual(listed, controlOf(test).slice(11), 'within the stream');
      await test.runtime.close(1_000);
      await nextTurn();
      published.push(controlOf(test));
      await test[Symbol.asyncDispose]();
    }
    await using last = await open();
    const [first = '', second = ''] = streams;
    assert.deepEqual(await listControlEvents(last.runtime, first), published.flat());
    const half = Math.floor((published[1]?.length ?? 0) / 2);
    const point = published[1]?.[half - 1];
    assert.deepEqual(
      await listControlEvents(last.runtime, second, Number(point?.sequence)),
      published.slice(1).flat().slice(half),
    );
    assert.deepEqual(await listControlEvents(last.runtime, await streamOf(last)), controlOf(last));
  });

  it('are published when reads show what they tell, and in the order of their numbers', async () => {
    await using test = await open();
    const { runtime } = test;
    const missing: string[] = [];
    using _listener = runtime.events.subscribe('*', ({ payload, sequence }) => {
      if (payload.case !== 'processorAdded') return;
      const { processorId } = payload.value;
      void runtime.getProcessor(processorId).then(
        ({ processorId: id }) => assert.equal(id, processorId),
        () => missing.push(`${processorId} of ${sequence}`),
      );
    });
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        runtime.events.publish('beside', { name: 'tick' });
        await runtime.addProcessor({ type: 'Forward', id: `n-${i}` });
      }),
    );
    await eventually(() => test.payloads('processorAdded').length === 50, 'all are told');
    assert.deepEqual(missing, []);
    assert.deepEqual(
      test.events.map(({ sequence }) => Number(sequence)),
      test.events.map((_, index) => index + 1),
    );
  });

  it('up to the position of a read are exactly those of what it shows, while others edit', async () => {
    await using test = await open();
    const { runtime } = test;
    const reads: { ids: string[]; asOf: number }[] = [];
    let isOver = false;
    const read = async (): Promise<void> => {
      while (!isOver) {
        const list = await runtime.execute({ case: 'listProcessors', value: {} });
        const { graph, ...get } = await runtime.execute({ case: 'getGraph', value: {} });
        for (const [{ asOfSequence }, parts] of [
          [list, list.processors],
          [get, graph?.processors ?? []],
        ] as const)
          reads.push({ ids: parts.map(({ processorId }) => processorId), asOf: Number(asOfSequence) });
        await nextTurn();
      }
    };
    const reading = read();
    await Promise.all(
      Array.from({ length: 4 }, async (_, editor) => {
        for (let i = 0; i < 10; i++) {
          await runtime.addProcessor({ type: 'Forward', id: `n-${editor}-${i}` });
          if (i % 3 === 0) await runtime.removeProcessor(`n-${editor}-${i}`);
        }
      }),
    );
    isOver = true;
    await reading;
    const idsAt = (sequence: number): string[] => {
      const ids = new Set<string>();
      for (const { payload, sequence: at } of test.events) {
        if (Number(at) > sequence) break;
        if (payload.case === 'processorAdded') ids.add(payload.value.processorId);
        if (payload.case === 'processorRemoved') ids.delete(payload.value.processorId);
      }
      return [...ids].toSorted();
    };
    await nextTurn();
    assert.ok(new Set(reads.map(({ asOf }) => asOf)).size > 5, 'reads of many moments');
    for (const { ids, asOf } of reads) assert.deepEqual(ids.toSorted(), idsAt(asOf), `as of ${asOf}`);
  });

  it('of a stream that is not known, or is gone with its process, are lost', async () => {
    const streamId = await (async () => {
      await using test = await TestRuntime.create({ stateDirectory: undefined });
      await test.runtime.addProcessor({ type: 'Forward', id: 'a' });
      const listed = await listControlEvents(test.runtime, await streamOf(test));
      await nextTurn();
      assert.ok(listed.length > 0);
      assert.deepEqual(listed, controlOf(test));
      return await streamOf(test);
    })();
    await using second = await TestRuntime.create({ stateDirectory: undefined });
    await assert.rejects(listControlEvents(second.runtime, streamId), { code: 'RESUME_POINT_LOST' });
    await using kept = await open();
    await assert.rejects(listControlEvents(kept.runtime, streamId), { code: 'RESUME_POINT_LOST' });
  });

  it('of a state that was written before there were any are none, and those that follow are there', async () => {
    await using written = await open();
    await edit(written, 'old');
    await written.runtime.close(1_000);
    await withoutEvents(path('state'), path('old'));

    const first = await open({ stateDirectory: path('old') });
    assert.equal((await first.runtime.listProcessors()).length, 20);
    await first.runtime.addProcessor({ type: 'Forward', id: 'new' });
    const streamId = await streamOf(first);
    await first.runtime.close(1_000);
    await nextTurn();
    const published = controlOf(first);
    await using second = await open({ stateDirectory: path('old') });
    assert.deepEqual(await listControlEvents(second.runtime, streamId), published);
    assert.ok(published.some(({ type }) => type === 'ProcessorAdded'));
  });

  it('that the journal has removed are lost, and no later ones', async () => {
    const journal = new MemoryJournal({ keepRecords: 10, keepAgeMs: 0, maxRecords: 10 });
    const control = new ControlJournal({ journal, log: createLog({ '': 'silent' }).area('journal') });
    await control.open();
    const log = new EventLog(() => 0, control);
    const { streamId } = log;
    control.beginStream(streamId);
    const emitted = 4_100;
    for (let i = 0; i < emitted; i++)
      log.emit({ case: 'processorRemoved', value: { processorId: `n-${i}` } }, { topic: 'processor:n' });
    await eventually(async () => (await journal.readBack({ limit: 1 })).oldest > 1, 'it is compacted');
    const history = new ControlEventHistory({ journal, streams: control.streams, streamId });
    const pageAfter = (after: number) =>
      history.page(create(ListControlEventsSchema, { streamId, afterSequence: BigInt(after) }));
    const { oldest } = await journal.readBack({ limit: 1 });
    // The first record is that of the stream itself.
    const lastRemoved = oldest - 2;
    await assert.rejects(pageAfter(0), { code: 'RESUME_POINT_LOST' });
    await assert.rejects(pageAfter(lastRemoved - 1), { code: 'RESUME_POINT_LOST' });
    const { events } = await pageAfter(lastRemoved);
    assert.equal(Number(events[0]?.sequence), lastRemoved + 1);
    assert.deepEqual((await pageAfter(emitted)).events, []);
  });
});

/** Copies a state as a server would have written it that kept no events. */
async function withoutEvents(from: string, to: string): Promise<void> {
  const source = new SqliteJournal({ directory: from });
  await source.open({ readOnly: true });
  const { records } = await source.read({ from: 1, limit: ALL_RECORDS });
  await source.close();
  const kept = records
    .filter(({ kind }) => kind === REVISION || kind === CALL)
    .map(({ kind, payload, revision, wallTimeMs }, index) => {
      const schema = kind === REVISION ? StoredRevisionSchema : StoredCallSchema;
      const message = fromBinary<typeof StoredRevisionSchema | typeof StoredCallSchema>(schema, payload);
      delete message.events;
      return { sequence: index + 1, kind, revision, wallTimeMs, payload: toBinary(schema, message) };
    });
  const target = new SqliteJournal({ directory: to });
  await target.open();
  await target.append(kept);
  await target.close();
}
