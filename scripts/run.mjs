// node scripts/run.mjs COMMAND ARGS…: makes the checkout ready (Node 24, node_modules, third_party),
// then runs COMMAND with Node 24 and the project's tools first on PATH, and ends as COMMAND ends.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.mjs';

const WINDOWS = process.platform === 'win32';
// Ctrl-C in a terminal reaches npm and this process, and npm passes it on to this process once more.
const SAME_SIGNAL_MS = 250;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);

try {
  const env = bootstrap(root);
  if (command !== undefined) runToEnd(env);
} catch (error) {
  console.error(`streamlib: ${error.message}`);
  process.exit(1);
}

function runToEnd(env) {
  // In a session of its own, so that it gets each signal from here and from nowhere else, exactly once.
  const child = spawn(command, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    shell: WINDOWS,
    detached: !WINDOWS,
  });
  const lifeline = child.pid === undefined || WINDOWS ? undefined : tieTo(child.pid);

  const last = new Map();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (last.get(signal) ?? -Infinity) < SAME_SIGNAL_MS) return;
      last.set(signal, now);
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    console.error(`streamlib: could not run ${command}: ${error.message}`);
    process.exitCode = 127;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
    lifeline?.release();
  });
}

// A session of its own also means that killing ours outright would leave the child behind: a shell that waits
// at a pipe sees this process end and ends the child's group in the same way.
function tieTo(pid) {
  const shell = spawn('sh', ['-c', 'read -r word || kill -KILL "-$1"', 'lifeline', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  shell.stdin.unref();
  return { release: () => shell.stdin.end('released\n') };
}
