import assert from 'node:assert/strict';
import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  GapPolicy,
  SubscribeRequestSchema,
  SubscribeResponseSchema,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { envelopeForm } from '../../../server/rpc/events/envelope-form.ts';
import { EventWindow } from '../../../server/rpc/events/event-window.ts';
import { createLineForms } from '../../../server/rpc/events/line-forms.ts';
import { subscribe } from '../../../server/rpc/events/subscription.ts';
import { type SubscriptionItem, toMessage } from '../../../server/rpc/events/subscription-item.ts';
import { TestRuntime } from '../../support/test-runtime.ts';
import { customEvent } from './custom-event.ts';

type Request = MessageInitShape<typeof SubscribeRequestSchema>;

describe('subscribe', () => {
  let test: TestRuntime;
  let window: EventWindow;
  let draining: AbortController;
  let caller: AbortController;

  before(async () => {
    test = await TestRuntime.create();
  });

  after(async () => {
    await test[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    window = new EventWindow({ streamId: 's', lastSequence: 0, capacity: 10, maxBytes: 1e9 });
    draining = new AbortController();
    caller = new AbortController();
  });

  const publish = (...sequences: number[]): void => {
    for (const sequence of sequences) window.append(customEvent(sequence));
  };
  const open = (request: Request = {}) =>
    subscribe(
      create(SubscribeRequestSchema, request),
      { window, runtime: test.runtime, draining: draining.signal },
      caller.signal,
    );
  const next = async (items: AsyncGenerator<SubscriptionItem>): Promise<string> => {
    const { value, done } = await items.next();
    return done === true ? 'end' : brief(value);
  };

  it('says at once where it begins, and goes on from now', async () => {
    publish(1, 2);
    const items = open();
    assert.equal(await next(items), 'started s 1..2');
    publish(3, 4);
    assert.equal(await next(items), 'events 3,4');
    const waiting = next(items);
    publish(5);
    assert.equal(await waiting, 'events 5');
  });

  for (const { name, request, want } of [
    { name: 'a cursor', request: { after: 's:2' }, want: ['started s 1..4 resumed', 'events 3,4'] },
    {
      name: 'a stream and a sequence',
      request: { streamId: 's', afterSequence: 3n },
      want: ['started s 1..4 resumed', 'events 4'],
    },
    {
      name: 'the oldest event',
      request: { after: 's:0' },
      want: ['started s 1..4 resumed', 'events 1,2,3,4'],
    },
    {
      name: 'sequence 0 of whatever stream there is',
      request: { afterSequence: 0n },
      want: ['started s 1..4 resumed', 'events 1,2,3,4'],
    },
  ] satisfies { name: string; request: Request; want: string[] }[]) {
    it(`goes on after ${name}`, async () => {
      publish(1, 2, 3, 4);
      const items = open(request);
      assert.deepEqual([await next(items), await next(items)], want);
    });
  }

  it('waits for events that are on their way to it', async () => {
    publish(1);
    const items = open({ after: 's:3' });
    await next(items);
    const waiting = next(items);
    publish(2, 3, 4);
    assert.equal(await waiting, 'events 4');
  });

  for (const { name, request, want } of [
    {
      name: 'an evicted event',
      request: { after: 's:3' },
      want: { code: 'RESUME_POINT_LOST', path: 'after' },
    },
    {
      name: 'another stream',
      request: { after: 'old:99' },
      want: { code: 'RESUME_POINT_LOST', path: 'after' },
    },
    { name: 'no cursor', request: { after: 'nonsense' }, want: { code: 'FIELD_INVALID', path: 'after' } },
    { name: 'no sequence', request: { after: 's:x' }, want: { code: 'FIELD_INVALID', path: 'after' } },
    {
      name: 'half a position',
      request: { streamId: 's' },
      want: { code: 'FIELD_INVALID', path: 'after_sequence' },
    },
    {
      name: 'the other half',
      request: { afterSequence: 1n },
      want: { code: 'FIELD_INVALID', path: 'stream_id' },
    },
    {
      name: 'two positions',
      request: { after: 's:1', streamId: 's' },
      want: { code: 'FIELD_INVALID', path: 'after' },
    },
  ] satisfies { name: string; request: Request; want: object }[]) {
    it(`refuses to go on after ${name}`, async () => {
      for (let sequence = 1; sequence <= 15; sequence++) publish(sequence);
      await assert.rejects(open(request).next(), want);
    });
  }

  it('tells a reader that was overtaken what it lost, and goes on at the oldest event', async () => {
    publish(1);
    const items = open({ after: 's:0' });
    assert.deepEqual([await next(items), await next(items)], ['started s 1..1 resumed', 'events 1']);
    for (let sequence = 2; sequence <= 25; sequence++) publish(sequence);
    assert.equal(await next(items), 'gap 2..15 (14)');
    assert.equal(await next(items), 'events 16,17,18,19,20,21,22,23,24,25');
  });

  it('reports what the bus missed as a gap in its place', async () => {
    const items = open();
    await next(items);
    publish(1, 2, 5, 6);
    assert.deepEqual(
      [await next(items), await next(items), await next(items)],
      ['events 1,2', 'gap 3..4 (2)', 'events 5,6'],
    );
  });

  it('ends after the gap where the policy says so', async () => {
    const items = open({ onGap: GapPolicy.FAIL });
    await next(items);
    publish(3);
    assert.equal(await next(items), 'gap 1..2 (2)');
    await assert.rejects(items.next(), { code: 'RESUME_POINT_LOST' });
  });

  it('filters, and moves a silent reader on with heartbeats', async () => {
    const items = open({ topics: ['elsewhere'], heartbeat: { nanos: 50_000_000 } });
    await next(items);
    publish(1, 2, 3);
    assert.equal(await next(items), 'heartbeat 3');
    assert.equal(await next(items), 'heartbeat 3');
  });

  it('gives the state first and then what changes it, without a gap', async () => {
    await test.runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await test.runtime.addProcessor({ type: 'SineGenerator', id: 'tone' });
    const { asOfSequence } = await test.runtime.getState();
    const last = Number(asOfSequence);
    const items = open({ snapshot: true });
    const seen: string[] = [];
    for (let index = 0; index < 5; index++) seen.push(await next(items));
    assert.deepEqual(seen, [
      'started s 1..0',
      'snapshot runtime',
      'snapshot processor sink',
      'snapshot processor tone',
      `snapshotEnd ${last}`,
    ]);
    publish(last, last + 1);
    assert.equal(await next(items), `events ${last + 1}`);
  });

  it('says that it ends when the server drains', async () => {
    const items = open();
    await next(items);
    const waiting = next(items);
    draining.abort();
    assert.equal(await waiting, 'ending shutdown');
    assert.equal(await next(items), 'end');
  });

  it('ends at once when its caller leaves', async () => {
    const items = open();
    await next(items);
    const waiting = items.next();
    caller.abort();
    await assert.rejects(waiting, /canceled/);
  });

  it('bounds its batches', async () => {
    window = new EventWindow({ streamId: 's', lastSequence: 0, capacity: 1000, maxBytes: 1e9 });
    const items = open();
    await next(items);
    publish(...Array.from({ length: 600 }, (_, index) => index + 1));
    const sizes: number[] = [];
    for (let index = 0; index < 3; index++) {
      const { value } = await items.next();
      sizes.push(value.kind === 'events' ? value.entries.length : 0);
    }
    assert.deepEqual(sizes, [256, 256, 88]);
  });

  describe('encodes', () => {
    const read = async (request: Request = {}): Promise<SubscriptionItem> => {
      const items = open({ after: 's:0', ...request });
      await items.next();
      return (await items.next()).value as SubscriptionItem;
    };

    it('once what all readers with the same filter and codec are told', async () => {
      publish(1, 2);
      let prints = 0;
      const forms = createLineForms(() => `"${++prints}"`);
      const items = [await read({ topics: ['a*', 'test'] }), await read({ topics: ['test', 'a*', 'test'] })];
      for (const form of [envelopeForm, ...Object.values(forms)]) {
        const [first, second] = items.map((item) => item.bytes(form));
        assert.equal(first, second);
      }
      assert.equal(prints, 2);
    });

    it('each event once where filters overlap', async () => {
      publish(1, 2);
      let prints = 0;
      const { ndjson, serverSentEvents } = createLineForms(() => `"${++prints}"`);
      const one = await read();
      const other = await read({ topics: ['test'] });
      assert.equal(String(one.bytes(ndjson)), '{"event":"1"}\n{"event":"2"}\n');
      assert.equal(
        String(other.bytes(serverSentEvents)),
        'id: s:1\ndata: {"event":"1"}\n\nid: s:2\ndata: {"event":"2"}\n\n',
      );
      one.bytes(envelopeForm);
      const { proto } = window.readAfter(0, 1)[0] ?? {};
      assert.ok(proto !== undefined);
      other.bytes(envelopeForm);
      assert.equal(window.readAfter(0, 1)[0]?.proto, proto);
    });

    it('nothing before a door wants bytes', async () => {
      publish(1);
      await read();
      assert.deepEqual(Object.keys(window.readAfter(0, 1)[0] ?? {}), [
        'sequence',
        'event',
        'symbol',
        'bytes',
      ]);
    });

    it('as an envelope the message that the codec would', async () => {
      publish(1, 2);
      const item = await read();
      const bytes = item.bytes(envelopeForm);
      assert.equal(Buffer.from(bytes).readUIntBE(0, 5), bytes.length - 5);
      assert.deepEqual(fromBinary(SubscribeResponseSchema, bytes.subarray(5)), toMessage(item));
    });
  });
});

/** An item in a few words. */
function brief(item: SubscriptionItem): string {
  if (item.kind === 'events') return `events ${item.entries.map((entry) => entry.sequence).join()}`;
  const { message } = item.response;
  switch (message.case) {
    case 'started': {
      const { streamId, oldest, last, resumed } = message.value;
      return `started ${streamId} ${oldest}..${last}${resumed ? ' resumed' : ''}`;
    }
    case 'gap':
      return `gap ${message.value.fromSequence}..${message.value.toSequence} (${message.value.dropped})`;
    case 'heartbeat':
      return `heartbeat ${message.value.last}`;
    case 'snapshot': {
      const { part } = message.value;
      return part.case === 'processor'
        ? `snapshot processor ${part.value.processorId}`
        : `snapshot ${part.case}`;
    }
    case 'snapshotEnd':
      return `snapshotEnd ${message.value.sequence}`;
    case 'ending':
      return `ending ${message.value.reason}`;
    default:
      return String(message.case);
  }
}
