import { create } from '@bufbuild/protobuf';
import type { Duration } from '@bufbuild/protobuf/wkt';
import type { CommandEnvelope, CommandResult } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { CommandResultSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { StoredRevision } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import type { GetGraphRequest } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { wallClockMs } from '../clock.ts';
import { isRead } from '../commands.ts';
import { StreamlibError } from '../errors.ts';
import type { ControlEventHistory } from '../history/control-event-history.ts';
import { errorResult } from '../queue/command-queue.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import { isDeadLetterCommand } from '../supervision/dead-letter-commands.ts';
import { parseTraceparent } from '../trace-context.ts';
import { ON_FAILURES, wordOf } from '../vocabulary.ts';
import { assertInTime, millisecondsOf } from './command-deadline.ts';
import { executeInRoom, type RoomCase, type RoomHandlers } from './command-rooms.ts';
import { EditCommands, type EditCommandsOptions } from './edit-commands.ts';
import { DEFAULT_DRAIN_MS } from './lifecycle.ts';
import { LifecycleCommands, type LifecycleCommandsOptions } from './lifecycle-commands.ts';
import type { RequestMemory, RequestStub } from './request-memory.ts';
import { TypeReads } from './type-reads.ts';

/** What commands work on. */
export interface ExecutorOptions extends EditCommandsOptions, LifecycleCommandsOptions {
  readonly registry: ProcessorRegistry;
  readonly requests: RequestMemory;
  readonly controlEvents: ControlEventHistory;
  readonly rooms: () => RoomHandlers;
}

type Result = CommandResult['result'];

/** Executes commands on the runtime's thread: one arm per command. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #edits: EditCommands;
  readonly #lifecycle: LifecycleCommands;
  readonly #types: TypeReads;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#edits = new EditCommands(options);
    this.#lifecycle = new LifecycleCommands(options);
    this.#types = new TypeReads(options.registry);
  }

  /** Never throws and never rejects: what goes wrong is an `error` result. */
  execute(envelope: CommandEnvelope): CommandResult | Promise<CommandResult> {
    try {
      assertInTime(envelope.context);
      assertCanRollBack(envelope);
      const result = this.#dispatch(envelope);
      if (!(result instanceof Promise)) return create(CommandResultSchema, { result });
      return result.then(
        (settled) => create(CommandResultSchema, { result: settled }),
        (error) => this.#failed(error, envelope),
      );
    } catch (error) {
      return this.#failed(error, envelope);
    }
  }

  #dispatch(envelope: CommandEnvelope): Result | Promise<Result> {
    const command = envelope.command?.command ?? { case: undefined };
    const { reads, lifecycle, history, controlEvents } = this.#options;
    switch (command.case) {
      case 'addProcessor':
      case 'removeProcessor':
      case 'updateProcessor':
      case 'replaceProcessor':
      case 'pauseProcessor':
      case 'resumeProcessor':
      case 'connect':
      case 'disconnect':
      case 'updateLink':
        return this.#once(envelope, (request) => this.#edits.edit(command, envelope, request));
      case 'applyGraph':
        return this.#once(envelope, (request) => this.#edits.applyGraph(command.value, envelope, request));
      case 'rollbackGraph':
        return this.#once(envelope, (request) => this.#edits.rollbackGraph(command.value, envelope, request));
      case 'restartProcessor':
        return this.#once(envelope, () => this.#lifecycle.restart(command.value.processorId, envelope));
      case 'replanGraph':
        return this.#once(envelope, () => this.#lifecycle.replan(command.value.dryRun, envelope));
      case 'start':
        return this.#once(envelope, () =>
          this.#lifecycle.transition(envelope, ['started', 'running'], () => lifecycle.start(wallClockMs())),
        );
      case 'stop':
        return this.#once(envelope, () =>
          this.#lifecycle.transition(envelope, ['stopped', 'stopped'], () =>
            lifecycle.stop(drainMs(command.value.drainTimeout)),
          ),
        );
      case 'pause':
        return this.#once(envelope, () =>
          this.#lifecycle.transition(envelope, ['paused', 'paused'], () => lifecycle.pause()),
        );
      case 'resume':
        return this.#once(envelope, () =>
          this.#lifecycle.transition(envelope, ['resumed', 'running'], () => lifecycle.resume()),
        );
      case 'getState':
        return { case: 'state', value: reads.state() };
      case 'getProcessor':
        return { case: 'processor', value: reads.getProcessor(command.value.processorId) };
      case 'listProcessors':
        return { case: 'processors', value: reads.listProcessors(command.value) };
      case 'getLink':
        return { case: 'link', value: reads.getLink(command.value.linkId) };
      case 'listLinks':
        return { case: 'links', value: reads.listLinks(command.value) };
      case 'getGraph':
        return this.#getGraph(command.value);
      case 'getPlan':
        return { case: 'plan', value: reads.getPlan() };
      case 'listProcessorTypes':
        return { case: 'processorTypes', value: this.#types.list(command.value) };
      case 'getProcessorType':
        return { case: 'processorType', value: this.#types.get(command.value.name) };
      case 'listRevisions':
        return history.list(command.value).then((value) => ({ case: 'revisions', value }));
      case 'diffRevisions':
        return history.diff(command.value).then((value) => ({ case: 'revisionDiff', value }));
      case 'listAuditRecords':
        return history.audit(command.value).then((value) => ({ case: 'auditRecords', value }));
      case 'listControlEvents':
        return controlEvents.page(command.value).then((value) => ({ case: 'controlEvents', value }));
      case 'pipeline':
        return this.#pipeline(command, envelope);
      case 'runner':
      case 'strategy':
      case 'backtest':
        return this.#inRoom(command, envelope);
      case undefined:
        throw new StreamlibError('FIELD_INVALID', 'command is required, was empty', { path: 'command' });
    }
  }

  /** Dead letters are the runtime's own; what else there is about pipelines has a room. */
  #pipeline(
    command: Extract<NonNullable<CommandEnvelope['command']>['command'], { case: 'pipeline' }>,
    envelope: CommandEnvelope,
  ): Result | Promise<Result> {
    const inner = command.value.command;
    if (!isDeadLetterCommand(inner)) return this.#inRoom(command, envelope);
    const execute = () => this.#lifecycle.deadLetters(inner, envelope);
    return isRead(command) ? execute() : this.#once(envelope, execute);
  }

  #inRoom(
    command: Extract<NonNullable<CommandEnvelope['command']>['command'], { case: RoomCase }>,
    envelope: CommandEnvelope,
  ): Result | Promise<Result> {
    const execute = (): Result | Promise<Result> => {
      const answer = executeInRoom(this.#options.rooms(), command, envelope.context);
      if (answer !== undefined) return answer;
      throw new StreamlibError('UNIMPLEMENTED', `the command ${command.case} is not there yet`);
    };
    return isRead(command) ? execute() : this.#once(envelope, execute);
  }

  /** Answers a repeated request with the answer of its first time. */
  #once(
    envelope: CommandEnvelope,
    execute: (request?: RequestStub) => Result | Promise<Result>,
  ): Result | Promise<Result> {
    if ((envelope.context?.requestId ?? '') === '') return execute();
    const handlers = {
      execute: async (request: RequestStub) => {
        try {
          return create(CommandResultSchema, { result: await execute(request) });
        } catch (error) {
          return this.#failed(error, envelope);
        }
      },
      answerAgain: (stored: StoredRevision) =>
        create(CommandResultSchema, { result: this.#edits.answerAgain(envelope, stored) }),
    };
    return this.#options.requests.answer(envelope, handlers).then(({ result }) => result);
  }

  #getGraph(request: GetGraphRequest): Result | Promise<Result> {
    const { reads, history, editor } = this.#options;
    const revision = Number(request.revision ?? editor.graph.revision);
    if (revision === editor.graph.revision)
      return { case: 'graph', value: reads.getGraph(request, editor.graph) };
    return history
      .graphAt(revision, 'revision')
      .then((graph) => ({ case: 'graph', value: reads.getGraph(request, graph) }));
  }

  #failed(error: unknown, envelope: CommandEnvelope): CommandResult {
    const { context } = envelope;
    const refusal = StreamlibError.from(error);
    this.#options.audit.noteRefused(envelope, refusal.code);
    if (refusal.code === 'INTERNAL') {
      this.#options.log.error(`a command failed: ${refusal.message}`, {
        stack: String((error as Error)?.stack),
        request_id: context?.callId ?? '',
        trace_id: parseTraceparent(context?.traceparent ?? '')?.traceId ?? '',
      });
    }
    return errorResult(refusal);
  }
}

/** Commands that make no revision, so that there is nothing to roll back. */
const WITHOUT_REVISION: readonly (string | undefined)[] = [
  'restartProcessor',
  'replanGraph',
  'start',
  'stop',
  'pause',
  'resume',
];

function assertCanRollBack({ command, context }: CommandEnvelope): void {
  const name = command?.command.case;
  if (wordOf(ON_FAILURES, context?.onFailure) !== 'rollback' || !WITHOUT_REVISION.includes(name)) return;
  const message = `on_failure must be keep for ${name}, which makes no revision, was rollback`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'on_failure' });
}

function drainMs(timeout: Duration | undefined): number {
  return timeout === undefined ? DEFAULT_DRAIN_MS : millisecondsOf(timeout);
}
