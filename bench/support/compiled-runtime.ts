import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '../..');
const OUT = join(ROOT, 'bench/out');

/** The runtime as a package has it. Disposing it removes it. */
export interface CompiledRuntime extends Disposable {
  /** The address of a compiled module; `path` is that of its source. */
  module(path: string): string;
}

/**
 * Compiles the runtime into bench/out/: in a checkout each thread would strip types itself, which costs it megabytes.
 * Throws when that fails.
 */
export function compileRuntime(): CompiledRuntime {
  const dist = join(OUT, 'dist');
  // Compiled files look for the addon beside their folder.
  const native = join(OUT, 'native');
  const remove = () => {
    rmSync(dist, { recursive: true, force: true });
    rmSync(native, { force: true });
  };
  remove();
  mkdirSync(OUT, { recursive: true });
  const done = spawnSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), dist], { encoding: 'utf8' });
  if (done.status !== 0) {
    remove();
    throw new Error(`the bundle failed: ${done.error?.message ?? `${done.stdout}${done.stderr}`}`);
  }
  symlinkSync(join(ROOT, 'native'), native, 'junction');
  return {
    module: (path) => pathToFileURL(join(dist, path.replace(/\.ts$/, '.js'))).href,
    [Symbol.dispose]: remove,
  };
}
