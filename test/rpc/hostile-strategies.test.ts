import assert from 'node:assert/strict';
import type { Event } from '../../gen/ts/streamlib/v1/event_pb.ts';
import type { EventListener } from '../../server/runtime/index.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { DEFAULT_FEEDS, feedIdOf, offerOf } from '../../server/trading/service/feed-offers.ts';
import { RUNNER_SUPERVISION } from '../../server/trading/service/runner-isolation.ts';
import { addRunner } from '../../server/trading/service/runner-parts.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const SYMBOL = 'SIM:HOSTILE';

/** Counts its ticks in memory that outlasts a restart, and does `harm` once it has seen a few and is told to. */
const counting = (harm = '') => `
  strategy = { params = { harmful = { default = 0 } }, memory = { seen = 0 } }
  function on_tick(tick, ctx)
    ctx.memory.seen = ctx.memory.seen + 1
    ctx.set("seen", ctx.memory.seen)
    if ctx.params.harmful == 1 and ctx.memory.seen > 3 then ${harm} end
  end`;

/** What the sandbox ends, and what it says then. */
const HARMS = [
  { name: 'loops for ever', harm: 'while true do end', says: /budget/ },
  {
    name: 'catches what would end its loop',
    harm: 'while true do pcall(function() while true do end end) end',
    says: /budget/,
  },
  {
    name: 'takes memory without end',
    harm: 'local all = {} while true do all[#all + 1] = string.rep("x", 60000) .. #all end',
    says: /memory/,
  },
  {
    name: 'makes C search for ever',
    harm: 'for i = 1, 1e9 do string.find(string.rep("a", 60000), string.rep("a", 30000) .. "b", 1, true) end',
    says: /budget/,
  },
  { name: 'calls what is not there', harm: 'io.open("/etc/passwd")', says: /removed_global/ },
  { name: 'throws', harm: 'error("enough")', says: /enough/ },
  { name: 'buys a negative quantity', harm: 'ctx.buy(-1)', says: /quantity/ },
  { name: 'buys at a price that is no number', harm: 'ctx.buy { quantity = 1, limit = 0/0 }', says: /limit/ },
];

