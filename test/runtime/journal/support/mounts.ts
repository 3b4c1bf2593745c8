import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** A file system mounted at a folder until it is disposed. Needs root; a test that cannot mount fails and says why. */
export class Mount implements Disposable {
  readonly folder: string;

  /** A memory file system of that size. */
  static small(folder: string, sizeKib: number): Mount {
    mkdirSync(folder, { recursive: true });
    return new Mount(folder, [['-t', 'tmpfs', '-o', `size=${sizeKib}k`, 'tmpfs', folder]]);
  }

  /** The folder as it is, in which nothing can be written: modes would not keep root from it. */
  static readOnly(folder: string): Mount {
    return new Mount(folder, [
      ['--bind', folder, folder],
      ['-o', 'remount,bind,ro', folder],
    ]);
  }

  private constructor(folder: string, commands: readonly (readonly string[])[]) {
    this.folder = folder;
    for (const args of commands) run('mount', args);
  }

  [Symbol.dispose](): void {
    run('umount', [this.folder]);
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(
    `${command} ${args.join(' ')} failed, and this test needs it (as root): ${error ?? stderr}`,
  );
}
