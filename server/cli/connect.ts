import type { Port } from '../../clients/typescript/src/graph.ts';
import { CreateLinkResponseSchema } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { DELIVERIES, numberOf } from '../runtime/vocabulary.ts';
import { serverOf } from './client.ts';
import { type CliCommand, integer, textOption } from './command.ts';
import { EDIT_OPTIONS, editFields, printDryRun, revisionCells } from './edit-options.ts';
import { messageJson, printResult } from './output.ts';
import { portParts } from './port-name.ts';

/** `streamlib connect` */
export const connectCommand: CliCommand = {
  name: 'connect',
  operands: 'FROM.PORT TO.PORT',
  operandCount: [2, 2],
  summary: 'Links an output with an input.',
  options: {
    ...EDIT_OPTIONS,
    id: { type: 'string', value: 'ID', description: 'what the link is called (default: made)' },
    delivery: {
      type: 'string',
      value: 'PROFILE',
      values: ['latest', 'every', 'lossless'],
      description: 'latest, every or lossless (default: that of the input)',
    },
    capacity: { type: 'string', value: 'FRAMES', description: 'how many frames may wait (default 64)' },
  },
  async run({ operands: [from = '', to = ''], options }) {
    const [output, input] = [portParts(from), portParts(to)];
    const capacity = textOption(options, 'capacity');
    const fields = {
      linkId: textOption(options, 'id') ?? '',
      delivery: numberOf(DELIVERIES, textOption(options, 'delivery') as never),
      capacityFrames: capacity === undefined ? 0 : integer('--capacity', capacity, 1, 65_536),
    };
    if (await printDryRun(options, (graph) => graph.connect(from as Port, to as Port, fields))) return 0;
    const answer = await serverOf(options).links.createLink({
      fromProcessor: output.processor,
      fromPort: output.port,
      toProcessor: input.processor,
      toPort: input.port,
      ...fields,
      ...editFields(options),
    });
    printResult(options, messageJson(CreateLinkResponseSchema, answer), [
      ['LINK', 'REVISION', ''],
      [answer.linkId, ...revisionCells(answer)],
    ]);
    return 0;
  },
};
