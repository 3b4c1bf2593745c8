// npm run test:long [-- NAME…]: what takes longer than the test suite should, or runs it once more in another way. Ends
// with the line "N passed, N failed".
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMocha } from './run-mocha.mjs';

const RUNTIME = 'test/runtime';

const SUITES = {
  // Only there turns are compiled and views handed on unchecked. Left out: what asserts those checks, and the leaks,
  // which count what development builds allocate.
  production: {
    env: { NODE_ENV: 'production' },
    args: [
      ...[
        'allocations',
        'both-sides',
        'exhaustion',
        'lane-crash',
        'rewiring',
        'runtime-crash',
        'slot-ledger',
      ].map((name) => `${RUNTIME}/data-plane/${name}.test.ts`),
      `${RUNTIME}/data-plane/wake-ups.test.ts`,
      ...['commit', 'delivery', 'isolation', 'media-frames', 'replan'].map(
        (name) => `${RUNTIME}/${name}.test.ts`,
      ),
      `${RUNTIME}/supervision/**/*.test.ts`,
      `${RUNTIME}/lane/lanes-together.test.ts`,
      `${RUNTIME}/lane/views-beside-async.test.ts`,
      'test/processors/sound-through-the-runtime.test.ts',
    ],
  },
  // With a journal on the disk there is time between accepting and durable, in which others edit.
  durable: {
    env: { STREAMLIB_TEST_KEEP: '1' },
    args: [
      ...['apply-graph', 'commit', 'operations', 'replan'].map((name) => `${RUNTIME}/${name}.test.ts`),
      `${RUNTIME}/rollback/**/*.test.ts`,
      `${RUNTIME}/history/history.test.ts`,
      // These two look at what is accepted before it is durable.
      ...['--invert', '--grep', 'go with what they build on|stopped before they are rolled back'],
    ],
  },
  // A killed runtime, more often than in the suite.
  kills: {
    env: { STREAMLIB_TEST_KILLS: '30' },
    args: [`${RUNTIME}/history/crash.test.ts`],
  },
  // Any request to the transcoder, any bytes on the port and any graph file; the suite makes 1,500 requests.
  fuzz: {
    env: { STREAMLIB_TEST_FUZZ: '50000' },
    args: ['test/rpc/rest/fuzz.test.ts', 'test/rpc/fuzz/*.test.ts'],
  },
  // 10,000 random edits while frames flow; the suite makes 500.
  rewiring: {
    env: { STREAMLIB_TEST_EDITS: '10000' },
    args: [`${RUNTIME}/data-plane/rewiring.test.ts`],
  },
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SUITES);
const unknown = names.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
for (const name of names) {
  const { env, args } = SUITES[name];
  console.log(`long tests: ${name}`);
  const { passed, failed } = await runMocha(root, args, env);
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
