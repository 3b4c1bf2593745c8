import assert from 'node:assert/strict';
import { Child } from '../../support/child.ts';

/** What a million uses of a frame may leave on the heap, which is what the test itself takes. */
const LIMIT_BYTES = 500_000;

/** The new generation is so large that nothing is collected meanwhile: all that was allocated is seen. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];

describe('frames in steady state', () => {
  for (const kind of ['video', 'market', 'audio', 'data', 'time', 'meter']) {
    it(`allocate nothing: ${kind}`, async () => {
      const grownBytes = await growthOf(kind);
      assert.ok(grownBytes < LIMIT_BYTES, `a million took ${grownBytes} bytes`);
    });
  }

  it('would be found out', async () => {
    const grownBytes = await growthOf('control');
    assert.ok(grownBytes > 8_000_000, `a million objects took ${grownBytes} bytes`);
  });
});

async function growthOf(kind: string): Promise<number> {
  await using child = new Child(process.execPath, [...FLAGS, 'test/support/count-allocations.ts', kind]);
  const { code, stdout, stderr } = await child.end();
  assert.equal(code, 0, stderr);
  return Number(stdout);
}
