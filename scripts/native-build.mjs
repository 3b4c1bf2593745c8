// node scripts/native-build.mjs: builds the addon, and that of the tests, into native/build/Release. Downloads
// nothing: the headers are those of the Node that runs this.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folder whose include/node has the headers of this Node. Throws when it came without them. */
export function nodeHeadersFolder() {
  const folder = dirname(dirname(process.execPath));
  if (!existsSync(join(folder, 'include/node/node_api.h'))) {
    throw new Error(`${process.execPath} came without headers: ${folder}/include/node/node_api.h is missing`);
  }
  return folder;
}

if (import.meta.main) {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const args = ['configure', 'build', '-C', join(root, 'native'), `--nodedir=${nodeHeadersFolder()}`];
  const done = spawnSync(process.execPath, [nodeGyp, ...args, '--jobs=max', '--loglevel=error'], {
    encoding: 'utf8',
    // NB: not as arguments after "--", which `build` would pass on to make.
    env: { ...process.env, GYP_DEFINES: 'streamlib_test_addon=1' },
  });
  if (done.status !== 0) {
    console.error(`${done.stdout}${done.stderr}${done.error?.message ?? ''}`);
    console.error('the native addon could not be built; that needs a C++20 compiler, make and python3');
    process.exitCode = 1;
  }
}
