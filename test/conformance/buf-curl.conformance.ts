import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { ErrorInfoSchema } from '../../gen/ts/google/rpc/error_details_pb.ts';
import { Child, type ChildEnd, ROOT } from '../support/child.ts';
import { TestServer } from '../support/server.ts';

const BUF = `${ROOT}node_modules/@bufbuild/buf/bin/buf`;

/** The protocols of buf curl and what of HTTP each goes over; gRPC needs HTTP/2. */
const MATRIX = [
  { protocol: 'connect', over: 'HTTP/1.1', flags: [] },
  { protocol: 'connect', over: 'HTTP/2', flags: ['--http2-prior-knowledge'] },
  { protocol: 'grpcweb', over: 'HTTP/1.1', flags: [] },
  { protocol: 'grpcweb', over: 'HTTP/2', flags: ['--http2-prior-knowledge'] },
  { protocol: 'grpc', over: 'HTTP/2', flags: ['--http2-prior-knowledge'] },
] as const;

interface Detail {
  readonly type: string;
  readonly value: string;
}

describe('buf curl', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(() => server.close());

  async function run(flags: readonly string[], method: string, request: object): Promise<ChildEnd> {
    const args = [
      'curl',
      ...flags,
      '--data',
      JSON.stringify(request),
      `${server.url}/streamlib.v1.${method}`,
    ];
    await using child = new Child(process.execPath, [BUF, ...args]);
    return await child.end();
  }

  for (const { protocol, over, flags } of MATRIX) {
    // Reflection needs HTTP/2, and makes all of a call go over it.
    const schema = flags.length === 0 ? ['--schema', 'proto', '--schema', 'third_party'] : [];
    const how = ['--protocol', protocol, ...flags, ...schema];

    it(`calls by ${protocol} over ${over}`, async () => {
      const processorId = `tone-${protocol}-${flags.length}`;
      const request = { processorType: 'SineGenerator', processorId };
      const { code, stdout, stderr } = await run(how, 'ProcessorService/CreateProcessor', request);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).processorId, processorId);
    });

    it(`reads an error and its details by ${protocol} over ${over}`, async () => {
      const { code, stderr } = await run(how, 'ProcessorService/GetProcessor', { processorId: 'nobody' });
      // Eight times the code of gRPC.
      assert.equal(code, 5 * 8);
      const error = JSON.parse(stderr);
      assert.equal(error.code, 'not_found');
      const info = error.details.find(({ type }: Detail) => type === 'google.rpc.ErrorInfo');
      assert.equal(fromBinary(ErrorInfoSchema, base64Decode(info.value)).reason, 'PROCESSOR_NOT_FOUND');
    });
  }
});
