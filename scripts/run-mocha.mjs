import { spawn } from 'node:child_process';
import { join } from 'node:path';

// Mocha ends when nothing is left to wait for; a test that leaves something running would hang it for ever.
const END_GRACE_MS = 30_000;

/**
 * Runs mocha with these arguments in a checkout, `env` on top of this process's environment. Resolves with how many
 * tests passed and failed; an end that these do not explain counts as one failure more.
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
