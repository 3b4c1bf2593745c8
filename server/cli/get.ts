import { Code, ConnectError } from '@connectrpc/connect';
import { LinkSchema, LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { ProcessorSchema, ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { connectTo } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib get` */
export const getCommand: CliCommand = {
  name: 'get',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Shows a processor or a link: what was asked for, what it does, and its counts.',
  options: CLIENT_OPTIONS,
  async run({ operands: [id = ''], options }) {
    const json = (await processorJson()) ?? (await linkJson());
    const rows = Object.entries(json).map(([name, value]) => [name, shown(value)]);
    printResult(options, json, [['FIELD', 'VALUE'], ...rows]);
    return 0;

    async function processorJson(): Promise<JsonObject | undefined> {
      try {
        const { processor } = await connectTo(ProcessorService, options).getProcessor({ processorId: id });
        return processor && messageJson(ProcessorSchema, processor);
      } catch (error) {
        // An id without a processor may be that of a link; whether it is says the next call.
        const isOther = error instanceof ConnectError && error.code === Code.NotFound && (await isLink());
        if (isOther) return undefined;
        throw error;
      }
    }

    async function isLink(): Promise<boolean> {
      return await linkJson().then(
        () => true,
        () => false,
      );
    }

    async function linkJson(): Promise<JsonObject> {
      const { link } = await connectTo(LinkService, options).getLink({ linkId: id });
      return link === undefined ? {} : messageJson(LinkSchema, link);
    }
  },
};

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));
