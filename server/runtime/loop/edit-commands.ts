import type {
  ApplyGraph,
  CommandContext,
  CommandEnvelope,
  CommandResult,
  MutationOutcome,
  RollbackGraph,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { StoredRevision } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { RESULT_OF } from '../commands.ts';
import { StreamlibError } from '../errors.ts';
import type { RevisionHistory } from '../history/revision-history.ts';
import { parseOwner } from '../ids.ts';
import { changeFromMessage } from '../messages/change-message.ts';
import { WAITS, wordOf } from '../vocabulary.ts';
import type { AcceptedEdit, AcceptedRevision } from './accepted-revision.ts';
import { millisecondsOf, untilDeadline } from './command-deadline.ts';
import type { EditContext } from './edit-context.ts';
import { type EditCommand, editFromCommand } from './edit-from-command.ts';
import { editTraceOf } from './edit-trace.ts';
import type { AppliedGraph, GraphApplier } from './graph-applier.ts';
import type { GraphEditor } from './graph-editor.ts';
import type { Lifecycle } from './lifecycle.ts';
import { outcomeOf } from './mutation-outcome.ts';
import { onFailureOf } from './on-failure.ts';
import type { Reads } from './reads.ts';
import type { RequestStub } from './request-memory.ts';

/** What edits work on. */
export interface EditCommandsOptions {
  readonly editor: GraphEditor;
  readonly applier: GraphApplier;
  readonly lifecycle: Lifecycle;
  readonly reads: Reads;
  readonly history: RevisionHistory;
}

type Result = CommandResult['result'];

/** The commands that make revisions of the graph. */
export class EditCommands {
  readonly #options: EditCommandsOptions;

  constructor(options: EditCommandsOptions) {
    this.#options = options;
  }

  /** One edit of the graph. Throws what is wrong with it, and then nothing has happened. */
  edit(command: EditCommand, envelope: CommandEnvelope, request?: RequestStub): Result | Promise<Result> {
    const editContext = editContextOf(envelope, request);
    const { context } = envelope;
    const { editor } = this.#options;
    const edit = editFromCommand(command, editContext.owner);
    const accepted = editor.edit([edit], editContext);
    return this.#accepted(accepted, context, (outcome) => this.#answer(command, edit, accepted, outcome));
  }

  /** Many edits, or a whole target: all or nothing. */
  applyGraph(
    command: ApplyGraph,
    envelope: CommandEnvelope,
    request?: RequestStub,
  ): Result | Promise<Result> {
    const applied = this.#options.applier.apply(command, editContextOf(envelope, request));
    return this.#applied(applied, envelope.context, (value) => ({ case: 'graphApplied', value }));
  }

  /** Makes one owner's part what it was at a revision. */
  async rollbackGraph(
    { revision, dryRun }: RollbackGraph,
    envelope: CommandEnvelope,
    request?: RequestStub,
  ): Promise<Result> {
    const { history, applier } = this.#options;
    const target = await history.graphAt(Number(revision), 'revision');
    const applied = applier.rollBack(target, { dryRun }, editContextOf(envelope, request));
    return this.#applied(applied, envelope.context, (value) => ({ case: 'graphRolledBack', value }));
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
      return untilDeadline(context, lifecycle.effective(revision)).then((report) =>
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
  answerAgain({ command }: CommandEnvelope, { revision }: StoredRevision): Result {
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
