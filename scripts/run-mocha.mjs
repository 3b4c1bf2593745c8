import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';

// Mocha ends when nothing is left to wait for; a test that leaves something running would hang it for ever.
const END_GRACE_MS = 30_000;

// More at once are no accident.
const FLAKY_LIMIT = 5;
const LONGEST_MESSAGE = 2000;

/**
 * Runs mocha with these arguments in a checkout, `env` on top of this process's environment. Resolves with how many
 * tests passed and failed; an end that these do not explain counts as one failure more.
 *
 * With STREAMLIB_TEST_RETRY=1 a few tests that failed run once more, alone with the others of their files: what passes
 * then counts as passed. A failure with a seed is a finding, and stays one. What failed, also at first only, is appended
 * to the file that STREAMLIB_TEST_FAILURES names.
 */
export async function runMocha(root, args, env = {}) {
  const first = await runOnce(root, args, env);
  const failed = first.failures.length + first.unexplained;
  if (!isRetried(first)) {
    tell(root, 'FAILED', first.failures);
    return { passed: first.passed, failed };
  }
  const files = [...new Set(first.failures.map(({ file }) => file))];
  console.log(`\n${failed} failed; once more, alone: ${files.join(' ')}`);
  const second = await runOnce(root, [...args.filter((arg) => !arg.endsWith('.ts')), ...files], env);
  const failedAgain = second.failures.length + second.unexplained;
  if (failedAgain > 0) tell(root, 'FAILED', second.failures);
  tell(root, failedAgain > 0 ? 'FAILED AT FIRST' : 'FLAKY, passed when it ran alone', first.failures);
  return { passed: first.passed + Math.max(0, failed - failedAgain), failed: failedAgain };
}

function isRetried({ failures, unexplained }) {
  return (
    process.env.STREAMLIB_TEST_RETRY === '1' &&
    unexplained === 0 &&
    failures.length > 0 &&
    failures.length <= FLAKY_LIMIT &&
    failures.every(({ file, title, message }) => file !== undefined && !/seed/i.test(title + message))
  );
}

function tell(root, what, failures) {
  const path = process.env.STREAMLIB_TEST_FAILURES;
  if (path === undefined) return;
  for (const { file, title, message } of failures) {
    const where = file === undefined ? '' : ` (${relative(root, file)})`;
    const text = message.slice(0, LONGEST_MESSAGE).replaceAll('\n', '\n  ');
    appendFileSync(path, `${what}: ${title}${where}\n  ${text}\n`);
  }
}

function runOnce(root, args, env) {
  const command = [join(root, 'node_modules/mocha/bin/mocha.js'), '--forbid-only', '--forbid-pending'];
  const reporter = ['--reporter', join(root, 'scripts/mocha-reporter.cjs')];
  const mocha = spawn(process.execPath, [...command, ...reporter, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => mocha.kill(signal));

  let counts = { passed: 0, failures: [] };
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
      const explained = counts.failures.length > 0 ? code !== null : code === 0;
      resolve({ ...counts, unexplained: explained ? 0 : 1 });
    });
  });
}
