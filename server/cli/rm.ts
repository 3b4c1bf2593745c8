import type { GraphEdits } from '../../clients/typescript/src/graph.ts';
import { ApplyGraphResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { serverOf } from './client.ts';
import type { CliCommand } from './command.ts';
import { EDIT_OPTIONS, editFields, printDryRun, revisionCells } from './edit-options.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib rm` */
export const rmCommand: CliCommand = {
  name: 'rm',
  operands: 'ID…',
  operandCount: [1, 1000],
  summary: 'Removes processors and their links, all of them or none.',
  options: EDIT_OPTIONS,
  async run({ operands, options }) {
    const remove = (graph: GraphEdits): void => {
      for (const processorId of operands) graph.deleteProcessor(processorId);
    };
    if (await printDryRun(options, remove)) return 0;
    const graph = serverOf(options).graph();
    remove(graph);
    const answer = await graph.apply(editFields(options));
    const rows = operands.map((id) => [id, ...revisionCells(answer)]);
    printResult(options, messageJson(ApplyGraphResponseSchema, answer), [['ID', 'REVISION', ''], ...rows]);
    return 0;
  },
};
