// npm test: all checks, the tests of native/core, then mocha; ends with the line "N passed, N failed". A check counts
// as one test. Arguments go to mocha, and then native/core is left out; a folder stands for the tests below it:
// npm test -- test/rpc --grep "a word".
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChecks } from './check.mjs';
import { runNativeTests } from './native-test.mjs';

// Not in .mocharc.json: mocha adds what that names to the files of its command line.
const ALL_TESTS = 'test/**/*.test.ts';
// Mocha ends when nothing is left to wait for; a test that leaves something running would hang it for ever.
const END_GRACE_MS = 30_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const checked = runChecks(root);
const native = process.argv.length > 2 ? { passed: 0, failed: 0 } : runNativeTests(root);
const given = process.argv.slice(2).map(testsBelow);
const tested = await runMocha(
  given.some((argument) => /\.ts$/.test(argument)) ? given : [...given, ALL_TESTS],
);
const failed = checked.failed + native.failed + tested.failed;
console.log(`${checked.passed + native.passed + tested.passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function testsBelow(argument) {
  const isFolder = statSync(join(root, argument), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder ? `${argument}/**/*.test.ts` : argument;
}

/** Resolves with mocha's counts; an end that they do not explain counts as one failure more. */
function runMocha(args) {
  const command = [join(root, 'node_modules/mocha/bin/mocha.js'), '--forbid-only', '--forbid-pending'];
  const reporter = ['--reporter', join(root, 'scripts/mocha-reporter.cjs')];
  const mocha = spawn(process.execPath, [...command, ...reporter, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => mocha.kill(signal));

  let counts = { passed: 0, failed: 0 };
  let overdue;
  mocha.on('message', (message) => {
    counts = message;
    overdue = setTimeout(() => {
      console.log('mocha does not end: a test has left a server, a process, a timer or a thread behind');
      mocha.kill('SIGKILL');
    }, END_GRACE_MS);
  });
  return new Promise((resolve) => {
    mocha.on('close', (code) => {
      clearTimeout(overdue);
      const explained = counts.failed > 0 ? code !== null : code === 0;
      resolve({ passed: counts.passed, failed: counts.failed + (explained ? 0 : 1) });
    });
  });
}
