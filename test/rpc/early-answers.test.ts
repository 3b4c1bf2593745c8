import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as requestHttp1 } from 'node:http';
import { connect } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { TestServer } from '../support/server.ts';

const MAX_BODY_BYTES = 65_536;
/** More than HTTP/2 lets anybody send before the other side has read some of it. */
const MESSAGE_BYTES = 4_000_000;

/** One of HTTP/1.1. */
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')]);

const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const SUBSCRIBE = '/streamlib.v1.EventService/Subscribe';
const APPLY = '/streamlib.v1.RuntimeService/ApplyGraph';

/** The head of a message that says how long it is; nothing of it needs to be read to refuse it. */
function messageHead(): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(MESSAGE_BYTES, 1);
  return head;
}

describe('an answer before the request has arrived', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { max_body_bytes: MAX_BODY_BYTES } });
  });

  after(() => server.close());

  for (const { name, path, type, head, status } of [
    { name: 'gRPC, stream', path: REFLECTION, type: 'application/grpc', head: true, status: 200 },
    { name: 'gRPC, unary', path: APPLY, type: 'application/grpc', head: true, status: 200 },
    { name: 'gRPC-Web', path: APPLY, type: 'application/grpc-web', head: true, status: 200 },
    { name: 'Connect, stream', path: REFLECTION, type: 'application/connect+proto', head: true, status: 200 },
    { name: 'Connect, unary', path: APPLY, type: 'application/proto', head: false, status: 429 },
    { name: 'REST', path: '/api/graph:apply', type: 'application/json', head: false, status: 413 },
  ]) {
    it(`ends the HTTP/2 stream, so that its caller does not wait for leave to send: ${name}`, async () => {
      const session = connect(server.url);
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': type,
        te: 'trailers',
      });
      const closed = once(stream, 'close');
      if (head) stream.write(messageHead());
      stream.write(Buffer.alloc(MESSAGE_BYTES));
      const trailers: Record<string, unknown> = {};
      stream.on('trailers', (received) => Object.assign(trailers, received));
      const [answer] = await once(stream, 'response');
      assert.equal(answer[':status'], status);
      await text(stream);
      await closed;
      assert.equal(stream.rstCode, 0);
      assert.equal(trailers['grpc-status'], type === 'application/grpc' ? '8' : undefined);
      session.close();
      await once(session, 'close');
    });
  }

  for (const { name, path, type, head, status } of [
    { name: 'gRPC-Web', path: APPLY, type: 'application/grpc-web', head: true, status: 200 },
    { name: 'Connect, stream', path: SUBSCRIBE, type: 'application/connect+proto', head: true, status: 200 },
    { name: 'Connect, unary', path: APPLY, type: 'application/proto', head: false, status: 429 },
    { name: 'REST', path: '/api/graph:apply', type: 'application/json', head: false, status: 413 },
  ]) {
    it(`reaches a caller over HTTP/1.1 who is still sending: ${name}`, async () => {
      const request = requestHttp1(server.url + path, {
        method: 'POST',
        headers: { 'content-type': type, 'content-length': MESSAGE_BYTES + (head ? 5 : 0) },
        agent: false,
      });
      const answered = once(request, 'response');
      if (head) request.write(messageHead());
      request.end(Buffer.alloc(MESSAGE_BYTES));
      const [response] = await answered;
      // With the answer in hand this client breaks off its own request.
      request.on('error', () => {});
      assert.equal(response.statusCode, status);
      await text(response);
    });
  }

  it('cuts off who sends on without an end', async () => {
    const socket = connectTcp(server.port, '127.0.0.1');
    const head = `POST ${APPLY} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/proto\r\n`;
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    let sent = 0;
    const sendOn = (): void => {
      while (!socket.destroyed && socket.write(CHUNK)) sent += CHUNK.length;
    };
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.resume().once('close', resolve));
    socket.on('drain', sendOn);
    sendOn();
    await closed;
    assert.ok(sent < 100_000_000, `it took ${sent} bytes`);
  });
});
