import assert from 'node:assert/strict';
import {
  endsStalledLane,
  restartDelayMs,
  stallLimitMs,
} from '../../../server/runtime/supervision/stall-policy.ts';

const exponential = { strategy: 'exponential' } as const;

describe('what follows from a stall', () => {
  for (const { name, supervision, limitMs, ends } of [
    { name: 'nothing said: told after 10 s', supervision: {}, limitMs: 10_000, ends: false },
    { name: 'off', supervision: { watchdogMs: 0, restart: exponential }, limitMs: undefined, ends: false },
    { name: 'a limit alone: told', supervision: { watchdogMs: 50 }, limitMs: 50, ends: false },
    {
      name: 'a limit and never',
      supervision: { watchdogMs: 50, restart: { strategy: 'never' } },
      limitMs: 50,
      ends: false,
    },
    {
      name: 'restarts after exceptions alone',
      supervision: { restart: exponential },
      limitMs: 10_000,
      ends: false,
    },
    { name: 'both', supervision: { watchdogMs: 50, restart: exponential }, limitMs: 50, ends: true },
  ] as const) {
    it(`is right for ${name}`, () => {
      assert.equal(stallLimitMs(supervision), limitMs);
      assert.equal(endsStalledLane(supervision), ends);
    });
  }

  for (const { name, restart, delaysMs } of [
    { name: 'immediate', restart: { strategy: 'immediate', maxAttempts: 3 }, delaysMs: [0, 0, 0, undefined] },
    {
      name: 'exponential',
      restart: { strategy: 'exponential', baseMs: 100, maxMs: 500, maxAttempts: 5 },
      delaysMs: [100, 200, 400, 500, 500, undefined],
    },
    {
      name: 'the circuit breaker, for now',
      restart: { strategy: 'circuit_breaker', baseMs: 10, maxAttempts: 1 },
      delaysMs: [10, undefined],
    },
  ] as const) {
    it(`waits before each attempt as ${name} says`, () => {
      assert.deepEqual(
        delaysMs.map((_, attempts) => restartDelayMs(restart, attempts)),
        delaysMs,
      );
    });
  }

  it('takes 10 attempts where nothing is said, and no end where 0 is', () => {
    assert.deepEqual([restartDelayMs(exponential, 9), restartDelayMs(exponential, 10)], [30_000, undefined]);
    assert.equal(restartDelayMs({ ...exponential, maxAttempts: 0 }, 100_000), 30_000);
  });
});
