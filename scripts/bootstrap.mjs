// Makes a checkout ready to run: Node 24, node_modules from the lockfile, third_party/ from npm packages, the addon.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { node24Folder } from './node24.mjs';

// In order. A step is done when everything it makes is there and its stamp names the sources' present content; of
// a folder, all files below it count.
// Not `npm ci`: that fails where a registry lacks the optional packages of some other platform.
const STEPS = [
  {
    sources: ['package-lock.json'],
    makes: ['node_modules'],
    stamp: 'node_modules/.streamlib-installed',
    message: 'installing dependencies (once)',
    command: ['npm', 'install', '--include=dev', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
  },
  {
    sources: [
      'package-lock.json',
      'buf.yaml',
      'buf.gen.yaml',
      'scripts/third-party.mjs',
      'scripts/proto-print.mjs',
      'scripts/proto-options.mjs',
    ],
    makes: ['third_party', 'gen/ts/google', 'gen/ts/grpc'],
    stamp: 'third_party/.streamlib-made',
    message: 'making third_party from npm packages (once)',
    command: ['node', 'scripts/gen.mjs', '--third-party'],
  },
  {
    sources: [
      'package-lock.json',
      'scripts/native-build.mjs',
      'native/binding.gyp',
      'native/core',
      'native/binding',
      'native/testing',
    ],
    makes: ['native/build/Release/streamlib.node', 'native/build/Release/streamlib_test.node'],
    stamp: 'native/build/.streamlib-built',
    message: 'building the native addon (once)',
    command: ['node', 'scripts/native-build.mjs'],
  },
];

const CUT_OFF = 'not finished\n';

/**
 * Brings the checkout up to date and returns the environment for its commands. Does nothing that is already
 * done; what was cut off half way is done again. One process at a time; the others wait.
 */
export function bootstrap(root) {
  return withLock(join(root, '.node', 'bootstrap.lock'), () => {
    const folder = node24Folder(root);
    const path = [folder, join(root, 'node_modules', '.bin'), process.env.PATH]
      .filter(Boolean)
      .join(delimiter);
    const env = { ...process.env, PATH: path };
    for (const step of STEPS) perform(root, env, step);
    return env;
  });
}

function filesOf(root, source) {
  if (!statSync(join(root, source)).isDirectory()) return [source];
  const below = readdirSync(join(root, source)).sort();
  return below.flatMap((name) => filesOf(root, join(source, name)));
}

function perform(root, env, step) {
  const hash = createHash('sha256');
  for (const source of step.sources.flatMap((path) => filesOf(root, path))) {
    hash
      .update(source)
      .update('\0')
      .update(readFileSync(join(root, source)));
  }
  const wanted = hash.digest('hex');
  const stamp = join(root, step.stamp);
  const made = step.makes.every((path) => existsSync(join(root, path)));
  const stamped = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (made && stamped === wanted) return;
  // Half an installation looks whole to npm, so one that was cut off begins anew.
  if (stamped === CUT_OFF)
    for (const path of step.makes) rmSync(join(root, path), { recursive: true, force: true });

  console.error(`streamlib: ${step.message}`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, CUT_OFF);
  const [command, ...args] = step.command;
  const options = {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  };
  const done = spawnSync(command, args, options);
  if (done.status !== 0) {
    throw new Error(
      `${step.command.join(' ')} failed with ${done.status ?? done.signal ?? done.error?.message}`,
    );
  }
  writeFileSync(stamp, wanted);
}
