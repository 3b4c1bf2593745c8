import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { messageType } from './support/fixture.ts';
import { type RestCall, type RestServer, startRestServer } from './support/rest-server.ts';

/** Requests of a run; more by the environment, as in STREAMLIB_TEST_FUZZ=100000. */
const RUNS = Number(process.env.STREAMLIB_TEST_FUZZ ?? 1_500);

// Without what waits, fails or goes on for ever by itself.
const words = [
  'v1',
  'books',
  'shelves',
  'files',
  'pairs',
  'numbers',
  'genres',
  'uploads',
  'raw',
  'tags',
  'rating',
];
const oddities = [
  '',
  '.',
  '..',
  '*',
  '**',
  '%',
  '%2',
  '%2F',
  '%ff',
  '%00',
  '%3A',
  ':',
  ':read',
  'a:read',
  '{name}',
  '+',
];

const fieldNames = messageType('Book').fields.flatMap((field) => [field.name, field.jsonName]);
const name = fc.oneof(
  fc.constantFrom(...fieldNames, 'shelf.id', 'shelf.parent.height_cm', 'a..b', '.'),
  fc.string(),
);

/** What may stand in a request line: no spaces, no controls. */
const rawText = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
const encoded = fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed()));
const bytes = fc.uint8Array({ maxLength: 40 });
const escapedBytes = bytes.map((all) =>
  [...all].map((one) => `%${one.toString(16).padStart(2, '0')}`).join(''),
);

const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words) },
  { weight: 2, arbitrary: fc.constantFrom(...oddities) },
  fc.oneof(rawText, encoded, escapedBytes),
);
const path = fc
  .array(segment, { maxLength: 7 })
  .map((segments) => `/v1/${segments.join('/')}`.replaceAll('?', '%3f').replaceAll('#', '%23'));
const query = fc
  .array(
    fc.tuple(
      fc.oneof(
        name.map((text) => encodeURIComponent(text.toWellFormed())),
        rawText,
      ),
      fc.oneof(rawText, encoded, escapedBytes),
    ),
  )
  .map((pairs) =>
    pairs
      .map(([key, value]) => `${key}=${value}`)
      .join('&')
      .replaceAll('#', '%23'),
  );

const json = fc.oneof(
  fc.dictionary(name, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }),
  fc.jsonValue({ maxDepth: 3 }),
);
/** JSON with a few bytes replaced, inserted or cut off. */
const brokenJson = fc
  .tuple(json, fc.array(fc.tuple(fc.nat(200), fc.nat(2), fc.nat(255)), { maxLength: 4 }))
  .map(([value, changes]) => {
    const all = [...Buffer.from(JSON.stringify(value) ?? 'null')];
    for (const [place, removed, byte] of changes) all.splice(place % (all.length + 1), removed, byte);
    return Uint8Array.from(all);
  });
const plainBody = fc.oneof(
  json.map((value) => Buffer.from(JSON.stringify(value) ?? 'null')),
  brokenJson,
  bytes,
);
const body = fc.option(
  fc.oneof(
    plainBody,
    plainBody.map((all) => gzipSync(all)),
  ),
  { nil: undefined },
);

const headerValue = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    'gzip',
    'identity',
    '1S',
    '5000',
    '-1',
    '1e9',
    'application/json',
    'text/event-stream',
    '*/*',
  ),
  rawText,
);
const headers = fc.tuple(
  fc.option(fc.oneof({ weight: 5, arbitrary: fc.constant('application/json') }, headerValue), {
    nil: undefined,
  }),
  fc.dictionary(
    fc.constantFrom(
      ...['content-encoding', 'accept', 'connect-timeout-ms', 'grpc-timeout', 'x-server-timeout'],
      ...['x-http-method-override', 'cookie', 'x-trace-bin', 'connect-protocol-version', 'grpc-encoding'],
    ),
    headerValue,
    { maxKeys: 3 },
  ),
);

const call: fc.Arbitrary<RestCall> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PURGE', 'TRACE'),
    path,
    query,
    headers,
    body,
  })
  .map(({ method, path: at, query: text, headers: [type, more], body: sent }) => ({
    method,
    path: text === '' ? at : `${at}?${text}`,
    headers: { ...more, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(sent === undefined ? {} : { body: sent }),
  }));

describe('the transcoder under any request', function () {
  this.timeout(20_000 + RUNS * 20);
  let server: RestServer;

  before(async () => {
    server = await startRestServer('1.1', { style: 'plain' });
  });

  after(() => server[Symbol.asyncDispose]());

  it('answers each in time, none with a failure of the server, and errors in their form', async () => {
    await fc.assert(
      fc.asyncProperty(call, async (request) => {
        const answer = await server.call(request);
        // A deadline of no time may have passed.
        assert.ok(answer.status < 500 || answer.status === 504, `${answer.status} ${answer.text}`);
        const isError = answer.status >= 400 && request.method !== 'HEAD';
        const { code = 'none' } = isError ? JSON.parse(answer.text) : { code: 'fine' };
        assert.notEqual(code, 'none', answer.text);
      }),
      { numRuns: RUNS },
    );
    assert.deepEqual(server.internalErrors, []);
    assert.deepEqual(server.failures, []);
    assert.equal(server.openRequests(), 0);
  });
});
