import { readFileSync } from 'node:fs';
import { ROOT } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { assertAllAnswered, examplesOf, runExample } from '../support/page-examples.ts';
import { TestServer } from '../support/server.ts';

const PAGE = readFileSync(`${ROOT}docs/trading.md`, 'utf8');

describe('docs/trading.md', () => {
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
    it(`example ${index + 1} (${example.heading}) works`, async () => {
      await runExample(example, server.port);
    });
  }

  it('leaves nothing behind', async () => {
    await eventually(async () => {
      const { processors } = await server.runtime.execute({ case: 'listProcessors', value: {} });
      const types = processors.map(({ processorType }) => processorType);
      return !types.includes('SymbolRunner') && !types.includes('SyntheticFeed');
    }, 'no runner and no feed is left');
  });
});
