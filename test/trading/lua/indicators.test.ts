import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { StrategyVm } from '../../../server/trading/lua/strategy-vm.ts';

interface References {
  readonly bars: Readonly<Record<'high' | 'low' | 'close', readonly number[]>>;
  /** By call: its results, each in one value per bar. */
  readonly cases: Readonly<Record<string, readonly (readonly (number | null)[])[]>>;
}

const { bars, cases } = JSON.parse(
  readFileSync(new URL('indicator-references.json', import.meta.url), 'utf8'),
) as References;

// Of prices of 46,000: a deviation that is 0 comes out as 5e-8.
const NEAR = 1e-9;
const NEAR_ZERO = 1e-7;

function bar(at: number) {
  const [high = 0, low = 0, close = 0] = [bars.high[at], bars.low[at], bars.close[at]];
  return { timeUs: at, open: close, high, low, close, volume: 1 };
}

/** What the call answers at each bar, from the bar on at which it is first made. */
function answersOf(call: string, first = 0, windowSize = 100): (number | null)[][] {
  const code = `function on_bar(_, ctx)
    if ctx.time_us < ${first} then return end
    local a, b, c = ctx.${call}
    ctx.set("0", a) ctx.set("1", b) ctx.set("2", c)
  end`;
  using vm = new StrategyVm({ code, windowSize });
  return bars.close.map((_, at) => {
    assert.equal(vm.onBar(bar(at)).error, undefined);
    const { context } = vm.view();
    return ['0', '1', '2'].map((key) => (context[key] ?? null) as number | null);
  });
}

function assertNear(actual: number | null | undefined, wanted: number | null | undefined, where: string) {
  assert.equal(actual === null, wanted === null, `${where}: ${actual} for ${wanted}`);
  const error = Math.abs((actual ?? 0) - (wanted ?? 0));
  assert.ok(error <= Math.max(NEAR_ZERO, NEAR * Math.abs(wanted ?? 0)), `${where}: ${actual} for ${wanted}`);
}

describe('the indicators of a strategy', () => {
  for (const [call, results] of Object.entries(cases)) {
    it(`ctx.${call} is what pandas makes of the same bars`, () => {
      for (const [at, answers] of answersOf(call).entries()) {
        for (const [i, values] of results.entries())
          assertNear(answers[i], values[at], `${call}[${i}] at ${at}`);
      }
    });
  }

  it('begin with what the window holds where they are first asked for', () => {
    const wanted = cases['sma(20)']?.[0] ?? [];
    for (const [at, [answer]] of answersOf('sma(20)', 50).entries()) {
      assertNear(answer, at < 50 ? null : wanted[at], `at ${at}`);
    }
  });

  it('wait for values that the window does not hold', () => {
    const answers = answersOf('sma(20)', 50, 10).map(([answer]) => answer !== null);
    assert.equal(answers.indexOf(true), 60);
  });

  it('go by the price of ticks where the strategy follows ticks', () => {
    const code = 'function on_tick(_, ctx) ctx.set("atr", ctx.atr(2)) ctx.set("sma", ctx.sma(2)) end';
    using vm = new StrategyVm({ code });
    for (const price of [10, 13, 12]) vm.onTick({ timeUs: 1, price, size: 1 });
    assert.deepEqual(vm.view().context, { atr: 1.25, sma: 12.5 });
  });

  it('say 50 where nothing moves', () => {
    using vm = new StrategyVm({ code: 'function on_tick(_, ctx) ctx.set("rsi", ctx.rsi(3)) end' });
    for (let i = 0; i < 4; i++) vm.onTick({ timeUs: i, price: 5, size: 1 });
    assert.deepEqual(vm.view().context, { rsi: 50 });
  });

  for (const { call, want } of [
    { call: 'ema(0)', want: /^ema: must be over a whole number of values from 1 to 100000, was 0$/ },
    { call: 'sma(2.5)', want: /^sma: must be over a whole number .*, was 2.5$/ },
    { call: 'rsi(0/0)', want: /^rsi: .* was nan$/ },
    { call: 'atr()', want: /^atr: .* was nil$/ },
    { call: 'macd(12, "x")', want: /^macd: .* was x$/ },
    { call: 'bollinger(20, -1)', want: /^bollinger: the width must be a number above 0, was -1$/ },
    { call: 'ema(1) for n = 1, 101 do ctx.ema(n) end', want: /^ema: a strategy has at most 100 indicators$/ },
  ]) {
    it(`refuses ctx.${call}`, () => {
      using vm = new StrategyVm({ code: `function on_tick(_, ctx)\n ctx.${call}\nend` });
      const { error } = vm.onTick({ timeUs: 1, price: 1, size: 1 });
      assert.equal(error?.code, 'indicator');
      assert.equal(error?.line, 2);
      assert.match(error?.message ?? '', want);
    });
  }
});
