import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import { GapPolicy, SubscribeRequestSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { envelopeForm } from '../../../server/rpc/events/envelope-form.ts';
import { EventSink } from '../../../server/rpc/events/event-sink.ts';
import { EventWindow } from '../../../server/rpc/events/event-window.ts';
import { LiveReader } from '../../../server/rpc/events/live-reader.ts';
import type { AnyResponse } from '../../../server/rpc/request-listener.ts';
import { eventually } from '../../support/eventually.ts';
import { customEvent } from './custom-event.ts';

/** What docs/events.md says that waits at most for a subscriber who does not read. */
const HELD_BYTES = 640 * 1024;

const EVENT_BYTES = 20_000;
/** 40 MB: far more than the sockets of a connection hold. */
const EVENTS = 2000;

/** What the server writes to, and the peer who reads what arrives once it is told to. */
interface Connection {
  readonly written: AnyResponse | Duplex;
  readonly bytesWaiting: () => number;
  readonly peer: Duplex;
}

const CONNECTIONS: Readonly<Record<string, (server: Servers) => Promise<Connection>>> = {
  async 'a socket'(servers) {
    const server = createServer();
    const peer = connect(await servers.listen(server), '127.0.0.1').pause();
    const [socket] = await once(server, 'connection');
    return { written: socket, bytesWaiting: () => socket.writableLength, peer };
  },
  async 'a response of HTTP/1.1'(servers) {
    const server = createHttpServer();
    const peer = connect(await servers.listen(server), '127.0.0.1').pause();
    peer.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const [, response] = await once(server, 'request');
    return { written: response, bytesWaiting: () => response.writableLength, peer };
  },
  async 'a response of HTTP/2'(servers) {
    const server = createHttp2Server();
    const session = connectHttp2(`http://127.0.0.1:${await servers.listen(server)}`);
    const peer = session.request({ ':path': '/' });
    const [, response] = await once(server, 'request');
    peer.once('close', () => session.destroy());
    return { written: response, bytesWaiting: () => response.stream.writableLength, peer };
  },
};

/** Those of one test. */
class Servers implements Disposable {
  readonly #servers: Server[] = [];

  async listen(server: Server): Promise<number> {
    this.#servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
  }
}

describe('EventSink', () => {
  for (const [name, open] of Object.entries(CONNECTIONS)) {
    it(`lets no more than ${HELD_BYTES} bytes wait in ${name} whose peer does not read, and goes on when it does`, async () => {
      using servers = new Servers();
      const { written, bytesWaiting, peer } = await open(servers);
      using _peer = { [Symbol.dispose]: () => peer.destroy() };
      const window = new EventWindow({ streamId: 's', lastSequence: 0, capacity: EVENTS, maxBytes: 1e9 });
      using opened = window.views.open(create(SubscribeRequestSchema));
      const caller = new AbortController();
      const ending = new AbortController();
      using reader = new LiveReader({
        window,
        view: opened.view,
        after: 0,
        heartbeatMs: 60_000,
        onGap: GapPolicy.FAIL,
        signal: caller.signal,
        ending: ending.signal,
      });
      const flowing = reader.flowInto(new EventSink(written, envelopeForm));
      const text = 'x'.repeat(EVENT_BYTES);
      let most = 0;
      for (let sequence = 1; sequence <= EVENTS; sequence++) {
        window.append(customEvent(sequence, text));
        await endOfTurn();
        most = Math.max(most, bytesWaiting());
      }
      await eventually(() => window.shownLast === EVENTS, 'all of them are shown');
      most = Math.max(most, bytesWaiting());
      assert.ok(most > 0 && most <= HELD_BYTES, `${most} bytes waited`);

      let received = 0;
      peer.on('data', (bytes: Buffer) => {
        received += bytes.length;
      });
      peer.resume();
      await eventually(() => received > EVENTS * EVENT_BYTES, 'the peer gets all of them');
      ending.abort();
      await flowing;
      written.end();
    });
  }
});
