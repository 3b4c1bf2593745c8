import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import ApiServer from '../../server/rpc/api-server.ts';
import { ROOT } from '../support/child.ts';
import { assertAllAnswered, examplesOf, runExample } from '../support/page-examples.ts';
import { TestServer } from '../support/server.ts';

const PAGE = readFileSync(`${ROOT}docs/api.md`, 'utf8');

describe('docs/api.md', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
    await server.runtime.start();
  });

  after(async () => {
    await server.close();
  });

  it('shows an answer to each example', () => assertAllAnswered(PAGE));

  for (const [index, example] of examplesOf(PAGE).entries()) {
    it(`example ${index + 1} (${example.heading}) works`, () => runExample(example, server.port));
  }

  it('gives the defaults that an ApiServer has', () => {
    const rows = [...PAGE.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]);
    const { properties } = ApiServer.descriptor.configSchema;
    const numbers = Object.entries(properties)
      .filter(([name, { type }]) => type === 'integer' && name !== 'port')
      .map(([name, property]) => [name, property.default]);
    assert.deepEqual(rows, numbers);
  });
});
