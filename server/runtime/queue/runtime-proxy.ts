import type {
  CommandError,
  CommandResult,
  CommandResultEnvelope,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { CommandOperations } from '../command-operations.ts';
import type { CommandCase, CommandInit, CommandOptions } from '../commands.ts';
import { contextOf, isRead, RESULT_OF } from '../commands.ts';
import type { ErrorReason } from '../errors.ts';
import { ERROR_REASONS, StreamlibError } from '../errors.ts';
import type { CommandEnvelopeInit } from '../lane/messages.ts';
import { cancelled } from './cancellation.ts';
import { cancelCommand, QUEUE_LIMIT, tryTakeSlot } from './command-slots.ts';

/** Commands leave at the latest when so many wait, so that sender and loop work at the same time: measured by the bench. */
const FLUSH_AT = 16;

const ONCE = { once: true } as const;

interface OpenCall {
  readonly command: CommandCase;
  resolve(value: unknown): void;
  reject(error: StreamlibError): void;
  /** Called before it is settled. */
  readonly onSettled?: () => void;
}

/** What a proxy needs from its thread. */
export interface RuntimeProxyTransport {
  /** The counters of queue/command-slots.ts. */
  readonly slots: Int32Array;
  /** Whose slots its commands hold. */
  readonly laneIndex: number;
  send(envelopes: CommandEnvelopeInit[]): void;
  /** Called with the first command of a turn: the thread is to call `flush` before it waits. */
  onPending(): void;
}

/** The operations of a runtime that lives on another thread. It adds nothing of its own. */
export class RuntimeProxy extends CommandOperations {
  readonly #transport: RuntimeProxyTransport;
  readonly #open = new Map<bigint, OpenCall>();
  #outbox: CommandEnvelopeInit[] = [];
  #lastId = 0n;
  #aborted: StreamlibError | undefined;

  constructor(transport: RuntimeProxyTransport) {
    super();
    this.#transport = transport;
  }

  protected override send(command: CommandInit, options: CommandOptions): Promise<unknown> {
    if (this.#aborted !== undefined) return Promise.reject(this.#aborted);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(cancelled());
    const { slots, laneIndex } = this.#transport;
    if (!tryTakeSlot(slots, laneIndex, isRead(command))) return Promise.reject(queueFull(command));
    const commandId = ++this.#lastId;
    this.#outbox.push({ commandId, command: { command }, context: contextOf(options) });
    if (this.#outbox.length === 1) this.#transport.onPending();
    if (this.#outbox.length === FLUSH_AT) this.flush();
    return new Promise((resolve, reject) => {
      const call = { command: command.case, resolve, reject };
      if (signal === undefined) {
        this.#open.set(commandId, call);
        return;
      }
      const onAbort = (): void => {
        this.#open.delete(commandId);
        cancelCommand(slots, laneIndex, commandId);
        reject(cancelled());
      };
      signal.addEventListener('abort', onAbort, ONCE);
      this.#open.set(commandId, { ...call, onSettled: () => signal.removeEventListener('abort', onAbort) });
    });
  }

  /** Settles the calls that these results answer. */
  receive(results: readonly CommandResultEnvelope[]): void {
    for (const { commandId, result } of results) {
      const call = this.#open.get(commandId);
      if (call === undefined) continue;
      this.#open.delete(commandId);
      call.onSettled?.();
      try {
        call.resolve(unwrapResult(result, call.command));
      } catch (error) {
        call.reject(StreamlibError.from(error));
      }
    }
  }

  /** Sends what was called in this turn, as far as it has not left. */
  flush(): void {
    if (this.#outbox.length === 0) return;
    const envelopes = this.#outbox;
    this.#outbox = [];
    this.#transport.send(envelopes);
  }

  /** Fails every open call and every later one. */
  abort(reason: StreamlibError): void {
    this.#aborted = reason;
    for (const call of this.#open.values()) {
      call.onSettled?.();
      call.reject(reason);
    }
    this.#open.clear();
    this.#outbox = [];
  }
}

/** The value of the result that belongs to a command. Throws the error that the result is. */
export function unwrapResult(result: CommandResult | undefined, command: CommandCase): unknown {
  const answer = result?.result;
  if (answer?.case === 'error') throw errorFromResult(answer.value);
  if (answer?.case === RESULT_OF[command]) return answer.value;
  throw new StreamlibError('INTERNAL', `the answer to ${command} was ${answer?.case ?? 'empty'}`);
}

function queueFull(command: CommandInit): StreamlibError {
  const kind = isRead(command) ? 'reads' : 'commands';
  return new StreamlibError('QUEUE_FULL', `${QUEUE_LIMIT} ${kind} are waiting already; try again shortly`);
}

function errorFromResult(error: CommandError): StreamlibError {
  const code = error.code in ERROR_REASONS ? (error.code as ErrorReason) : 'INTERNAL';
  return new StreamlibError(code, error.message, {
    path: error.fieldPath,
    details: error.details,
    faults: error.faults.map((fault) => ({ path: fault.fieldPath, message: fault.message })),
  });
}
