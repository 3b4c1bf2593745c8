import assert from 'node:assert/strict';
import { TestServer } from '../support/server.ts';
import { type ClientPage, openClientPage } from './browser/open-client-page.ts';
import type { PageProtocol } from './browser/page-client.ts';

const PROTOCOLS: readonly PageProtocol[] = [
  'gRPC-Web',
  'Connect with JSON',
  'Connect, binary',
  'Connect, with GET',
];

describe('connect-web in a browser, on a page of another origin', () => {
  let page: ClientPage;
  let server: TestServer;

  before(async () => {
    page = await openClientPage();
    server = await TestServer.start({ config: { cors_origins: [page.origin] } });
  });

  after(async () => {
    await page?.[Symbol.asyncDispose]();
    await server?.close();
  });

  for (const [index, protocol] of PROTOCOLS.entries()) {
    it(`calls and reads errors by ${protocol}`, async () => {
      const processorId = `tone-${index}`;
      assert.deepEqual(await page.call('session', server.url, protocol, processorId), {
        created: processorId,
        config: { frequency_hz: 220 },
        refusal: { code: 'NotFound', reason: 'PROCESSOR_NOT_FOUND' },
      });
    });

    it(`is told each event as it happens by ${protocol}`, async () => {
      await page.call('subscribe', server.url, protocol, 'ticks');
      const sequences: number[] = [];
      for (let tick = 0; tick < 5; tick++) {
        server.runtime.events.publish('ticks', { name: 'tick' });
        const { type, sequence } = await page.call('nextEvent');
        assert.equal(type, 'Custom');
        sequences.push(sequence);
      }
      await page.call('unsubscribe');
      assert.deepEqual(
        sequences,
        sequences.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(sequences).size, 5);
    });
  }

  it('reads by GET where it is told to', () => {
    const reads = page.requests.filter((request) => request.endsWith('ProcessorService/GetProcessor'));
    assert.deepEqual(new Set(reads.map((request) => request.split(' ')[0])), new Set(['POST', 'GET']));
  });

  it('is refused by the browser where the server does not allow its origin', async () => {
    await using other = await TestServer.start();
    await assert.rejects(page.call('subscribe', other.url, 'gRPC-Web', 'ticks'), /Failed to fetch/);
  });
});
