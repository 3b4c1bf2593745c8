import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';

// Mocha ends when nothing is left to wait for; a test that leaves something running would hang it for ever.
const END_GRACE_MS = 30_000;

// A difference may be long.
const LONGEST_MESSAGE = 2000;

/**
 * Runs mocha with these arguments in a checkout, `env` on top of this process's environment. Resolves with how many
 * tests passed and failed; an end that these do not explain counts as one failure more. What failed is also appended to
 * the file that STREAMLIB_TEST_FAILURES names, where it does.
 */
export function runMocha(root, args, env = {}) {
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
      noteFailures(root, counts.failures);
      resolve({ passed: counts.passed, failed: counts.failures.length + (explained ? 0 : 1) });
    });
  });
}

function noteFailures(root, failures) {
  const path = process.env.STREAMLIB_TEST_FAILURES;
  if (path === undefined) return;
  for (const { file, title, message } of failures) {
    const where = file === undefined ? '' : ` (${relative(root, file)})`;
    const text = message.slice(0, LONGEST_MESSAGE).replaceAll('\n', '\n  ');
    appendFileSync(path, `failed: ${title}${where}\n  ${text}\n`);
  }
}
