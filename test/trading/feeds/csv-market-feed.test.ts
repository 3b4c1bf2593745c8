import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../../server/runtime/json.ts';
import CsvMarketFeed from '../../../server/trading/feeds/csv-market-feed.ts';
import { ProcessorHarness } from '../../support/processor-harness.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const BARS = `timestamp,open,high,low,close,volume
2021-12-31 23:01:00.000000,46319.0,46385.0,46319.0,46377.0,2300413.7295
2021-12-31 23:02:00.000000,46377.0,46411.0,46377.0,46411.0,1829623.1938
`;
const QUOTES = `timestamp,bid,ask
2013-01-01 22:00:00.295000+00:00,86.655,86.728
`;

describe('CsvMarketFeed', () => {
  const folder = useTemporaryFolder();
  const started: ProcessorHarness[] = [];
  afterEach(async () => {
    for (const feed of started.splice(0)) await feed.teardown();
  });

  async function start(content: string | Buffer, config: JsonObject = {}, name = 'data.csv') {
    const path = folder(name);
    writeFileSync(path, content);
    const feed = new ProcessorHarness(CsvMarketFeed, { config: { path, ...config } });
    started.push(feed);
    await feed.setup();
    return feed;
  }

  async function ticks(content: string | Buffer, config: JsonObject = {}, name = 'data.csv') {
    const feed = await start(content, config, name);
    await feed.processToEnd();
    return feed.takeJson('market') as JsonObject[];
  }

  it('reads bars, whose price is their close', async () => {
    const [bar, next] = await ticks(gzipSync(BARS), { symbol: 'BTCUSDT' }, 'bars.csv.gz');
    assert.deepEqual(bar, {
      symbol: 'BTCUSDT',
      timestamp_ms: Date.UTC(2021, 11, 31, 23, 1),
      price: 46377,
      size: 0,
      open: 46319,
      high: 46385,
      low: 46319,
      close: 46377,
      volume: 2300413.7295,
    });
    assert.equal(next?.price, 46411);
  });

  it('reads quotes, whose price is the middle', async () => {
    const [quote] = await ticks(QUOTES, { symbol: 'USDJPY' });
    assert.deepEqual(quote, {
      symbol: 'USDJPY',
      timestamp_ms: Date.UTC(2013, 0, 1, 22, 0, 0, 295),
      price: (86.655 + 86.728) / 2,
      size: 0,
      bid: 86.655,
      ask: 86.728,
    });
  });

  it('reads trades of many symbols with columns of any names', async () => {
    const columns = { timestamp: 'when', price: 'p', size: 'q', symbol: 's' };
    const got = await ticks('s;when;p;q;note\nA;1;10;2;x\nB:C/D-1;2;20;3;y\n', {
      columns,
      delimiter: ';',
      timestamp_unit: 'ms',
    });
    assert.deepEqual(got, [
      { symbol: 'A', timestamp_ms: 1, price: 10, size: 2 },
      { symbol: 'B:C/D-1', timestamp_ms: 2, price: 20, size: 3 },
    ]);
  });

  for (const { name, content, config, want } of [
    {
      name: 'no time',
      content: 'price\n1\n',
      config: { symbol: 'A' },
      want: /line 1: no column tells the time/,
    },
    { name: 'no symbol', content: 'time,price\n1,1\n', config: {}, want: /no column tells the symbol/ },
    {
      name: 'no price',
      content: 'time,bid\n1,1\n',
      config: { symbol: 'A' },
      want: /no column tells the price/,
    },
    {
      name: 'a column that is not there',
      content: 'time,price\n1,1\n',
      config: { symbol: 'A', columns: { size: 'lots' } },
      want: /columns\.size must be one of time, price, was "lots"/,
    },
    { name: 'an empty file', content: '', config: { symbol: 'A' }, want: /it has no header row/ },
  ]) {
    it(`refuses a file with ${name}`, async () => {
      await assert.rejects(start(content, config), {
        code: 'SETUP_FAILED',
        path: 'config.path',
        message: want,
      });
    });
  }

  for (const { name, row, want } of [
    {
      name: 'a price that is no number',
      row: '3,oops,1',
      want: /line 3: column "p" must be a number, was "oops"$/,
    },
    { name: 'a price of 0', row: '3,0,1', want: /line 3: column "p" must be a price above 0, was 0$/ },
    { name: 'a negative size', row: '3,1,-1', want: /line 3: column "size" must be 0 or more, was -1$/ },
    { name: 'no price', row: '3,,1', want: /line 3: column "p" must be a price above 0, was NaN$/ },
    {
      name: 'a time that is none',
      row: 'x,1,1',
      want: /line 3: column "t" must be a time in s since 1970, was "x"$/,
    },
    { name: 'too few cells', row: '3,1', want: /line 3: there must be 3 cells, as in the header, was 2$/ },
  ]) {
    const config = { symbol: 'A', timestamp_unit: 's', columns: { timestamp: 't', price: 'p' } };
    const content = `t,p,size\n1,1,1\n${row}\n2,2,1\n`;

    it(`stops at a row with ${name}, behind the ticks before it, and says where`, async () => {
      const feed = await start(content, config);
      await assert.rejects(feed.processToEnd(), {
        code: 'PROCESS_FAILED',
        path: 'config.path',
        message: want,
      });
      assert.equal(feed.takeJson('market').length, 1);
    });

    it(`leaves out a row with ${name} where it may`, async () => {
      const feed = await start(content, { ...config, on_error: 'skip' });
      await feed.processToEnd();
      assert.deepEqual(
        feed.takeJson('market').map((tick) => (tick as JsonObject).price),
        [1, 2],
      );
      await feed.teardown();
      assert.equal(feed.logs.at(-1)?.fields?.rows, 1);
    });
  }

  const IRREGULAR = 't,price\n1,10\n3,11\n2,12\n3,11\n9,13\n';
  const WATCHED = { symbol: 'A', columns: { timestamp: 't' }, timestamp_unit: 's', gap_after_ms: 5000 };

  for (const { policy, want } of [
    { policy: 'drop', want: [10, 11, 13] },
    { policy: 'pass', want: [10, 11, 12, 11, 13] },
  ]) {
    it(`counts and reports gaps, disorder and repetition, and may ${policy} such ticks`, async () => {
      const feed = await start(IRREGULAR, { ...WATCHED, irregular_ticks: policy });
      await feed.processToEnd();
      assert.deepEqual(
        feed.takeJson('market').map((tick) => (tick as JsonObject).price),
        want,
      );
      assert.deepEqual(feed.events.at(-1), {
        topic: 'feed:under-test',
        event: {
          name: 'FeedReport',
          data: {
            symbols: [
              {
                symbol: 'A',
                ticks: 3,
                gaps: 1,
                ticks_out_of_order: 1,
                ticks_duplicate: 1,
                ticks_invalid: 0,
                last_tick: { timestamp_ms: 9000, price: 13 },
              },
            ],
          },
        },
      });
      assert.equal(feed.logs.filter(({ level }) => level === 'warn').length, 3);
    });
  }

  it('goes on behind what was sent, over pieces of the file', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},${i + 1}`);
    const content = `t,price\n${rows.join('\n')}\n`;
    const config = { symbol: 'A', columns: { timestamp: 't' }, timestamp_unit: 'ms' };
    const before = await start(content, config);
    for (let i = 0; i < 50; i++) await before.process();
    const sent = before.takeJson('market').length;
    assert.equal(sent, 50 * 256);
    const after = await start(content, config);
    after.restore(before.checkpoint(), { processorType: 'CsvMarketFeed', typeVersion: 1 });
    await after.processToEnd();
    const rest = after.takeJson('market') as JsonObject[];
    assert.equal(rest[0]?.price, sent + 1);
    assert.equal(rest.length, 20_000 - sent);
  });
});
