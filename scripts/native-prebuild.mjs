// npm run build:prebuilds: builds the addon of this platform for the packed tarball, into prebuilds/. In a folder of its own,
// so that native/build, which may be in use, stays as it is.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withTemporaryFolder } from './folders.mjs';
import { nodeHeadersFolder } from './native-build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
process.exitCode = withTemporaryFolder((folder) => {
  for (const part of ['binding.gyp', 'binding', 'core']) {
    cpSync(join(root, 'native', part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const target = ['--name', 'streamlib', '--target', process.versions.node];
  const done = spawnSync('prebuildify', ['--napi', '--strip', ...target, '--cwd', folder, '--out', root], {
    cwd: root,
    env: { ...process.env, npm_config_nodedir: nodeHeadersFolder(), npm_config_loglevel: 'error' },
    // All to stderr: `npm pack --json` keeps stdout for itself.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.error) console.error(`prebuildify did not start: ${done.error.message}`);
  return done.status ?? 1;
});
