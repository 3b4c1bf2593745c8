import assert from 'node:assert/strict';
import { TestServer } from '../support/server.ts';

const FILE = `processors:
  - { id: tone, type: SineGenerator }
  - { id: meter, type: LevelMeter }
links:
  - { id: wire, from: tone.audio, to: meter.audio }
`;

/** The fields of answers and of errors that tests look at. */
interface Answer {
  readonly revision: number;
  readonly unchanged: boolean;
  readonly changes: readonly unknown[];
  readonly error: string;
  readonly code: string;
  readonly details: readonly { readonly reason: string }[];
}

describe('graph files over REST', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
  });
  afterEach(() => server.close());

  async function post(body: string | undefined, query = '', contentType = 'application/yaml') {
    const headers = { 'content-type': contentType };
    const response = await fetch(`${server.url}/api/graph:import${query}`, { method: 'POST', body, headers });
    return { status: response.status, answer: (await response.json()) as Answer };
  }

  const get = (query = '') => fetch(`${server.url}/api/graph:export${query}`);

  it('imports YAML, exports it under its content type, and importing that changes nothing', async () => {
    const { status, answer } = await post(FILE);
    assert.deepEqual([status, answer.revision, answer.changes.length], [200, 1, 3]);
    for (const [query, contentType] of [
      ['', 'application/yaml'],
      ['?format=yaml', 'application/yaml'],
      ['?format=json', 'application/json'],
    ] as const) {
      const response = await get(query);
      assert.equal(response.headers.get('content-type'), contentType);
      const again = await post(await response.text(), '', contentType);
      assert.deepEqual([again.status, again.answer.unchanged, again.answer.revision], [200, true, 1]);
    }
  });

  it('tries without touching, and keeps what is not named where it is told to', async () => {
    await server.runtime.addProcessor({ type: 'NullSink', id: 'other' });
    const dry = await post(FILE, '?dry_run=true');
    assert.deepEqual([dry.answer.revision, dry.answer.changes.length], [1, 4]);
    const kept = await post(FILE, '?keep_others=true&expected_revision=1');
    assert.deepEqual([kept.answer.revision, kept.answer.changes.length], [2, 3]);
    const late = await post(FILE, '?expected_revision=1');
    assert.deepEqual([late.status, late.answer.code], [409, 'aborted']);
  });

  it('names line and field of what it refuses', async () => {
    for (const { text, reason, error } of [
      {
        text: FILE.replace('LevelMeter', 'LevelMetre'),
        reason: 'PROCESSOR_TYPE_UNKNOWN',
        error: /^body:3:18 \(processors\[1\]\.type\): processor_type must be a known type, was "LevelMetre"/,
      },
      {
        text: FILE.replace('wire,', 'wire, form: x,'),
        reason: 'GRAPH_FILE_INVALID',
        error: /^body:5:17 \(links\[0\]\.form\): is no field, was "x"$/,
      },
      { text: 'processors: [', reason: 'GRAPH_FILE_INVALID', error: /^body:1:14: / },
    ]) {
      const { status, answer } = await post(text);
      assert.equal(status, 400);
      assert.match(answer.error, error);
      assert.equal(answer.details[0]?.reason, reason);
    }
  });

  it('takes nothing for no file', async () => {
    await post(FILE);
    for (const body of [undefined, '']) {
      const { status, answer } = await post(body);
      assert.deepEqual([status, answer.error], [400, 'body must be a graph file, was empty']);
    }
    assert.equal((await server.runtime.listProcessors()).length, 3);
  });
});
