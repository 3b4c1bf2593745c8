// node scripts/native-format.mjs [--check]: formats the C++ sources as .clang-format says. With --check writes nothing,
// and exits with 1 if something would change.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['native/core', 'native/core/test', 'native/binding', 'native/testing'];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => /\.(h|cc)$/.test(name))
    .map((name) => join(folder, name)),
);
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
const done = spawnSync('clang-format', [...mode, ...files], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (done.error) console.error(`clang-format did not start: ${done.error.message}`);
process.exitCode = done.status ?? 1;
