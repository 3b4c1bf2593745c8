import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { BacktestService } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import { RunnerService } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { StrategyService } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import type { Door } from '../support/door.ts';
import { asRest, type DoorSession, sessionThrough } from '../support/door-session.ts';
import { DOORS } from '../support/doors.ts';
import { itHasEveryCall } from '../support/every-call.ts';

const CODE = 'function on_tick(tick, ctx) ctx.set("price", tick.price) end';
const BTC: JsonObject = {
  runnerId: 'btc',
  symbol: 'BTCUSDT',
  strategyName: 'ema_crossover',
  windowSize: 50,
  config: { stopOnError: true, parameters: { fast: 3 }, limits: { maxOrderValue: 10 }, seed: '7' },
  labels: { team: 'x' },
};

const SPEC: JsonObject = {
  strategyName: 'ema_crossover',
  data: { synthetic: { seed: '3', ticks: '3000', intervalMs: 60_000 } },
  parameters: { fast: 3, slow: 9 },
};
const SEARCH: JsonObject = {
  ranges: [{ name: 'fast', number: { minValue: 2, maxValue: 4 } }],
  objective: 'final_equity',
  keepBest: 1,
};

// Nothing runs: what runners do differs from one run to the next.
const SESSION: DoorSession = [
  [StrategyService, 'ListStrategies', { pageSize: 1 }],
  [StrategyService, 'GetStrategy', { name: 'mean_reversion' }],
  [StrategyService, 'GetStrategy', { name: 'mean' }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: CODE, requestId: 'once', labels: { a: 'b' } }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: CODE, requestId: 'once', labels: { a: 'b' } }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: `${CODE} -- two` }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: `${CODE} -- two`, newVersion: true }],
  [StrategyService, 'CreateStrategy', { name: 'bad', code: 'function' }],
  [StrategyService, 'ValidateStrategy', { name: 'bad', code: 'function on_tick(\nend' }],
  [RunnerService, 'CreateRunner', { ...BTC, requestId: 'twice' }],
  [RunnerService, 'CreateRunner', { ...BTC, requestId: 'twice' }],
  [RunnerService, 'CreateRunner', BTC],
  [RunnerService, 'CreateRunner', { ...BTC, runnerId: 'other', symbol: 'BTCUSD' }],
  [
    RunnerService,
    'CreateRunner',
    { ...BTC, runnerId: 'sim', symbol: 'SIM:A/B', strategyName: 'mine', config: {} },
  ],
  [RunnerService, 'GetRunner', { runnerId: 'btc' }],
  [RunnerService, 'GetRunner', { runnerId: 'btx' }],
  [RunnerService, 'ListRunners', { label: 'team=x', pageSize: 1 }],
  [RunnerService, 'ListRunners', { status: 'RUNNER_STATUS_RUNNING' }],
  [RunnerService, 'UpdateRunner', { runnerId: 'btc', paused: true, config: { logActions: true } }],
  [RunnerService, 'UpdateRunner', { runnerId: 'btc', updateMask: 'symbol' }],
  [RunnerService, 'GetRunnerSnapshot', { runnerId: 'btc' }],
  [RunnerService, 'GetRunnerHistory', { runnerId: 'btc', count: 3 }],
  [RunnerService, 'ListRunnerSnapshots', { strategyName: 'mine' }],
  [RunnerService, 'ListSymbols', {}],
  [RunnerService, 'ListSymbolRunners', { symbol: 'SIM:A/B' }],
  [
    RunnerService,
    'SetTradingMode',
    { mode: 'ENGINE_MODE_REDUCING', reason: 'why', limits: { maxOrderValue: 5 } },
  ],
  [RunnerService, 'SetTradingMode', { reason: 'why not' }],
  [RunnerService, 'GetTradingState', {}],
  [StrategyService, 'DeleteStrategy', { name: 'mine' }],
  [RunnerService, 'DeleteRunner', { runnerId: 'sim', expectedRevision: '99' }],
  [RunnerService, 'DeleteRunner', { runnerId: 'sim' }],
  [RunnerService, 'DeleteRunner', { runnerId: 'sim' }],
  [StrategyService, 'DeleteStrategy', { name: 'mine' }],
  [BacktestService, 'RunBacktest', { backtestId: 'one', spec: SPEC, wait: 'WAIT_EFFECTIVE' }],
  [BacktestService, 'RunBacktest', { backtestId: 'one', spec: SPEC }],
  [BacktestService, 'RunBacktest', { spec: { strategyName: 'ema_crossover' } }],
  [BacktestService, 'GetBacktest', { backtestId: 'one', maxEquityPoints: 3 }],
  [BacktestService, 'GetBacktest', { backtestId: 'none' }],
  [
    BacktestService,
    'SearchParameters',
    { backtestId: 'some', spec: SPEC, search: SEARCH, wait: 'WAIT_EFFECTIVE' },
  ],
  [BacktestService, 'CancelBacktest', { backtestId: 'some' }],
  [BacktestService, 'ListBacktests', { searchId: 'some' }],
];

describe('runners, strategies and backtests through every door', () => {
  let reference: readonly JsonValue[];

  before(async () => {
    reference = await sessionThrough(SESSION, DOORS.gRPC as (url: string) => Door);
  });

  it('have a session in which most calls succeed and some are refused', () => {
    const codes = reference.map((answer) => (answer as JsonObject).code ?? 'ok');
    const refused = ['invalid_argument', 'already_exists', 'not_found', 'failed_precondition', 'aborted'];
    assert.deepEqual(new Set(codes), new Set(['ok', ...refused]));
    assert.equal(codes.filter((code) => code === 'ok').length, 27);
  });

  for (const [name, open] of Object.entries(DOORS)) {
    it(`answer alike through ${name}`, async () => {
      const answers = await sessionThrough(SESSION, open);
      for (const [index, answer] of answers.entries()) {
        const [service, method, request] = SESSION[index] as (typeof SESSION)[number];
        const want = name.startsWith('REST') ? asRest(service, method, reference[index]) : reference[index];
        assert.deepEqual(answer, want, `${method} ${JSON.stringify(request)}`);
      }
    });
  }

  itHasEveryCall(SESSION, [RunnerService, StrategyService, BacktestService]);
});
