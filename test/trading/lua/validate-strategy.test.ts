import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { validateStrategy } from '../../../server/trading/lua/index.ts';

const EXAMPLES = new URL('../../../examples/strategies/', import.meta.url);
const inTick = (body: string) => `function on_tick(tick, ctx)\n  ${body}\nend\n`;

describe('validateStrategy', () => {
  for (const name of readdirSync(EXAMPLES)) {
    it(`finds nothing wrong with ${name}, which trades`, () => {
      const code = readFileSync(new URL(name, EXAMPLES), 'utf8');
      const { valid, diagnostics, ticksProcessed, timings, memoryUsedBytes, declaration } =
        validateStrategy(code);
      assert.deepEqual(diagnostics, []);
      assert.equal(valid, true);
      assert.equal(ticksProcessed, 1000);
      assert.equal(timings.find(({ callback }) => callback === 'on_tick')?.count, 1000);
      assert.ok(memoryUsedBytes > 50_000 && memoryUsedBytes < 1_048_576, `${memoryUsedBytes} bytes`);
      assert.notEqual(declaration?.description, '');
    });
  }

  for (const { name, code, want } of [
    {
      name: 'code that does not parse',
      code: 'x = 1\nfunction on_tick(tick, ctx)\n  local y = 3 + * 2\nend',
      want: {
        line: 3,
        column: 17,
        severity: 'critical',
        message: "unexpected symbol near '*'",
        code: 'syntax',
      },
    },
    {
      name: 'code that ends too soon',
      code: inTick('if true then').slice(0, -5),
      want: { line: 2, severity: 'critical', code: 'syntax' },
    },
    {
      name: 'code that fails as it loads',
      code: 'local x = nothing.y',
      want: { line: 1, column: 11, severity: 'critical', code: 'runtime' },
    },
    {
      name: 'a call that fails',
      code: inTick('local x = tick.price + tick.colour'),
      want: {
        line: 2,
        column: 31,
        severity: 'error',
        code: 'runtime',
        message: "attempt to perform arithmetic on a nil value (field 'colour')",
      },
    },
    {
      name: 'a loop',
      code: inTick('while true do end'),
      want: { line: 2, column: 3, severity: 'error', code: 'budget' },
    },
    { name: 'nonsense', code: inTick('ctx.buy(-1)'), want: { line: 2, severity: 'error', code: 'action' } },
    {
      name: 'a removed global that is used',
      code: inTick('local t = os.time()'),
      want: { line: 2, column: 13, severity: 'error', code: 'removed_global' },
    },
    {
      name: 'a removed global that is not reached',
      code: inTick('if false then local t = os.time() end'),
      want: { line: 2, column: 27, severity: 'warning', code: 'removed_global' },
    },
    {
      name: 'a pattern that is not reached',
      code: inTick('if false then tick.x:gsub("a", "b") end'),
      want: { line: 2, column: 24, severity: 'warning', code: 'removed_global' },
    },
    {
      name: 'a callback that is never called',
      code: `${inTick('')}function on_tik() end`,
      want: { line: 4, column: 10, severity: 'warning', code: 'missing_callback' },
    },
    {
      name: 'no callback for the market',
      code: 'function on_start() end',
      want: { line: 0, column: 0, severity: 'error', code: 'missing_callback' },
    },
    {
      name: 'memory that cannot be kept',
      code: inTick('ctx.memory.f = on_tick'),
      want: { line: 0, severity: 'error', code: 'snapshot' },
    },
    {
      name: 'memory outside ctx.memory',
      code: `local n = 0 ${inTick('n = n + 1 ctx.log(n)')}`,
      want: { line: 0, severity: 'warning', code: 'snapshot' },
    },
    {
      name: 'a forbidden transition',
      code: inTick('ctx.transition("InPosition")'),
      want: { line: 2, severity: 'error', code: 'transition' },
    },
    {
      name: 'an order in on_fill that fails',
      code: `${inTick('ctx.buy(1)')}function on_fill(fill, ctx)\n ctx.buy(fill.x)\nend`,
      want: { line: 5, column: 2, severity: 'error', code: 'action' },
    },
  ]) {
    it(`remarks on ${name}`, () => {
      const { valid, diagnostics } = validateStrategy(code);
      assert.equal(diagnostics.length, 1, JSON.stringify(diagnostics));
      assert.deepEqual({ ...diagnostics[0], ...want }, diagnostics[0]);
      assert.equal(valid, want.severity === 'warning');
    });
  }

  it('says nothing of names that the code gives to its own values or fields', () => {
    const code = `-- os.time, load
      local load, x = 1, { os = 2, io = 3 }
      local function require(debug) return debug end
      function on_tick(tick, ctx)
        for _, package in ipairs({ "os.time()" }) do ctx.set("x", package .. [[ io.open ]] .. load .. x.os .. x.io .. require(1)) end
      end`;
    assert.deepEqual(validateStrategy(code).diagnostics, []);
  });

  it('remarks in order of the lines, and says what is missing', () => {
    const code = `function on_tick(tick, ctx) if tick.price > 0 then error("second") end end
function on_start(ctx) error("first") end`;
    const { diagnostics, missingCallbacks, timings } = validateStrategy(code, { tickCount: 3 });
    assert.deepEqual(
      diagnostics.map(({ line, message }) => [line, message]),
      [
        [1, 'second'],
        [2, 'first'],
      ],
    );
    assert.deepEqual(missingCallbacks, ['on_bar', 'on_fill', 'on_stop']);
    assert.deepEqual(
      timings.map(({ callback, count }) => [callback, count]),
      [
        ['on_start', 1],
        ['on_tick', 3],
      ],
    );
  });

  it('times each call', () => {
    let nowUs = 0;
    const clock = { nowUs: () => (nowUs += 7) };
    const { timings } = validateStrategy(inTick(''), { tickCount: 100, clock });
    assert.deepEqual(timings, [
      { callback: 'on_tick', count: 100, sumUs: 700, p50Us: 7, p90Us: 7, p99Us: 7, maxUs: 7 },
    ]);
  });

  it('ends when its time is over, and soon where calls fail at their limits', () => {
    let nowUs = 0;
    const clock = { nowUs: () => (nowUs += 7) };
    const slow = validateStrategy(inTick(''), { clock, timeLimitMs: 1 });
    assert.equal(slow.valid, true);
    assert.ok(slow.ticksProcessed > 30 && slow.ticksProcessed < 60, `${slow.ticksProcessed} ticks`);
    assert.equal(validateStrategy(inTick('while true do end')).ticksProcessed, 5);
    assert.equal(validateStrategy(inTick('error("no")')).ticksProcessed, 100);
  });

  it('makes bars for a strategy of bars', () => {
    const code =
      'function on_bar(bar, ctx) assert(bar.high >= bar.low and bar.volume > 0) ctx.log("bar") end';
    const { timings, valid } = validateStrategy(code);
    assert.equal(valid, true);
    assert.deepEqual(
      timings.map(({ callback, count }) => [callback, count]),
      [['on_bar', 50]],
    );
  });

  it('takes parameters, and patterns where they are granted', () => {
    const code = `strategy = { params = { n = 1 } } ${inTick('if ("n" .. ctx.params.n):match("2") then error("two") end')}`;
    assert.equal(validateStrategy(code, { grantPatterns: true }).valid, true);
    assert.equal(validateStrategy(code, { grantPatterns: true, parameters: { n: 2 } }).valid, false);
    assert.throws(() => validateStrategy('', { tickCount: 1e6 }), { message: /^tickCount must be/ });
  });
});
