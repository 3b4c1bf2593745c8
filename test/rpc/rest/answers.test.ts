import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { eventually } from '../../support/eventually.ts';
import { messageType, shelfService } from './support/fixture.ts';
import { startCall, startUpload } from './support/raw-caller.ts';
import { httpVersions, jsonBody, type RestServer, startRestServer } from './support/rest-server.ts';

const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo';

for (const version of httpVersions) {
  describe(`answers over HTTP/${version}`, () => {
    let server: RestServer;
    before(async () => {
      server = await startRestServer(version);
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach(() => assert.deepEqual(server.failures, []));

    it('P5: 404 in the same form where no route has the path', async () => {
      const { status, text, headers } = await server.call({ path: '/v1/nothing?x=1' });
      assert.deepEqual([status, headers['content-type']], [404, 'application/json']);
      assert.deepEqual(JSON.parse(text), {
        code: Code.NotFound,
        message: 'no such path: /v1/nothing?x=1',
        details: [],
      });
    });

    it('P5: 405 with Allow where the path has another method', async () => {
      const { status, headers, text } = await server.call({ method: 'POST', path: '/v1/books/x' });
      assert.deepEqual([status, headers.allow], [405, 'DELETE, GET, HEAD, OPTIONS, PATCH, PURGE, PUT']);
      assert.match(JSON.parse(text).message, /was POST/);
    });

    it('P5: OPTIONS answers 204 with Allow', async () => {
      const { status, headers, text } = await server.call({ method: 'OPTIONS', path: '/v1/books/x:read' });
      assert.deepEqual([status, headers.allow, text], [204, 'OPTIONS, POST', '']);
    });

    it('P5: HEAD answers as GET without the body', async () => {
      const want = await server.call({ path: '/v1/books/x' });
      const { status, headers, text } = await server.call({ method: 'HEAD', path: '/v1/books/x' });
      assert.deepEqual([status, text], [200, '']);
      assert.equal(headers['content-length'], String(Buffer.byteLength(want.text)));
      assert.equal((await server.call({ method: 'HEAD', path: '/v1/numbers/x' })).status, 400);
      assert.equal((await server.call({ method: 'HEAD', path: '/v1/books/x:read' })).status, 405);
    });

    it('serves custom methods', async () => {
      assert.equal(JSON.parse((await server.call({ method: 'PURGE', path: '/v1/books/x' })).text).name, 'x');
    });

    it('X1: ignores X-HTTP-Method-Override', async () => {
      const headers = { 'x-http-method-override': 'DELETE' };
      assert.equal(JSON.parse((await server.call({ path: '/v1/books/x', headers })).text).name, 'x');
      assert.equal(server.log.headers.get('x-http-method-override'), null);
    });

    it('X1: forwards what is about the call and nothing about the protocol', async () => {
      const headers = {
        authorization: 'Bearer t',
        'x-mine': 'm',
        'connect-protocol-version': '7',
        'grpc-encoding': 'gzip',
        'content-encoding': 'identity',
        te: 'trailers',
        accept: 'text/html',
      };
      await server.call({ path: '/v1/books/x', headers });
      const seen = (name: string) => server.log.headers.get(name);
      assert.deepEqual(['authorization', 'x-mine'].map(seen), ['Bearer t', 'm']);
      assert.deepEqual(
        ['grpc-encoding', 'content-encoding', 'te', 'accept', ':path'.slice(1)].map(seen),
        Array(5).fill(null),
      );
      assert.equal(seen('content-type'), 'application/proto');
    });

    it('X1: passes the headers of the handler on, and its trailers as trailer-*', async () => {
      const { headers, text } = await server.call({ path: '/v1/fail/none' });
      assert.equal(headers['x-answer'], 'header');
      assert.equal(headers['trailer-x-end'], 'trailer');
      assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(text, '{}');
    });

    it('R1: canonical ProtoJSON by default, implicit fields included', async () => {
      const answer = JSON.parse(
        (await server.call({ path: '/v1/books?isbn=5&genre=novel&shelf.height_cm=1' })).text,
      );
      assert.deepEqual([answer.isbn, answer.genre, answer.shelf.heightCm], ['5', 'GENRE_NOVEL', 1]);
      assert.deepEqual([answer.copies, answer.tags, answer.name], ['0', [], '']);
    });

    it('R1: Empty is {}', async () => {
      const { status, text } = await server.call({ method: 'DELETE', path: '/v1/books/x' });
      assert.deepEqual([status, text], [200, '{}']);
    });

    it('B6: gives raw bytes their content type back', async () => {
      const body = 'a,b';
      const call = { method: 'POST', headers: { 'content-type': 'text/csv' }, body };
      for (const path of ['/v1/uploads/u', '/v1/raw']) {
        const { headers, text } = await server.call({ ...call, path });
        assert.deepEqual([headers['content-type'], text], ['text/csv', body]);
      }
    });

    for (const [code, status] of [
      ['Canceled', 499],
      ['Unknown', 500],
      ['InvalidArgument', 400],
      ['DeadlineExceeded', 504],
      ['NotFound', 404],
      ['AlreadyExists', 409],
      ['PermissionDenied', 403],
      ['ResourceExhausted', 429],
      ['FailedPrecondition', 400],
      ['Aborted', 409],
      ['OutOfRange', 400],
      ['Unimplemented', 501],
      ['Internal', 500],
      ['Unavailable', 503],
      ['DataLoss', 500],
      ['Unauthenticated', 401],
    ] as const) {
      it(`R2: ${code} is ${status}`, async () => {
        const answer = await server.call({ path: `/v1/fail/${code}` });
        assert.equal(answer.status, status);
        assert.deepEqual(JSON.parse(answer.text), {
          code: Code[code],
          message: `failed: ${code}`,
          details: [],
        });
        assert.equal(answer.headers['x-answer'], 'header');
        assert.equal(answer.headers['www-authenticate'], code === 'Unauthenticated' ? 'Bearer' : undefined);
      });
    }

    it('R2: details with @type, of an unknown type with their bytes, and metadata as headers', async () => {
      const { headers, text } = await server.call({ path: '/v1/fail/details' });
      assert.equal(headers['x-error'], 'metadata');
      assert.deepEqual(JSON.parse(text).details, [
        { '@type': errorInfo, reason: 'BOOK_NOT_FOUND', domain: 'shelf', metadata: {} },
        { '@type': 'type.googleapis.com/elsewhere.Unknown', value: '' },
      ]);
    });

    it('R3: a plain exception is 500 and leaks no text', async () => {
      const { status, text } = await server.call({ path: '/v1/fail/plain' });
      assert.equal(status, 500);
      assert.deepEqual(JSON.parse(text), { code: Code.Internal, message: 'internal error', details: [] });
    });

    it('a route without a handler is 501', async () => {
      assert.equal((await server.call({ path: '/v1/missing' })).status, 501);
    });

    for (const [name, value] of [
      ['connect-timeout-ms', '20'],
      ['grpc-timeout', '20m'],
      ['x-server-timeout', '0.02'],
    ] as const) {
      it(`T1: ${name} ends the call with 504`, async () => {
        const { status, text } = await server.call({ path: '/v1/wait', headers: { [name]: value } });
        assert.deepEqual([status, JSON.parse(text).code], [504, Code.DeadlineExceeded]);
      });

      for (const malformed of ['', '-1', '1x', '1e3', '99999999999999']) {
        it(`T1: ${name} ${JSON.stringify(malformed)} is 400`, async () => {
          const { status, text } = await server.call({ path: '/v1/books', headers: { [name]: malformed } });
          assert.equal(status, 400);
          assert.match(
            JSON.parse(text).message,
            new RegExp(`${name} must be a timeout, was ${JSON.stringify(malformed)}`),
          );
        });
      }
    }

    it('T1: of several deadlines the shortest holds', async () => {
      const headers = { 'grpc-timeout': '1H', 'x-server-timeout': '0.02', 'connect-timeout-ms': '60000' };
      assert.equal((await server.call({ path: '/v1/wait', headers })).status, 504);
    });
  });
}

describe('a transcoder without a request', () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer('1.1', { style: 'plain' });
  });
  after(() => server[Symbol.asyncDispose]());

  const countMethod =
    shelfService.methods.find((method) => method.name === 'Count') ?? shelfService.methods[0];
  const bind = (url: string, headers = {}) => {
    assert.ok(countMethod);
    return server.transcoder.bindRequest(countMethod, { url, headers });
  };

  it('binds the request of a method', () => {
    assert.deepEqual(
      { ...bind('/v1/count?to=3&failAfter=1') },
      {
        $typeName: 'rest.fixture.CountRequest',
        to: 3,
        failAfter: 1,
        endless: false,
      },
    );
    assert.equal(server.log.calls, 0);
  });

  for (const { url, headers, code, text } of [
    { url: '/v1/count?to=x', code: Code.InvalidArgument, text: /to must be an integer/ },
    { url: '/v1/count?until=1', code: Code.InvalidArgument, text: /until is an unknown field/ },
    {
      url: '/v1/count',
      headers: { 'content-length': '3' },
      code: Code.InvalidArgument,
      text: /must be empty/,
    },
    { url: '/v1/books', code: Code.NotFound, text: /no such path/ },
    { url: '/v1/nothing', code: Code.NotFound, text: /no such path/ },
    { url: '/v1/raw', code: Code.Unimplemented, text: /method must be one of OPTIONS, POST, was GET/ },
  ]) {
    it(`refuses ${url} ${JSON.stringify(headers ?? {})} with a ConnectError`, () => {
      assert.throws(
        () => bind(url, headers),
        (error) => {
          assert.ok(error instanceof ConnectError);
          assert.equal(error.code, code);
          assert.match(error.rawMessage, text);
          return true;
        },
      );
    });
  }

  it('takes the absolute form of a target', () => {
    assert.equal((bind('http://host:1/v1/count?to=4') as unknown as { to: number }).to, 4);
  });

  it('prints messages and errors in its style', () => {
    const response = { $typeName: 'rest.fixture.CountResponse', number: 1, bigNumber: 2n } as never;
    assert.equal(
      server.transcoder.print(messageType('CountResponse'), response),
      '{"number":1,"big_number":2}',
    );
    assert.deepEqual(JSON.parse(server.transcoder.printError(new ConnectError('gone', Code.NotFound))), {
      error: 'gone',
      code: 'not_found',
      message: 'gone',
      details: [],
    });
    const thrown = new Error('secret');
    assert.equal(JSON.parse(server.transcoder.printError(thrown)).error, 'internal error');
    assert.deepEqual(server.internalErrors, [thrown]);
  });

  it('lists its routes', () => {
    assert.ok(server.transcoder.routes.some((route) => route.template.text === '/v1/books/{name}:read'));
  });
});

