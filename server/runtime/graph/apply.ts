import { StreamlibError } from '../errors.ts';
import { SYSTEM } from '../ids.ts';
import { type ApplyContext, describeOwner } from './apply-context.ts';
import { connect, disconnect, updateLink } from './edit-links.ts';
import {
  addProcessor,
  removeProcessor,
  replaceProcessor,
  setPaused,
  updateProcessor,
} from './edit-processors.ts';
import { type Graph, ownerRevision } from './graph.ts';
import { GraphDraft } from './graph-draft.ts';
import type { Change, GraphEdit } from './graph-edit.ts';
import { prefixing } from './path-prefix.ts';

/** What accepted edits made of a graph. */
export interface Applied {
  readonly graph: Graph;
  /** Links that go, processors that go, then processors and then links that come or changed. */
  readonly changes: readonly Change[];
  /** The edits came to nothing: `graph` is the one that was given, at its revision. */
  readonly unchanged: boolean;
}

/**
 * The graph after all of the edits, in order, as one revision; later edits may refer to what earlier ones added.
 * Throws what is wrong with the first edit that cannot be, and then nothing has happened: the graph given never
 * changes. What it costs depends on the edits and their surroundings, not on the size of the graph.
 */
export function apply(graph: Graph, edits: readonly GraphEdit[], context: ApplyContext): Applied {
  assertMayEdit(graph, context);
  const draft = new GraphDraft(graph);
  edits.forEach((edit, index) => {
    prefixing(context.pathPrefix?.(index) ?? '', () => applyEdit(draft, edit, context));
  });
  const { graph: next, changes } = draft.finish();
  return { graph: next, changes, unchanged: changes.length === 0 };
}

/** Throws REVISION_MISMATCH unless the owner's last revision is the expected one, if one is expected. */
export function assertRevision(graph: Graph, { owner, expectedRevision }: Omit<ApplyContext, 'types'>): void {
  const revision = ownerRevision(graph, owner);
  if (expectedRevision === undefined || expectedRevision === revision) return;
  const message = `expected_revision must be ${revision}, the last of ${describeOwner(owner)}, was ${expectedRevision}`;
  throw new StreamlibError('REVISION_MISMATCH', message, {
    path: 'expected_revision',
    details: { revision: String(revision) },
  });
}

function assertMayEdit(graph: Graph, context: ApplyContext): void {
  if (context.owner === SYSTEM) {
    throw new StreamlibError('OWNED', 'owner must not be "system": its processors are in no graph', {
      path: 'owner',
    });
  }
  assertRevision(graph, context);
}

function applyEdit(draft: GraphDraft, edit: GraphEdit, context: ApplyContext): void {
  switch (edit.kind) {
    case 'add_processor':
      addProcessor(draft, edit.processor, context);
      break;
    case 'remove_processor':
      removeProcessor(draft, edit.processorId, context);
      break;
    case 'update_processor':
      updateProcessor(draft, edit, context);
      break;
    case 'replace_processor':
      replaceProcessor(draft, edit, context);
      break;
    case 'pause_processor':
      setPaused(draft, edit.processorId, true, context);
      break;
    case 'resume_processor':
      setPaused(draft, edit.processorId, false, context);
      break;
    case 'connect':
      connect(draft, edit.link, context);
      break;
    case 'disconnect':
      disconnect(draft, edit.linkId, context);
      break;
    case 'update_link':
      updateLink(draft, edit, context);
      break;
    default:
      edit satisfies never;
  }
}
