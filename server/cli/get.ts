import { Code, ConnectError } from '@connectrpc/connect';
import { LinkSchema } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { ProcessorSchema } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues } from './command.ts';
import { fieldRows, messageJson, printResult } from './output.ts';

/** `streamlib get` */
export const getCommand: CliCommand = {
  name: 'get',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Shows a processor or a link: what was asked for, what it does, and its counts.',
  options: CLIENT_OPTIONS,
  async run({ operands: [id = ''], options }) {
    const json = await processorJson(id, options).catch(async (error) => {
      if (!isNotFound(error)) throw error;
      // What is neither is more likely meant to be a processor.
      return await linkJson(id, options).catch((other) => {
        throw isNotFound(other) ? error : other;
      });
    });
    printResult(options, json, fieldRows(json));
    return 0;
  },
};

const isNotFound = (error: unknown): boolean => error instanceof ConnectError && error.code === Code.NotFound;

async function processorJson(processorId: string, options: OptionValues): Promise<JsonObject> {
  const { processor } = await serverOf(options).processors.getProcessor({ processorId });
  return processor === undefined ? {} : messageJson(ProcessorSchema, processor);
}

async function linkJson(linkId: string, options: OptionValues): Promise<JsonObject> {
  const { link } = await serverOf(options).links.getLink({ linkId });
  return link === undefined ? {} : messageJson(LinkSchema, link);
}
