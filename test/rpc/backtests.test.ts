import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { createRooms } from '../../server/rooms.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const SAMPLE = fileURLToPath(new URL('../../examples/data/btcusdt-1m.csv.gz', import.meta.url));
const SPEC = {
  strategy_name: 'ema_crossover',
  data: { file: 'btcusdt-1m.csv.gz' },
  parameters: { fast: 10, slow: 20 },
  execution: { taker_fee_bps: 5 },
};
const LONG = {
  strategy_code: 'function on_tick(tick, ctx) ctx.set("x", ctx.ema(5) or 0) end',
  data: { synthetic: { seed: '1', ticks: '50000000' } },
};

describe('backtests over REST', () => {
  const folder = useTemporaryFolder();
  let server: TestServer;

  const start = (stateDirectory?: string, dataDirectory?: string) =>
    TestServer.start({
      runtime: {
        stateDirectory,
        rooms: (runtime, internals) => createRooms(runtime, internals, { dataDirectory }),
      },
    });

  beforeEach(async () => {
    server = await start();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  async function call(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: JsonObject }> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: answer.status, body: (await answer.json()) as JsonObject };
  }
  const get = async (path: string): Promise<JsonObject> => (await call('GET', path)).body;
  const run = (request: object) => call('POST', '/api/backtests', { wait: 'effective', ...request });
  const part = (of: JsonObject | undefined, name: string): JsonObject => of?.[name] as JsonObject;

  it('run, answer the same bytes each time, and are listed', async () => {
    const first = await run({ backtest_id: 'one', spec: SPEC, labels: { a: 'b' } });
    assert.equal(first.status, 200, JSON.stringify(first.body));
    const { backtest, effective } = first.body as { backtest: JsonObject; effective: boolean };
    assert.deepEqual(
      [backtest.state, effective, part(backtest, 'spec').symbol],
      ['succeeded', true, 'BTCUSDT'],
    );
    await run({ backtest_id: 'two', spec: SPEC });
    const [one, two] = await Promise.all(['one', 'two'].map((id) => get(`/api/backtests/${id}`)));
    const report = part(one, 'report');
    assert.equal(report.digest_sha256, part(two, 'report').digest_sha256);
    const statistics = part(report, 'statistics');
    assert.ok(Number(statistics.trade_count) > 50);
    assert.equal(statistics.ticks_processed, 7200);
    assert.equal((report.equity_curve as unknown[]).length, 7200);
    assert.ok((report.fills as unknown[]).length >= 2 * (report.trades as unknown[]).length - 1);
    const thin = part(await get('/api/backtests/one?max_equity_points=10&omit_trades=true'), 'report');
    assert.deepEqual([(thin.equity_curve as unknown[]).length, thin.trades], [10, []]);
    const { backtests } = await get('/api/backtests');
    assert.deepEqual(
      (backtests as JsonObject[]).map((each) => [
        each.backtest_id,
        part(part(each, 'report'), 'statistics').trade_count,
      ]),
      [
        ['one', statistics.trade_count],
        ['two', statistics.trade_count],
      ],
    );
    assert.equal((await run({ backtest_id: 'one', spec: SPEC })).status, 409);
  });

  it('search for the best parameters, each run as it is alone', async () => {
    const search = {
      ranges: [
        { name: 'fast', number: { min_value: 5, max_value: 15, step: 5 } },
        { name: 'slow', values: [20, 40] },
      ],
      objective: 'total_return_fraction',
      keep_best: 2,
    };
    const found = await call('POST', '/api/backtests:search', {
      backtest_id: 'search',
      spec: { ...SPEC, parameters: {} },
      search,
      wait: 'effective',
    });
    assert.equal(found.status, 200, JSON.stringify(found.body));
    const job = part(found.body, 'backtest');
    assert.deepEqual(
      [job.state, part(job, 'progress').runs_finished, part(job, 'progress').runs_total],
      ['succeeded', 6, 6],
    );
    const { backtests } = await get('/api/backtests?search_id=search');
    const returns = (backtests as JsonObject[]).map((each) =>
      Number(part(part(each, 'report'), 'statistics').total_return_fraction),
    );
    const best = job.best_runs as JsonObject[];
    assert.deepEqual(
      best.map(({ objective_value }) => objective_value),
      returns.toSorted((a, b) => b - a).slice(0, 2),
    );
    const alone = await run({ backtest_id: 'best', spec: { ...SPEC, parameters: best[0]?.parameters } });
    const { total_return_fraction } = part(part(part(alone.body, 'backtest'), 'report'), 'statistics');
    assert.equal(total_return_fraction, best[0]?.objective_value);
  });

  it('tell how far they are, and end when they are cancelled', async () => {
    const begun = await call('POST', '/api/backtests', { backtest_id: 'long', spec: LONG });
    assert.equal(begun.body.effective, false);
    await eventually(async () => (await get('/api/backtests/long')).state === 'running', 'it runs');
    const cancelled = await call('POST', '/api/backtests/long:cancel', { wait: 'effective' });
    assert.equal(part(cancelled.body, 'backtest').state, 'cancelled', JSON.stringify(cancelled.body));
    const again = await call('POST', '/api/backtests/long:cancel', {});
    assert.equal(again.body.unchanged, true);
  });

  it('fail with the line of a strategy that does not load, and of a row that is broken', async () => {
    const code = 'function on_tick(tick, ctx)\n  if then\nend';
    const bad = await run({ backtest_id: 'bad', spec: { ...SPEC, strategy_name: '', strategy_code: code } });
    const job = part(bad.body, 'backtest');
    assert.equal(job.state, 'failed', JSON.stringify(bad.body));
    assert.deepEqual([part(job, 'error').code, part(job, 'error').line], ['STRATEGY_INVALID', 2]);
    await server[Symbol.asyncDispose]();

    const data = folder('data');
    mkdirSync(data);
    const rows = gunzipSync(readFileSync(SAMPLE)).toString().split('\n');
    rows[9] = 'broken';
    writeFileSync(`${data}/btcusdt.csv`, rows.join('\n'));
    server = await start(undefined, data);
    const broken = await run({ spec: { ...SPEC, data: { file: 'btcusdt.csv' }, symbol: 'BTCUSDT' } });
    assert.match(String(part(part(broken.body, 'backtest'), 'error').message), /btcusdt\.csv, line 10/);
    const skipping = { file: 'btcusdt.csv', broken_rows: 'skip' };
    const skipped = await run({ spec: { ...SPEC, data: skipping, symbol: 'BTCUSDT' } });
    assert.equal(part(part(skipped.body, 'backtest'), 'report').rows_skipped, 1);
  });

  for (const { name, spec, says } of [
    { name: 'no strategy', spec: { ...SPEC, strategy_name: '' }, says: /strategy_name or strategy_code/ },
    { name: 'an unknown strategy', spec: { ...SPEC, strategy_name: 'ema' }, says: /ema_crossover/ },
    { name: 'no data', spec: { ...SPEC, data: undefined }, says: /spec\.data must name/ },
    {
      name: 'a file that is not there',
      spec: { ...SPEC, data: { file: 'btc.csv' } },
      says: /btcusdt-1m\.csv\.gz/,
    },
    {
      name: 'a file elsewhere',
      spec: { ...SPEC, data: { file: '../strategies/x' } },
      says: /below the data directory/,
    },
    {
      name: 'an absolute path',
      spec: { ...SPEC, data: { file: '/etc/passwd' } },
      says: /below the data directory/,
    },
    {
      name: 'an end before the start',
      spec: { ...SPEC, start_time: '2024-01-02T00:00:00Z', end_time: '2024-01-01T00:00:00Z' },
      says: /spec\.end_time must be after start_time/,
    },
  ])
    it(`refuse ${name}`, async () => {
      const answer = await run({ spec });
      assert.ok(answer.status === 400 || answer.status === 404, JSON.stringify(answer.body));
      assert.match(String(answer.body.message), says);
      assert.deepEqual((await get('/api/backtests')).backtests, []);
    });

  it('are still there after a restart, and what was running then was cancelled', async () => {
    await server[Symbol.asyncDispose]();
    const state = folder('state');
    server = await start(state);
    await run({ backtest_id: 'kept', spec: SPEC });
    const { report } = await get('/api/backtests/kept');
    await call('POST', '/api/backtests', { backtest_id: 'long', spec: LONG });
    await server[Symbol.asyncDispose]();
    server = await start(state);
    assert.deepEqual((await get('/api/backtests/kept')).report, report);
    const long = await get('/api/backtests/long');
    assert.equal(long.state, 'cancelled');
  });
});
