// npm run build:client: clients/typescript/dist for its tarball: one file for Node.js and one for browsers, with the
// generated code inside, and the types.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'clients', 'typescript');
const outdir = join(folder, 'dist');

rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: folder,
  entryPoints: ['src/node.ts', 'src/browser.ts'],
  outdir,
  bundle: true,
  // All else is put in: the rules of validation that gen/ts names are types of options, which a client does not have.
  external: ['@bufbuild/protobuf', '@bufbuild/protobuf/*', '@connectrpc/*'],
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  charset: 'utf8',
  logLevel: 'warning',
  // gen/ts names the validation rules that the server has; a client does not look at them.
});
const done = spawnSync('tsc', ['--project', join(folder, 'tsconfig.build.json')], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
if (done.error) console.error(`tsc did not start: ${done.error.message}`);
process.exitCode = done.status ?? 1;
