import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { JsonObject } from '../../../server/runtime/json.ts';
import ReplayFeed from '../../../server/trading/feeds/replay-feed.ts';
import { ManualClock, ProcessorHarness } from '../../support/processor-harness.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const at = (timestamp_ms: number | string, symbol = 'A', price: unknown = 1): string =>
  JSON.stringify({ symbol, timestamp_ms, price });

describe('ReplayFeed', () => {
  const folder = useTemporaryFolder();
  const started: ProcessorHarness[] = [];
  afterEach(async () => {
    for (const feed of started.splice(0)) await feed.teardown();
  });

  async function start(lines: readonly string[], config: JsonObject = {}) {
    const path = folder('market.jsonl');
    writeFileSync(path, lines.join('\n'));
    const clock = new ManualClock();
    const feed = new ProcessorHarness(ReplayFeed, { config: { path, ...config }, clock });
    started.push(feed);
    await feed.setup();
    return { feed, clock };
  }

  it('gives ticks, quotes and bars of many symbols as they were', async () => {
    const ticks = [
      { symbol: 'A', timestamp_ms: 1, price: 1, size: 2 },
      { symbol: 'B', timestamp_ms: 1, price: 2, size: 0, bid: 1, ask: 3 },
      { symbol: 'A', timestamp_ms: 5, price: 4, size: 0, open: 2, high: 5, low: 1, close: 4, volume: 7 },
    ];
    const { feed } = await start(
      ticks.map((tick) => JSON.stringify(tick)),
      { pace: 'fast' },
    );
    await feed.processToEnd();
    assert.deepEqual(feed.takeJson('market'), ticks);
  });

  for (const { name, config, want } of [
    { name: 'as fast as it was recorded', config: {}, want: [1, 1, 2, 2, 3] },
    { name: 'twice as fast', config: { speed: 2 }, want: [1, 2, 3, 3, 3] },
    { name: 'as fast as possible', config: { pace: 'fast' }, want: [3, 3, 3, 3, 3] },
  ]) {
    it(`plays ${name}`, async () => {
      const { feed, clock } = await start([at(1000), at(1020, 'B'), at(1040)], config);
      const counts: number[] = [];
      for (let step = 0; step < 5; step++) {
        if (!feed.ended) await feed.process();
        counts.push(feed.output('market').frames.length);
        clock.advanceMs(10);
      }
      assert.deepEqual(counts, want);
      assert.equal(feed.ended, true);
    });
  }

  it('takes times as text, as 64-bit numbers are in JSON', async () => {
    const { feed } = await start([at('1700000000000')], { pace: 'fast' });
    await feed.processToEnd();
    assert.equal((feed.takeJson('market')[0] as JsonObject).timestamp_ms, 1_700_000_000_000);
  });

  for (const { name, line, want } of [
    { name: 'that is no JSON', line: '{', want: /line 2: .*JSON/ },
    { name: 'that is no object', line: '[1]', want: /line 2: a line must be an object, was \[1\]/ },
    { name: 'without a symbol', line: '{"price":1}', want: /line 2: symbol must be a text, was undefined/ },
    { name: 'without a time', line: '{"symbol":"A","price":1}', want: /line 2: timestamp_ms must be a time/ },
    {
      name: 'with a price that is text',
      line: at(2, 'A', '1'),
      want: /line 2: price must be a number, was "1"/,
    },
    { name: 'with a price of 0', line: at(2, 'A', 0), want: /line 2: price must be a price above 0, was 0/ },
  ]) {
    it(`stops at a line ${name}, behind the ticks before it`, async () => {
      const { feed } = await start([at(1), line, at(3)], { pace: 'fast' });
      await assert.rejects(feed.processToEnd(), { code: 'PROCESS_FAILED', message: want });
      assert.equal(feed.takeJson('market').length, 1);
    });

    it(`leaves out a line ${name} where it may`, async () => {
      const { feed } = await start([at(1), line, at(3)], { pace: 'fast', on_error: 'skip' });
      await feed.processToEnd();
      assert.equal(feed.takeJson('market').length, 2);
    });
  }

  it('goes on behind what was sent', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => at(i, 'A', i + 1));
    const { feed } = await start(lines, { pace: 'fast' });
    await feed.process();
    await feed.process();
    const { feed: next } = await start(lines, { pace: 'fast' });
    next.restore(feed.checkpoint(), { processorType: 'ReplayFeed', typeVersion: 1 });
    await next.processToEnd();
    assert.equal((next.takeJson('market')[0] as JsonObject).price, 513);
  });
});
