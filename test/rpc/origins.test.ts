import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createOriginPolicy } from '../../server/rpc/origin-policy.ts';
import { TestServer } from '../support/server.ts';

describe('createOriginPolicy', () => {
  const policy = createOriginPolicy(['https://app.example.org', 'http://10.0.0.1:8080']);

  for (const { origin, host, want } of [
    { origin: undefined, host: '127.0.0.1:9000', want: 'absent' },
    { origin: 'http://localhost:3000', host: '127.0.0.1:9000', want: 'allowed' },
    { origin: 'https://app.example.org', host: '127.0.0.1:9000', want: 'allowed' },
    { origin: 'http://10.0.0.1:8080', host: '127.0.0.1:9000', want: 'allowed' },
    { origin: 'http://127.0.0.1:9000', host: '127.0.0.1:9000', want: 'own' },
    { origin: 'http://localhost:9000', host: 'localhost:9000', want: 'own' },
    { origin: 'http://[::1]:9000', host: '[::1]:9000', want: 'own' },
    { origin: 'http://localhost:3001', host: '127.0.0.1:9000', want: 'foreign' },
    { origin: 'https://localhost:3000', host: '127.0.0.1:9000', want: 'foreign' },
    { origin: 'http://localhost:3000.evil.example', host: '127.0.0.1:9000', want: 'foreign' },
    { origin: 'http://evil.example', host: '127.0.0.1:9000', want: 'foreign' },
    // The name is the page's own and only points to this machine.
    { origin: 'http://evil.example:9000', host: 'evil.example:9000', want: 'foreign' },
    { origin: 'null', host: '127.0.0.1:9000', want: 'foreign' },
    { origin: 'nonsense', host: undefined, want: 'foreign' },
  ] as const) {
    it(`takes ${origin} towards ${host} as ${want}`, () => {
      assert.equal(policy(origin, host), want);
    });
  }

  for (const bad of ['*', 'example.org', 'https://example.org/', 'https://example.org/path', '']) {
    it(`refuses ${JSON.stringify(bad)} as an origin`, () => {
      assert.throws(() => createOriginPolicy(['http://localhost:1', bad]), {
        code: 'CONFIG_INVALID',
        path: 'config.cors_origins[1]',
      });
    });
  }
});

describe('pages of other origins', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { cors_origins: ['https://app.example.org'] } });
  });

  after(async () => {
    await server.close();
  });

  const request = (path: string, method: string, origin: string, headers: Record<string, string> = {}) =>
    fetch(server.url + path, { method, headers: { origin, ...headers } });

  for (const origin of ['http://localhost:3000', 'https://app.example.org']) {
    it(`lets ${origin} ask and read, with what Connect and gRPC-Web need`, async () => {
      const preflight = await request('/streamlib.v1.RuntimeService/GetRuntimeState', 'OPTIONS', origin, {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-grpc-web,connect-protocol-version',
      });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get('access-control-allow-origin'), origin);
      const allowed = (preflight.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(', ');
      for (const name of ['content-type', 'x-grpc-web', 'connect-protocol-version', 'grpc-timeout']) {
        assert.ok(allowed.includes(name), name);
      }
      for (const method of ['POST', 'PATCH', 'DELETE']) {
        assert.ok(
          preflight.headers.get('access-control-allow-methods')?.split(', ').includes(method),
          method,
        );
      }

      const answer = await request('/api/runtime/state', 'GET', origin);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), origin);
      const exposed = (answer.headers.get('access-control-expose-headers') ?? '').toLowerCase().split(', ');
      for (const name of ['grpc-status', 'grpc-message', 'grpc-status-details-bin']) {
        assert.ok(exposed.includes(name), name);
      }
    });
  }

  it('gives foreign pages no header, answers their reads and refuses their changes', async () => {
    const foreign = 'http://evil.example';
    const preflight = await request('/api/processors', 'OPTIONS', foreign, {
      'access-control-request-method': 'POST',
    });
    const read = await request('/api/runtime/state', 'GET', foreign);
    const change = await request('/api/runtime/start', 'POST', foreign);
    for (const answer of [preflight, read, change]) {
      assert.equal(answer.headers.get('access-control-allow-origin'), null);
      assert.equal(answer.headers.get('access-control-allow-methods'), null);
      await answer.text();
    }
    assert.deepEqual([preflight.status, read.status, change.status], [204, 200, 403]);
    const state = await fetch(`${server.url}/api/runtime/state`);
    assert.equal(((await state.json()) as { status: string }).status, 'initial');
  });

  it('opens WebSockets for allowed pages and no others', async () => {
    const address = `${server.url.replace('http', 'ws')}/api/events`;
    const allowed = new WebSocket(address, { origin: 'http://localhost:3000' });
    await once(allowed, 'open');
    allowed.close();
    await once(allowed, 'close');

    const foreign = new WebSocket(address, { origin: 'http://evil.example' });
    const [error] = (await once(foreign, 'error')) as [Error];
    assert.match(error.message, /403/);
  });
});
