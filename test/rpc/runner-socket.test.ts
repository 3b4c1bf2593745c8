import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { GapReason } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { Severity } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { createRunnerForm } from '../../server/rpc/events/runner-form.ts';
import { createNotice } from '../../server/rpc/events/subscription-item.ts';
import type { RoomInternals } from '../../server/runtime/index.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

type Payload = Parameters<RoomInternals['emit']>[0];

describe('the WebSocket of runner events', () => {
  let server: TestServer;
  let internals: RoomInternals;
  const sockets: WebSocket[] = [];

  before(async () => {
    server = await TestServer.start({
      runtime: {
        rooms: (_runtime, given) => {
          internals = given;
          return {};
        },
      },
    });
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  after(async () => {
    await server.close();
  });

  const emit = (runnerId: string, payload: Payload): void =>
    internals.emit(payload, { topic: `runner:${runnerId}` });
  const tick = (runnerId: string, symbol: string, price: number): void =>
    emit(runnerId, {
      case: 'tickReceived',
      value: { runnerId, symbol, data: { symbol, timestampMs: 1_700_000_000_000n, price } },
    });
  const move = (runnerId: string, fromState: string, toState: string): void =>
    emit(runnerId, { case: 'stateTransition', value: { runnerId, fromState, toState, reason: 'crossed' } });

  /** What a client hears, as `{name: payload}`. */
  async function listen(query = ''): Promise<Record<string, Record<string, unknown>>[]> {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws${query}`);
    sockets.push(socket);
    const heard: Record<string, Record<string, unknown>>[] = [];
    socket.on('message', (bytes) => heard.push(JSON.parse(String(bytes))));
    await once(socket, 'open');
    return heard;
  }

  it('tells what happens under its name, in order, as clients of `/ws` know it', async () => {
    const heard = await listen();
    tick('a', 'BTCUSDT', 42_000.5);
    move('a', 'Idle', 'InPosition');
    emit('a', { case: 'actionExecuted', value: { runnerId: 'a', action: { kind: 'Buy', quantity: 2 } } });
    const position = { entryPrice: 42_000.5, quantity: 2, side: 'Long' };
    emit('a', { case: 'positionOpened', value: { runnerId: 'a', position } });
    emit('a', { case: 'positionUpdated', value: { runnerId: 'a', unrealizedPnl: 0 } });
    emit('a', {
      case: 'runnerError',
      value: {
        runnerId: 'a',
        error: 'enough',
        severity: Severity.CRITICAL,
        code: 'STRATEGY_FAILED',
        line: 5,
      },
    });
    emit('a', { case: 'runnerStopped', value: { runnerId: 'a', reason: 'error' } });
    await eventually(() => heard.length >= 7, 'all is told');
    const [received, opened] = [heard[0]?.TickReceived, heard[3]?.PositionOpened];
    assert.deepEqual(
      heard.map((message) => Object.keys(message)),
      [
        ['TickReceived'],
        ['StateTransition'],
        ['ActionExecuted'],
        ['PositionOpened'],
        ['PositionUpdated'],
        ['Error'],
        ['RunnerStopped'],
      ],
    );
    assert.deepEqual([received?.runner_id, received?.symbol], ['a', 'BTCUSDT']);
    const data = received?.data as Record<string, unknown>;
    assert.deepEqual([data.symbol, data.timestamp_ms, data.price], ['BTCUSDT', 1_700_000_000_000, 42_000.5]);
    assert.deepEqual(heard[1]?.StateTransition, {
      runner_id: 'a',
      from: 'Idle',
      to: 'InPosition',
      reason: 'crossed',
    });
    assert.equal((opened?.position as Record<string, unknown> | undefined)?.side, 'Long');
    assert.deepEqual(heard[4]?.PositionUpdated, { runner_id: 'a', unrealized_pnl: 0 });
    assert.deepEqual(heard[5]?.Error, {
      runner_id: 'a',
      error: 'enough',
      severity: 'critical',
      code: 'STRATEGY_FAILED',
      line: 5,
    });
  });

  it('tells nothing but what happens to runners', async () => {
    const heard = await listen();
    server.runtime.events.publish('runner:a', { name: 'custom' });
    await server.runtime.addProcessor({ type: 'NullSink' });
    emit('a', { case: 'runnerUpdated', value: { runnerId: 'a', fields: ['config'] } });
    move('a', 'Idle', 'Analyzing');
    await eventually(() => heard.length > 0, 'something is told');
    assert.deepEqual(Object.keys(heard[0] ?? {}), ['StateTransition']);
  });

  for (const { query, want } of [
    { query: '?runner_id=a', want: ['a', 'a'] },
    { query: '?runner_id=a&runner_id=c', want: ['a', 'c', 'a', 'c'] },
    { query: '?symbol=ETHUSDT', want: ['b', 'c', 'b', 'c'] },
    { query: '?runner_id=a&symbol=ETHUSDT', want: [] },
    { query: '?runnerId=b&symbol=ETHUSDT', want: ['b', 'b'] },
    { query: '?runner_id=&symbol=', want: ['a', 'b', 'c', 'a', 'b', 'c'] },
  ]) {
    it(`filters by runner and symbol, also what names no symbol: ${query}`, async () => {
      const heard = await listen(query);
      const all = await listen();
      tick('a', 'BTCUSDT', 1);
      tick('b', 'ETHUSDT', 1);
      tick('c', 'ETHUSDT', 1);
      for (const id of ['a', 'b', 'c']) move(id, 'Idle', 'Analyzing');
      await eventually(() => all.length === 6 && heard.length >= want.length, 'all is told');
      assert.deepEqual(
        heard.map((message) => Object.values(message)[0]?.runner_id),
        want,
      );
    });
  }

  it('leaves out ticks that are not the newest where the client wants it so, and nothing else', async () => {
    const heard = await listen('?ticks=latest');
    for (let price = 1; price <= 50; price++) {
      tick('a', 'BTCUSDT', price);
      move('a', 'Idle', 'Analyzing');
      tick('b', 'ETHUSDT', price);
    }
    emit('a', { case: 'runnerStopped', value: { runnerId: 'a', reason: 'removed' } });
    await eventually(() => heard.some((message) => 'RunnerStopped' in message), 'all is told');
    assert.equal(heard.filter((message) => 'StateTransition' in message).length, 50);
    const prices = heard.flatMap(({ TickReceived: told }) =>
      told?.runner_id === 'a' ? [(told.data as { price: number }).price] : [],
    );
    assert.equal(prices.at(-1), 50);
    assert.ok(prices.length < 50, `${prices.length} ticks were told`);
  });

  for (const { query, reason, field } of [
    { query: '?runner_id=no/id', reason: 'FIELD_INVALID', field: 'runner_id' },
    { query: '?runner_id=a*', reason: 'FIELD_INVALID', field: 'runner_id' },
    { query: '?symbol=btcusdt', reason: 'FIELD_INVALID', field: 'symbol' },
    { query: '?symbol=A&symbol=B', reason: 'FIELD_INVALID', field: 'symbol' },
    { query: '?ticks=some', reason: 'FIELD_INVALID', field: 'ticks' },
    { query: '?after=x', reason: 'FIELD_UNKNOWN', field: 'after' },
  ]) {
    it(`refuses ${query} with ${reason} and the close code of a wrong request`, async () => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws${query}`);
      const message = once(socket, 'message');
      const [code] = await once(socket, 'close');
      assert.equal(code, 1008);
      const { error } = JSON.parse(String((await message)[0]));
      assert.equal(error.details[0].reason, reason);
      assert.equal(error.details[1].field_violations[0].field, field);
    });
  }

  it('closes with 1001 when the server stops', async () => {
    const other = await TestServer.start();
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await other.close();
    assert.equal((await closed)[0], 1001);
  });
});

