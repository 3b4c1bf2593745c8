// node scripts/run.mjs node scripts/python-env.mjs [REQUIREMENTS FOLDER]: makes .venv, a virtual environment with what
// test/python/requirements.txt names, or another one, and prints its python.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

const REQUIREMENTS = 'test/python/requirements.txt';
const WINDOWS = process.platform === 'win32';

/**
 * The folder with `python` and the commands of the installed packages. Makes the environment where it is not there
 * or has another list; one process at a time, the others wait. Throws where the machine has no Python with `venv`.
 */
export function pythonFolder(root, requirements = REQUIREMENTS, name = '.venv') {
  return withLock(join(root, '.node', 'python.lock'), () => {
    const folder = join(root, name);
    const bin = join(folder, WINDOWS ? 'Scripts' : 'bin');
    const stamp = join(folder, '.streamlib-installed');
    const wanted = createHash('sha256')
      .update(readFileSync(join(root, requirements)))
      .digest('hex');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return bin;
    // Half an environment looks whole, so one that was cut off begins anew.
    rmSync(folder, { recursive: true, force: true });
    console.error(`streamlib: installing the Python packages of ${requirements} (once)`);
    run(root, systemPython(), ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'];
    run(root, join(bin, 'python'), [...pip, '--requirement', requirements]);
    run(root, join(bin, 'python'), ['-m', 'pip', '--disable-pip-version-check', 'check']);
    writeFileSync(stamp, wanted);
    return bin;
  });
}

function systemPython() {
  const found = ['python3', 'python'].find(
    (name) => spawnSync(name, ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) {
    throw new Error('python 3.11 or later with venv must be installed (on Debian: python3 and python3-venv)');
  }
  return found;
}

function run(root, command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed with ${done.status ?? done.error?.message}`);
  }
}

if (import.meta.main)
  console.log(
    join(
      pythonFolder(dirname(dirname(fileURLToPath(import.meta.url))), ...process.argv.slice(2, 4)),
      'python',
    ),
  );
