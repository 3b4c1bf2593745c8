import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CliCommand } from './command.ts';
import { printLine } from './output.ts';

/** `streamlib build-native` */
export const buildNativeCommand: CliCommand = {
  name: 'build-native',
  operands: '',
  operandCount: [0, 0],
  summary: 'Builds the native addon where no prebuilt one fits; needs a C++20 compiler, make and python3.',
  options: {},
  async run() {
    const folder = sourceFolder();
    const args = [nodeGyp(), 'rebuild', '-C', folder, '--loglevel=warn', ...headers()];
    const building = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = await once(building, 'close');
    if (code !== 0)
      throw new Error(`node-gyp ended with ${code}; it needs a C++20 compiler, make and python3`);
    printLine(`built ${join(folder, 'build/Release/streamlib.node')}`);
    return 0;
  },
};

// From the sources of a checkout, and from dist/ of a package.
function sourceFolder(): string {
  const candidates = ['../../native/', '../../../native/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((folder) => existsSync(join(folder, 'binding.gyp')));
  if (found === undefined) throw new Error('the sources of the native addon are missing from this package');
  return found;
}

// npm brings one with it; which npm that is, npm and npx tell their children.
function nodeGyp(): string {
  const npm = process.env.npm_execpath;
  const places = [
    ...(npm === undefined ? [] : [join(dirname(npm), '..')]),
    join(dirname(process.execPath), '../lib/node_modules/npm'),
    join(dirname(process.execPath), 'node_modules/npm'),
  ].map((folder) => join(folder, 'node_modules/node-gyp/bin/node-gyp.js'));
  try {
    places.unshift(createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js'));
  } catch {
    // It is not installed beside us, which is the rule.
  }
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error('node-gyp was not found: run it by npx, or install node-gyp');
  return found;
}

// Where Node came with its headers, nothing needs to be downloaded.
function headers(): string[] {
  const folder = dirname(dirname(process.execPath));
  return existsSync(join(folder, 'include/node/node_api.h')) ? [`--nodedir=${folder}`] : [];
}