describe('a client of `/ws` beside a runner', () => {
  it('hears its ticks, its states and its position as they come, and nothing of another runner', async () => {
    await using server = await TestServer.start();
    await server.runtime.start();
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?runner_id=trader`);
    const heard: Record<string, Record<string, unknown>>[] = [];
    socket.on('message', (bytes) => heard.push(JSON.parse(String(bytes))));
    await once(socket, 'open');
    const post = async (path: string, body: object): Promise<void> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      assert.equal(answer.status, 200, await answer.text());
    };
    const code = `function on_tick(tick, ctx)
      if ctx.position.quantity == 0 then
        ctx.transition("Analyzing", "first tick")
        ctx.buy(0.5)
      end
    end`;
    await post('/api/strategies', { name: 'holder', code });
    for (const runner_id of ['trader', 'other'])
      await post('/api/runners', { runner_id, symbol: 'SIM:X', strategy_name: 'holder' });
    const names = () => heard.map((message) => Object.keys(message)[0]);
    await eventually(() => names().includes('PositionUpdated'), 'its position moves');
    const all = names();
    const first = all.indexOf('TickReceived');
    assert.deepEqual(all.slice(first - 1, first + 7), [
      'RunnerStarted',
      'TickReceived',
      'StateTransition',
      'ActionExecuted',
      'OrderSubmitted',
      'OrderAccepted',
      'OrderFilled',
      'PositionOpened',
    ]);
    const ids = heard.map((message) => Object.values(message)[0]?.runner_id);
    assert.deepEqual(new Set(ids), new Set(['trader']));
    const updated = heard.find((message) => 'PositionUpdated' in message);
    assert.equal(typeof updated?.PositionUpdated?.unrealized_pnl, 'number');
    socket.terminate();
  });
});

describe('createRunnerForm', () => {
  const form = createRunnerForm((desc) => `"${desc.name}"`);

  it('writes a gap, and nothing for what clients of `/ws` do not know', () => {
    const bytes = (...notice: Parameters<typeof createNotice>) => createNotice(...notice).bytes(form);
    const gap = bytes('s:1', { case: 'gap', value: { reason: GapReason.OVERTAKEN } });
    assert.equal(Buffer.from(gap.subarray(2)).toString(), '{"Gap":"Gap"}');
    assert.equal(bytes('s:1', { case: 'heartbeat', value: {} }).length, 0);
    assert.equal(bytes('s:1', { case: 'started', value: {} }).length, 0);
    assert.equal(bytes('s:1', { case: 'ending', value: {} }).length, 0);
  });
});
