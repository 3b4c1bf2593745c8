import { create } from '@bufbuild/protobuf';
import type { MutationOutcome } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { PipelineCommand, PipelineResult } from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { PipelineResultSchema } from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import type { DeadLetters } from './dead-letters.ts';

/** The commands about dead letters. */
export type DeadLetterCommand = Extract<
  PipelineCommand['command'],
  { case: 'listDeadLetters' | 'reinjectDeadLetter' | 'deleteDeadLetter' }
>;

/** Whether a command is about dead letters. */
export const isDeadLetterCommand = (command: PipelineCommand['command']): command is DeadLetterCommand =>
  command.case === 'listDeadLetters' ||
  command.case === 'reinjectDeadLetter' ||
  command.case === 'deleteDeadLetter';

/** Executes a command about dead letters. None of them makes a revision: `outcomeNow` is of the graph as it stands. */
export async function executeDeadLetterCommand(
  command: DeadLetterCommand,
  deadLetters: DeadLetters,
  outcomeNow: () => MutationOutcome,
): Promise<PipelineResult> {
  switch (command.case) {
    case 'listDeadLetters':
      return create(PipelineResultSchema, {
        result: { case: 'listDeadLetters', value: deadLetters.list(command.value) },
      });
    case 'reinjectDeadLetter':
      await deadLetters.reinject(command.value.processorId, command.value.deadLetterId);
      return create(PipelineResultSchema, {
        result: { case: 'reinjectDeadLetter', value: fieldsOf(outcomeNow()) },
      });
    case 'deleteDeadLetter':
      deadLetters.delete(command.value.processorId, command.value.deadLetterId);
      return create(PipelineResultSchema, {
        result: { case: 'deleteDeadLetter', value: fieldsOf(outcomeNow()) },
      });
  }
}

const fieldsOf = ({ revision, effective, unchanged, impacts, changes }: MutationOutcome) => ({
  revision,
  effective,
  unchanged,
  impacts,
  changes,
});
