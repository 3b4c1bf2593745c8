import { diff, differingOwners, type Graph } from '../graph/index.ts';
import type { AcceptedRevision } from './accepted-revision.ts';
import type { GraphEditor } from './graph-editor.ts';

/** Who edits when the runtime does it by itself. */
const RUNTIME_ACTOR = 'runtime';
const BY_ITSELF = { expectedRevision: undefined, actor: RUNTIME_ACTOR, traceId: '', bringsBack: true };

/**
 * Has the newest graph become what another is, by a revision of the runtime's own for each owner of what differs; by
 * two where there are several owners, since a link may need what another owner gets back. Answers them; throws what an
 * edit would.
 */
export function returnTo(editor: GraphEditor, target: Graph): AcceptedRevision[] {
  const made: AcceptedRevision[] = [];
  const owners = differingOwners(editor.accepted, target);
  const rounds = owners.size > 1 ? [false, true] : [true];
  for (const withLinks of rounds) {
    for (const owner of owners) {
      const edits = diff(editor.accepted, target, owner).filter(
        ({ kind }) => withLinks || kind !== 'connect',
      );
      const context = { ...BY_ITSELF, owner };
      if (edits.length > 0) made.push(editor.edit(edits, context));
    }
  }
  return made;
}
