// Runs the code generators of buf.gen.yaml, or of another such file, into a folder of one's choice.
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

/** The same by another template, with the environment that its plugins need. */
export function generateFrom(root, template, folder, env) {
  buf(root, ['generate', '--template', template, '--output', folder], env);
}

function writeComments(root, folder) {
  const descriptors = join(folder, 'descriptors.binpb');
  buf(root, ['build', '--path', 'proto/streamlib', '--output', descriptors]);
  const target = join(folder, 'gen/ts/streamlib/proto-comments.ts');
  writeFileSync(target, printComments(readFileSync(descriptors), 'streamlib'));
}

function buf(root, args, env = process.env) {
  const options = { cwd: root, env, encoding: 'utf8', shell: process.platform === 'win32' };
  const done = spawnSync('buf', args, options);
  if (done.error) throw new Error(`buf ${args[0]} did not start: ${done.error.message}`);
  if (done.status !== 0) {
    throw new Error(`buf ${args[0]} failed with ${done.status}\n${done.stdout}${done.stderr}`.trimEnd());
  }
}
