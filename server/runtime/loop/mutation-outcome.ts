import { create } from '@bufbuild/protobuf';
import { type MutationOutcome, MutationOutcomeSchema } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { CommitReport } from '../commit/commit-report.ts';
import { changeMessage } from '../messages/change-message.ts';
import type { AcceptedEdit } from './accepted-revision.ts';
import type { Lifecycle } from './lifecycle.ts';
import { impactMessage } from './views.ts';

/** What the caller of a mutating command is told; `report` is what its commit did, where the caller waited for it. */
export function outcomeOf(
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
