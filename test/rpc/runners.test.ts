import assert from 'node:assert/strict';
import type { JsonObject } from '../../server/runtime/json.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

/** What users of the engine before send, to the letter. */
const BTC = {
  runner_id: 'btc_ema_prod',
  symbol: 'BTCUSDT',
  strategy_name: 'ema_crossover',
  window_size: 100,
  config: { stop_on_error: true, log_actions: true },
};

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

describe('runners over REST', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
    await server.runtime.start();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  async function call(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: answer.status, body: (await answer.json()) as JsonObject };
  }
  const get = async (path: string): Promise<JsonObject> => (await call('GET', path)).body;
  const create = (runner: object) => call('POST', '/api/runners', runner);
  const stats = (of: JsonObject): JsonObject => of.stats as JsonObject;

  it('are made, looked at while they run, and leave nothing behind', async () => {
    const made = await create(BTC);
    assert.equal(made.status, 200, JSON.stringify(made.body));
    assert.equal(made.body.runner_id, 'btc_ema_prod');
    const again = await create(BTC);
    assert.deepEqual([again.status, again.body.code], [409, 'already_exists']);
    let snapshot: JsonObject = {};
    await eventually(async () => {
      snapshot = await get('/api/runners/btc_ema_prod/snapshot');
      return Number(stats(snapshot)?.ticks_processed ?? 0) >= 2;
    }, 'it has seen ticks');
    assert.deepEqual(
      [snapshot.runner_id, snapshot.symbol, snapshot.state, snapshot.window_size],
      ['btc_ema_prod', 'BTCUSDT', 'Idle', 100],
    );
    assert.ok(Number(snapshot.window_len) >= 2 && Number(snapshot.uptime_ms) >= 0);
    const history = await get('/api/runners/btc_ema_prod/history?count=2');
    const [older, newer] = history.ticks as JsonObject[];
    assert.ok(Number(older?.timestamp_ms) < Number(newer?.timestamp_ms));
    const runner = await get('/api/runners/btc_ema_prod');
    assert.deepEqual(runner.config, {
      stop_on_error: true,
      log_actions: true,
      feed: '',
    });
    assert.equal(runner.status, 'running');
    const gone = await call('DELETE', '/api/runners/btc_ema_prod');
    assert.equal(gone.status, 200);
    assert.deepEqual((await get('/api/runners')).runners, []);
    const { processors } = (await get('/api/graph?owner=runners/btc_ema_prod')) as JsonObject;
    assert.deepEqual(processors ?? [], []);
    const left = (await get('/api/processors')).processors as JsonObject[];
    assert.deepEqual(
      left.map(({ processor_id }) => processor_id),
      ['api-server'],
    );
  });

  it('share the feed of their symbol, which goes with the last of them', async () => {
    for (const runner_id of ['a', 'b'])
      assert.equal((await create({ ...BTC, runner_id, symbol: 'SIM:X' })).status, 200);
    const feeds = async () =>
      ((await get('/api/processors?processor_type=SyntheticFeed')).processors as JsonObject[]).length;
    assert.equal(await feeds(), 1);
    const { runners } = await get('/api/symbols/SIM:X/runners');
    assert.deepEqual(
      (runners as JsonObject[]).map(({ runner_id }) => runner_id),
      ['a', 'b'],
    );
    await call('DELETE', '/api/runners/a');
    assert.equal(await feeds(), 1);
    await call('DELETE', '/api/runners/b');
    assert.equal(await feeds(), 0);
  });

  for (const { name, request, status, code, says } of [
    {
      name: 'an unknown strategy',
      request: { strategy_name: 'ema_cross' },
      status: 404,
      code: 'not_found',
      says: /near it are ema_crossover/,
    },
    {
      name: 'an unknown version',
      request: { strategy_version: 9 },
      status: 404,
      code: 'not_found',
      says: /no version 9; there are 1/,
    },
    {
      name: 'a symbol that no feed has',
      request: { symbol: 'BTCUSD' },
      status: 400,
      code: 'invalid_argument',
      says: /near it are BTCUSDT/,
    },
    {
      name: 'a feed that there is not',
      request: { config: { feed: 'x' } },
      status: 400,
      code: 'invalid_argument',
      says: /config\.feed must be one of sample, synthetic/,
    },
    {
      name: 'a window that is too wide',
      request: { window_size: 1_000_001 },
      status: 400,
      code: 'invalid_argument',
      says: /window_size/,
    },
    {
      name: 'a limit that is none',
      request: { config: { limits: { max_drawdown_fraction: 2 } } },
      status: 400,
      code: 'invalid_argument',
      says: /max_drawdown_fraction/,
    },
  ])
    it(`refuses ${name}, and changes nothing`, async () => {
      const answer = await create({ ...BTC, ...request });
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.match(String(answer.body.message), says);
      assert.deepEqual((await get('/api/runners')).runners, []);
    });

  it('answer 404 where there is none', async () => {
    for (const path of ['/api/runners/nobody', '/api/runners/nobody/snapshot', '/api/runners/nobody/history'])
      assert.equal((await call('GET', path)).status, 404);
    assert.equal((await call('DELETE', '/api/runners/nobody')).status, 404);
  });

  it('take another version of their strategy with the state that they have, and no other', async () => {
    const code = (text: string) => `
      strategy = { memory = { seen = 0 } }
      function on_tick(tick, ctx)
        ctx.memory.seen = ctx.memory.seen + 1
        ctx.set("seen", ctx.memory.seen)
        ctx.set("says", "${text}")
      end`;
    const upload = (body: object) => call('POST', '/api/strategies', { name: 'mine', ...body });
    assert.equal((await upload({ code: code('one') })).status, 200);
    assert.equal((await upload({ code: code('two') })).status, 409);
    assert.equal(
      (await create({ ...BTC, runner_id: 'r', symbol: 'SIM:A', strategy_name: 'mine' })).status,
      200,
    );
    const context = async () => (await get('/api/runners/r/snapshot')).context as JsonObject | undefined;
    await eventually(async () => Number((await context())?.seen ?? 0) > 3, 'it has seen ticks');
    assert.equal((await upload({ code: code('two'), new_version: true })).body.name, 'mine');
    assert.equal((await context())?.says, 'one', 'a runner keeps its version');
    const seen = Number((await context())?.seen);
    const moved = await call('PATCH', '/api/runners/r', { strategy_version: 2, wait: 'effective' });
    assert.equal(moved.body.strategy_version, 2, JSON.stringify(moved.body));
    await eventually(async () => (await context())?.says === 'two', 'the new version runs');
    assert.ok(Number((await context())?.seen) > seen, 'it goes on with the state of the old one');
    const used = await call('DELETE', '/api/strategies/mine');
    assert.equal(used.status, 400);
    assert.match(String(used.body.message), /used by no runner, was by r/);
  });

  it('refuse orders while the engine is halted, and trade again', async () => {
    const code = 'function on_tick(tick, ctx) ctx.buy(0.01) end';
    await call('POST', '/api/strategies', { name: 'buyer', code });
    await create({ ...BTC, runner_id: 'r', symbol: 'SIM:A', strategy_name: 'buyer', config: {} });
    const count = async (of: string) => Number(stats(await get('/api/runners/r/snapshot'))?.[of] ?? 0);
    await eventually(async () => (await count('orders_filled')) > 0, 'it trades');
    const halted = await call('POST', '/api/trading/mode', { mode: 'halted', reason: 'test' });
    assert.equal(halted.body.mode, 'halted', JSON.stringify(halted.body));
    await eventually(async () => (await count('orders_refused')) > 0, 'its orders are refused');
    const state = await get('/api/trading/state');
    assert.deepEqual([state.mode, state.mode_reason, state.runners], ['halted', 'test', 1]);
    assert.ok(Number((state.exposure as JsonObject).long_value) > 0);
    const repeated = await call('POST', '/api/trading/mode', { mode: 'halted' });
    assert.equal(repeated.body.unchanged, true);
    await call('POST', '/api/trading/mode', { mode: 'active' });
    const filled = await count('orders_filled');
    await eventually(async () => (await count('orders_filled')) > filled, 'it trades again');
  });

  it('have strategies that are listed, shown and validated', async () => {
    const { strategies } = await get('/api/strategies');
    assert.deepEqual(
      (strategies as JsonObject[]).map(({ name, version, source }) => [name, version, source]),
      [
        ['ema_crossover', 1, 'built_in'],
        ['mean_reversion', 1, 'built_in'],
      ],
    );
    const shown = await get('/api/strategies/ema_crossover');
    assert.match(String(shown.code), /function on_tick/);
    assert.deepEqual(
      (shown.parameters as JsonObject[]).map(({ name, default_value }) => [name, default_value]),
      [
        ['fast', 12],
        ['quantity', 0.01],
        ['slow', 26],
      ],
    );
    const fine = await call('POST', '/api/strategies/ema_crossover/validate', {});
    assert.equal(fine.body.valid, true, JSON.stringify(fine.body));
    const wrong = await call('POST', '/api/strategies/none/validate', { code: 'function on_tick(\nend' });
    assert.equal(wrong.body.valid, false);
    const refused = await call('POST', '/api/strategies', { name: 'bad', code: 'function on_tick(\nend' });
    assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_argument']);
    assert.match(String(refused.body.message), /code must pass validation, syntax in line 2/);
  });
});
