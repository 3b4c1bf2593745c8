import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

/** Runs a feed into two sinks on another lane until both have all, and answers what each took. */
async function runFeed(
  type: string,
  config: JsonObject,
): Promise<{ taken: number[]; reports: JsonObject[] }> {
  await using test = await TestRuntime.create();
  const { runtime } = test;
  await runtime.addProcessor({ id: 'feed', type, config, placement: { lane: 'feeds' } });
  const links: string[] = [];
  for (const id of ['one', 'two']) {
    await runtime.addProcessor({ id, type: 'NullSink', config: {}, placement: { lane: 'sinks' } });
    const { linkId } = await runtime.connect(outputPort('feed', 'market'), inputPort(id, 'data'), {
      delivery: 'lossless',
    });
    links.push(linkId);
  }
  await runtime.start();
  for (const id of ['one', 'two']) await test.until(id, 'stopped');
  assert.deepEqual(test.payloads('processorFailed'), []);
  const reports = test
    .payloads('custom')
    .filter(({ name }) => name === 'FeedReport')
    .map(({ data }) => data as JsonObject);
  const taken: number[] = [];
  for (const id of links) taken.push(Number((await runtime.getLink(id)).counters?.delivered));
  return { taken, reports };
}

const symbolsOf = (report: JsonObject | undefined): JsonObject[] => (report?.symbols ?? []) as JsonObject[];

describe('feeds through the runtime', () => {
  const folder = useTemporaryFolder();

  it('serve many takers with ticks of many symbols', async () => {
    const { taken, reports } = await runFeed('SyntheticFeed', {
      symbols: ['SIM:A', 'SIM:B', 'SIM:C'],
      ticks: 5000,
      pace: 'fast',
    });
    assert.deepEqual(taken, [15_000, 15_000]);
    const totals = symbolsOf(reports.at(-1)).map(({ symbol, ticks }) => [symbol, ticks]);
    assert.deepEqual(totals, [
      ['SIM:A', 5000],
      ['SIM:B', 5000],
      ['SIM:C', 5000],
    ]);
  });

  it('play a file and report what is wrong with it', async () => {
    const path = folder('bars.csv');
    const minutes = [0, 1, 2, 2, 5, 4, 6];
    const rows = minutes.map((minute) => `${minute * 60},1,2,1,2,10`);
    writeFileSync(path, `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
    const { taken, reports } = await runFeed('CsvMarketFeed', { path, symbol: 'A', timestamp_unit: 's' });
    assert.deepEqual(taken, [5, 5]);
    const [counts] = symbolsOf(reports.at(-1));
    assert.deepEqual([counts?.gaps, counts?.ticks_out_of_order, counts?.ticks_duplicate], [1, 1, 1]);
  });
});
