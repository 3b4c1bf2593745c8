import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { SubscribeRequestSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { CreateProcessorRequestSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { ApplyGraphRequestSchema } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { TestServer } from '../../support/server.ts';
import { damaged } from './arbitrary-bytes.ts';
import { FUZZ_RUNS, FUZZ_TIMEOUT_MS } from './fuzz-runs.ts';

const METHODS = [
  'ProcessorService/CreateProcessor',
  'RuntimeService/ApplyGraph',
  'RuntimeService/ImportGraph',
  'EventService/Subscribe',
  'RunnerService/CreateRunner',
];

const CONTENT_TYPES = ['application/grpc', 'application/grpc-web', 'application/connect'].flatMap((type) => [
  `${type}+proto`,
  `${type}+json`,
]);

const messages = fc.constantFrom(
  toBinary(ApplyGraphRequestSchema, create(ApplyGraphRequestSchema, { dryRun: true, requestId: 'fuzz' })),
  // Refused, or at an end at once: what is valid here must not change the graph or go on for ever.
  toBinary(CreateProcessorRequestSchema, create(CreateProcessorRequestSchema, { processorType: 'Nothing' })),
  toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { after: 'nowhere:1' })),
  Buffer.from('{"dryRun": true, "target": {"graph": {"processors": [{"processorType": "NullSink"}]}}}'),
);
const payload = fc.oneof(
  damaged(messages),
  fc.uint8Array({ maxLength: 60 }),
  damaged(messages.map((all) => gzipSync(all))),
);

/** A message as streams have them: flags, length, payload. */
const envelope = fc
  .record({
    flags: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1, 2, 0x80) }, fc.nat(255)),
    payload,
    lie: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constantFrom(-3, 1, 200, 0x7fffffff)),
  })
  .map(({ flags, payload: content, lie }) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flags);
    head.writeUInt32BE(Math.max(content.length + lie, 0), 1);
    return Buffer.concat([head, content]);
  });

const call = fc.record({
  method: fc.constantFrom(...METHODS),
  headers: fc.record({
    'content-type': fc.constantFrom(...CONTENT_TYPES, 'application/proto', 'application/json'),
    'grpc-encoding': fc.constantFrom(undefined, 'gzip', 'identity', 'none'),
    'grpc-timeout': fc.constantFrom('1S', '500m', '1H1', ''),
    'connect-timeout-ms': fc.constantFrom('1000', '500', 'soon'),
    'connect-content-encoding': fc.constantFrom(undefined, 'gzip'),
    'content-encoding': fc.constantFrom(undefined, undefined, 'gzip'),
  }),
  body: fc.oneof(
    fc.array(envelope, { maxLength: 3 }).map((all) => Buffer.concat(all)),
    damaged(fc.array(envelope, { maxLength: 3 }).map((all) => Buffer.concat(all))),
    payload,
  ),
});

describe('any message to a method', function () {
  this.timeout(FUZZ_TIMEOUT_MS);

  it('is answered in time, and never with a failure of the server', async () => {
    await using server = await TestServer.start();
    const session = connect(server.url);
    await fc.assert(
      fc.asyncProperty(call, async ({ method, headers, body }) => {
        const answer = await post(session, `/streamlib.v1.${method}`, headers, body);
        assert.ok(answer.status < 500 || [501, 504].includes(answer.status), answer.text);
        // What nobody foresaw is told as this and nothing more; what breaks a protocol is told as what it is.
        assert.doesNotMatch(answer.text, /internal error/);
      }),
      { numRuns: FUZZ_RUNS },
    );
    session.close();
    assert.equal(await (await fetch(`${server.url}/health`)).text(), 'ok');
  });
});

/** The status, and the trailers and the body as one text. */
async function post(
  session: ClientHttp2Session,
  path: string,
  headers: OutgoingHttpHeaders,
  body: Uint8Array,
) {
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  const stream = session.request({ ':method': 'POST', ':path': path, te: 'trailers', ...given });
  const trailers: Record<string, unknown> = {};
  stream.on('trailers', (all) => Object.assign(trailers, all));
  stream.setTimeout(20_000, () => stream.destroy(new Error('no answer within 20 s')));
  stream.end(body);
  const [answer] = await once(stream, 'response');
  const content = await buffer(stream);
  const told = JSON.stringify({ ...answer, ...trailers });
  return { status: Number(answer[':status']), text: decodeURIComponent(told) + content.toString('latin1') };
}
