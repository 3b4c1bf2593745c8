import { Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { GetPlanResponseSchema, ReplanGraphResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { messageJson, outputFormat, printLine, printResult } from './output.ts';

/** `streamlib plan` */
export const planCommand: CliCommand = {
  name: 'plan',
  operands: '',
  operandCount: [0, 0],
  summary: 'Shows which lane hosts which processor and why, and moves them with --apply.',
  options: {
    ...CLIENT_OPTIONS,
    apply: { type: 'boolean', description: 'moves processors to where a fresh plan puts them' },
  },
  async run({ options }) {
    const client = serverOf(options).runtime;
    if (options.apply === true) {
      const replan = await client.replanGraph({ wait: Wait.EFFECTIVE });
      const json = messageJson(ReplanGraphResponseSchema, replan);
      printResult(options, json, [['MOVED', 'FROM', 'TO', 'WHY'], ...replan.moves.map(moveRow)]);
      return 0;
    }
    const plan = await client.getPlan({});
    const rows = plan.lanes.flatMap(({ laneId, processors }) =>
      processors.map(({ processorId, busyPercent, measured, reason }) => [
        laneId,
        processorId,
        `${measured ? '' : '~'}${busyPercent.toFixed(1)}`,
        reason,
      ]),
    );
    printResult(options, messageJson(GetPlanResponseSchema, plan), [
      ['LANE', 'ID', 'BUSY %', 'WHY'],
      ...rows,
    ]);
    if (outputFormat(options) === 'table' && plan.moves.length > 0) {
      printLine('\nwith --apply:');
      printResult(options, null, [['MOVED', 'FROM', 'TO', 'WHY'], ...plan.moves.map(moveRow)]);
    }
    return 0;
  },
};

interface Move {
  readonly processorId: string;
  readonly fromLaneId: string;
  readonly toLaneId: string;
  readonly reason: string;
}

const moveRow = ({ processorId, fromLaneId, toLaneId, reason }: Move): string[] => [
  processorId,
  fromLaneId,
  toLaneId,
  reason,
];
