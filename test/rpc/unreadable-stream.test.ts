import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { TestServer } from '../support/server.ts';

const SUBSCRIBE = '/streamlib.v1.EventService/Subscribe';
/** A field of a wire type that does not exist. */
const NO_MESSAGE = Uint8Array.of(0xff);

describe('a stream whose request is no message', () => {
  for (const { name, flags, status } of [
    { name: 'is INVALID_ARGUMENT', flags: 0, status: '3' },
    // As gRPC wants it.
    { name: 'and is said to be compressed is INTERNAL', flags: 1, status: '13' },
  ]) {
    it(`${name}, and no failure of the server`, async () => {
      // Closing it fails when it has complained.
      await using server = await TestServer.start();
      const session = connect(server.url);
      const stream = session.request({
        ':method': 'POST',
        ':path': SUBSCRIBE,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const trailers = once(stream, 'trailers');
      stream.end(encodeEnvelope(flags, NO_MESSAGE));
      await text(stream);
      assert.equal((await trailers)[0]['grpc-status'], status);
      session.close();
    });
  }
});