describe('a hostile strategy', () => {
  let server: TestServer;
  let listener: EventListener;
  let events: Event[];

  beforeEach(async () => {
    server = await TestServer.start({ runtime: { checkpointIntervalMs: 100 } });
    events = [];
    listener = server.runtime.events.subscribe('*', (event) => events.push(event));
    await server.runtime.start();
  });

  afterEach(async () => {
    listener[Symbol.dispose]();
    await server.close();
  });

  async function call(method: string, path: string, body?: object): Promise<JsonObject> {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const json = (await answer.json()) as JsonObject;
    assert.equal(answer.status, 200, JSON.stringify(json));
    return json;
  }
  const upload = (name: string, code: string) => call('POST', '/api/strategies', { name, code });
  const create = (runnerId: string, strategyName: string, config: object = {}) =>
    call('POST', '/api/runners', {
      runner_id: runnerId,
      symbol: SYMBOL,
      strategy_name: strategyName,
      config,
      wait: 'effective',
    });
  const snapshot = (runnerId: string) => call('GET', `/api/runners/${runnerId}/snapshot`);
  const count = async (runnerId: string, of: string): Promise<number> =>
    Number(((await snapshot(runnerId)).stats as JsonObject | undefined)?.[of] ?? 0);
  const seenBy = async (runnerId: string): Promise<number> =>
    Number(((await snapshot(runnerId)).context as JsonObject | undefined)?.seen ?? 0);
  const errorsOf = (runnerId: string) =>
    events.flatMap(({ payload }) =>
      payload.case === 'runnerError' && payload.value.runnerId === runnerId ? [payload.value] : [],
    );

  it('costs nobody else a tick, whatever it does, and says what is wrong with it', async () => {
    await upload('calm', counting());
    await create('calm', 'calm');
    for (const [index, { harm }] of HARMS.entries()) {
      await upload(`harm-${index}`, counting(harm));
      await create(`harm-${index}`, `harm-${index}`, { parameters: { harmful: 1 } });
    }
    for (const [index, { name, says }] of HARMS.entries()) {
      await eventually(() => errorsOf(`harm-${index}`).length >= 3, `${name}: it is told`);
      assert.match(errorsOf(`harm-${index}`)[0]?.error ?? '', says, name);
    }
    const calmTicks = await count('calm', 'ticks_processed');
    await eventually(async () => (await count('calm', 'ticks_processed')) >= calmTicks + 10, 'others go on');
    const { gaps, errors, restarts } = (await snapshot('calm')).stats as JsonObject;
    assert.deepEqual([gaps ?? 0, errors ?? 0, restarts ?? 0], [0, 0, 0]);
    for (const [index, { name }] of HARMS.entries())
      assert.equal((await call('GET', `/api/runners/harm-${index}`)).status, 'running', name);
  });

  it('ends its runner at the first error where it is told to, and for good', async () => {
    await upload('thrower', counting('error("enough")'));
    await create('r', 'thrower', { stop_on_error: true, parameters: { harmful: 1 } });
    await create('other', 'thrower');
    const statusOf = async () => (await call('GET', '/api/runners/r')).status;
    await eventually(async () => (await statusOf()) === 'failed', 'it failed');
    await eventually(async () => (await count('other', 'ticks_processed')) > 5, 'another one goes on');
    assert.equal(await statusOf(), 'failed');
    assert.equal(errorsOf('r').length, 1);
    assert.equal(await count('r', 'restarts'), 0);
  });

  it('that hangs all the same loses its lane, whose others come back with their state', async () => {
    await upload('calm', counting());
    await upload('hanging', counting());
    await create('mate', 'calm');
    await create('apart', 'calm');
    const laneOf = async (runnerId: string) =>
      (await server.runtime.getProcessor(`${runnerId}.runner`)).laneId;
    const shared = ((await server.runtime.getProcessor('mate.runner')).placement?.lane ?? '') as string;
    assert.notEqual(await laneOf('mate'), await laneOf('apart'));

    // No call grants patterns to a strategy; whoever embeds the runtime may.
    const edits = addRunner({
      runnerId: 'hanging',
      feedId: feedIdOf(offerOf(DEFAULT_FEEDS, SYMBOL, ''), SYMBOL),
      labels: {},
      placement: { lane: shared, priority: 'normal' },
      supervision: RUNNER_SUPERVISION,
      config: {
        key: 'hanging-key',
        runner_id: 'hanging',
        symbol: SYMBOL,
        strategy_name: 'hanging',
        strategy_version: 1,
        patterns_granted: true,
        parameters: { harmful: 1 },
        code: counting('string.match(string.rep("a", 30000), ".-.-.-.-.-.-b")'),
      },
    });
    await eventually(async () => (await seenBy('mate')) > 5, 'the mate has a state');
    const before = await seenBy('mate');
    const owner = 'runners/hanging';
    await server.runtime.execute({ case: 'applyGraph', value: { edits } }, { owner });
    // What is told of a stall and the end of the lane are one.
    const toldAt = (of: (event: Event) => boolean): number =>
      Number(events.find(of)?.monotonicNs ?? Number.POSITIVE_INFINITY) / 1e6;
    const stalledAt = () => toldAt(({ payload }) => payload.case === 'processorStalled');
    const backAt = () =>
      toldAt(
        ({ payload, monotonicNs }) =>
          payload.case === 'runnerStarted' &&
          payload.value.runnerId === 'mate' &&
          Number(monotonicNs) / 1e6 > stalledAt(),
      );
    await eventually(() => Number.isFinite(backAt()), 'the mate is back');
    await eventually(async () => (await seenBy('mate')) > before, 'the mate goes on with its state');
    assert.equal(await count('mate', 'restarts'), 1);
    assert.equal(await count('apart', 'restarts'), 0);
    assert.equal(await count('apart', 'gaps'), 0);

    const placed = async (runnerId: string) =>
      (await server.runtime.getProcessor(`${runnerId}.runner`)).placement?.lane;
    await eventually(async () => (await placed('hanging')) === 'quarantine', 'it is kept apart');
    assert.equal((await call('GET', '/api/strategies/hanging')).quarantined, true);
    assert.equal((await call('GET', '/api/runners/hanging')).quarantined, true);
    await create('later', 'hanging');
    assert.equal(await placed('later'), 'quarantine', 'whatever runs that version is');
    assert.equal((await call('GET', '/api/runners/mate')).quarantined, false);
    const ticks = await count('mate', 'ticks_processed');
    await eventually(async () => (await count('mate', 'ticks_processed')) > ticks + 10, 'the mate goes on');
    assert.equal(await count('mate', 'restarts'), 1, 'and is left alone from then on');
  });
});
