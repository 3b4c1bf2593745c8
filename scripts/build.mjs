// npm run build: dist/ for the packed tarball, JavaScript in few files and .d.ts; Node strips no types below node_modules.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = ['--project', 'tsconfig.build.json', '--emitDeclarationOnly'];
for (const [program, ...args] of [
  ['tsc', ...types],
  [process.execPath, 'scripts/bundle.mjs'],
]) {
  const done = spawnSync(program, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.error) console.error(`${program} did not start: ${done.error.message}`);
  if (done.status !== 0) process.exit(1);
}
