import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ROOT } from '../support/child.ts';
import { CallError } from '../support/door.ts';
import { fromServiceError } from '../support/doors.ts';
import { TestServer } from '../support/server.ts';

type Answer = Readonly<Record<string, unknown>>;

/** The services as proto-loader reads them from the files, with nothing that we generate. */
const schema = loadSync(
  ['processor', 'event'].map((name) => `streamlib/v1/${name}.proto`),
  { includeDirs: [`${ROOT}proto`, `${ROOT}third_party`], longs: Number, enums: String, oneofs: true },
);

describe('grpc-js with the schema by proto-loader', () => {
  let server: TestServer;
  let client: grpc.Client;

  before(async () => {
    server = await TestServer.start();
    client = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
  });

  after(async () => {
    client.close();
    await server.close();
  });

  function call(service: string, method: string, request: object, options: grpc.CallOptions = {}) {
    const { path, requestSerialize, responseDeserialize } = methodOf(service, method);
    return new Promise<Answer>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new grpc.Metadata(),
        options,
        (error, answer) => {
          if (error === null) resolve(answer as Answer);
          else reject(fromServiceError(error));
        },
      );
    });
  }

  function subscribe(request: object, options: grpc.CallOptions = {}): grpc.ClientReadableStream<Answer> {
    const { path, requestSerialize, responseDeserialize } = methodOf('EventService', 'Subscribe');
    const read = (bytes: Buffer): Answer => responseDeserialize(bytes) as Answer;
    return client.makeServerStreamRequest(path, requestSerialize, read, request, options);
  }

  it('calls, and reads what it wrote', async () => {
    const config = { fields: { frequency_hz: { numberValue: 220 } } };
    const request = { processorType: 'SineGenerator', processorId: 'tone', config };
    await call('ProcessorService', 'CreateProcessor', request);
    const { processor } = await call('ProcessorService', 'GetProcessor', { processorId: 'tone' });
    assert.deepEqual((processor as Answer).config, {
      fields: { frequency_hz: { numberValue: 220, kind: 'numberValue' } },
    });
  });

  it('reads a stream, cancels it, and the server lets it go', async () => {
    const stream = subscribe({ snapshot: true });
    const kinds: unknown[] = [];
    const cancelled = once(stream, 'error');
    stream.on('data', ({ message }: Answer) => {
      kinds.push(message);
      if (message === 'snapshotEnd') stream.cancel();
    });
    const [error] = (await cancelled) as [grpc.ServiceError];
    assert.equal(error.code, grpc.status.CANCELLED);
    assert.equal(kinds[0], 'started');
    assert.ok(kinds.includes('snapshot'), kinds.join());
  });

  it('ends a stream at its deadline', async () => {
    const stream = subscribe({}, { deadline: Date.now() + 300 });
    stream.resume();
    const [error] = (await once(stream, 'error')) as [grpc.ServiceError];
    assert.equal(error.code, grpc.status.DEADLINE_EXCEEDED);
  });

  it('is refused a call whose deadline has passed', async () => {
    const late = call('ProcessorService', 'ListProcessors', {}, { deadline: Date.now() - 1 });
    await assert.rejects(late, { code: 'deadline_exceeded' });
  });

  it('reads the reason and the field of an error', async () => {
    const error: unknown = await call('ProcessorService', 'GetProcessor', { processorId: 'nobody' }).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CallError, String(error));
    assert.deepEqual(
      { code: error.code, reason: error.reason, fields: error.fields },
      { code: 'not_found', reason: 'PROCESSOR_NOT_FOUND', fields: ['processor_id'] },
    );
  });

  it('sends and reads gzip', async () => {
    const zipped = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), {
      'grpc.default_compression_algorithm': 2,
    });
    const { path, requestSerialize, responseDeserialize } = methodOf(
      'ProcessorService',
      'ListProcessorTypes',
    );
    const answer = await new Promise<Answer>((resolve, reject) => {
      zipped.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, (error, message) => {
        if (error === null) resolve(message as Answer);
        else reject(error);
      });
    });
    zipped.close();
    assert.ok((answer.processorTypes as unknown[]).length > 5);
  });
});

function methodOf(service: string, method: string): grpc.MethodDefinition<object, object> {
  const definition = schema[`streamlib.v1.${service}`] as grpc.ServiceDefinition | undefined;
  const found = definition?.[method];
  assert.ok(found !== undefined, `the files have no ${service}.${method}`);
  return found;
}
