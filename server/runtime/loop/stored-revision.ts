import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { StoredRevisionSchema } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { wallClockMs } from '../clock.ts';
import type { Change, Graph, GraphEdit } from '../graph/index.ts';
import { deltaOf } from '../history/stored-graph.ts';
import { changeMessage } from '../messages/change-message.ts';
import { editMessage } from '../messages/edit-message.ts';
import type { EditContext } from './edit-context.ts';

/** What the journal keeps of an accepted edit: who made which graph by it, when, and for which request. */
export function storedRevision(
  graph: Graph,
  edits: readonly GraphEdit[],
  changes: readonly Change[],
  { owner, actor, origin = '', command = '', request }: EditContext,
): MessageInitShape<typeof StoredRevisionSchema> {
  return {
    revision: {
      revision: BigInt(graph.revision),
      time: timestampFromMs(wallClockMs()),
      actor,
      origin,
      owner,
      edits: edits.map((edit) => editMessage(edit)),
      changes: changes.map(changeMessage),
      requestId: request?.requestId ?? '',
    },
    ...deltaOf(graph, changes),
    command,
    request,
  };
}
