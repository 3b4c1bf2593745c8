import { ApplyGraphResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { applyGraphFile } from './apply-graph-file.ts';
import { GRAPH_FILE_OPTIONS } from './apply-options.ts';
import { changeTables } from './change-table.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { messageJson, printReport } from './output.ts';

/** `streamlib apply -f graph.yaml` */
export const applyCommand: CliCommand = {
  name: 'apply',
  operands: '',
  operandCount: [0, 0],
  summary: 'Makes the graph of a server what a file says, completely or not at all.',
  options: {
    ...GRAPH_FILE_OPTIONS,
    'dry-run': { type: 'boolean', description: 'tells what would happen, and changes nothing' },
    ...CLIENT_OPTIONS,
  },
  async run({ options }) {
    const isDryRun = options['dry-run'] === true;
    const answer = await applyGraphFile(options, isDryRun);
    printReport(options, messageJson(ApplyGraphResponseSchema, answer), changeTables(answer, isDryRun));
    return 0;
  },
};
