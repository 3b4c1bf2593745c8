import assert from 'node:assert/strict';
import { RestartBudget } from '../../../server/runtime/supervision/restart-budget.ts';

describe('the restart budget', () => {
  it('grants so many within the window, tells once that there are no more, and grants again when time has passed', () => {
    const budget = new RestartBudget({ restarts: 2, windowMs: 100 });
    const grants = [0, 10, 20, 30, 100, 101, 111, 112].map((atMs) => budget.take(atMs));
    assert.deepEqual(grants, [
      ...['granted', 'granted', 'exhausted', 'denied'],
      ...['granted', 'exhausted', 'granted', 'exhausted'],
    ]);
  });

  it('grants none where none are allowed', () => {
    const budget = new RestartBudget({ restarts: 0, windowMs: 100 });
    assert.deepEqual([budget.take(0), budget.take(1_000)], ['exhausted', 'denied']);
  });
});
