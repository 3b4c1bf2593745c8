import { create } from '@bufbuild/protobuf';
import { GraphEditSchema } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import { ApplyGraphResponseSchema, RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { connectTo } from './client.ts';
import type { CliCommand } from './command.ts';
import { EDIT_OPTIONS, editFields, revisionCells } from './edit-options.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib rm` */
export const rmCommand: CliCommand = {
  name: 'rm',
  operands: 'ID…',
  operandCount: [1, 1000],
  summary: 'Removes processors and their links, all of them or none.',
  options: EDIT_OPTIONS,
  async run({ operands, options }) {
    const commands = operands.map((processorId) =>
      create(GraphEditSchema, { edit: { case: 'removeProcessor', value: { processorId } } }),
    );
    const answer = await connectTo(RuntimeService, options).applyGraph({ commands, ...editFields(options) });
    const rows = operands.map((id) => [id, ...revisionCells(answer)]);
    printResult(options, messageJson(ApplyGraphResponseSchema, answer), [['ID', 'REVISION', ''], ...rows]);
    return 0;
  },
};
