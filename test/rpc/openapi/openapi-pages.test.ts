import assert from 'node:assert/strict';
import type { JsonObject } from '@bufbuild/protobuf';
import { createRegistry } from '@bufbuild/protobuf';
import { Validator } from '@seriousme/openapi-schema-validator';
import { http } from '../../../gen/ts/google/api/annotations_pb.ts';
import { pathText } from '../../../server/rpc/openapi/path-text.ts';
import { createTranscoder } from '../../../server/rpc/rest/index.ts';
import { SERVICES } from '../../../server/rpc/services.ts';
import { TestServer } from '../../support/server.ts';

type Operations = Record<string, Record<string, { operationId: string }>>;

describe('the OpenAPI document', () => {
  let server: TestServer;
  let document: JsonObject;

  before(async () => {
    server = await TestServer.start();
    document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as JsonObject;
  });

  after(() => server.close());

  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document));
    assert.deepEqual(result.errors ?? [], []);
    assert.equal(document.openapi, '3.1.0');
  });

  it('describes every route, each under an id of its own', () => {
    const { routes } = createTranscoder({
      services: SERVICES,
      handlers: [],
      httpRule: http,
      registry: createRegistry(),
    });
    const paths = document.paths as unknown as Operations;
    const missing = routes.filter(
      (route) => paths[pathText(route.template)]?.[route.httpMethod.toLowerCase()] === undefined,
    );
    assert.deepEqual(missing, []);
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
  });

  it('is sent once: a caller that has it gets 304', async () => {
    const first = await fetch(`${server.url}/api/openapi.json`);
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    await first.arrayBuffer();
    assert.equal((await fetch(`${server.url}/api/openapi.json`, { headers })).status, 304);
  });

  for (const { path, type } of [
    { path: '/docs', type: 'text/html; charset=utf-8' },
    { path: '/docs/start.js', type: 'text/javascript; charset=utf-8' },
    { path: '/docs/swagger-ui-bundle.js', type: 'text/javascript; charset=utf-8' },
    { path: '/docs/swagger-ui.css', type: 'text/css; charset=utf-8' },
    { path: '/docs/favicon.png', type: 'image/png' },
  ]) {
    it(`serves ${path}, and lets it load nothing from elsewhere`, async () => {
      const response = await fetch(server.url + path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), type);
      assert.match(
        response.headers.get('content-security-policy') ?? '',
        /^default-src 'none'; script-src 'self';/,
      );
      assert.ok((await response.arrayBuffer()).byteLength > 0);
    });
  }
});
