import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint.ts';
import { type CheckpointKeeper, CheckpointStore } from '../commit/checkpoint-store.ts';
import { type ProcessorId, parseProcessorId } from '../ids.ts';
import type { Logger } from '../log.ts';

const ENDING = '.json';
const UNFINISHED = '.part';

/** How the checkpoints of a directory are opened. */
export interface CheckpointFilesOptions {
  /** Nothing is written; what comes is kept in memory. */
  readonly isReadOnly: boolean;
  readonly log: Logger;
}

/**
 * The checkpoints in a directory, and the store that keeps them there: a file for each processor, replaced whole, so
 * that it is the old one or the new one after `kill -9`. They are not synced: after a power failure one may be old or
 * unreadable, and its processor then begins anew, as it would without.
 */
export async function openCheckpoints(
  directory: string,
  { isReadOnly, log }: CheckpointFilesOptions,
): Promise<CheckpointStore> {
  if (!isReadOnly) await mkdir(directory, { recursive: true, mode: 0o700 });
  const known = new Map<ProcessorId, Checkpoint>();
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.endsWith(ENDING)) continue;
    try {
      const { processorId, ...checkpoint } = JSON.parse(await readFile(join(directory, name), 'utf8'));
      known.set(parseProcessorId(processorId), checkpoint as Checkpoint);
    } catch (error) {
      const { message } = error as Error;
      log.warn(`a checkpoint cannot be read, and its processor begins anew: ${name}: ${message}`);
    }
  }
  return new CheckpointStore(isReadOnly ? undefined : new CheckpointFiles(directory, log), known);
}

class CheckpointFiles implements CheckpointKeeper {
  readonly #directory: string;
  readonly #log: Logger;

  constructor(directory: string, log: Logger) {
    this.#directory = directory;
    this.#log = log;
  }

  async save(changes: ReadonlyMap<ProcessorId, Checkpoint | undefined>): Promise<void> {
    try {
      for (const [processorId, checkpoint] of changes) await this.#replace(processorId, checkpoint);
    } catch (error) {
      this.#log.warn(`checkpoints were not written: ${(error as Error).message}`);
      throw error;
    }
  }

  async #replace(processorId: ProcessorId, checkpoint: Checkpoint | undefined): Promise<void> {
    const path = this.#pathOf(processorId);
    if (checkpoint === undefined) return rm(path, { force: true });
    await writeFile(`${path}${UNFINISHED}`, JSON.stringify({ processorId, ...checkpoint }), { mode: 0o600 });
    await rename(`${path}${UNFINISHED}`, path);
  }

  // NB: some file systems take A for a.
  #pathOf(processorId: ProcessorId): string {
    return join(this.#directory, `${Buffer.from(processorId).toString('hex')}${ENDING}`);
  }
}
