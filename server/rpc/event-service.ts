import type { ServiceImpl } from '@connectrpc/connect';
import type { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { toBinaryMessages, toMessages } from './events/batch-messages.ts';
import { type SubscriptionSource, subscribe } from './events/subscription.ts';

/** The stream of events for gRPC, gRPC-Web and Connect. */
export function createEventService(source: SubscriptionSource): ServiceImpl<typeof EventService> {
  return {
    async *subscribe(request, context) {
      const isJson = context.requestHeader.get('content-type')?.includes('json') === true;
      const toResponses = isJson ? toMessages : toBinaryMessages;
      for await (const item of subscribe(request, source, context.signal)) yield* toResponses(item);
    },
  };
}
