// Runs the code generators of buf.gen.yaml into a folder of one's choice.
import { spawnSync } from 'node:child_process';

/**
 * Generates into `folder`, which then holds `gen/ts`: everything, or what `options` (of `buf generate`) leaves.
 * Throws with the generator's own text.
 */
export function generate(root, folder, options = []) {
  const done = spawnSync('buf', ['generate', '--output', folder, ...options], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (done.error) throw new Error(`buf generate did not start: ${done.error.message}`);
  if (done.status !== 0) {
    throw new Error(`buf generate failed with ${done.status}\n${done.stdout}${done.stderr}`.trimEnd());
  }
}
