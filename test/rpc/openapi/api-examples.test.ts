import assert from 'node:assert/strict';
import { getOption, type JsonObject } from '@bufbuild/protobuf';
import { http } from '../../../gen/ts/google/api/annotations_pb.ts';
import { API_EXAMPLES } from '../../../server/rpc/openapi/api-examples.ts';
import { SERVICES } from '../../../server/rpc/services.ts';
import { TestServer } from '../../support/server.ts';

/** In an order in which each finds what it needs; the ids of the paths are those of the examples. */
const CALLS = [
  { request: 'CreateProcessorRequest', status: 200 },
  { request: 'UpdateProcessorRequest', ids: { processor_id: 'tone' }, status: 200 },
  { request: 'CreateLinkRequest', status: 200 },
  { request: 'UpdateLinkRequest', status: 200 },
  { request: 'ApplyGraphRequest', status: 200 },
  { request: 'RollbackGraphRequest', status: 200 },
  { request: 'StopRuntimeRequest', status: 200 },
  // Described, and not there yet.
  { request: 'CreateRunnerRequest', status: 200 },
];

describe('the examples of the OpenAPI document', () => {
  let server: TestServer;
  let linkId = '';

  before(async () => {
    server = await TestServer.start();
    await post('/api/processors', { processor_type: 'LevelMeter', processor_id: 'meter' });
  });

  after(() => server.close());

  it('are all tried here', () => {
    assert.deepEqual(
      [...API_EXAMPLES.keys()].sort(),
      CALLS.map(({ request }) => `streamlib.v1.${request}`).sort(),
    );
  });

  for (const { request, ids = {}, status } of CALLS) {
    it(`${request} answers ${status}`, async () => {
      const { method, path } = routeOf(`streamlib.v1.${request}`);
      const values: Record<string, string> = { link_id: linkId, ...ids };
      const url = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
      const answer = await send(method, url, API_EXAMPLES.get(`streamlib.v1.${request}`) ?? {});
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      linkId = String(answer.body.link_id ?? linkId);
    });
  }

  const post = (path: string, body: JsonObject) => send('POST', path, body);

  async function send(method: string, path: string, body: JsonObject) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(server.url + path, { method, headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as JsonObject };
  }
});

function routeOf(request: string): { method: string; path: string } {
  const methods = SERVICES.flatMap((service) => service.methods);
  const method = methods.find(({ input }) => input.typeName === request);
  assert.ok(method, `no method takes ${request}`);
  const { pattern } = getOption(method, http);
  return { method: String(pattern.case).toUpperCase(), path: String(pattern.value) };
}
