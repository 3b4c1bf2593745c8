import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { TestServer } from '../support/server.ts';

const PATH = '/streamlib.v1.RuntimeService/GetRuntimeState';

describe('a request to a method', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(() => server.close());

  for (const { name, version, host, want } of [
    {
      name: 'names a host that is none',
      version: '1.1',
      host: 'Host: a b\r\n',
      want: /^HTTP\/1\.1 400 [\s\S]*"code":"invalid_argument"/,
    },
    { name: 'names an empty host', version: '1.1', host: 'Host:\r\n', want: /^HTTP\/1\.1 400 / },
    {
      name: 'names a port that is none',
      version: '1.1',
      host: 'Host: a:99999\r\n',
      want: /^HTTP\/1\.1 400 /,
    },
    {
      name: 'names no host, as HTTP/1.0 may',
      version: '1.0',
      host: '',
      want: /^HTTP\/1\.1 200 [\s\S]*"streamId":/,
    },
  ]) {
    it(`is answered where it ${name}`, async () => {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `POST ${PATH} HTTP/${version}\r\n${host}Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      );
      assert.match(await text(socket), want);
    });
  }
});
