import assert from 'node:assert/strict';
import { SERVICES } from '../../server/rpc/services.ts';
import { Child, type ChildEnd } from '../support/child.ts';
import { TestServer } from '../support/server.ts';

describe('grpcurl, which knows nothing but what reflection tells it', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(() => server.close());

  async function run(before: readonly string[], ...after: readonly string[]): Promise<ChildEnd> {
    await using child = new Child('grpcurl', ['-plaintext', ...before, `127.0.0.1:${server.port}`, ...after]);
    return await child.end();
  }

  async function call(method: string, request: object): Promise<unknown> {
    const { code, stdout, stderr } = await run(['-d', JSON.stringify(request)], `streamlib.v1.${method}`);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  it('lists every service', async () => {
    const listed = (await run([], 'list')).stdout.trim().split('\n');
    const own = SERVICES.map(({ typeName }) => typeName);
    const common = [
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ];
    assert.deepEqual(listed.toSorted(), [...own, ...common].toSorted());
  });

  it('describes a service, its methods and a message', async () => {
    const service = await run([], 'describe', 'streamlib.v1.ProcessorService');
    assert.match(service.stdout, /rpc CreateProcessor \( \.streamlib\.v1\.CreateProcessorRequest \)/);
    const message = await run([], 'describe', 'streamlib.v1.LinkSpec');
    assert.match(message.stdout, /uint32 capacity_frames = \d+/);
    const unknown = await run([], 'describe', 'streamlib.v1.Nothing');
    assert.notEqual(unknown.code, 0);
  });

  for (const version of ['v1', 'v1alpha']) {
    it(`asks the reflection service ${version}`, async () => {
      const method = `grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
      const { code, stdout, stderr } = await run(['-d', '{"list_services": ""}'], method);
      assert.equal(code, 0, stderr);
      const { listServicesResponse } = JSON.parse(stdout);
      const names = listServicesResponse.service.map(({ name }: { name: string }) => name);
      assert.ok(names.includes('streamlib.v1.EventService'), names.join());
    });
  }

  it('calls, and reads what it wrote', async () => {
    const created = await call('ProcessorService/CreateProcessor', {
      processor_id: 'tone',
      processor_type: 'SineGenerator',
      config: { frequency_hz: 220 },
    });
    assert.equal((created as { processorId: string }).processorId, 'tone');
    const { processor } = (await call('ProcessorService/GetProcessor', { processor_id: 'tone' })) as {
      processor: { config: unknown };
    };
    assert.deepEqual(processor.config, { frequency_hz: 220 });
  });

  it('reads a stream until its own deadline ends it', async () => {
    const request = JSON.stringify({ snapshot: true, heartbeat: '0.1s' });
    const { code, stdout, stderr } = await run(
      ['-max-time', '2', '-d', request],
      'streamlib.v1.EventService/Subscribe',
    );
    assert.match(stdout, /"started"[\s\S]*"snapshotEnd"[\s\S]*"heartbeat"/);
    assert.notEqual(code, 0);
    assert.match(stderr, /Code: DeadlineExceeded/);
  });

  it('is told the code, the reason and the field of an error', async () => {
    const { code, stderr } = await run(
      ['-d', '{"processor_type": "SineGenerater"}'],
      'streamlib.v1.ProcessorService/CreateProcessor',
    );
    // 64 and the code of gRPC.
    assert.equal(code, 64 + 3);
    assert.match(stderr, /Code: InvalidArgument/);
    assert.match(stderr, /google\.rpc\.ErrorInfo[\s\S]*"PROCESSOR_TYPE_UNKNOWN"/);
    assert.match(stderr, /google\.rpc\.BadRequest[\s\S]*"processor_type"/);
  });
});
