import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { EventWindow } from '../../server/rpc/events/event-window.ts';
import { createLineSubscriptions } from '../../server/rpc/events/subscription-request.ts';
import { createOriginPolicy } from '../../server/rpc/origin-policy.ts';
import { createWebSocketDoor } from '../../server/rpc/web-socket-door.ts';
import { eventually } from '../support/eventually.ts';
import { TestRuntime } from '../support/test-runtime.ts';
import { type RestServer, startRestServer } from './rest/support/rest-server.ts';

describe('a WebSocket on the path of a stream', () => {
  let test: TestRuntime;
  let rest: RestServer;
  let server: Server;
  let draining: AbortController;

  before(async () => {
    test = await TestRuntime.create();
    rest = await startRestServer('1.1', { style: 'plain' });
  });

  after(async () => {
    await rest[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    draining = new AbortController();
    const { transcoder } = rest;
    const window = new EventWindow({ streamId: 's', lastSequence: 0, capacity: 10, maxBytes: 1e6 });
    const source = { window, runtime: test.runtime, draining: draining.signal };
    const door = createWebSocketDoor({
      subscriptions: createLineSubscriptions({ source, transcoder, interceptors: [] }),
      eventSockets: [],
      draining: draining.signal,
      transcoder,
      policy: createOriginPolicy([]),
      limits: { maxUrlBytes: 8192, maxHeaderBytes: 16_384 },
      pingMs: 30_000,
    });
    server = createServer().on('upgrade', door.upgrade).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  const open = (path: string): WebSocket =>
    new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);

  async function hear(path: string): Promise<{ messages: string[]; code: number }> {
    const socket = open(path);
    const messages: string[] = [];
    socket.on('message', (bytes) => messages.push(String(bytes)));
    const [code] = (await once(socket, 'close')) as [number];
    return { messages, code };
  }

  it('gets its lines as text messages and closes with 1000 at its end', async () => {
    assert.deepEqual(await hear('/v1/count?to=2'), {
      messages: [
        '{"result":{"number":1,"big_number":"9007199254740993"}}',
        '{"result":{"number":2,"big_number":"9007199254740994"}}',
      ],
      code: 1000,
    });
  });

  it('gets the error of a stream that fails as its last message, and the code that goes with it', async () => {
    const { messages, code } = await hear('/v1/count?to=5&fail_after=1');
    assert.equal(code, 4410);
    assert.deepEqual(
      messages.map((message) => Object.keys(JSON.parse(message))[0]),
      ['result', 'error'],
    );
    assert.equal(JSON.parse(messages[1] ?? '').error.code, 'out_of_range');
  });

  it('gets bytes as they are', async () => {
    const { messages, code } = await hear('/v1/download?to=3');
    assert.deepEqual([messages, code], [['1;', '2;', '3;'], 1000]);
  });

  it('is refused with the status of HTTP where the stream does not begin', async () => {
    const [error] = (await once(open('/v1/count?to=-1'), 'error')) as [Error];
    assert.match(error.message, /400/);
  });

  it('holds the handler back while the peer does not read, and ends it when the peer leaves', async () => {
    const ended = rest.log.endedStreams;
    const socket = open('/v1/download?endless=true');
    const [response] = await once(socket, 'upgrade');
    response.socket.pause();
    const seen: number[] = [];
    await eventually(() => {
      seen.push(rest.log.downloadedParts);
      const last = seen.slice(-5);
      return last.length === 5 && new Set(last).size === 1 && last[0] !== 0;
    }, 'the handler stands still');
    socket.terminate();
    await eventually(() => rest.log.endedStreams === ended + 1, 'the handler ends');
  });

  it('closes with 1001 at the end of a stream while the server drains', async () => {
    draining.abort();
    assert.equal((await hear('/v1/count?to=1')).code, 1001);
  });
});
