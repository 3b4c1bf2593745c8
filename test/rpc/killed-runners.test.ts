import assert from 'node:assert/strict';
import type { JsonObject } from '../../server/runtime/json.ts';
import { startCli } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const CODE = `
  strategy = { memory = { seen = 0 } }
  function on_tick(tick, ctx)
    ctx.memory.seen = ctx.memory.seen + 1
    ctx.set("seen", ctx.memory.seen)
    if ctx.memory.seen == 3 then ctx.buy(0.5) end
  end`;

async function call(method: string, url: string, body?: object): Promise<JsonObject> {
  const answer = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const json = (await answer.json()) as JsonObject;
  assert.equal(answer.status, 200, JSON.stringify(json));
  return json;
}

describe('a server with runners that is killed', () => {
  const path = useTemporaryFolder();

  it('comes back with its strategies, its runners, their state and the mode of the engine', async function () {
    this.timeout(60_000);
    const args = ['serve', '--port', '0', '--state', path('state')];
    const snapshotOf = (url: string) => call('GET', `${url}/api/runners/r/snapshot`);
    const seenIn = (snapshot: JsonObject) => Number((snapshot.context as JsonObject | undefined)?.seen ?? 0);
    {
      await using server = startCli(args);
      const url = await server.listening();
      await call('POST', `${url}/api/strategies`, { name: 'mine', code: CODE });
      await call('POST', `${url}/api/runners`, {
        runner_id: 'r',
        symbol: 'SIM:A',
        strategy_name: 'mine',
      });
      await eventually(async () => (await snapshotOf(url)).position !== undefined, 'it holds a position');
      await call('POST', `${url}/api/trading/mode`, { mode: 'reducing', reason: 'a test' });
      // A checkpoint is made every second, of ten ticks each.
      await eventually(async () => seenIn(await snapshotOf(url)) > 25, 'it has a state to lose');
      server.kill('SIGKILL');
      await server.end();
    }
    await using server = startCli(args);
    const url = await server.listening();
    let snapshot: JsonObject = {};
    await eventually(async () => {
      snapshot = await snapshotOf(url);
      return snapshot.stats !== undefined;
    }, 'it runs again');
    const seen = seenIn(snapshot);
    assert.ok(seen > 10, `it goes on at ${seen}`);
    assert.equal((snapshot.stats as JsonObject).ticks_processed, seen);
    assert.equal((snapshot.position as JsonObject).quantity, 0.5);
    await eventually(async () => seenIn(await snapshotOf(url)) > seen + 5, 'ticks go on');
    const state = await call('GET', `${url}/api/trading/state`);
    assert.deepEqual([state.mode, state.mode_reason, state.runners], ['reducing', 'a test', 1]);
    assert.equal((await call('GET', `${url}/api/strategies/mine`)).code, CODE);
  });
});
