import { create } from '@bufbuild/protobuf';
import type {
  CommandEnvelope,
  CommandResult,
  CommandResultEnvelope,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import {
  CommandContextSchema,
  CommandEnvelopeSchema,
  CommandResultEnvelopeSchema,
  CommandResultSchema,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { isRead } from '../commands.ts';
import type { StreamlibError } from '../errors.ts';
import type { CommandEnvelopeInit } from '../lane/messages.ts';
import { cancelled } from './cancellation.ts';
import { isCancelled, reclaimSlots, releaseSlot } from './command-slots.ts';

/** Results leave after so many commands, so that sender and loop work at the same time: measured by the bench. */
const FLUSH_EVERY = 32;

/** Where the results of a sender's commands go, many at a time. */
export interface CommandSource {
  /** Who sends, where a command does not say. */
  readonly actor: string;
  /** Whose slots its commands hold. */
  readonly laneIndex: number;
  reply(results: CommandResultEnvelope[]): void;
}

/** Executes one command. It never throws: what goes wrong is an `error` result. */
export type CommandHandler = (envelope: CommandEnvelope) => CommandResult | Promise<CommandResult>;

/**
 * The commands of all threads on their way into the runtime loop. They are executed in the order in which they
 * arrive; results go back once per turn.
 */
export class CommandQueue {
  readonly #slots: Int32Array;
  readonly #handle: CommandHandler;
  readonly #onArrival: () => void;
  readonly #waiting: { init: CommandEnvelopeInit; source: CommandSource }[] = [];
  readonly #replies = new Map<CommandSource, CommandResultEnvelope[]>();
  #flushScheduled = false;

  /** `onArrival` is called when commands arrive at an empty queue: somebody is to call `poll`. */
  constructor(slots: Int32Array, handle: CommandHandler, onArrival: () => void) {
    this.#slots = slots;
    this.#handle = handle;
    this.#onArrival = onArrival;
  }

  get length(): number {
    return this.#waiting.length;
  }

  push(envelopes: readonly CommandEnvelopeInit[], source: CommandSource): void {
    const wasEmpty = this.#waiting.length === 0;
    for (const init of envelopes) this.#waiting.push({ init, source });
    if (wasEmpty && envelopes.length > 0) this.#onArrival();
  }

  /**
   * Executes what waits now and sends the results that are ready. Answers how many commands that were; those that were
   * cancelled before their turn are among them and are not executed.
   */
  poll(): number {
    const batch = this.#waiting.splice(0);
    for (const { init, source } of batch)
      releaseSlot(this.#slots, source.laneIndex, isRead(init.command?.command ?? {}));
    for (const [i, { init, source }] of batch.entries()) {
      this.#execute(init, source);
      if (i % FLUSH_EVERY === FLUSH_EVERY - 1) this.#flush();
    }
    this.#flush();
    return batch.length;
  }

  /** Gives back the slots of a lane that has ended. */
  forgetLane(laneIndex: number): void {
    reclaimSlots(this.#slots, laneIndex);
  }

  #execute(init: CommandEnvelopeInit, source: CommandSource): void {
    const envelope = create(CommandEnvelopeSchema, init);
    envelope.context ??= create(CommandContextSchema);
    envelope.context.actor ||= source.actor;
    if (isCancelled(this.#slots, source.laneIndex, envelope.commandId)) {
      this.#reply(envelope, source, errorResult(cancelled()));
      return;
    }
    const result = this.#handle(envelope);
    if (result instanceof Promise) {
      void result.then((settled) => {
        this.#reply(envelope, source, settled);
        this.#scheduleFlush();
      });
    } else this.#reply(envelope, source, result);
  }

  #reply({ commandId }: CommandEnvelope, source: CommandSource, result: CommandResult): void {
    const envelope = create(CommandResultEnvelopeSchema, { commandId, result });
    const replies = this.#replies.get(source);
    if (replies === undefined) this.#replies.set(source, [envelope]);
    else replies.push(envelope);
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const [source, replies] of this.#replies) source.reply(replies);
    this.#replies.clear();
  }
}

/** A failure as the result of its command. */
export function errorResult(error: StreamlibError): CommandResult {
  const { code, message, path, details, faults } = error;
  return create(CommandResultSchema, {
    result: {
      case: 'error',
      value: {
        code,
        message,
        fieldPath: path,
        details: { ...details },
        faults: faults.map((fault) => ({ fieldPath: fault.path, message: fault.message })),
      },
    },
  });
}
