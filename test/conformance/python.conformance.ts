import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, ROOT } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const SCRIPTS = 'test/conformance/python';

describe('a program in Python', () => {
  let server: TestServer;
  let stubs: string;

  before(async () => {
    server = await TestServer.start();
    stubs = mkdtempSync(join(tmpdir(), 'streamlib-stubs-'));
  });

  after(async () => {
    await server.close();
    rmSync(stubs, { recursive: true, force: true });
  });

  it('calls, streams, cancels and reads errors by grpcio', async () => {
    const out = [`--python_out=${stubs}`, `--grpc_python_out=${stubs}`];
    const files = ['proto/streamlib/v1/*.proto', 'third_party/{google,buf}/**/*.proto'];
    await using protoc = new Child('python', [
      ...['-m', 'grpc_tools.protoc', '-I', 'proto', '-I', 'third_party', ...out],
      ...globSync(files, { cwd: ROOT }),
    ]);
    const generated = await protoc.end();
    assert.equal(generated.code, 0, generated.stderr);

    const env = { PYTHONPATH: stubs };
    await using client = new Child('python', [`${SCRIPTS}/grpc_session.py`, `127.0.0.1:${server.port}`], {
      env,
    });
    const { code, stdout, stderr } = await client.end();
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      first: 'started',
      created: 'tone',
      frequency_hz: 220,
      event: ['ProcessorAdded', 'tone'],
      cancelled: 'CANCELLED',
      refusal: { code: 'NOT_FOUND', reason: 'PROCESSOR_NOT_FOUND', fields: ['processor_id'] },
      deadline: 'DEADLINE_EXCEEDED',
      lost: { code: 'OUT_OF_RANGE', reason: 'RESUME_POINT_LOST', fields: ['after'] },
    });
  });

  it('subscribes, resumes and is told why it ends by websockets', async () => {
    const other = await TestServer.start();
    await using client = new Child('python', [`${SCRIPTS}/web_socket_session.py`, `127.0.0.1:${other.port}`]);
    try {
      await eventually(() => {
        assert.equal(client.stderr, '');
        return client.stdout.includes('"pinged"');
      }, 'the client waits for the end');
    } finally {
      await other.close();
    }
    const { code, stdout, stderr } = await client.end();
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [
        { first: 'started' },
        { events: ['one', 'two'] },
        { resumed: true },
        { wrong_request: 1008 },
        { pinged: true },
        { stopped: 1001 },
      ],
    );
  });
});
