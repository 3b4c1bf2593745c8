// Runs the code generators of buf.gen.yaml into a folder of one's choice.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printComments } from './proto-comments.mjs';

/**
 * Generates into `folder`, which then holds `gen/ts`: everything, or what `options` (of `buf generate`) leaves.
 * Throws with the generator's own text.
 */
export function generate(root, folder, options = []) {
  buf(root, ['generate', '--output', folder, ...options]);
  if (options.length === 0) writeComments(root, folder);
}

function writeComments(root, folder) {
  const descriptors = join(folder, 'descriptors.binpb');
  buf(root, ['build', '--path', 'proto/streamlib', '--output', descriptors]);
  const target = join(folder, 'gen/ts/streamlib/proto-comments.ts');
  writeFileSync(target, printComments(readFileSync(descriptors), 'streamlib'));
}

function buf(root, args) {
  const done = spawnSync('buf', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (done.error) throw new Error(`buf ${args[0]} did not start: ${done.error.message}`);
  if (done.status !== 0) {
    throw new Error(`buf ${args[0]} failed with ${done.status}\n${done.stdout}${done.stderr}`.trimEnd());
  }
}
