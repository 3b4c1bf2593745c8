import type { Change, Graph, GraphEdit } from '../graph/index.ts';
import type { Owner } from '../ids.ts';
import type { OnFailure } from '../vocabulary.ts';
import type { EditTrace } from './edit-trace.ts';

/** What an accepted edit changed. */
export interface AcceptedEdit {
  readonly revision: number;
  readonly unchanged: boolean;
  readonly changes: readonly Change[];
  /**
   * Resolves when the revision is durable, and with that in the graph; rejects with JOURNAL_UNAVAILABLE when it never
   * will be. Undefined where nothing need be waited for.
   */
  readonly durable?: Promise<void> | undefined;
}

/** An accepted edit with all that it takes to do without it again. */
export interface AcceptedRevision extends AcceptedEdit {
  readonly edits: readonly GraphEdit[];
  readonly owner: Owner;
  readonly before: Graph;
  readonly after: Graph;
  readonly onFailure: OnFailure;
  readonly trace: EditTrace | undefined;
  readonly deadlineMs: number | undefined;
}
