import type { LaneDeadLetter } from './dead-letter.ts';
import { DeadLetterOutbox } from './dead-letter-outbox.ts';
import type { LaneBus } from './lane-bus.ts';
import type { LaneLog } from './lane-log.ts';
import type { FromLane, LaneCheckpoint, LaneStateChange } from './messages.ts';

/** What a lane's outbox collects from. */
export interface LaneOutboxOptions {
  readonly send: (message: FromLane) => void;
  readonly bus: LaneBus;
  readonly log: LaneLog;
}

/**
 * Sends what a lane has to say, batched per turn: what its processors know and are doing first, so that what follows
 * finds it known.
 */
export class LaneOutbox {
  readonly #options: LaneOutboxOptions;
  #checkpoints: LaneCheckpoint[] = [];
  #states: LaneStateChange[] = [];
  readonly #deadLetters = new DeadLetterOutbox();

  constructor(options: LaneOutboxOptions) {
    this.#options = options;
  }

  addCheckpoint(checkpoint: LaneCheckpoint): void {
    this.#checkpoints.push(checkpoint);
  }

  addState(change: LaneStateChange): void {
    this.#states.push(change);
  }

  addDeadLetter(letter: LaneDeadLetter): void {
    this.#deadLetters.add(letter);
  }

  /** The runtime has taken the dead letters before. */
  deadLettersTaken(): void {
    this.#deadLetters.taken();
  }

  flush(): void {
    const { send, bus, log } = this.#options;
    if (this.#checkpoints.length > 0) {
      send({ kind: 'checkpoints', checkpoints: this.#checkpoints });
      this.#checkpoints = [];
    }
    if (this.#states.length > 0) {
      send({ kind: 'states', changes: this.#states });
      this.#states = [];
    }
    const deadLetters = this.#deadLetters.take();
    if (deadLetters !== undefined) send(deadLetters);
    const patterns = bus.takePatterns();
    if (patterns !== undefined) send({ kind: 'listen', patterns });
    const publications = bus.takePublications();
    if (publications.length > 0)
      this.#sendEach(
        publications,
        (list) => ({ kind: 'published', publications: list }),
        () => bus.publicationsTaken(1),
      );
    const count = bus.takeAcknowledged();
    if (count > 0) send({ kind: 'events_taken', count });
    const records = log.take();
    if (records.length > 0) this.#sendEach(records, (list) => ({ kind: 'logs', records: list }));
  }

  /** Data of authors may hold what cannot cross threads; then only such items are left out. */
  #sendEach<Item>(
    items: readonly Item[],
    message: (items: readonly Item[]) => FromLane,
    onLeftOut = () => {},
  ): void {
    const { send, log } = this.#options;
    try {
      send(message(items));
    } catch (error) {
      if (items.length > 1) {
        for (const item of items) this.#sendEach([item], message, onLeftOut);
        return;
      }
      onLeftOut();
      log.logger('runtime').error(`data that cannot cross threads was left out: ${String(error)}`);
    }
  }
}
