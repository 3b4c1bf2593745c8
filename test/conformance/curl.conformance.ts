import assert from 'node:assert/strict';
import { Child } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

interface HttpAnswer {
  readonly version: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const JSON_BODY = ['-H', 'content-type: application/json'];

for (const { name, flag, version } of [
  { name: 'HTTP/1.1', flag: '--http1.1', version: 'HTTP/1.1' },
  { name: 'HTTP/2 without TLS', flag: '--http2-prior-knowledge', version: 'HTTP/2' },
]) {
  describe(`curl over ${name}`, () => {
    let server: TestServer;

    before(async () => {
      server = await TestServer.start();
    });

    after(() => server.close());

    const start = (args: readonly string[], path: string): Child =>
      new Child('curl', ['--silent', '--show-error', '--no-buffer', flag, ...args, server.url + path]);

    async function ask(args: readonly string[], path: string): Promise<HttpAnswer> {
      await using child = start(['--include', '--max-time', '20', ...args], path);
      const { code, stdout, stderr } = await child.end();
      assert.equal(code, 0, stderr);
      const answer = parse(stdout);
      assert.equal(answer.version, version);
      return answer;
    }

    async function askJson(args: readonly string[], path: string): Promise<Record<string, unknown>> {
      const { status, body } = await ask(args, path);
      assert.equal(status, 200, body);
      return JSON.parse(body);
    }

    /** Reads until so many messages have come, each with `end` behind it. */
    async function take(args: readonly string[], path: string, end: string, count: number) {
      await using child = start(args, path);
      await eventually(() => child.stdout.split(end).length > count, `curl reads ${count} messages`);
      return child.stdout.split(end).slice(0, count);
    }

    it('creates, reads, lists, changes and deletes', async () => {
      const made = JSON.stringify({ processor_id: 'tone', processor_type: 'SineGenerator' });
      assert.equal((await askJson([...JSON_BODY, '-d', made], '/api/processors')).processor_id, 'tone');
      assert.equal((await askJson([], '/api/processors/tone')).processor_type, 'SineGenerator');
      const listed = await askJson([], '/api/processors?processor_type=SineGenerator');
      assert.equal((listed.processors as unknown[]).length, 1);
      const patch = ['-X', 'PATCH', ...JSON_BODY, '-d', '{"config": {"frequency_hz": 220}}'];
      const { config } = await askJson(patch, '/api/processors/tone');
      assert.deepEqual(config, { frequency_hz: 220 });
      await askJson(['-X', 'DELETE'], '/api/processors/tone?request_id=once');
      assert.equal((await ask([], '/api/processors/tone')).status, 404);
    });

    it('starts and pauses with an empty object and with nothing', async () => {
      assert.equal((await askJson([...JSON_BODY, '-d', '{}'], '/api/runtime/start')).status, 'running');
      assert.equal((await askJson(['-X', 'POST'], '/api/runtime/pause')).status, 'paused');
      assert.equal((await askJson([], '/api/runtime/state')).status, 'paused');
    });

    it('imports what it exported, and nothing changes', async () => {
      const exported = await ask([], '/api/graph:export');
      assert.match(exported.headers.get('content-type') ?? '', /yaml/);
      const file = ['-H', 'content-type: application/yaml', '--data-binary', exported.body];
      assert.equal((await askJson(file, '/api/graph:import')).unchanged, true);
    });

    it('is told in JSON what is wrong', async () => {
      const { status, headers, body } = await ask(
        [...JSON_BODY, '-d', '{"processor_type": "No"}'],
        '/api/processors',
      );
      assert.equal(status, 400);
      assert.match(headers.get('content-type') ?? '', /^application\/json/);
      const error = JSON.parse(body);
      assert.deepEqual(Object.keys(error), ['error', 'code', 'message', 'details']);
      assert.equal(error.details[0].reason, 'PROCESSOR_TYPE_UNKNOWN');
    });

    it('gets the head alone by HEAD, with the length that GET has', async () => {
      const head = await ask(['--head'], '/api/processor-types/NullSink');
      const got = await ask([], '/api/processor-types/NullSink');
      assert.equal(head.status, 200);
      assert.equal(head.body, '');
      assert.equal(head.headers.get('content-length'), got.headers.get('content-length'));
      assert.equal(Number(got.headers.get('content-length')), Buffer.byteLength(got.body));
    });

    it('is told by OPTIONS and by 405 which methods a path has', async () => {
      const options = await ask(['-X', 'OPTIONS'], '/api/processors');
      assert.equal(options.status, 204);
      const wrong = await ask(['-X', 'PUT'], '/api/processors');
      assert.equal(wrong.status, 405);
      for (const { headers } of [options, wrong]) {
        assert.deepEqual((headers.get('allow') ?? '').split(', ').toSorted(), [
          'GET',
          'HEAD',
          'OPTIONS',
          'POST',
        ]);
      }
    });

    it('reads gzip', async () => {
      const types = await askJson(['--compressed'], '/api/processor-types');
      assert.ok((types.processor_types as unknown[]).length > 5);
    });

    it('reads events as lines', async () => {
      const lines = await take([], '/api/events?snapshot=true&heartbeat=0.1s', '\n', 5);
      const kinds = lines.map((line) => Object.keys(JSON.parse(line))[0]);
      assert.deepEqual([kinds[0], kinds.at(-1)], ['started', 'heartbeat']);
    });

    it('reads server-sent events and goes on after Last-Event-ID', async () => {
      const accept = ['-H', 'accept: text/event-stream'];
      await using child = start(accept, '/api/events?topics=told');
      await eventually(() => child.stdout.includes('\n\n'), 'the stream has started');
      for (const tick of ['second', 'third']) server.runtime.events.publish('told', { name: tick });
      await eventually(() => child.stdout.split('\n\n').length > 3, 'the events have come');
      const [, second, third] = child.stdout.split('\n\n', 3).map(parseServerSentEvent);
      const again = await take(
        [...accept, '-H', `last-event-id: ${second?.id}`],
        '/api/events?topics=told',
        '\n\n',
        2,
      );
      assert.deepEqual(again.map(parseServerSentEvent)[1], third);
    });
  });
}

function parse(stdout: string): HttpAnswer {
  const [head = '', ...rest] = stdout.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const [version = '', status = ''] = statusLine.split(' ');
  const headers = lines.map((line) => /^([^:]+): ?(.*)$/.exec(line)?.slice(1) as [string, string]);
  return {
    version,
    status: Number(status),
    headers: new Map(headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: rest.join('\r\n\r\n'),
  };
}

function parseServerSentEvent(block: string): { id: string; data: unknown } {
  return {
    id: /^id: (.*)$/m.exec(block)?.[1] ?? '',
    data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null'),
  };
}
