import type { ApplyGraph } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { CommitReport } from '../commit/commit-report.ts';
import { type Change, diff, type Graph, type GraphEdit } from '../graph/index.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import type { AcceptedEdit, AcceptedRevision } from './accepted-revision.ts';
import { type ApplyEdits, editsOfApply } from './apply-request.ts';
import { expectCommit } from './commit-expectation.ts';
import type { EditContext } from './edit-context.ts';
import type { GraphEditor } from './graph-editor.ts';
import type { Lifecycle } from './lifecycle.ts';

/** What an ApplyGraph works on. */
export interface GraphApplierOptions {
  readonly editor: GraphEditor;
  readonly lifecycle: Lifecycle;
  readonly registry: ProcessorRegistry;
}

/** What an ApplyGraph did, or would do. */
export interface AppliedGraph {
  /** Its changes end with the parts that it names and leaves as they are: `kept`. */
  readonly accepted: AcceptedEdit;
  /** The revision that it made, without what it left as it is; undefined of a dry run. */
  readonly made: AcceptedRevision | undefined;
  /** Of a dry run: what the commit would touch. */
  readonly expected: CommitReport | undefined;
}

const NOTHING: CommitReport = { impacts: [], changes: [], tookMs: 0 };

/** Many edits, or a whole target, as one revision or none. */
export class GraphApplier {
  readonly #options: GraphApplierOptions;

  constructor(options: GraphApplierOptions) {
    this.#options = options;
  }

  /** Throws what is wrong with the first edit that cannot be, and then nothing has happened. */
  apply(command: ApplyGraph, context: EditContext): AppliedGraph {
    const { editor, registry } = this.#options;
    const before = editor.accepted;
    const request = editsOfApply(command, before, { owner: context.owner, types: registry });
    const { owner, edits, pathPrefix } = request;
    const done = this.#do(edits, command, { ...context, owner, pathPrefix });
    const { changes } = done.accepted;
    const all = [...changes, ...this.#kept(request, changes, done.graph)];
    return { ...done, accepted: { ...done.accepted, changes: all } };
  }

  /** Makes one owner's part what it is in another graph. Throws what of it cannot be any more. */
  rollBack(target: Graph, options: { readonly dryRun: boolean }, context: EditContext): AppliedGraph {
    const edits = diff(this.#options.editor.accepted, target, context.owner);
    return this.#do(edits, options, { ...context, bringsBack: true });
  }

  #do(
    edits: readonly GraphEdit[],
    { dryRun }: { readonly dryRun: boolean },
    context: EditContext,
  ): AppliedGraph & { readonly graph: Graph } {
    const { editor, lifecycle, registry } = this.#options;
    const before = editor.accepted;
    if (!dryRun) {
      const made = editor.edit(edits, context);
      return { accepted: made, made, expected: undefined, graph: made.after };
    }
    const applied = editor.tryEdit(edits, context);
    const { changes, unchanged, graph } = applied;
    const expected = lifecycle.isLive ? expectCommit(editor, before, applied, registry) : NOTHING;
    return { accepted: { revision: before.revision, unchanged, changes }, made: undefined, expected, graph };
  }

  /** The parts that the request names, each once, that are there and have not changed. */
  #kept({ processorIds, linkIds }: ApplyEdits, changes: readonly Change[], after: Graph): Change[] {
    const changed = new Set<string>();
    for (const change of changes) changed.add(keyOf(change));
    const named: Change[] = [
      ...[...new Set(processorIds)]
        .filter((id) => after.processors.has(id))
        .map((processorId): Change => ({ kind: 'kept', processorId })),
      ...[...new Set(linkIds)]
        .filter((id) => after.links.has(id))
        .map((linkId): Change => ({ kind: 'kept', linkId })),
    ];
    return named.filter((change) => !changed.has(keyOf(change)));
  }
}

const keyOf = (change: Change): string =>
  'linkId' in change ? `link ${change.linkId}` : `processor ${change.processorId}`;
