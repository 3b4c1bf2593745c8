import { CreateProcessorResponseSchema } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { serverOf } from './client.ts';
import { type CliCommand, textOption } from './command.ts';
import { configFrom } from './config-values.ts';
import { EDIT_OPTIONS, editFields, printDryRun, revisionCells } from './edit-options.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib create` */
export const createCommand: CliCommand = {
  name: 'create',
  operands: 'TYPE [KEY=VALUE…]',
  operandCount: [1, 1000],
  summary: 'Adds a processor: its type, and its config as key=value.',
  options: {
    ...EDIT_OPTIONS,
    id: { type: 'string', value: 'ID', description: 'what it is called (default: made from its type)' },
  },
  async run({ operands: [processorType = '', ...values], options }) {
    const config = configFrom(values);
    const processorId = textOption(options, 'id') ?? '';
    if (await printDryRun(options, (graph) => graph.addProcessor(processorType, { processorId, config })))
      return 0;
    const answer = await serverOf(options).processors.createProcessor({
      processorType,
      processorId,
      config,
      ...editFields(options),
    });
    printResult(options, messageJson(CreateProcessorResponseSchema, answer), [
      ['ID', 'REVISION', ''],
      [answer.processorId, ...revisionCells(answer)],
    ]);
    return 0;
  },
};
