import { UpdateProcessorResponseSchema } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { serverOf } from './client.ts';
import type { CliCommand } from './command.ts';
import { configFrom } from './config-values.ts';
import { EDIT_OPTIONS, editFields, printDryRun, revisionCells } from './edit-options.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib update` */
export const updateCommand: CliCommand = {
  name: 'update',
  operands: 'ID KEY=VALUE…',
  operandCount: [2, 1000],
  summary: 'Changes the config of a processor, live where it can; key=null returns to the default.',
  options: EDIT_OPTIONS,
  async run({ operands: [processorId = '', ...values], options }) {
    const config = configFrom(values);
    if (await printDryRun(options, (graph) => graph.updateProcessor(processorId, { config }))) return 0;
    const fields = { processorId, config, ...editFields(options) };
    const answer = await serverOf(options).processors.updateProcessor(fields);
    printResult(options, messageJson(UpdateProcessorResponseSchema, answer), [
      ['ID', 'REVISION', ''],
      [processorId, ...revisionCells(answer)],
    ]);
    return 0;
  },
};
