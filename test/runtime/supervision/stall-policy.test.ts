import assert from 'node:assert/strict';
import { endsStalledLane, stallLimitMs } from '../../../server/runtime/supervision/stall-policy.ts';

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
});
