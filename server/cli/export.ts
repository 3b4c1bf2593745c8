import { GraphFormat } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, textOption } from './command.ts';
import { printText } from './output.ts';

/** `streamlib export` */
export const exportCommand: CliCommand = {
  name: 'export',
  operands: '',
  operandCount: [0, 0],
  summary: 'Prints the graph of a server as a graph file.',
  options: {
    url: CLIENT_OPTIONS.url,
    output: {
      type: 'string',
      short: 'o',
      value: 'FORMAT',
      values: ['yaml', 'json'],
      description: 'yaml (default) or json',
    },
  },
  async run({ options }) {
    const format = textOption(options, 'output') === 'json' ? GraphFormat.JSON : GraphFormat.YAML;
    const { body } = await serverOf(options).runtime.exportGraph({ format });
    printText(body?.data ?? '');
    return 0;
  },
};
