import assert from 'node:assert/strict';
import { Child } from '../../support/child.ts';

/** The new generation is so large that nothing is collected meanwhile: all that was allocated is seen. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];
const ENVIRONMENTS = { production: { NODE_ENV: 'production' }, development: { NODE_ENV: 'development' } };

/** What a million frames may leave on the heap of a thread that only passes them, which is what the test itself takes. */
const RING_LIMIT_BYTES = 2_000_000;
/** The same of a lane, whose turns and looks at the clock cost something now and then. A number alone has 12 bytes. */
const LANE_LIMIT_BYTES = 11_000_000;
/** What an object per frame takes at least. */
const CONTROL_BYTES = 16_000_000;

async function run(script: string, env: Record<string, string>, ...args: string[]): Promise<string> {
  await using child = new Child(process.execPath, [...FLAGS, `test/support/${script}`, ...args], { env });
  const { code, stdout, stderr } = await child.end();
  assert.equal(code, 0, stderr);
  return stdout;
}

for (const [environment, env] of Object.entries(ENVIRONMENTS)) {
  describe(`frames between lanes, in ${environment}`, () => {
    for (const kind of ['data', 'audio', 'video', 'market', 'overflow', 'fan-out']) {
      it(`allocate nothing at the ends of a ring: ${kind}`, async () => {
        const grownBytes = Number(await run('count-ring-allocations.ts', env, kind));
        assert.ok(grownBytes < RING_LIMIT_BYTES, `a million took ${grownBytes} bytes`);
      });
    }

    it('allocate nothing in lanes, within one and from one to the next', async function () {
      this.timeout(120_000);
      const output = await run('measure-lane-allocations.ts', env, String(LANE_LIMIT_BYTES));
      const { control, ...grown } = JSON.parse(output) as Record<string, { source: number }>;
      // Within one lane the source measures for all.
      for (const [name, { source }] of Object.entries(grown))
        assert.ok(source < LANE_LIMIT_BYTES, `${name}: a million took ${source} bytes`);
      assert.ok((control?.source ?? 0) > CONTROL_BYTES, `a million objects took ${control?.source} bytes`);
    });

    it('would be found out', async () => {
      const grownBytes = Number(await run('count-ring-allocations.ts', env, 'control'));
      assert.ok(grownBytes > CONTROL_BYTES / 2, `a million objects took ${grownBytes} bytes`);
    });
  });
}
