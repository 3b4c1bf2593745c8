import {
  ListProcessorTypesResponseSchema,
  type Port,
  type ProcessorType,
  ProcessorTypeSchema,
} from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues } from './command.ts';
import { messageJson, outputFormat, printLine, printResult } from './output.ts';

/** `streamlib types [NAME]` */
export const typesCommand: CliCommand = {
  name: 'types',
  operands: '[NAME]',
  operandCount: [0, 1],
  summary: 'Lists the processor types of a server, or describes one.',
  options: CLIENT_OPTIONS,
  async run({ operands: [name], options }) {
    const client = serverOf(options).processors;
    if (name === undefined) {
      const answer = await client.listProcessorTypes({ pageSize: 10_000 });
      const json = messageJson(ListProcessorTypesResponseSchema, answer);
      const rows = answer.processorTypes.map((type) => [
        type.name,
        ports(type.inputs),
        ports(type.outputs),
        firstSentence(type.description),
      ]);
      printResult(options, json, [['NAME', 'INPUTS', 'OUTPUTS', 'DESCRIPTION'], ...rows]);
      return 0;
    }
    const { processorType } = await client.getProcessorType({ name });
    if (processorType !== undefined) describe(options, processorType);
    return 0;
  },
};

const ports = (list: readonly Port[]): string =>
  list.map(({ name, frameType }) => `${name}:${frameType}`).join(' ') || '-';

const firstSentence = (text: string): string => /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text;

function describe(options: OptionValues, type: ProcessorType): void {
  if (outputFormat(options) !== 'table') {
    const json = messageJson(ProcessorTypeSchema, type);
    printResult(options, json, []);
    return;
  }
  printLine(`${type.name}: ${type.description}\n`);
  for (const port of type.inputs)
    printLine(`  input   ${port.name} (${port.frameType}): ${port.description}`);
  for (const port of type.outputs)
    printLine(`  output  ${port.name} (${port.frameType}): ${port.description}`);
  const properties = (type.configSchema?.properties ?? {}) as Record<string, JsonObject>;
  for (const [key, schema] of Object.entries(properties)) {
    const fallback = 'default' in schema ? `default ${JSON.stringify(schema.default)}` : 'required';
    printLine(`  config  ${key} (${schema.type ?? 'any'}, ${fallback}): ${schema.description ?? ''}`);
  }
}
