import assert from 'node:assert/strict';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { linesOf } from '../support/event-doors.ts';
import { TestServer } from '../support/server.ts';

const PUBLISHER = new URL('../support/publisher.ts', import.meta.url).href;

interface Heard {
  readonly topic: string;
  readonly type: string;
  readonly name: string;
  readonly from: string;
  readonly data: unknown;
}

type Subscribe = (url: string, topics: readonly string[]) => AsyncGenerator<Heard | 'started'>;

async function* overGrpc(url: string, topics: readonly string[]): AsyncGenerator<Heard | 'started'> {
  const sessionManager = new Http2SessionManager(url);
  const aborter = new AbortController();
  const client = createClient(EventService, createGrpcTransport({ baseUrl: url, sessionManager }));
  try {
    for await (const { message } of client.subscribe({ topics: [...topics] }, { signal: aborter.signal })) {
      if (message.case === 'started') yield 'started';
      if (message.case !== 'batch') continue;
      for (const { topic, type, payload } of message.value.events) {
        assert.equal(payload.case, 'custom');
        const { name, data, processorId } = payload.value as Extract<
          typeof payload,
          { case: 'custom' }
        >['value'];
        yield { topic, type, name, data, from: processorId };
      }
    }
  } finally {
    aborter.abort();
    sessionManager.abort();
  }
}

async function* overSse(url: string, topics: readonly string[]): AsyncGenerator<Heard | 'started'> {
  const aborter = new AbortController();
  const query = topics.map((topic) => `topics=${encodeURIComponent(topic)}`).join('&');
  const response = await fetch(`${url}/api/events?${query}`, {
    headers: { accept: 'text/event-stream' },
    signal: aborter.signal,
  });
  try {
    for await (const line of linesOf(response.body as AsyncIterable<Uint8Array>)) {
      if (!line.startsWith('data: ')) continue;
      const { event } = JSON.parse(line.slice('data: '.length)) as {
        event?: { topic: string; type: string; custom: JsonObject };
      };
      if (event === undefined) yield 'started';
      else {
        const { topic, type, custom } = event;
        yield {
          topic,
          type,
          name: String(custom.name),
          data: custom.data,
          from: String(custom.processor_id),
        };
      }
    }
  } finally {
    aborter.abort();
  }
}

const DOORS: Readonly<Record<string, Subscribe>> = { gRPC: overGrpc, 'server-sent events': overSse };

async function take(stream: AsyncGenerator<Heard | 'started'>, count: number): Promise<Heard[]> {
  const heard: Heard[] = [];
  while (heard.length < count) {
    const { value, done } = await stream.next();
    assert.ok(done !== true && value !== 'started', 'the stream goes on with events');
    heard.push(value);
  }
  return heard;
}

describe('topics of processors', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ registries: [PUBLISHER] });
    await server.runtime.start();
  });

  after(() => server.close());

  async function publish(id: string, config: JsonObject): Promise<void> {
    await server.runtime.addProcessor({ type: 'Publisher', id, config }, { wait: 'effective' });
    await server.runtime.removeProcessor(id);
  }

  for (const [name, subscribe] of Object.entries(DOORS)) {
    it(`reach subscribers of them, and of what they begin with, through ${name}`, async () => {
      const one = subscribe(server.url, ['custom-topic:b']);
      const several = subscribe(server.url, ['custom-topic*', 'other']);
      for (const stream of [one, several]) assert.equal((await stream.next()).value, 'started');
      await publish('first', { topic: 'custom-topic:a', count: 2 });
      await publish('second', { topic: 'elsewhere' });
      await publish('third', { topic: 'custom-topic:b', characters: 3 });
      await publish('fourth', { topic: 'other' });
      const event = (from: string, topic: string, number: number, text = '') => ({
        topic,
        type: 'Custom',
        name: 'measured',
        from,
        data: { number, text },
      });
      const third = event('third', 'custom-topic:b', 0, 'xxx');
      assert.deepEqual(await take(one, 1), [third]);
      assert.deepEqual(await take(several, 4), [
        event('first', 'custom-topic:a', 0),
        event('first', 'custom-topic:a', 1),
        third,
        event('fourth', 'other', 0),
      ]);
      for (const stream of [one, several]) await stream.return(undefined);
    });
  }

  it('lose nothing silently: who publishes too much or too large is told, and so is everybody', async () => {
    const { runtime } = server;
    const warnings: { processorId: string; count: number }[] = [];
    const done = new Map<string, number>();
    const both = Promise.withResolvers<void>();
    let heard = 0;
    using _listener = runtime.events.subscribe('*', ({ topic, payload }) => {
      if (payload.case === 'logged' && payload.value.message.startsWith('events were refused'))
        warnings.push({
          processorId: payload.value.processorId,
          count: Number(payload.value.fields?.count),
        });
      if (payload.case !== 'custom') return;
      if (topic === 'load') heard++;
      if (payload.value.name === 'done') done.set(topic, Number(payload.value.data?.taken));
      if (warnings.length >= 2) both.resolve();
    });
    await publish('large', { topic: 'load', characters: 70_000, count: 3 });
    await publish('many', { topic: 'load', count: 20_000 });
    await publish('last', {});
    await both.promise;
    assert.equal(done.get('processor:large'), 0);
    const counts = Object.fromEntries(warnings.map(({ processorId, count }) => [processorId, count]));
    assert.equal(counts.large, 3);
    assert.ok(heard >= 8_000 && heard < 20_000, `${heard} were heard`);
    // Its `done` was one of those that were refused.
    assert.equal(counts.many, 20_001 - heard);
  });
});
