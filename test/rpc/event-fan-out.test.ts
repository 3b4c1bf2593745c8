import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { GapPolicy } from '../../gen/ts/streamlib/v1/event_pb.ts';
import {
  EVENT_DOORS,
  type EventDoor,
  eventsPath,
  type SubscribeInit,
  type Told,
} from '../support/event-doors.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const webSocket = EVENT_DOORS.WebSocket as EventDoor;

/** What is told up to the event of that topic. */
async function heardUntil(stream: AsyncGenerator<Told>, topic: string): Promise<Told[]> {
  const heard: Told[] = [];
  for await (const told of stream) {
    heard.push(told);
    if ('topic' in told && told.topic === topic) break;
  }
  return heard;
}

describe('subscribers of every door', () => {
  for (const { what, request } of [
    { what: 'everything', request: {} },
    { what: 'some topics', request: { topics: ['b', 'c*', 'end'] } },
    { what: 'a type', request: { types: ['Custom'] } },
  ] satisfies { what: string; request: SubscribeInit }[]) {
    it(`are told the same in the same order: ${what}`, async () => {
      await using server = await TestServer.start();
      const { streamId, asOfSequence } = await server.runtime.getState();
      const after = `${streamId}:${asOfSequence}`;
      const all = Object.values(EVENT_DOORS).flatMap((subscribe) => [subscribe, subscribe]);
      const streams = all.map((subscribe) => subscribe(server.url, { ...request, after }));
      await Promise.all(streams.map((stream) => stream.next()));
      const heard = streams.map((stream) => heardUntil(stream, 'end'));
      for (let round = 0; round < 40; round++) {
        for (const topic of ['a', 'b', 'c1', 'c2'])
          server.runtime.events.publish(topic, {
            name: 'tick',
            data: { round, text: '\u{1d11e}"\n'.repeat(round) },
          });
        if (round % 10 === 0) await server.runtime.addProcessor({ type: 'NullSink', id: `sink-${round}` });
      }
      server.runtime.events.publish('end', { name: 'end' });
      const [first, ...others] = await Promise.all(heard);
      assert.ok(first !== undefined && first.length > 100, `heard ${first?.length}`);
      for (const other of others) assert.deepEqual(other, first);
    });
  }
});

/** A reader that can be made to stand still below its protocol. */
interface PausedReader {
  /** Lets it read on; `onText` gets what arrives. */
  resume(onText: (text: string) => void): void;
  destroy(): void;
}

const PAUSED_READERS: Readonly<Record<string, (url: URL, path: string) => Promise<PausedReader>>> = {
  async 'HTTP/1.1'({ hostname, port }, path) {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`);
    socket.pause();
    return {
      resume: (onText) => socket.on('data', (bytes: Buffer) => onText(bytes.toString('latin1'))).resume(),
      destroy: () => socket.destroy(),
    };
  },
  async 'HTTP/2'(url, path) {
    const session = connectHttp2(url);
    const stream = session.request({ ':path': path });
    await once(stream, 'response');
    return {
      resume: (onText) => stream.on('data', (bytes: Buffer) => onText(bytes.toString('latin1'))),
      destroy: () => session.destroy(),
    };
  },
  async WebSocket(url, path) {
    const socket = new WebSocket(`ws://${url.host}${path}`);
    await once(socket, 'open');
    socket.pause();
    return {
      resume(onText) {
        socket.on('message', (bytes) => onText(String(bytes)));
        socket.resume();
      },
      destroy: () => socket.terminate(),
    };
  },
};

for (const [name, open] of Object.entries(PAUSED_READERS)) {
  describe(`a subscriber over ${name} that does not read`, () => {
    /** Publishes far more than the sockets and the window hold together, while somebody else reads all of it. */
    async function overtake(server: TestServer): Promise<void> {
      const reader = webSocket(server.url, { topics: ['load'] });
      assert.equal((await reader.next()).value.kind, 'started');
      const data = { text: 'x'.repeat(20_000) };
      for (let round = 0; round < 60; round++) {
        for (let index = 0; index < 20; index++)
          server.runtime.events.publish('load', { name: 'tick', data });
        for (let index = 0; index < 20; index++) assert.equal((await reader.next()).value.kind, 'event');
      }
      await reader.return(undefined);
    }

    it('costs the others nothing, and is told what it missed once it reads', async () => {
      await using server = await TestServer.start({ config: { window_events: 200 } });
      const reader = await open(new URL(server.url), '/api/events');
      await overtake(server);
      let text = '';
      reader.resume((more) => {
        text += more.replaceAll('x', '');
      });
      await eventually(() => text.includes('{"gap":'), 'the gap is reported');
      const newest = Number((await server.runtime.getState()).asOfSequence);
      await eventually(() => text.includes(`"sequence":${newest},`), 'it has caught up');
      reader.destroy();
    });

    it('is refused after the gap where it wants none', async () => {
      await using server = await TestServer.start({ config: { window_events: 200 } });
      const reader = await open(new URL(server.url), eventsPath({ onGap: GapPolicy.FAIL }));
      await overtake(server);
      let text = '';
      reader.resume((more) => {
        text += more.replaceAll('x', '');
      });
      await eventually(() => text.includes('RESUME_POINT_LOST'), 'it is refused');
      assert.match(text.slice(text.indexOf('{"gap":')), /^\{"gap":.*\}[^{]*\{"error":/s);
      reader.destroy();
    });
  });
}