describe('limits and callers that leave', () => {
  for (const version of httpVersions) {
    it(`B5: a body over the limit is 413 over HTTP/${version}, announced, sent or unpacked`, async () => {
      await using server = await startRestServer(version, { maxBodyBytes: 1000 });
      const fits = `"${'a'.repeat(500)}"`;
      const large = JSON.stringify({ name: 'a'.repeat(5_000_000) });
      const headers = { 'content-type': 'application/json' };
      const call = { method: 'POST', path: '/v1/books' };
      assert.equal((await server.call({ ...call, headers, body: `{"name":${fits}}` })).status, 200);
      assert.equal((await server.call({ ...call, headers, body: large })).status, 413);
      const packed = { ...headers, 'content-encoding': 'gzip' };
      assert.equal((await server.call({ ...call, headers: packed, body: gzipSync(large) })).status, 413);
      assert.equal((await server.call({ path: '/v1/books' })).status, 200);
      assert.deepEqual(server.failures, []);
    });

    it(`a caller who leaves over HTTP/${version} aborts the handler`, async () => {
      await using server = await startRestServer(version);
      await using caller = await startCall(version, server.port, '/v1/wait');
      await eventually(() => server.log.calls === 1, 'the handler runs');
      caller.leave();
      await eventually(() => server.log.abortedWaits === 1, 'the handler is aborted');
      await eventually(() => server.openRequests() === 0, 'the request ends');
      assert.deepEqual([server.failures, server.internalErrors], [[], []]);
    });

    it(`a caller who leaves within the body over HTTP/${version} runs nothing`, async () => {
      await using server = await startRestServer(version);
      await using caller = await startUpload(version, server.port, '/v1/books', '{}');
      await eventually(() => server.requests() === 1, 'the request arrives');
      caller.leave();
      await eventually(() => server.openRequests() === 0, 'the request ends');
      assert.deepEqual([server.log.calls, server.failures, server.internalErrors], [0, [], []]);
    });
  }

  it('B5: a body over the limit that is sent in chunks is 413 and ends the connection', async () => {
    await using server = await startRestServer('1.1', { maxBodyBytes: 1000 });
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    const body = JSON.stringify({ name: 'a'.repeat(5_000_000) });
    const answer = await server.call({ method: 'POST', path: '/v1/books', headers, body });
    assert.deepEqual([answer.status, answer.headers.connection], [413, 'close']);
    assert.match(JSON.parse(answer.text).message, /at most 1000 bytes/);
  });

  it('answers Expect: 100-continue', async () => {
    await using server = await startRestServer('1.1');
    const { headers, body } = jsonBody({ name: 'expected' });
    const answer = await server.call({
      method: 'POST',
      path: '/v1/books',
      headers: { ...headers, expect: '100-continue' },
      ...(body === undefined ? {} : { body }),
    });
    assert.deepEqual([answer.status, JSON.parse(answer.text).name], [200, 'expected']);
  });
});
