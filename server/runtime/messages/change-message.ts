import { create } from '@bufbuild/protobuf';
import type { GraphChange } from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
import { GraphChangeSchema } from '../../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { CommitChange } from '../commit/commit-report.ts';
import type { Change } from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { CHANGE_KINDS, numberOf, wordOf } from '../vocabulary.ts';

/** What an edit did to a part of the graph. */
export const changeMessage = (change: Change | CommitChange): GraphChange =>
  create(GraphChangeSchema, {
    kind: numberOf(CHANGE_KINDS, change.kind),
    part:
      'linkId' in change
        ? { case: 'linkId', value: change.linkId }
        : { case: 'processorId', value: change.processorId },
    reason: 'reason' in change ? change.reason : differingFields(change),
  });

/** The change as a commit would have made it. */
export function changeFromMessage({ kind, part, reason }: GraphChange): Change {
  const word = wordOf(CHANGE_KINDS, kind) ?? 'updated';
  const change = { kind: word, ...(reason === '' ? {} : { reason }) };
  return part.case === 'linkId'
    ? { ...change, linkId: part.value as LinkId }
    : { ...change, processorId: (part.value ?? '') as ProcessorId };
}

const differingFields = ({ kind, fields = [] }: Change): string =>
  kind === 'updated' || kind === 'replaced' ? fields.join(', ') : '';
