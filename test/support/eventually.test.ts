import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('resolves once the condition holds', async () => {
    let asked = 0;
    await eventually(() => ++asked === 3, 'three questions');
    assert.equal(asked, 3);
  });

  it('takes an error for "not yet"', async () => {
    let asked = 0;
    await eventually(async () => {
      if (++asked < 3) throw new Error('too early');
      return true;
    }, 'three questions');
    assert.equal(asked, 3);
  });

  it('names what did not happen, and the last error', async () => {
    const never = eventually(
      () => {
        throw new Error('connection refused');
      },
      'the server answers',
      20,
    );
    await assert.rejects(never, /not within 20 ms: the server answers: Error: connection refused/);
  });
});
