import { create } from '@bufbuild/protobuf';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type {
  ApplyGraph,
  CommandContext,
  CommandEnvelope,
  CommandResult,
  MutationOutcome,
  RollbackGraph,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { CommandResultSchema, MutationOutcomeSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { StoredRevision } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import type { PipelineCommand } from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import type { GetGraphRequest } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { wallClockMs } from '../clock.ts';
import { RESULT_OF } from '../commands.ts';
import type { CommitReport } from '../commit/commit-report.ts';
import { StreamlibError } from '../errors.ts';
import { assertRevision } from '../graph/index.ts';
import type { CallAudit } from '../history/call-audit.ts';
import type { ControlEventHistory } from '../history/control-event-history.ts';
import type { ControlJournal, DesiredStatus } from '../history/control-journal.ts';
import type { RevisionHistory } from '../history/revision-history.ts';
import { parseOwner } from '../ids.ts';
import type { Logger } from '../log.ts';
import { changeFromMessage, changeMessage } from '../messages/change-message.ts';
import type { PlannedMove } from '../plan/index.ts';
import { errorResult } from '../queue/command-queue.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import { executeDeadLetterCommand, isDeadLetterCommand } from '../supervision/dead-letter-commands.ts';
import type { DeadLetters } from '../supervision/dead-letters.ts';
import { parseTraceparent } from '../trace-context.ts';
import { numberOf, ON_FAILURES, RUNTIME_STATUSES, WAITS, wordOf } from '../vocabulary.ts';
import type { AcceptedEdit, AcceptedRevision } from './accepted-revision.ts';
import type { EditContext } from './edit-context.ts';
import { type EditCommand, editFromCommand } from './edit-from-command.ts';
import { editTraceOf } from './edit-trace.ts';
import type { AppliedGraph, GraphApplier } from './graph-applier.ts';
import type { GraphEditor } from './graph-editor.ts';
import { DEFAULT_DRAIN_MS, type Lifecycle } from './lifecycle.ts';
import { onFailureOf } from './on-failure.ts';
import type { Reads } from './reads.ts';
import type { Replanner } from './replanner.ts';
import type { RequestMemory, RequestStub } from './request-memory.ts';
import { TypeReads } from './type-reads.ts';
import { impactMessage, moveMessage } from './views.ts';

/** What commands work on. */
export interface ExecutorOptions {
  readonly editor: GraphEditor;
  readonly applier: GraphApplier;
  readonly lifecycle: Lifecycle;
  readonly reads: Reads;
  readonly replanner: Replanner;
  readonly registry: ProcessorRegistry;
  readonly requests: RequestMemory;
  readonly journal: ControlJournal;
  readonly history: RevisionHistory;
  readonly controlEvents: ControlEventHistory;
  readonly audit: CallAudit;
  readonly deadLetters: DeadLetters;
  readonly log: Logger;
}

type Result = CommandResult['result'];

/** Executes commands on the runtime's thread: one arm per command. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #types: TypeReads;

  constructor(options: ExecutorOptions) {
    this.#options = options;
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
    const { context } = envelope;
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
        return this.#once(envelope, (request) =>
          this.#edit(command, editContextOf(envelope, request), context),
        );
      case 'applyGraph':
        return this.#once(envelope, (request) =>
          this.#applyGraph(command.value, editContextOf(envelope, request), context),
        );
      case 'rollbackGraph':
        return this.#once(envelope, (request) =>
          this.#rollbackGraph(command.value, editContextOf(envelope, request), context),
        );
      case 'restartProcessor':
        return this.#once(envelope, () => this.#restart(command.value.processorId, envelope));
      case 'replanGraph':
        return this.#once(envelope, () => this.#replan(command.value.dryRun, envelope));
      case 'start':
        return this.#transition(envelope, ['started', 'running'], () => lifecycle.start(wallClockMs()));
      case 'stop':
        return this.#transition(envelope, ['stopped', 'stopped'], () =>
          lifecycle.stop(drainMs(command.value.drainTimeout)),
        );
      case 'pause':
        return this.#transition(envelope, ['paused', 'paused'], () => lifecycle.pause());
      case 'resume':
        return this.#transition(envelope, ['resumed', 'running'], () => lifecycle.resume());
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
        return this.#once(envelope, () => this.#pipeline(command.value, envelope));
      case 'runner':
      case 'strategy':
      case 'backtest':
        throw new StreamlibError('UNIMPLEMENTED', `the command ${command.case} is not there yet`);
      case undefined:
        throw new StreamlibError('FIELD_INVALID', 'command is required, was empty', { path: 'command' });
    }
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
        create(CommandResultSchema, { result: this.#answerAgain(envelope, stored) }),
    };
    return this.#options.requests.answer(envelope, handlers).then(({ result }) => result);
  }

  #edit(
    command: EditCommand,
    editContext: EditContext,
    context: CommandContext | undefined,
  ): Result | Promise<Result> {
    const { editor } = this.#options;
    const edit = editFromCommand(command, editContext.owner);
    const accepted = editor.edit([edit], editContext);
    return this.#accepted(accepted, context, (outcome) => this.#answer(command, edit, accepted, outcome));
  }

  #applyGraph(
    command: ApplyGraph,
    editContext: EditContext,
    context: CommandContext | undefined,
  ): Result | Promise<Result> {
    const applied = this.#options.applier.apply(command, editContext);
    return this.#applied(applied, context, (value) => ({ case: 'graphApplied', value }));
  }

  async #rollbackGraph(
    { revision, dryRun }: RollbackGraph,
    editContext: EditContext,
    context: CommandContext | undefined,
  ): Promise<Result> {
    const { history, applier } = this.#options;
    const target = await history.graphAt(Number(revision), 'revision');
    const applied = applier.rollBack(target, { dryRun }, editContext);
    return this.#applied(applied, context, (value) => ({ case: 'graphRolledBack', value }));
  }

  #applied(
    { accepted, made, expected }: AppliedGraph,
    context: CommandContext | undefined,
    answer: (outcome: MutationOutcome) => Result,
  ): Result | Promise<Result> {
    if (made === undefined) return answer(outcomeOf(accepted, expected, this.#options.lifecycle));
    return this.#accepted(made, context, answer, accepted);
  }

  /** Has an edit committed as soon as it is durable, and answers with what is to be `shown` of it when its caller wants it. */
  #accepted(
    revision: AcceptedRevision,
    context: CommandContext | undefined,
    answer: (outcome: MutationOutcome) => Result,
    shown: AcceptedEdit = revision,
  ): Result | Promise<Result> {
    const { lifecycle } = this.#options;
    const commit = (): Result | Promise<Result> => {
      lifecycle.requestCommit(revision);
      if (wordOf(WAITS, context?.wait) !== 'effective') return answer(outcomeOf(shown, undefined, lifecycle));
      return this.#untilDeadline(context, lifecycle.effective(revision)).then((report) =>
        answer(outcomeOf(shown, report, lifecycle)),
      );
    };
    if (revision.durable === undefined) return commit();
    lifecycle.note(revision);
    return revision.durable.then(commit, (error) => {
      lifecycle.dropRevision(revision);
      throw error;
    });
  }

  /** The answer to a command that was accepted before the server was started; what it shows of its part is of now. */
  #answerAgain({ command }: CommandEnvelope, { revision }: StoredRevision): Result {
    if (revision === undefined) throw new StreamlibError('INTERNAL', 'a stored revision is empty');
    const accepted = {
      revision: Number(revision.revision),
      unchanged: false,
      changes: revision.changes.map(changeFromMessage),
    };
    const outcome = outcomeOf(accepted, undefined, this.#options.lifecycle);
    if (command?.command.case === 'applyGraph') return { case: 'graphApplied', value: outcome };
    if (command?.command.case === 'rollbackGraph') return { case: 'graphRolledBack', value: outcome };
    const edit = revision.edits[0]?.edit as EditCommand;
    return this.#answer(edit, editFromCommand(edit, parseOwner(revision.owner)), accepted, outcome);
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

  /** What makes no revision is told by the answer that is remembered, where one is. */
  #noteUnremembered(envelope: CommandEnvelope): void {
    if ((envelope.context?.requestId ?? '') === '') this.#options.audit.note(envelope);
  }

  /** Commands that are no edits take an expected revision as well. */
  #assertExpectedRevision(context: CommandContext | undefined): void {
    if (context?.expectedRevision === undefined) return;
    const expectedRevision = Number(context.expectedRevision);
    assertRevision(this.#options.editor.graph, { owner: parseOwner(context.owner), expectedRevision });
  }

  /** What fails after its caller had the answer that it is accepted is not lost. */
  #logLateFailure(work: Promise<unknown>): void {
    work.catch((error) => {
      const { code, message } = StreamlibError.from(error);
      this.#options.log.warn(`an accepted command failed: ${message}`, { reason: code });
    });
  }

  async #restart(id: string, envelope: CommandEnvelope): Promise<Result> {
    const { context } = envelope;
    const { reads, lifecycle, editor } = this.#options;
    const record = reads.processorRecord(id);
    editor.services.assertNotService(record.spec.processorId);
    this.#assertExpectedRevision(context);
    lifecycle.assertLive();
    const restarted = lifecycle.restart(record);
    this.#noteUnremembered(envelope);
    const accepted: AcceptedEdit = { revision: editor.graph.revision, unchanged: true, changes: [] };
    const isAwaited = wordOf(WAITS, context?.wait) === 'effective';
    if (!isAwaited) this.#logLateFailure(restarted);
    const report = isAwaited ? await this.#untilDeadline(context, restarted) : undefined;
    const outcome = outcomeOf(accepted, report, lifecycle);
    const value = { processorId: id, processor: reads.processor(record), outcome };
    return { case: 'processorRestarted', value: { $typeName: 'streamlib.v1.ProcessorResult', ...value } };
  }

  async #pipeline({ command }: PipelineCommand, envelope: CommandEnvelope): Promise<Result> {
    const { deadLetters, editor, lifecycle } = this.#options;
    if (!isDeadLetterCommand(command))
      throw new StreamlibError('UNIMPLEMENTED', `the command ${command.case} is not there yet`);
    this.#assertExpectedRevision(envelope.context);
    const now: AcceptedEdit = { revision: editor.graph.revision, unchanged: true, changes: [] };
    const outcomeNow = () => outcomeOf(now, undefined, lifecycle);
    const value = await executeDeadLetterCommand(command, deadLetters, outcomeNow);
    if (command.case !== 'listDeadLetters') this.#noteUnremembered(envelope);
    return { case: 'pipeline', value };
  }

  async #replan(dryRun: boolean, envelope: CommandEnvelope): Promise<Result> {
    const { context } = envelope;
    const { lifecycle, editor, replanner } = this.#options;
    this.#assertExpectedRevision(context);
    if (!dryRun) lifecycle.assertLive();
    let moves: readonly PlannedMove[] = replanner.moves();
    let report = dryRun ? replanner.expect(moves) : undefined;
    if (!dryRun && moves.length > 0) {
      const replanned = replanner.take(moves);
      this.#noteUnremembered(envelope);
      if (wordOf(WAITS, context?.wait) === 'effective')
        ({ moves, report } = await this.#untilDeadline(context, replanned));
      else this.#logLateFailure(replanned);
    }
    const accepted = {
      revision: editor.graph.revision,
      unchanged: dryRun || moves.length === 0,
      changes: [],
    };
    const value = { moves: moves.map(moveMessage), outcome: outcomeOf(accepted, report, lifecycle) };
    return { case: 'graphReplanned', value: { $typeName: 'streamlib.v1.ReplanResult', ...value } };
  }

  #answer(
    command: EditCommand,
    edit: ReturnType<typeof editFromCommand>,
    accepted: AcceptedEdit,
    outcome: MutationOutcome,
  ): Result {
    const { reads, editor } = this.#options;
    switch (edit.kind) {
      case 'remove_processor':
      case 'disconnect': {
        const linkIds = accepted.changes.flatMap((change) =>
          'linkId' in change ? [change.linkId as string] : [],
        );
        return {
          case: edit.kind === 'disconnect' ? 'disconnected' : 'processorRemoved',
          value: { $typeName: 'streamlib.v1.RemovedResult', outcome, linkIds },
        };
      }
      case 'connect':
      case 'update_link': {
        const linkId = edit.kind === 'connect' ? edit.link.linkId : edit.linkId;
        // Somebody else may have removed it while this caller waited.
        const record = editor.observed.records.links.get(linkId);
        const link = record && reads.link(record);
        return {
          case: edit.kind === 'connect' ? 'connected' : 'linkUpdated',
          value: { $typeName: 'streamlib.v1.LinkResult', linkId, link, outcome },
        };
      }
      default: {
        const processorId = edit.kind === 'add_processor' ? edit.processor.processorId : edit.processorId;
        const record = editor.observed.records.processors.get(processorId);
        const processor = record && reads.processor(record);
        return {
          case: RESULT_OF[command.case] as 'processorAdded',
          value: { $typeName: 'streamlib.v1.ProcessorResult', processorId, processor, outcome },
        };
      }
    }
  }

  async #transition(
    envelope: CommandEnvelope,
    [name, desiredStatus]: readonly ['started' | 'stopped' | 'paused' | 'resumed', DesiredStatus],
    run: () => Promise<void>,
  ): Promise<Result> {
    return this.#once(envelope, async () => {
      const { reads } = this.#options;
      this.#assertExpectedRevision(envelope.context);
      const done = run();
      const note = () => this.#noteDesired(envelope, desiredStatus);
      if (wordOf(WAITS, envelope.context?.wait) === 'accepted') {
        this.#logLateFailure(done);
        await note();
      } else {
        // NB: what could not be done is not wanted after a restart either.
        const noted = done.then(note);
        await this.#untilDeadline(envelope.context, noted);
      }
      return { case: name, value: reads.state() };
    });
  }

  async #noteDesired({ command, context }: CommandEnvelope, status: DesiredStatus): Promise<void> {
    const { journal } = this.#options;
    if (journal.desiredStatus === status) return;
    await journal.appendCall({
      actor: context?.actor,
      origin: context?.origin,
      command: command?.command.case,
      desiredStatus: numberOf(RUNTIME_STATUSES, status),
    });
  }

  /** What the caller waits for, or DEADLINE_EXCEEDED; what was accepted goes on all the same. */
  async #untilDeadline<T>(context: CommandContext | undefined, work: Promise<T>): Promise<T> {
    const deadline = context?.deadline;
    if (deadline === undefined) return work;
    const leftMs = millisecondsOf(deadline) - wallClockMs();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const isTakenBack = wordOf(ON_FAILURES, context?.onFailure) === 'rollback';
      const next = isTakenBack ? 'what is still being set up for it is rolled back' : 'it goes on';
      const message = `the deadline passed before the accepted change was effective; ${next}`;
      timer = setTimeout(() => reject(new StreamlibError('DEADLINE_EXCEEDED', message)), Math.max(leftMs, 0));
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function outcomeOf(
  accepted: AcceptedEdit,
  report: CommitReport | undefined,
  lifecycle: Lifecycle,
): MutationOutcome {
  return create(MutationOutcomeSchema, {
    revision: BigInt(accepted.revision),
    effective: lifecycle.isLive && accepted.revision <= lifecycle.effectiveRevision,
    unchanged: accepted.unchanged,
    impacts: report?.impacts.map(impactMessage) ?? [],
    changes: [...accepted.changes, ...(report?.changes ?? [])].map(changeMessage),
  });
}

function editContextOf(envelope: CommandEnvelope, request: RequestStub | undefined): EditContext {
  const { command, context } = envelope;
  const trace = editTraceOf(context);
  return {
    origin: context?.origin ?? '',
    command: command?.command.case ?? '',
    request,
    owner: parseOwner(context?.owner ?? ''),
    onFailure: onFailureOf(envelope),
    deadlineMs: context?.deadline && millisecondsOf(context.deadline),
    expectedRevision: context?.expectedRevision === undefined ? undefined : Number(context.expectedRevision),
    actor: context?.actor ?? '',
    traceId: trace.traceId,
    trace,
  };
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

function assertInTime(context: CommandContext | undefined): void {
  if (context?.deadline === undefined || millisecondsOf(context.deadline) >= wallClockMs()) return;
  throw new StreamlibError('DEADLINE_EXCEEDED', 'the deadline passed before the command was executed');
}

const millisecondsOf = ({ seconds, nanos }: Timestamp | Duration): number =>
  Number(seconds) * 1000 + nanos / 1e6;

function drainMs(timeout: Duration | undefined): number {
  return timeout === undefined ? DEFAULT_DRAIN_MS : millisecondsOf(timeout);
}
