import { Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { RollbackGraphResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { changeTables } from './change-table.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, UsageError } from './command.ts';
import { messageJson, printReport } from './output.ts';

/** `streamlib rollback REVISION` */
export const rollbackCommand: CliCommand = {
  name: 'rollback',
  operands: 'REVISION',
  operandCount: [1, 1],
  summary: 'Makes the graph what it was at an earlier revision, as a new one.',
  options: {
    'dry-run': { type: 'boolean', description: 'tells what would happen, and changes nothing' },
    ...CLIENT_OPTIONS,
  },
  async run({ operands: [text = ''], options }) {
    if (!/^\d{1,15}$/.test(text))
      throw new UsageError(`REVISION must be the number of a revision, was ${JSON.stringify(text)}`);
    const dryRun = options['dry-run'] === true;
    const request = { revision: BigInt(text), dryRun, wait: Wait.EFFECTIVE };
    const answer = await serverOf(options).runtime.rollbackGraph(request);
    printReport(options, messageJson(RollbackGraphResponseSchema, answer), changeTables(answer, dryRun));
    return 0;
  },
};
