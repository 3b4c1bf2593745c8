import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TestServer } from '../../support/server.ts';
import { bytesOf, damaged, inPieces } from './arbitrary-bytes.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from './fuzz-runs.ts';
import { exchangeBytes } from './raw-connection.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const BODY = '{"processor_type":"NullSink"}';

const requests = fc.constantFrom(
  'GET /health HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /api/runtime/state HTTP/1.0\r\n\r\n',
  `POST /api/processors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
  'POST /api/runtime/start HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nT: u\r\n\r\n',
  'POST /streamlib.v1.RuntimeService/GetGraph HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc-web\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0',
  'GET /api/connections/x/tap HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  'GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
);

/** Any frame of HTTP/2, most with the length that they say they have. */
const http2Frame = fc
  .record({
    type: fc.nat(12),
    flags: fc.nat(255),
    streamId: fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.nat(0x7fffffff)),
    payload: fc.uint8Array({ maxLength: 40 }),
    lie: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -5, max: 20_000 })),
  })
  .map(({ type, flags, streamId, payload, lie }) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(Math.max(payload.length + lie, 0), 0, 3);
    head.set([type, flags], 3);
    head.writeUInt32BE(streamId, 5);
    return Buffer.concat([head, payload]);
  });
const http2Session = fc
  .array(http2Frame, { maxLength: 8 })
  .map((frames) => Buffer.concat([bytesOf(PREFACE), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), ...frames]));

const connection = inPieces(
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    damaged(requests.map(bytesOf)),
    damaged(fc.array(requests, { maxLength: 3 }).map((all) => bytesOf(all.join('')))),
    http2Session,
    damaged(http2Session),
    // A first byte of TLS, and starts of the preface.
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([Buffer.from([22, 3, 1]), bytes])),
    fc
      .tuple(fc.nat(PREFACE.length), fc.uint8Array({ maxLength: 20 }))
      .map(([length, rest]) => Buffer.concat([bytesOf(PREFACE.slice(0, length)), rest])),
  ),
);

describe('any bytes on the one port', function () {
  this.timeout(FUZZ_TIMEOUT_MS);

  it('end the connection and nothing else, and never find a failure of the server', async () => {
    await using server = await TestServer.start({
      config: { header_timeout_ms: 1000, request_timeout_ms: 2000, idle_timeout_ms: 1000 },
    });
    await fc.assert(
      fc.asyncProperty(connection, async (pieces) => {
        const answer = (await exchangeBytes(server.port, pieces)).toString('latin1');
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
        // 501 is what a method of the schema without an implementation answers, 505 a version that does not exist.
        const failures = statuses.filter((status) => status >= 500 && status !== 501 && status !== 505);
        assert.deepEqual(failures, [], answer);
      }),
      { numRuns: FUZZ_RUNS },
    );
    assert.equal(await (await fetch(`${server.url}/health`)).text(), 'ok');
  });
});
