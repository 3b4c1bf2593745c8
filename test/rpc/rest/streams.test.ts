import assert from 'node:assert/strict';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  chooseStreamFormat,
  ndjsonFormat,
  serverSentEventsFormat,
} from '../../../server/rpc/rest/stream-format.ts';
import { eventually } from '../../support/eventually.ts';
import { startCall } from './support/raw-caller.ts';
import { httpVersions, type RestServer, startRestServer } from './support/rest-server.ts';

const sse = { accept: 'text/event-stream' };

describe('stream format', () => {
  for (const { accept, want } of [
    { accept: undefined, want: ndjsonFormat },
    { accept: '*/*', want: ndjsonFormat },
    { accept: 'application/x-ndjson', want: ndjsonFormat },
    { accept: 'text/event-stream', want: serverSentEventsFormat },
    { accept: 'text/html, Text/Event-Stream;q=0.9', want: serverSentEventsFormat },
  ]) {
    it(`S1: Accept ${accept} is ${want.contentType}`, () => assert.equal(chooseStreamFormat(accept), want));
  }
});

for (const version of httpVersions) {
  describe(`streams over HTTP/${version}`, () => {
    let server: RestServer;
    before(async () => {
      server = await startRestServer(version, { style: 'plain' });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach(async () => {
      await eventually(() => server.openRequests() === 0, 'every request ends');
      assert.deepEqual([server.failures, server.internalErrors], [[], []]);
    });

    it('S1: a line per message', async () => {
      const { status, headers, text } = await server.call({ path: '/v1/count?to=2' });
      assert.deepEqual([status, headers['content-type']], [200, 'application/x-ndjson']);
      assert.deepEqual([headers['x-count'], headers['cache-control']], ['started', 'no-store']);
      assert.equal(
        text,
        '{"result":{"number":1,"big_number":"9007199254740993"}}\n' +
          '{"result":{"number":2,"big_number":"9007199254740994"}}\n',
      );
    });

    it('S1: no line where there is no message', async () => {
      const { status, text } = await server.call({ path: '/v1/count?to=0' });
      assert.deepEqual([status, text], [200, '']);
    });

    it('S1: an error after the first message is the last line', async () => {
      const { status, text } = await server.call({ path: '/v1/count?to=5&fail_after=1' });
      assert.equal(status, 200);
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(Object.keys(lines[0]), ['result']);
      const error = { error: 'counted enough', code: 'out_of_range', message: 'counted enough', details: [] };
      assert.deepEqual(lines.slice(1), [{ error }]);
    });

    it('S1: an error before the first message is an HTTP error', async () => {
      const { status, headers, text } = await server.call({ path: '/v1/count?to=-1', headers: sse });
      assert.deepEqual(
        [status, headers['content-type'], headers['x-count']],
        [400, 'application/json', 'started'],
      );
      assert.equal(JSON.parse(text).code, 'failed_precondition');
    });

    it('S1: a request that cannot be bound is an HTTP error', async () => {
      assert.equal((await server.call({ path: '/v1/count?until=1', headers: sse })).status, 400);
    });

    it('S1: server-sent events where Accept asks for them', async () => {
      const { headers, text } = await server.call({ path: '/v1/count?to=2&fail_after=1', headers: sse });
      assert.equal(headers['content-type'], 'text/event-stream');
      assert.equal(
        text,
        'id: 1\ndata: {"number":1,"big_number":"9007199254740993"}\n\n' +
          'event: error\ndata: {"error":"counted enough","code":"out_of_range","message":"counted enough","details":[]}\n\n',
      );
    });

    it('B6: a stream of raw bodies is sent as it is', async () => {
      const { headers, text } = await server.call({ path: '/v1/download?to=3' });
      assert.deepEqual([headers['content-type'], text], ['text/x-count', '1;2;3;']);
    });

    it('P5: HEAD runs no stream', async () => {
      const before = server.log.calls;
      const { status, headers } = await server.call({
        method: 'HEAD',
        path: '/v1/count?endless=true',
        headers: sse,
      });
      assert.deepEqual(
        [status, headers['content-type'], server.log.calls],
        [200, 'text/event-stream', before],
      );
    });

    it('ends the handler of a stream whose reader leaves', async () => {
      const ended = server.log.endedStreams;
      const calls = server.log.calls;
      await using caller = await startCall(version, server.port, '/v1/count?endless=true');
      await eventually(() => server.log.calls === calls + 1, 'the stream runs');
      caller.leave();
      await eventually(() => server.log.endedStreams === ended + 1, 'the handler ends');
    });

    it('T1: a deadline ends a stream with an error in its last line', async () => {
      const headers = { 'x-server-timeout': '0.05' };
      const { text } = await server.call({ path: '/v1/count?endless=true', headers });
      assert.equal(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '').error.code, 'deadline_exceeded');
    });
  });
}

for (const version of httpVersions) {
  describe(`a slow reader over HTTP/${version}`, () => {
    it('holds the handler back, and ends it when it leaves', async () => {
      await using server = await startRestServer(version);
      await using caller = await startCall(version, server.port, '/v1/download?endless=true');
      const seen: number[] = [];
      await eventually(() => {
        seen.push(server.log.downloadedParts);
        const last = seen.slice(-5);
        return last.length === 5 && new Set(last).size === 1 && last[0] !== 0;
      }, 'the handler stands still');
      caller.leave();
      await eventually(
        () => server.log.endedStreams === 1 && server.openRequests() === 0,
        'the handler ends',
      );
      assert.deepEqual([server.failures, server.internalErrors], [[], []]);
    });
  });
}

describe('lines without a response', () => {
  let server: RestServer;
  before(async () => {
    server = await startRestServer('1.1', { style: 'plain' });
  });
  after(() => server[Symbol.asyncDispose]());

  const open = (url: string, signal = new AbortController().signal) =>
    server.transcoder.openLines({ url, headers: {} }, signal);

  it('gives the lines of a stream, and rejects where it fails', async () => {
    const lines: unknown[] = [];
    await assert.rejects(
      async () => {
        for await (const line of await open('/v1/count?to=5&fail_after=2'))
          lines.push(JSON.parse(String(line)));
      },
      (error) => error instanceof ConnectError,
    );
    assert.deepEqual(
      lines.map((line) => Object.keys(line as object)),
      [['result'], ['result']],
    );
  });

  it('rejects where the stream fails before its first message', async () => {
    await assert.rejects(open('/v1/count?to=-1'), (error) => {
      assert.ok(error instanceof ConnectError);
      return error.code === Code.FailedPrecondition;
    });
  });

  for (const url of ['/v1/count?until=1', '/v1/books', '/v1/nothing', '/v1/raw']) {
    it(`rejects ${url}`, async () => {
      await assert.rejects(open(url), (error) => error instanceof ConnectError);
      assert.equal(server.log.calls, server.log.endedStreams);
    });
  }

  it('ends the handler when the iteration is left', async () => {
    const ended = server.log.endedStreams;
    for await (const line of await open('/v1/count?endless=true')) {
      assert.match(String(line), /"number":1/);
      break;
    }
    await eventually(() => server.log.endedStreams === ended + 1, 'the handler ends');
  });

  it('ends the handler when the signal is aborted', async () => {
    const ended = server.log.endedStreams;
    const aborter = new AbortController();
    const lines = await open('/v1/count?endless=true', aborter.signal);
    aborter.abort(new ConnectError('enough', Code.Canceled));
    await assert.rejects(Array.fromAsync(lines), /enough/);
    assert.equal(server.log.endedStreams, ended + 1);
  });
});
