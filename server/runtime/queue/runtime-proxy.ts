import type { CommandError, CommandResultEnvelope } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { ErrorReason } from '../errors.ts';
import { ERROR_REASONS, StreamlibError } from '../errors.ts';
import type { CommandEnvelopeInit } from '../lane/messages.ts';
import type { CommandInit, CommandOptions, RuntimeOperations } from '../operations.ts';
import { contextOf, createOperations, READS, RESULT_OF } from '../operations.ts';
import { QUEUE_LIMIT, tryTakeSlot } from './command-slots.ts';

/** The operations of a runtime that lives on another thread. */
export interface RuntimeProxy {
  readonly operations: RuntimeOperations;
  /** Settles the calls that these results answer. */
  receive(results: readonly CommandResultEnvelope[]): void;
  /** Sends what was called in this turn as one message. */
  flush(): void;
  /** Fails every open call and every later one. */
  abort(reason: StreamlibError): void;
}

interface OpenCall {
  readonly resultCase: string;
  resolve(value: unknown): void;
  reject(error: StreamlibError): void;
}

/** What a proxy needs from its thread. */
export interface RuntimeProxyTransport {
  /** The counters of queue/command-slots.ts. */
  readonly slots: Int32Array;
  send(envelopes: CommandEnvelopeInit[]): void;
  /** Called with the first command of a turn: the thread is to call `flush` before it waits. */
  onPending(): void;
}

/** Makes the operations that reach the runtime loop through its queue. It adds nothing of its own. */
export function createRuntimeProxy(transport: RuntimeProxyTransport): RuntimeProxy {
  const open = new Map<bigint, OpenCall>();
  let outbox: CommandEnvelopeInit[] = [];
  let lastId = 0n;
  let aborted: StreamlibError | undefined;

  function execute(command: CommandInit, options: CommandOptions): Promise<unknown> {
    if (aborted !== undefined) return Promise.reject(aborted);
    if (!tryTakeSlot(transport.slots, READS.has(command.case))) return Promise.reject(queueFull(command));
    const commandId = ++lastId;
    outbox.push({ commandId, command: { command }, context: contextOf(options) });
    if (outbox.length === 1) transport.onPending();
    return new Promise((resolve, reject) => {
      open.set(commandId, { resultCase: RESULT_OF[command.case], resolve, reject });
    });
  }

  return {
    operations: createOperations(execute),
    receive(results) {
      for (const { commandId, result } of results) {
        const call = open.get(commandId);
        if (call === undefined) continue;
        open.delete(commandId);
        const answer = result?.result;
        if (answer?.case === 'error') call.reject(errorFromResult(answer.value));
        else if (answer?.case === call.resultCase) call.resolve(answer.value);
        else call.reject(new StreamlibError('INTERNAL', `the answer was ${answer?.case ?? 'empty'}`));
      }
    },
    flush() {
      if (outbox.length === 0) return;
      const envelopes = outbox;
      outbox = [];
      transport.send(envelopes);
    },
    abort(reason) {
      aborted = reason;
      for (const call of open.values()) call.reject(reason);
      open.clear();
      outbox = [];
    },
  };
}

function queueFull(command: CommandInit): StreamlibError {
  const kind = READS.has(command.case) ? 'reads' : 'commands';
  return new StreamlibError('QUEUE_FULL', `${QUEUE_LIMIT} ${kind} are waiting already; try again shortly`);
}

/** Rebuilds the error of a failed command. */
export function errorFromResult(error: CommandError): StreamlibError {
  const code = error.code in ERROR_REASONS ? (error.code as ErrorReason) : 'INTERNAL';
  return new StreamlibError(code, error.message, {
    path: error.fieldPath,
    details: error.details,
    faults: error.faults.map((fault) => ({ path: fault.fieldPath, message: fault.message })),
  });
}
