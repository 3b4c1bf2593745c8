import type { ServiceImpl } from '@connectrpc/connect';
import type { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { RuntimeOperations } from '../runtime/index.ts';
import { outcomeFields } from '../runtime/index.ts';
import { commandOptions, readOptions } from './call-context.ts';
import { addProcessorCommand, updateProcessorCommand } from './convert/processor-commands.ts';

/** The calls about the nodes of the graph and the types they are made from. */
export function createProcessorService(runtime: RuntimeOperations): ServiceImpl<typeof ProcessorService> {
  return {
    async createProcessor(request, context) {
      const result = await runtime.execute(addProcessorCommand(request), commandOptions(request, context));
      const { processorId, processor, outcome } = result;
      return { processorId, processor, ...outcomeFields(outcome) };
    },
    getProcessor(request, context) {
      return runtime.execute({ case: 'getProcessor', value: request }, readOptions(context));
    },
    listProcessors(request, context) {
      return runtime.execute({ case: 'listProcessors', value: request }, readOptions(context));
    },
    async updateProcessor(request, context) {
      const result = await runtime.execute(updateProcessorCommand(request), commandOptions(request, context));
      return { processor: result.processor, ...outcomeFields(result.outcome) };
    },
    async deleteProcessor(request, context) {
      const command = { case: 'removeProcessor', value: { processorId: request.processorId } } as const;
      const { linkIds, outcome } = await runtime.execute(command, commandOptions(request, context));
      return { linkIds, ...outcomeFields(outcome) };
    },
    async pauseProcessor(request, context) {
      const command = { case: 'pauseProcessor', value: { processorId: request.processorId } } as const;
      const { processor, outcome } = await runtime.execute(command, commandOptions(request, context));
      return { processor, ...outcomeFields(outcome) };
    },
    async resumeProcessor(request, context) {
      const command = { case: 'resumeProcessor', value: { processorId: request.processorId } } as const;
      const { processor, outcome } = await runtime.execute(command, commandOptions(request, context));
      return { processor, ...outcomeFields(outcome) };
    },
    async restartProcessor(request, context) {
      const command = { case: 'restartProcessor', value: { processorId: request.processorId } } as const;
      const { processor, outcome } = await runtime.execute(command, commandOptions(request, context));
      return { processor, ...outcomeFields(outcome) };
    },
    listProcessorTypes(request, context) {
      return runtime.execute({ case: 'listProcessorTypes', value: request }, readOptions(context));
    },
    getProcessorType(request, context) {
      return runtime.execute({ case: 'getProcessorType', value: request }, readOptions(context));
    },
  };
}
