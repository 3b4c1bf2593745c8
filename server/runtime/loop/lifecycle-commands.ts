import type {
  CommandContext,
  CommandEnvelope,
  CommandResult,
} from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { StreamlibError } from '../errors.ts';
import { assertRevision } from '../graph/index.ts';
import type { CallAudit } from '../history/call-audit.ts';
import type { ControlJournal, DesiredStatus } from '../history/control-journal.ts';
import { parseOwner } from '../ids.ts';
import type { Logger } from '../log.ts';
import type { PlannedMove } from '../plan/index.ts';
import { type DeadLetterCommand, executeDeadLetterCommand } from '../supervision/dead-letter-commands.ts';
import type { DeadLetters } from '../supervision/dead-letters.ts';
import { numberOf, RUNTIME_STATUSES, WAITS, wordOf } from '../vocabulary.ts';
import type { AcceptedEdit } from './accepted-revision.ts';
import { untilDeadline } from './command-deadline.ts';
import type { GraphEditor } from './graph-editor.ts';
import type { Lifecycle } from './lifecycle.ts';
import { outcomeOf } from './mutation-outcome.ts';
import type { Reads } from './reads.ts';
import type { Replanner } from './replanner.ts';
import { moveMessage } from './views.ts';

/** What commands about what runs work on. */
export interface LifecycleCommandsOptions {
  readonly editor: GraphEditor;
  readonly lifecycle: Lifecycle;
  readonly reads: Reads;
  readonly replanner: Replanner;
  readonly journal: ControlJournal;
  readonly audit: CallAudit;
  readonly deadLetters: DeadLetters;
  readonly log: Logger;
}

type Result = CommandResult['result'];

/** The commands that change what runs and make no revision. */
export class LifecycleCommands {
  readonly #options: LifecycleCommandsOptions;

  constructor(options: LifecycleCommandsOptions) {
    this.#options = options;
  }

  /** Takes a processor down and sets it up again. */
  async restart(id: string, envelope: CommandEnvelope): Promise<Result> {
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
    const report = isAwaited ? await untilDeadline(context, restarted) : undefined;
    const outcome = outcomeOf(accepted, report, lifecycle);
    const value = { processorId: id, processor: reads.processor(record), outcome };
    return { case: 'processorRestarted', value: { $typeName: 'streamlib.v1.ProcessorResult', ...value } };
  }

  /** Lists, reinjects and deletes the frames that calls of processors failed with. */
  async deadLetters(command: DeadLetterCommand, envelope: CommandEnvelope): Promise<Result> {
    const { deadLetters, editor, lifecycle } = this.#options;
    this.#assertExpectedRevision(envelope.context);
    const now: AcceptedEdit = { revision: editor.graph.revision, unchanged: true, changes: [] };
    const value = await executeDeadLetterCommand(command, deadLetters, () =>
      outcomeOf(now, undefined, lifecycle),
    );
    if (command.case !== 'listDeadLetters') this.#noteUnremembered(envelope);
    return { case: 'pipeline', value };
  }

  /** Moves processors to where a fresh plan puts them. */
  async replan(dryRun: boolean, envelope: CommandEnvelope): Promise<Result> {
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
        ({ moves, report } = await untilDeadline(context, replanned));
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

  /** Brings the runtime into a state, which is kept over restarts. */
  async transition(
    envelope: CommandEnvelope,
    [name, desiredStatus]: readonly ['started' | 'stopped' | 'paused' | 'resumed', DesiredStatus],
    run: () => Promise<void>,
  ): Promise<Result> {
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
      await untilDeadline(envelope.context, noted);
    }
    return { case: name, value: reads.state() };
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

  /** Commands that are no edits take an expected revision as well. */
  #assertExpectedRevision(context: CommandContext | undefined): void {
    if (context?.expectedRevision === undefined) return;
    const expectedRevision = Number(context.expectedRevision);
    assertRevision(this.#options.editor.graph, { owner: parseOwner(context.owner), expectedRevision });
  }

  /** What makes no revision is told by the answer that is remembered, where one is. */
  #noteUnremembered(envelope: CommandEnvelope): void {
    if ((envelope.context?.requestId ?? '') === '') this.#options.audit.note(envelope);
  }

  /** What fails after its caller had the answer that it is accepted is not lost. */
  #logLateFailure(work: Promise<unknown>): void {
    work.catch((error) => {
      const { code, message } = StreamlibError.from(error);
      this.#options.log.warn(`an accepted command failed: ${message}`, { reason: code });
    });
  }
}
