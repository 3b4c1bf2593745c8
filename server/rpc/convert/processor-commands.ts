import type {
  CreateProcessorRequest,
  UpdateProcessorRequest,
} from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type { CommandInit } from '../../runtime/index.ts';

type Command<C extends CommandInit['case']> = Extract<CommandInit, { case: C }>;

/** Adds what the request describes. */
export function addProcessorCommand(request: CreateProcessorRequest): Command<'addProcessor'> {
  const { processorType, config, processorId, displayName, placement, supervision, labels } = request;
  const processor = { processorType, config, processorId, displayName, placement, supervision, labels };
  return { case: 'addProcessor', value: { processor } };
}

/** Changes what the request names. */
export function updateProcessorCommand(request: UpdateProcessorRequest): Command<'updateProcessor'> {
  const { processorId, displayName, config, replaceConfig, placement, supervision, labels, updateMask } =
    request;
  return {
    case: 'updateProcessor',
    value: { processorId, displayName, config, replaceConfig, placement, supervision, labels, updateMask },
  };
}
