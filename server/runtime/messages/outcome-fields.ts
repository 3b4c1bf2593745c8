import type { MutationOutcome } from '../../../gen/ts/streamlib/v1/command_pb.ts';

/** The fields that the answer to every edit has. */
export type OutcomeFields = Pick<
  MutationOutcome,
  'revision' | 'effective' | 'unchanged' | 'impacts' | 'changes'
>;

/** The same as operations answer it. */
type GivenOutcome = Pick<OutcomeFields, 'revision' | 'effective' | 'unchanged'> & {
  readonly impacts: readonly OutcomeFields['impacts'][number][];
  readonly changes: readonly OutcomeFields['changes'][number][];
};

/** What an edit did, as its answer tells it. */
export function outcomeFields(outcome: GivenOutcome | undefined): OutcomeFields {
  if (outcome === undefined) throw new TypeError('the result of an edit has no outcome');
  const { revision, effective, unchanged, impacts, changes } = outcome;
  return { revision, effective, unchanged, impacts: [...impacts], changes: [...changes] };
}
