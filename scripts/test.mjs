// npm test: all checks, the tests of native/core, then mocha; ends with the line "N passed, N failed". A check counts
// as one test. Arguments go to mocha, and then native/core is left out; a folder stands for the tests below it:
// npm test -- test/rpc --grep "a word".
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChecks } from './check.mjs';
import { runNativeTests } from './native-test.mjs';
import { runMocha } from './run-mocha.mjs';

// Not in .mocharc.json: mocha adds what that names to the files of its command line.
const ALL_TESTS = 'test/**/*.test.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const checked = runChecks(root);
const native = process.argv.length > 2 ? { passed: 0, failed: 0 } : runNativeTests(root);
const given = process.argv.slice(2).map(testsBelow);
const tested = await runMocha(
  root,
  given.some((argument) => /\.ts$/.test(argument)) ? given : [...given, ALL_TESTS],
);
const failed = checked.failed + native.failed + tested.failed;
console.log(`${checked.passed + native.passed + tested.passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function testsBelow(argument) {
  const isFolder = statSync(join(root, argument), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? `${argument}/**/*.test.ts` : argument;
}
