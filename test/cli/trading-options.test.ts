import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import type { JsonObject } from '../../server/runtime/json.ts';
import { runCli, startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const FEEDS = `
feeds:
  - name: mine
    symbols: [A, B]
    type: CsvMarketFeed
    config: { path: "PATH/{symbol}.csv", symbol: "{symbol}", timestamp_unit: s, gap_after_ms: 60000 }
    tick_size: 0.5
  - name: made-up
    prefix: "TEST:"
    type: SyntheticFeed
    config: { symbols: ["{symbol}"], interval_ms: 10 }
`;

// A tick that is there twice, one that is late, and a hole of a day.
const TICKS = [
  'timestamp,price',
  '1700000000,10',
  '1700000001,11',
  '1700000001,11',
  '1700000000,10',
  '1700086401,12',
].join('\n');

const STATE = ['--port', '0', '--state'];

async function call(method: string, url: string, body?: object) {
  const answer = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.status, json: (await answer.json()) as JsonObject };
}

describe('what a server is told about trading', () => {
  const path = useTemporaryFolder();

  it('are the feeds of symbols, whose ticks it counts, and a folder of strategies', async () => {
    mkdirSync(path('strategies'));
    writeFileSync(path('strategies/nothing.lua'), 'function on_tick(tick, ctx) end');
    writeFileSync(path('A.csv'), TICKS);
    writeFileSync(path('feeds.yaml'), FEEDS.replace('PATH', path('.')));
    await using server = startCli([
      'serve',
      '--ephemeral',
      '--port',
      '0',
      '--feeds',
      path('feeds.yaml'),
      '--strategies',
      path('strategies'),
    ]);
    const url = await server.listening();
    const strategy = await call('GET', `${url}/api/strategies/nothing`);
    assert.equal(strategy.json.source, 'directory', JSON.stringify(strategy));
    const runner = { runner_id: 'r', symbol: 'A', strategy_name: 'nothing' };
    assert.equal((await call('POST', `${url}/api/runners`, runner)).status, 200);
    const symbol = async () => {
      const { symbols } = (await call('GET', `${url}/api/symbols`)).json as { symbols: JsonObject[] };
      return symbols.find((each) => each.symbol === 'A') as JsonObject;
    };
    await eventually(async () => Number((await symbol()).ticks ?? 0) === 3, 'the feed has reported');
    const { feed, tick_size, ticks_duplicate, ticks_out_of_order, gaps } = await symbol();
    assert.deepEqual(
      { feed, tick_size, ticks_duplicate, ticks_out_of_order, gaps },
      { feed: 'mine', tick_size: 0.5, ticks_duplicate: 1, ticks_out_of_order: 1, gaps: 1 },
    );
    const other = await call('POST', `${url}/api/runners`, { ...runner, runner_id: 's', symbol: 'TESTX' });
    assert.equal(other.status, 400);
    assert.match(
      String(other.json.message),
      /^symbol must be offered by a feed, was "TESTX"; near it are TEST:\*/,
    );
  });

  for (const { name, feeds, code, says } of [
    { name: 'no YAML', feeds: '[', code: 2, says: /--feeds must be a file of YAML or JSON/ },
    {
      name: 'what is wrong with them',
      feeds: '{"feeds": [{"name": "a", "type": "SyntheticFed", "symbols": ["A"]}]}',
      code: 1,
      says: /feeds\[0\]\.type must be a processor type, was "SyntheticFed"; near it are SyntheticFeed/,
    },
  ])
    it(`are no feeds with ${name}`, async () => {
      writeFileSync(path('wrong.yaml'), feeds);
      const args = ['serve', '--ephemeral', '--port', '0', '--feeds', path('wrong.yaml')];
      const ended = await runCli(args);
      assert.equal(ended.code, code);
      assert.match(ended.stderr, says);
    });

  it('is no folder of strategies that is none', async () => {
    const { code, stderr } = await runCli(['serve', '--ephemeral', '--strategies', path('none')]);
    assert.equal(code, 2);
    assert.match(stderr, /--strategies must be a folder, was ".*none"/);
  });

  it('may be a state to be read only, of which nothing is written', async () => {
    {
      await using server = startCli(['serve', ...STATE, path('state')]);
      const url = await server.listening();
      const code = 'function on_tick(tick, ctx) end';
      assert.equal((await call('POST', `${url}/api/strategies`, { name: 'mine', code })).status, 200);
      server.kill('SIGTERM');
      await server.end();
    }
    const filesOf = () =>
      readdirSync(path('state'), { recursive: true }).map((file) => {
        const { size, mtimeMs } = statSync(path(`state/${file}`));
        return { file, size, mtimeMs };
      });
    const before = filesOf();
    await using server = startCli(['serve', '--state-read-only', ...STATE, path('state')]);
    const url = await server.listening();
    const { strategies } = (await call('GET', `${url}/api/strategies`)).json as { strategies: JsonObject[] };
    assert.deepEqual(
      strategies.map(({ name }) => name),
      ['ema_crossover', 'mean_reversion', 'mine'],
    );
    for (const [method, route, body] of [
      ['POST', '/api/strategies', { name: 'other', code: 'function on_tick(tick, ctx) end' }],
      ['DELETE', '/api/strategies/mine', undefined],
      ['POST', '/api/backtests', { spec: { strategy_name: 'mine', data: { synthetic: { ticks: 10 } } } }],
    ] as const) {
      const { status, json } = await call(method, `${url}${route}`, body);
      assert.deepEqual([route, status, json.code], [route, 400, 'failed_precondition']);
    }
    assert.deepEqual(filesOf(), before);
  });
});
