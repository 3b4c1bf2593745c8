import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { StrategyOutcome, StrategySnapshot } from '../../../server/trading/lua/strategy-types.ts';
import { StrategyVm } from '../../../server/trading/lua/strategy-vm.ts';
import { syntheticTicks } from '../../../server/trading/lua/synthetic-ticks.ts';

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/strategies/${name}.lua`, import.meta.url), 'utf8');

/** Uses everything that a snapshot has to hold. */
const EVERYTHING = `
strategy = { memory = { seen = 0, list = {}, floats = { 1.0, -0.0 }, by_number = { [7] = "seven", [2.5] = true } } }
function on_start(ctx) ctx.memory.started = "on" end
function on_tick(tick, ctx)
  local memory = ctx.memory
  memory.seen = memory.seen + 1
  table.insert(memory.list, 1, tick.price)
  if #memory.list > 5 then table.remove(memory.list) end
  memory.text = (memory.text or "") .. string.char(memory.seen % 256)
  if memory.seen == 300 then memory.text = nil memory.big = math.maxinteger end
  ctx.set("mean", ctx.sma(7))
  ctx.set("nested", { a = { memory.seen, ctx.rsi(5) or false }, b = math.random(1, 6) })
  local _, upper = ctx.bollinger(9, 1.5)
  local macd, signal = ctx.macd(3, 6, 4)
  if memory.seen > 20 then ctx.log(tostring(ctx.atr(4)) .. tostring(ctx.ema(memory.seen % 3 + 2))) end
  for key, value in pairs(memory) do ctx.log(key .. type(value) .. tostring(math.type(value))) end
  if math.random() < 0.1 then ctx.log(ctx.buy { quantity = math.random(), reason = tostring(upper) }) end
  if macd and macd > signal then
    if ctx.state == "Idle" then ctx.transition("Analyzing", tostring(macd)) end
  elseif ctx.state == "Analyzing" then
    ctx.transition("Idle", tostring(ctx.window.price(3)) .. " " .. #ctx.window.column("size"))
  end
end
`;

const STRATEGIES: Readonly<Record<string, string>> = {
  'one that uses everything': EVERYTHING,
  ema_crossover: example('ema_crossover'),
  mean_reversion: example('mean_reversion'),
};

const viaDisk = (snapshot: StrategySnapshot) => JSON.parse(JSON.stringify(snapshot)) as StrategySnapshot;

describe('the snapshot of a strategy', () => {
  for (const [name, code] of Object.entries(STRATEGIES)) {
    it(`lets ${name} go on as if it had never been interrupted`, function () {
      this.timeout(60_000);
      const run = fc.record({
        seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        windowSize: fc.integer({ min: 1, max: 40 }),
        lengths: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 6 }),
      });
      const property = fc.property(run, ({ seed, windowSize, lengths }) => {
        const ticks = syntheticTicks(
          lengths.reduce((sum, length) => sum + length, 40),
          seed,
        );
        using whole = new StrategyVm({ code, seed, windowSize });
        let part = new StrategyVm({ code, seed, windowSize });
        try {
          assert.deepEqual(part.start(), whole.start());
          let at = 0;
          for (const length of [...lengths, 40]) {
            for (const tick of ticks.slice(at, at + length))
              assert.deepEqual(handle(part, tick), handle(whole, tick));
            at += length;
            const snapshot = viaDisk(part.snapshot());
            assert.deepEqual(snapshot, viaDisk(whole.snapshot()));
            part[Symbol.dispose]();
            // Another seed: what is drawn comes from the snapshot.
            part = new StrategyVm({ code, seed: seed + 1n, windowSize, snapshot });
          }
          assert.deepEqual(part.view(), whole.view());
          assert.deepEqual(part.history(100), whole.history(100));
        } finally {
          part[Symbol.dispose]();
        }
      });
      fc.assert(property, { numRuns: 25 });
    });
  }

  it('is the same however the ticks were handed over', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
    const property = fc.property(sizes, fc.bigInt({ min: 0n, max: 1000n }), (lengths, seed) => {
      const ticks = syntheticTicks(200, seed);
      using single = new StrategyVm({ code: EVERYTHING });
      using batch = new StrategyVm({ code: EVERYTHING });
      const wanted = ticks.map((tick) =>
        single.onTick(tick).effects.map((effect) => ({ ...effect, input: 0 })),
      );
      const got: unknown[][] = ticks.map(() => []);
      for (let at = 0, turn = 0; at < ticks.length; turn++) {
        const length = lengths[turn % lengths.length] ?? 1;
        const { consumed, effects } = batch.onTicks(ticks.slice(at, at + length));
        for (const effect of effects) got[at + effect.input]?.push({ ...effect, input: 0 });
        at += consumed;
      }
      assert.deepEqual(got, wanted);
      assert.deepEqual(batch.snapshot(), single.snapshot());
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('hands a run over to another version, which adds to what is kept', () => {
    const version = (n: number, memory: string) => `
      strategy = { memory = ${memory} }
      function on_tick(tick, ctx) ctx.memory.seen = ctx.memory.seen + ${n} ctx.set("memory", ctx.memory) ctx.set("sma", ctx.sma(2)) end`;
    using first = new StrategyVm({ code: version(1, '{ seen = 10 }') });
    const [one, two, three] = [1, 2, 3].map((price) => ({ timeUs: price, price, size: 1 })) as [
      Tick,
      Tick,
      Tick,
    ];
    first.onTicks([one, two]);
    using second = new StrategyVm({
      code: version(100, '{ seen = 0, extra = true }'),
      snapshot: first.snapshot(),
    });
    second.onTick(three);
    assert.deepEqual(second.view().context, { memory: { extra: true, seen: 112 }, sma: 2.5 });
  });

  it('keeps the newest of the window where the next one is smaller', () => {
    using first = new StrategyVm({ code: '', windowSize: 10 });
    const ticks = syntheticTicks(25, 1n);
    for (const tick of ticks) first.onTick(tick);
    using second = new StrategyVm({ code: '', windowSize: 3, snapshot: first.snapshot() });
    assert.deepEqual(second.history(10), ticks.slice(-3));
  });

  it('is not taken over into a strategy without the state of the run', () => {
    const code =
      'strategy = { states = {"A", "B"}, transitions = { A = {"B"} } } function on_tick(_, ctx) ctx.transition("B") end';
    using first = new StrategyVm({ code });
    first.onTick({ timeUs: 1, price: 1, size: 1 });
    assert.throws(() => new StrategyVm({ code: '', snapshot: first.snapshot() }), {
      code: 'snapshot',
      message: 'the strategy has no state B, in which its run was',
    });
  });

  for (const { name, body, message } of [
    {
      name: 'a function',
      body: 'ctx.memory.list = { print }',
      message: /^snapshot\.run\.memory\.list\.1 must be a number, text, boolean or table$/,
    },
    {
      name: 'a table with a metatable',
      body: 'ctx.memory.t = setmetatable({}, {})',
      message: /^snapshot\.run\.memory\.t must be a plain table, had a metatable$/,
    },
    {
      name: 'a table that contains itself',
      body: 'ctx.memory.t = ctx.memory',
      message: /nested at most 64 deep$/,
    },
  ]) {
    it(`cannot hold ${name}`, () => {
      using vm = new StrategyVm({ code: `function on_tick(_, ctx) ${body} end` });
      vm.onTick({ timeUs: 1, price: 1, size: 1 });
      assert.throws(() => vm.snapshot(), { name: 'LuaError', code: 'snapshot', message });
    });
  }
});

type Tick = Parameters<StrategyVm['onTick']>[0];

function handle(vm: StrategyVm, tick: Tick): StrategyOutcome[] {
  const outcome = vm.onTick(tick);
  assert.equal(outcome.error, undefined);
  const fills = outcome.effects.flatMap((effect) =>
    effect.kind === 'buy' || effect.kind === 'sell' ? [effect] : [],
  );
  return [
    outcome,
    ...fills.map(({ kind, ref, quantity = 0 }) => {
      const side = kind === 'buy' ? 'Buy' : 'Sell';
      const held = { side: kind === 'buy' ? 'Long' : 'Short', quantity, entryPrice: tick.price } as const;
      vm.setAccount({ ...held, unrealizedPnl: 0, realizedPnl: 1, cash: 5, equity: 6 });
      return vm.onFill({ timeUs: tick.timeUs, side, price: tick.price, quantity, fee: 0, orderRef: ref });
    }),
  ];
}
