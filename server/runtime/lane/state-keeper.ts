import type { Checkpoint } from '../checkpoint.ts';
import type { ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Logger } from '../log.ts';
import type { AnyProcessor, StateOrigin } from '../processor.ts';
import { encodeState } from './encode-state.ts';
import type { LaneCheckpoint } from './messages.ts';

/** Whose state is kept, and who is told of it. */
export interface StateKeeperOptions {
  readonly processorId: ProcessorId;
  /** What the instance is to go on with. */
  readonly checkpoint: Checkpoint | undefined;
  readonly log: Logger;
  /** The newest checkpoint is another one, or none. */
  report(checkpoint: LaneCheckpoint): void;
  /** A checkpoint could not be taken. */
  onError(): void;
}

/** The state of one instance of a processor: handed in after its setup, asked for while it runs. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  #newest: Checkpoint | undefined;
  /** Whether the last one failed: that is logged once, and not once per interval. */
  #isFailing = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    this.#newest = options.checkpoint;
  }

  /** What the next instance is to go on with. */
  get newest(): Checkpoint | undefined {
    return this.#newest;
  }

  /** Gives an instance that was just set up the state of the one before. A type that keeps none ends it. */
  restore(instance: AnyProcessor, context: unknown): void {
    const checkpoint = this.#newest;
    if (checkpoint !== undefined && instance.restore !== undefined) {
      const { stateJson, processorType, typeVersion } = checkpoint;
      try {
        instance.restore(JSON.parse(stateJson) as JsonObject, { processorType, typeVersion }, context);
      } catch (error) {
        const { processorId, log } = this.#options;
        const from = `${processorType} (version ${typeVersion})`;
        log.warn(`${processorId} begins without the state of ${from}: ${messageOf(error)}`);
      }
    }
    if (instance.checkpoint === undefined) this.#set(undefined);
  }

  /** Asks for the state, and tells if it has changed. What goes wrong is logged. */
  take(instance: AnyProcessor, origin: StateOrigin, context: unknown): void {
    if (instance.checkpoint === undefined) return;
    try {
      const state = instance.checkpoint(context);
      this.#set(state === undefined ? undefined : { ...origin, stateJson: encodeState(state) });
      this.#isFailing = false;
    } catch (error) {
      this.#options.onError();
      if (!this.#isFailing)
        this.#options.log.error(`no state is kept, since checkpoint failed: ${messageOf(error)}`);
      this.#isFailing = true;
      this.#set(undefined);
    }
  }

  /** The processor has ended: when it is started again it begins anew. */
  end(): void {
    if (this.#newest === undefined) return;
    this.#newest = undefined;
    this.#options.report({ processorId: this.#options.processorId, checkpoint: undefined, ended: true });
  }

  #set(checkpoint: Checkpoint | undefined): void {
    if (isSame(this.#newest, checkpoint)) return;
    this.#newest = checkpoint;
    this.#options.report({ processorId: this.#options.processorId, checkpoint, ended: false });
  }
}

function isSame(a: Checkpoint | undefined, b: Checkpoint | undefined): boolean {
  return (
    a?.stateJson === b?.stateJson &&
    a?.processorType === b?.processorType &&
    a?.typeVersion === b?.typeVersion
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
