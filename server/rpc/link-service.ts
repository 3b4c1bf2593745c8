import type { ServiceImpl } from '@connectrpc/connect';
import type { LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { RuntimeOperations } from '../runtime/index.ts';
import { outcomeFields } from '../runtime/index.ts';
import { commandOptions, readOptions } from './call-context.ts';
import { connectCommand, updateLinkCommand } from './convert/link-commands.ts';

/** The calls about the edges of the graph. */
export function createLinkService(runtime: RuntimeOperations): ServiceImpl<typeof LinkService> {
  return {
    async createLink(request, context) {
      const result = await runtime.execute(connectCommand(request), commandOptions(request, context));
      const { linkId, link, outcome } = result;
      return { linkId, link, ...outcomeFields(outcome) };
    },
    getLink(request, context) {
      return runtime.execute({ case: 'getLink', value: request }, readOptions(context));
    },
    listLinks(request, context) {
      return runtime.execute({ case: 'listLinks', value: request }, readOptions(context));
    },
    async updateLink(request, context) {
      const result = await runtime.execute(updateLinkCommand(request), commandOptions(request, context));
      return { link: result.link, ...outcomeFields(result.outcome) };
    },
    async deleteLink(request, context) {
      const command = { case: 'disconnect', value: { linkId: request.linkId } } as const;
      const { outcome } = await runtime.execute(command, commandOptions(request, context));
      return outcomeFields(outcome);
    },
  };
}
