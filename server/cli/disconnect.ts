import type { Client } from '@connectrpc/connect';
import { DeleteLinkResponseSchema, type LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { serverOf } from './client.ts';
import type { CliCommand } from './command.ts';
import { EDIT_OPTIONS, editFields, printDryRun, revisionCells } from './edit-options.ts';
import { everyLink } from './every-part.ts';
import { messageJson, printResult } from './output.ts';
import { portParts } from './port-name.ts';

/** `streamlib disconnect` */
export const disconnectCommand: CliCommand = {
  name: 'disconnect',
  operands: 'LINK | FROM.PORT TO.PORT',
  operandCount: [1, 2],
  summary: 'Removes a link, by its id or by its ends.',
  options: EDIT_OPTIONS,
  async run({ operands: [first = '', second], options }) {
    const client = serverOf(options).links;
    const linkId = second === undefined ? first : await linkBetween(client, first, second);
    if (await printDryRun(options, (graph) => graph.disconnect(linkId))) return 0;
    const answer = await client.deleteLink({ linkId, ...editFields(options) });
    printResult(options, messageJson(DeleteLinkResponseSchema, answer), [
      ['LINK', 'REVISION', ''],
      [linkId, ...revisionCells(answer)],
    ]);
    return 0;
  },
};

/** Throws LINK_NOT_FOUND, and UsageError for what names no port. */
async function linkBetween(client: Client<typeof LinkService>, from: string, to: string): Promise<string> {
  const [output, input] = [portParts(from), portParts(to)];
  const found = (await everyLink(client)).find(
    ({ fromProcessor, fromPort, toProcessor, toPort }) =>
      fromProcessor === output.processor &&
      fromPort === output.port &&
      toProcessor === input.processor &&
      toPort === input.port,
  );
  if (found === undefined)
    throw new StreamlibError('LINK_NOT_FOUND', `there is no link from ${from} to ${to}`);
  return found.linkId;
}
