import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { RunnerService } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { StrategyService } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import type { Door } from '../support/door.ts';
import { asRest, type DoorSession, sessionThrough } from '../support/door-session.ts';
import { DOORS } from '../support/doors.ts';
import { itAnswersEveryCall } from '../support/unlisted-calls.ts';

const CODE = 'function on_tick(tick, ctx) end';
const WRONG_CODE = 'function on_tick(\nend';
const RUNNER: JsonObject = {
  runnerId: 'r',
  symbol: 'SIM:A/B',
  strategyName: 'mine',
  windowSize: 50,
  config: { stopOnError: true, limits: { maxOrderQuantity: 2 }, parameters: {} },
  labels: { team: 'x' },
};

/** While nothing runs, so that no tick makes a difference. */
const SESSION: DoorSession = [
  [StrategyService, 'ListStrategies', {}],
  [StrategyService, 'ListStrategies', { pageSize: 1 }],
  [StrategyService, 'GetStrategy', { name: 'ema_crossover' }],
  [StrategyService, 'GetStrategy', { name: 'ema_crosover' }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: CODE, requestId: 'once' }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: CODE, requestId: 'once' }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: `${CODE} -- other` }],
  [StrategyService, 'CreateStrategy', { name: 'mine', code: `${CODE} -- other`, newVersion: true }],
  [StrategyService, 'CreateStrategy', { name: 'wrong', code: WRONG_CODE }],
  [StrategyService, 'ValidateStrategy', { name: 'ema_crossover', tickCount: 10 }],
  [StrategyService, 'ValidateStrategy', { name: 'none', code: WRONG_CODE }],
  [StrategyService, 'ValidateStrategy', { name: 'none' }],
  [RunnerService, 'CreateRunner', { ...RUNNER, requestId: 'once' }],
  [RunnerService, 'CreateRunner', { ...RUNNER, requestId: 'once' }],
  [RunnerService, 'CreateRunner', RUNNER],
  [RunnerService, 'CreateRunner', { ...RUNNER, runnerId: 'other', symbol: 'BTCUSD' }],
  [RunnerService, 'CreateRunner', { ...RUNNER, runnerId: 'other', strategyName: 'none' }],
  [RunnerService, 'CreateRunner', { ...RUNNER, runnerId: 'other', windowSize: 1_000_001 }],
  [RunnerService, 'CreateRunner', { ...RUNNER, runnerId: 's', symbol: 'BTCUSDT', wait: 'WAIT_EFFECTIVE' }],
  [RunnerService, 'ListRunners', {}],
  [RunnerService, 'ListRunners', { label: 'team=x', symbol: 'BTCUSDT', pageSize: 1 }],
  [RunnerService, 'GetRunner', { runnerId: 'r' }],
  [RunnerService, 'GetRunner', { runnerId: 'nobody' }],
  [RunnerService, 'UpdateRunner', { runnerId: 'r', labels: { team: 'y' }, config: { logActions: true } }],
  [RunnerService, 'UpdateRunner', { runnerId: 'r', strategyVersion: 9 }],
  [RunnerService, 'GetRunnerSnapshot', { runnerId: 'r' }],
  [RunnerService, 'GetRunnerHistory', { runnerId: 'r', count: 5 }],
  [RunnerService, 'ListRunnerSnapshots', {}],
  [RunnerService, 'ListSymbols', {}],
  [RunnerService, 'ListSymbolRunners', { symbol: 'SIM:A/B' }],
  [RunnerService, 'SetTradingMode', { mode: 'ENGINE_MODE_HALTED', reason: 'a test' }],
  [RunnerService, 'SetTradingMode', { limits: { maxDrawdownFraction: 2 } }],
  [RunnerService, 'GetTradingState', {}],
  [StrategyService, 'DeleteStrategy', { name: 'mine' }],
  [RunnerService, 'DeleteRunner', { runnerId: 'r', expectedRevision: '99' }],
  [RunnerService, 'DeleteRunner', { runnerId: 'r' }],
  [RunnerService, 'DeleteRunner', { runnerId: 'r' }],
  [RunnerService, 'DeleteRunner', { runnerId: 's' }],
  [StrategyService, 'DeleteStrategy', { name: 'mine' }],
];

describe('runners through every door', () => {
  let reference: readonly JsonValue[];

  before(async () => {
    reference = await sessionThrough(SESSION, DOORS.gRPC as (url: string) => Door);
  });

  it('have a session in which most calls succeed and some are refused', () => {
    const codes = reference.map((answer) => (answer as JsonObject).code ?? 'ok');
    const refused = ['invalid_argument', 'already_exists', 'not_found', 'failed_precondition', 'aborted'];
    assert.deepEqual(new Set(codes), new Set(['ok', ...refused]));
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

  itAnswersEveryCall(SESSION, [RunnerService, StrategyService]);
});
