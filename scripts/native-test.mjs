// npm run test:native: builds the tests of native/core plain, with ThreadSanitizer, and with AddressSanitizer and
// UndefinedBehaviorSanitizer, and runs them. Each build ends with its own line "… N passed, N failed".
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILDS = [
  { name: 'plain', flags: ['-O2'] },
  { name: 'thread sanitizer', flags: ['-O1', '-fsanitize=thread'] },
  {
    name: 'address and undefined behaviour sanitizers',
    flags: ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
  },
];
const FLAGS = ['-std=c++20', '-Wall', '-Wextra', '-Werror', '-g', '-pthread'];
const TIMEOUT_MS = 300_000;

/** Runs every build, prints what each says, and returns how many tests passed and failed. */
export function runNativeTests(root) {
  const total = { passed: 0, failed: 0 };
  for (const build of BUILDS) {
    const { passed, failed } = runBuild(root, build);
    console.log(`native/core, ${build.name}: ${passed} passed, ${failed} failed`);
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

function runBuild(root, { name, flags }) {
  const program = compile(root, [...FLAGS, ...flags]);
  if (program.error !== undefined) {
    console.log(program.error);
    return { passed: 0, failed: 1 };
  }
  const done = spawnSync(program.path, [], { encoding: 'utf8', timeout: TIMEOUT_MS });
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(done.stdout) ?? [];
  if (done.status === 0 && passed !== undefined) return { passed: Number(passed), failed: Number(failed) };
  console.log(`${name} ended with ${done.status ?? done.signal}\n${done.stdout}${done.stderr}`);
  return { passed: Number(passed ?? 0), failed: Math.max(1, Number(failed ?? 0)) };
}

// A program is kept under the hash of what it is made from.
function compile(root, flags) {
  const core = join(root, 'native/core');
  const files = ['', 'test'].flatMap((folder) =>
    readdirSync(join(core, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, entry.name)),
  );
  const hash = createHash('sha256').update(flags.join(' '));
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(core, file)));
  const path = join(root, 'native/build/test', hash.digest('hex').slice(0, 16));
  if (existsSync(path)) return { path };
  mkdirSync(dirname(path), { recursive: true });
  const sources = files.filter((file) => file.endsWith('.cc'));
  const compiler = process.env.CXX ?? 'g++';
  const done = spawnSync(compiler, [...flags, '-o', path, ...sources], { cwd: core, encoding: 'utf8' });
  return done.status === 0 ? { path } : { error: `${compiler}: ${done.stderr ?? done.error?.message}` };
}

if (import.meta.main) {
  const { passed, failed } = runNativeTests(dirname(dirname(fileURLToPath(import.meta.url))));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
