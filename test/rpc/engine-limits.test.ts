import assert from 'node:assert/strict';
import type { JsonObject } from '../../server/runtime/json.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

/** Wants one lot as long as it holds none. */
const BUYER = `function on_tick(tick, ctx)
  if ctx.position.quantity == 0 then ctx.buy(1) end
end`;

describe('limits of all runners together', () => {
  let server: TestServer;

  beforeEach(async () => {
    server = await TestServer.start();
    await server.runtime.start();
    await call('POST', '/api/strategies', { name: 'buyer', code: BUYER });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  async function call(method: string, path: string, body?: object): Promise<JsonObject> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const answered = (await answer.json()) as JsonObject;
    assert.equal(answer.status, 200, JSON.stringify(answered));
    return answered;
  }

  /** Each in a lane of its own. */
  const create = (id: string) =>
    call('POST', '/api/runners', {
      runner_id: id,
      symbol: `SIM:${id.toUpperCase()}`,
      strategy_name: 'buyer',
      config: { placement: { lane: `lane-${id}` } },
    });
  const snapshot = (id: string) => call('GET', `/api/runners/${id}/snapshot`);
  const holds = async (id: string): Promise<boolean> =>
    ((await snapshot(id)).position as JsonObject | undefined)?.side === 'Long';
  const refused = async (id: string): Promise<number> =>
    Number(((await snapshot(id)).stats as JsonObject | undefined)?.orders_refused ?? 0);
  const setLimits = (limits: object) => call('POST', '/api/trading/mode', { limits });

  it('hold over lanes: what one holds the other cannot, until it is gone', async () => {
    await create('a');
    await eventually(() => holds('a'), 'a holds a lot');
    const { exposure } = await call('GET', '/api/trading/state');
    await setLimits({ max_position_value: Number((exposure as JsonObject).gross_value) * 1.5 });
    await create('b');
    await eventually(async () => (await refused('b')) > 0, 'b is refused');
    assert.equal(await holds('b'), false);
    await call('DELETE', '/api/runners/a');
    await eventually(() => holds('b'), 'b holds a lot');
  });

  it('count the orders of every lane', async () => {
    await setLimits({ max_orders_per_minute: 1 });
    await create('a');
    await eventually(() => holds('a'), 'a holds a lot');
    await create('b');
    await eventually(async () => (await refused('b')) > 0, 'b is refused');
    assert.equal(await holds('b'), false);
    const { profit_and_loss: figures, open_positions: positions } = await call('GET', '/api/trading/state');
    assert.equal(positions, 1);
    // What is 0 is left out.
    const {
      daily_pnl: daily = 0,
      drawdown_fraction: drawdown = 0,
      unrealized_pnl: open = 0,
    } = figures as JsonObject;
    assert.equal(Number(daily), Number(open));
    assert.ok(Number(drawdown) >= 0 && Number(drawdown) < 0.01, `drawdown was ${drawdown}`);
  });
});
