import type { Checkpoint } from '../checkpoint.ts';
import type { ProcessorId } from '../ids.ts';

/** Where checkpoints are written that are to outlive the process. */
export interface CheckpointKeeper {
  /**
   * Resolves when the changes are durable; undefined stands for a processor that has no state any more. One call at a
   * time. It tells of its failures itself; what it rejects comes again with the next call, unless newer by then.
   */
  save(changes: ReadonlyMap<ProcessorId, Checkpoint | undefined>): Promise<void>;
}

/** Of how many processors that were removed the last checkpoint is kept: 16 MiB at most. */
const RETIRED_MOST = 256;

/** The newest checkpoint of each processor, on the runtime's thread. Without a keeper it ends with the process. */
export class CheckpointStore {
  readonly #keeper: CheckpointKeeper | undefined;
  readonly #newest: Map<ProcessorId, Checkpoint>;
  /** Of processors that were removed, the last removed last. In this process only. */
  readonly #retired = new Map<ProcessorId, Checkpoint>();
  #unsaved = new Map<ProcessorId, Checkpoint | undefined>();
  /** The save under way; never rejects. */
  #saving: Promise<void> = Promise.resolve();
  /** The one behind it, which takes everything that comes until then. */
  #waiting: Promise<void> | undefined;

  /** `known` is what the keeper has from before. */
  constructor(keeper?: CheckpointKeeper, known: Iterable<readonly [ProcessorId, Checkpoint]> = []) {
    this.#keeper = keeper;
    this.#newest = new Map(known);
  }

  get(id: ProcessorId): Checkpoint | undefined {
    return this.#newest.get(id);
  }

  put(id: ProcessorId, checkpoint: Checkpoint): void {
    this.#newest.set(id, checkpoint);
    this.#changed(id, checkpoint);
  }

  delete(id: ProcessorId): void {
    if (this.#newest.delete(id)) this.#changed(id, undefined);
  }

  /**
   * Forgets the checkpoint of a processor that was removed, as far as `get` and the keeper are concerned. The last 256
   * stay within reach of `bringBack` until the process ends.
   */
  retire(id: ProcessorId): void {
    const checkpoint = this.#newest.get(id);
    this.#retired.delete(id);
    if (checkpoint === undefined) return;
    this.#retired.set(id, checkpoint);
    for (const oldest of this.#retired.keys()) {
      if (this.#retired.size <= RETIRED_MOST) break;
      this.#retired.delete(oldest);
    }
    this.delete(id);
  }

  /** A processor that was removed is there again: its checkpoint is the one that it had then, if that is still kept. */
  bringBack(id: ProcessorId): void {
    const checkpoint = this.#retired.get(id);
    if (checkpoint === undefined || this.#newest.has(id)) return;
    this.#retired.delete(id);
    this.put(id, checkpoint);
  }

  /** Resolves when everything that was put or deleted until now is durable; at once without a keeper. */
  flush(): Promise<void> {
    const keeper = this.#keeper;
    if (keeper === undefined) return Promise.resolve();
    this.#waiting ??= this.#saving.then(() => this.#save(keeper));
    return this.#waiting;
  }

  #changed(id: ProcessorId, checkpoint: Checkpoint | undefined): void {
    if (this.#keeper === undefined) return;
    this.#unsaved.set(id, checkpoint);
    this.flush().catch(() => {});
  }

  #save(keeper: CheckpointKeeper): Promise<void> {
    const changes = this.#unsaved;
    this.#unsaved = new Map();
    this.#waiting = undefined;
    const saved = changes.size === 0 ? Promise.resolve() : keeper.save(changes);
    this.#saving = saved.catch(() => {
      this.#unsaved = new Map([...changes, ...this.#unsaved]);
    });
    return saved;
  }
}
