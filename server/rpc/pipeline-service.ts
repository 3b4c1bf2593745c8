import type { ServiceImpl } from '@connectrpc/connect';
import type { PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { type RuntimeOperations, StreamlibError } from '../runtime/index.ts';
import { commandOptions, readOptions } from './call-context.ts';

/** The calls about dead letters; the others answer UNIMPLEMENTED. */
export function createPipelineService(
  runtime: RuntimeOperations,
): Partial<ServiceImpl<typeof PipelineService>> {
  return {
    async listDeadLetters(request, context) {
      const command = { case: 'listDeadLetters', value: request } as const;
      const { result } = await runtime.execute(
        { case: 'pipeline', value: { command } },
        readOptions(context),
      );
      if (result.case === 'listDeadLetters') return result.value;
      throw mismatch(result.case);
    },
    async reinjectDeadLetter(request, context) {
      const command = { case: 'reinjectDeadLetter', value: request } as const;
      const options = commandOptions(request, context);
      const { result } = await runtime.execute({ case: 'pipeline', value: { command } }, options);
      if (result.case === 'reinjectDeadLetter') return result.value;
      throw mismatch(result.case);
    },
    async deleteDeadLetter(request, context) {
      const command = { case: 'deleteDeadLetter', value: request } as const;
      const options = commandOptions(request, context);
      const { result } = await runtime.execute({ case: 'pipeline', value: { command } }, options);
      if (result.case === 'deleteDeadLetter') return result.value;
      throw mismatch(result.case);
    },
  };
}

const mismatch = (got: string | undefined): StreamlibError =>
  new StreamlibError('INTERNAL', `a pipeline command was answered with ${got}`);
