// What `npm run check` looks at. Each check throws with the tool's own text, or returns a note or nothing.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { differences, withTemporaryFolder } from './folders.mjs';
import { generate } from './generate.mjs';
import { checkGoClient, GO_GENERATED, generateGo } from './go-client.mjs';

const CRUISED = ['server', 'native', 'gen', 'clients', 'test', 'bench', 'examples'];

/** Every check in the order in which they run: `{ name, run(root) }`. */
export const checks = [
  { name: 'generated code is that of proto/', run: (root) => generatedCode(root, generate, 'gen/ts') },
  {
    name: 'generated code of clients/go is that of proto/',
    run: (root) => generatedCode(root, generateGo, GO_GENERATED),
  },
  {
    name: 'native/layout.ts is that of layout.h',
    run: (root) => tool(root, 'node', ['scripts/native-layout.mjs', '--check']),
  },
  { name: 'proto style', run: (root) => tool(root, 'buf', ['lint']) },
  { name: 'proto compatibility', run: protoCompatibility },
  {
    name: 'format and lint',
    run: (root) => tool(root, 'biome', ['check', '--error-on-warnings', '--max-diagnostics=200', '.']),
  },
  {
    name: 'C++ format',
    run: (root) => tool(root, 'node', ['scripts/native-format.mjs', '--check']),
  },
  { name: 'clients/go: format, vet and requirements', run: checkGoClient },
  { name: 'types', run: (root) => tool(root, 'tsc', ['--project', 'tsconfig.json']) },
  { name: 'import rules', run: importRules },
  {
    name: 'docs/ is that of the descriptors',
    run: (root) => tool(root, 'node', ['scripts/docs.mjs', '--check']),
  },
];

function generatedCode(root, generateInto, part) {
  withTemporaryFolder((folder) => {
    generateInto(root, folder);
    const found = differences(join(folder, part), join(root, part));
    if (found.length === 0) return;
    const lines = found.map(({ path, kind }) => `${part}/${path}: ${kind}`);
    throw new Error([...lines, 'run `npm run gen`; gen/ is never edited by hand'].join('\n'));
  });
}

function protoCompatibility(root) {
  const tag = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (tag.status !== 0) return 'no release tag, so there is nothing to be compatible with yet';
  const release = tag.stdout.trim();
  return withTemporaryFolder((folder) => {
    const archive = spawnSync('git', ['archive', release, 'proto', 'buf.yaml'], { cwd: root });
    if (archive.status !== 0) throw new Error(`git archive ${release} failed\n${archive.stderr}`);
    const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout });
    if (unpacked.status !== 0) throw new Error(`tar failed\n${unpacked.stderr}`);
    // A release holds no third_party/: it is a build product, and exempt from the comparison.
    cpSync(join(root, 'third_party'), join(folder, 'third_party'), { recursive: true });
    tool(root, 'buf', ['breaking', '--against', folder]);
    return `compared with ${release}`;
  });
}

function importRules(root) {
  const folders = CRUISED.filter((folder) => existsSync(join(root, folder)));
  return tool(root, 'depcruise', ['--config', '.dependency-cruiser.mjs', ...folders]);
}

function tool(root, command, args) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (done.error) throw new Error(`${command} did not start: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${done.stdout}${done.stderr}`.trim());
}
