import type { CommandEnvelope } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import { ON_FAILURES, type OnFailure, wordOf } from '../vocabulary.ts';

/** What becomes of an edit whose setup fails: what its caller says, or else what suits its command. */
export function onFailureOf({ command, context }: CommandEnvelope): OnFailure {
  const byItself = command?.command.case === 'applyGraph' ? 'rollback' : 'keep';
  return wordOf(ON_FAILURES, context?.onFailure) ?? byItself;
}
