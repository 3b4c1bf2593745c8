import { ApplyGraphResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { applyGraphFile } from './apply-graph-file.ts';
import { GRAPH_FILE_OPTIONS } from './apply-options.ts';
import { changeTables } from './change-table.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { messageJson, printReport } from './output.ts';

/** `streamlib diff -f graph.yaml` */
export const diffCommand: CliCommand = {
  name: 'diff',
  operands: '',
  operandCount: [0, 0],
  summary: 'Shows what apply would change, and what of the running graph that would touch.',
  options: { ...GRAPH_FILE_OPTIONS, ...CLIENT_OPTIONS },
  async run({ options }) {
    const answer = await applyGraphFile(options, true);
    printReport(options, messageJson(ApplyGraphResponseSchema, answer), changeTables(answer, true));
    return 0;
  },
};
